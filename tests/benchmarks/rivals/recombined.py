"""Any number of articles that read like the starter ones: their paragraphs shuffled, figures and names exchanged."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

from index.article import Article
from index.sources.folder import read_source

SEEDS = Path(__file__).parents[3] / "seeds"
LANGUAGES = ("fr", "en")
PARAGRAPHS = 5  # of an article, as the starter ones have: about three passages

_NUMBER = re.compile(r"\d+")
_SPANS = {2: (10, 28), 4: (1950, 2025)}  # of figures that are days and years, by length
_NAME = re.compile(r"(?<=[a-zà-ÿ,] )[A-ZÀ-Ý][\w-]{2,}")  # within a sentence


def write_articles(folder: Path, count: int) -> None:
    """Writes so many articles; the article of a number is the same whatever the count."""
    starter = [a for a in read_source(SEEDS / "articles", "starter").articles if a.language in LANGUAGES]
    paragraphs = {language: _paragraphs(starter, language) for language in LANGUAGES}
    names = {language: sorted(set(_NAME.findall("\n".join(paragraphs[language])))) for language in LANGUAGES}
    folder.mkdir()
    for number in range(count):
        drawn = random.Random(number)  # noqa: S311  the same on every run
        of = drawn.choice(starter)
        exchange = _exchange(drawn, names[of.language])
        title = f"{exchange(of.title)} ({number})"  # no two alike: equal texts are embedded once
        text = "\n\n".join(map(exchange, drawn.sample(paragraphs[of.language], PARAGRAPHS)))
        (folder / f"{number:06d}.md").write_text(f"# {title}\n\n{text}\n", encoding="utf-8")


def edit_article(folder: Path, number: int) -> None:
    """Adds a sentence that no other article has to the article of this number."""
    with (folder / f"{number:06d}.md").open("a", encoding="utf-8") as file:
        file.write(f"Une phrase toute neuve a été ajoutée à l'article {number} ce matin.\n")


def _paragraphs(articles: list[Article], language: str) -> list[str]:
    return [line for a in articles if a.language == language for line in a.text.splitlines() if line.strip()]


def _exchange(drawn: random.Random, names: list[str]) -> Callable[[str], str]:
    """Returns what exchanges the names of a text for others, each always for the same, and its figures."""
    others = dict(zip(names, drawn.sample(names, len(names)), strict=True))

    def figure(found: re.Match[str]) -> str:
        length = len(found[0])
        least, most = _SPANS.get(length, (10 ** (length - 1), 10**length - 1))
        return str(drawn.randint(least, most))

    return lambda text: _NUMBER.sub(figure, _NAME.sub(lambda found: others.get(found[0], found[0]), text))
