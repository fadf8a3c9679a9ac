"""The shipped file of language means: the mean vector of each language, which searching subtracts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.article import Progress
from index.embedding.centring import SIDES, Centring
from index.embedding.embedder import load_embedder
from index.text.passages import passage_text, sentence_text
from index.text.sentences import split_sentences
from retrieval.learning.weights import TrainingError, spread

MEAN_TEXTS = 300  # of a side and language at most; more move the mean by less than 0.01


def train_means(folder: Path, *, model: str | None = None, progress: Progress | None = None) -> Centring:
    """Returns the language means of a model, from texts that exist for many languages.

    Args:
        folder: holds passages.jsonl (title, language, text) and questions.jsonl (question, language).
        model: the embedder, as for `build_index`.
        progress: called with (what is being done, done so far, in all).
    """
    embedder = load_embedder(model)
    tell = progress or (lambda *_: None)
    texts: dict[str, list[str]] = defaultdict(list)
    for record in _records(folder / "passages.jsonl", ("title", "text", "language")):
        title, text, language = record["title"], record["text"], record["language"]
        texts[f"passage/{language}"].append(passage_text(title, text))
        texts[f"sentence/{language}"].extend(
            sentence_text(title, text[a:b]) for a, b in split_sentences(text, language)
        )
    for record in _records(folder / "questions.jsonl", ("question", "language")):
        texts[f"question/{record['language']}"].append(record["question"])
    for side in SIDES:
        if not any(listed for name, listed in texts.items() if name.startswith(f"{side}/")):
            raise TrainingError(f"{folder}: no texts for the mean of a {side}; wanted some in every language")
    means: dict[str, NDArray[np.float32]] = {}
    for done, (name, listed) in enumerate(sorted(texts.items())):
        tell("embedding", done, len(texts))
        chosen = spread(listed, MEAN_TEXTS)
        question = name.startswith("question/")
        vectors = embedder.embed_questions(chosen) if question else embedder.embed_passages(chosen)
        means[name] = vectors.mean(axis=0)
    for side in SIDES:
        means[f"{side}/"] = np.mean([mean for name, mean in means.items() if name.startswith(f"{side}/")], axis=0)
    return Centring(means)


def _records(path: Path, fields: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yields the objects of a file of one JSON object a line, each with these fields."""
    wanted = f"wanted one JSON object a line with {', '.join(fields)}"
    try:
        for line in path.read_bytes().split(b"\n"):
            if line.strip():
                record = json.loads(line)
                yield {name: str(record[name]) for name in fields}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path}: cannot be read ({type(error).__name__} {error}); {wanted}") from error
