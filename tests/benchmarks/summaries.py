"""How much of an article a summary holds, beside its lead: `python -m tests.benchmarks.summaries [FOLDER…]`.

Of each article, the names and figures that stand in the summary, among all that the article says; each counts as often
as the article says it, or once. The lead of the same length is the article's first sentences, cut where the summary
ends: it may hold part of one more. Names are words with a capital that open no sentence, figures are runs of digits:
told apart here otherwise than where sentences are chosen.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from index import build_index
from index.store.anywhere.stores import open_generation
from index.text.folding import fold
from retrieval.catalogue.summaries import is_informative, summarise
from tests.benchmarks.search_speed import table

SEEDS = Path(__file__).parents[2] / "seeds" / "articles"
HEAD = (
    "folder", "articles", "sentences", "characters", "of the text", "names and figures", "lead",
    "as often as said", "lead", "better in",
)  # fmt: skip
_FACT = re.compile(r"(?<![.!?…»\"] )(?<!^)(?<!\n)\b(?:[A-ZÀ-ÖØ-ÞА-ЯЁ][\w-]+|\d[\d.,]*\d|\d)")


def facts(text: str) -> Counter[str]:
    """Counts the names and figures of a text."""
    return Counter(fold(found[0]) for found in _FACT.finditer(text))


def held(part: str, whole: Counter[str], *, once: bool) -> float:
    """Returns the share of an article's names and figures that a part of it holds."""
    inside = set(facts(part)) & set(whole)
    return len(inside) / len(whole) if once else sum(whole[fact] for fact in inside) / whole.total()


def measured(folder: Path) -> Iterator[tuple[float, ...]]:
    """Yields of each article: sentences, characters; share held once and as often as said, by us and by the lead."""
    with closing(open_generation(folder)) as generation:
        rows = np.unique(generation.article_rows, return_index=True)[1].tolist()
        for row, passage in zip(rows, generation.passages(rows), strict=True):
            article = generation.article(passage.article_id)
            assert article is not None
            drafts = summarise(generation, row)
            whole = facts(article.text)
            if len(drafts) < 3 or not whole:
                continue
            assert all(is_informative(draft.quote, passage.language) for draft in drafts)
            ours = "\n".join(draft.quote for draft in drafts)
            lead = " ".join(article.text.split())[: len(ours)]
            yield (
                len(drafts), len(ours), held(ours, whole, once=True), held(lead, whole, once=True),
                held(ours, whole, once=False), held(lead, whole, once=False), len(ours) / len(article.text),
            )  # fmt: skip


def main() -> None:
    """Prints a row for each folder of articles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[SEEDS], help="of articles (the starter ones)")
    rows: list[Sequence[str]] = [HEAD]
    for folder in parser.parse_args().folders:
        with tempfile.TemporaryDirectory() as place:
            build_index([folder], Path(place, "index"))
            figures = list(measured(Path(place, "index")))
        sentences, characters, *shares, of_text = (statistics.mean(column) for column in zip(*figures, strict=True))
        better = sum(ours > lead for _, _, ours, lead, *_ in figures)
        about = (
            f"{folder.resolve().parent.name}/{folder.name}",
            str(len(figures)),
            f"{sentences:.1f}",
            f"{characters:.0f}",
            f"{of_text:.0%}",
        )
        rows.append((*about, *(f"{share:.3f}" for share in shares), str(better)))
    sys.stdout.write(f"{table(rows)}\n")


if __name__ == "__main__":
    main()
