"""The shipped file of language means: the mean vector of each language, which searching subtracts."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.article import Progress, no_progress
from index.embedding.centring import SIDES, Centring
from index.embedding.embedder import load_embedder
from index.text.passages import passage_text, sentence_text
from index.text.sentences import split_sentences
from retrieval.learning.sets import DataError, evenly_spaced, read_records

MEAN_TEXTS = 300  # of a side and language at most; more move the mean by less than 0.01


def train_means(folder: Path, *, model: str | None = None, progress: Progress = no_progress) -> Centring:
    """Returns the language means of a model, from texts that exist for many languages.

    Args:
        folder: holds passages.jsonl (title, language, text) and questions.jsonl (question, language).
        model: the embedder, as for `build_index`.
        progress: called with (what is being done, done so far, in all).
    """
    embedder = load_embedder(model)
    texts: dict[str, list[str]] = defaultdict(list)
    for title, text, language in _read_fields(folder / "passages.jsonl", "title", "text", "language"):
        texts[f"passage/{language}"].append(passage_text(title, text))
        texts[f"sentence/{language}"].extend(
            sentence_text(title, text[a:b]) for a, b in split_sentences(text, language)
        )
    for question, language in _read_fields(folder / "questions.jsonl", "question", "language"):
        texts[f"question/{language}"].append(question)
    for side in SIDES:
        if not any(listed for name, listed in texts.items() if name.startswith(f"{side}/")):
            raise DataError(f"{folder}: no texts for the mean of a {side}; wanted some in every language")
    means: dict[str, NDArray[np.float32]] = {}
    for done, (name, listed) in enumerate(sorted(texts.items())):
        progress("embedding", done, len(texts))
        chosen = evenly_spaced(listed, MEAN_TEXTS)
        embed = embedder.embed_questions if name.startswith("question/") else embedder.embed_passages
        means[name] = embed(chosen).mean(axis=0)
    for side in SIDES:
        means[f"{side}/"] = np.mean([mean for name, mean in means.items() if name.startswith(f"{side}/")], axis=0)
    return Centring(means)


def _read_fields(path: Path, *fields: str) -> list[list[str]]:
    """Returns these fields of each object of a file of one JSON object a line."""
    return read_records(path, lambda record: [str(record[name]) for name in fields])
