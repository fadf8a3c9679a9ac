from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from index import build_index
from index.store.anywhere.filters import Filter
from index.store.anywhere.narrowed import Narrowed
from index.store.anywhere.overview import Overview, articles_of, names_kept
from index.store.anywhere.stores import open_generation
from index.store.generation import Generation

ARTICLE = "---\ntitle: {title}\n{more}---\n{title} : il y a du nouveau dans la vallée cette semaine.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("authors")
    source = base / "vallee"
    source.mkdir()
    (source / "a.md").write_text(ARTICLE.format(title="Le moulin", more="date: 2025-01-02\nauthor: Ana Rouxel\n"))
    (source / "b.md").write_text(
        ARTICLE.format(title="Le barrage", more="date: 2025-03-04\nauthors: [Paul Ker, Ana Rouxel]\n")
    )
    (source / "c.md").write_text(ARTICLE.format(title="La scierie", more="source: Le Courrier\n"))
    (source / "d.jsonl").write_text(
        '{"title": "Le gué", "text": "Le gué est fermé.", "authors": ["Zoé Lam", 3], "date": "2024-05-06"}\n'
    )
    (source / "e.html").write_text(
        '<html lang="fr"><head><title>La halle</title><meta name="author" content="Ida Bel"></head><body><article>'
        "<h1>La halle</h1>"
        + "<p>La halle du marché rouvre samedi après deux ans de travaux.</p>" * 4
        + "</article></body>"
    )
    build_index([source], base / "index")
    return base / "index"


@pytest.fixture
def generation(folder: Path) -> Iterator[Generation]:
    with closing(open_generation(folder)) as opened:
        yield opened


def test_who_wrote_is_kept_from_front_matter_lines_and_pages(generation: Generation) -> None:
    assert {about.title: about.author for about in Overview(generation)} == {
        "Le moulin": "Ana Rouxel", "Le barrage": "Paul Ker, Ana Rouxel", "La scierie": "", "Le gué": "Zoé Lam",
        "La halle": "Ida Bel",
    }  # fmt: skip
    moulin = generation.article("vallee/a.md")
    assert moulin is not None
    assert moulin.author == "Ana Rouxel"


def test_authors_and_outlets_of_an_index(generation: Generation) -> None:
    authors, outlets = names_kept(generation)
    assert authors == {"Ana Rouxel", "Paul Ker, Ana Rouxel", "Zoé Lam", "Ida Bel"}
    assert outlets == {"vallee", "Le Courrier"}


def test_articles_of_someone_of_an_outlet_of_a_time(generation: Generation) -> None:
    assert [about.title for about in articles_of(generation, authors=["Ana Rouxel"])] == ["Le moulin"]
    assert [about.title for about in articles_of(generation, outlets=["Le Courrier"])] == ["La scierie"]
    days = (date(2024, 1, 1), date(2025, 2, 1))
    assert [about.title for about in articles_of(generation, days=days)] == ["Le moulin", "Le gué"]
    assert len(articles_of(generation, outlets=["vallee"])) == len(articles_of(generation)) == 5
    assert len(articles_of(generation, authors=[])) == 0


def test_of_a_part_of_the_index_only_that_counts(generation: Generation) -> None:
    part = Narrowed(generation, Filter(since=date(2025, 1, 1)))
    assert [about.title for about in articles_of(part)] == ["Le barrage", "Le moulin"]


def test_openings_are_the_first_passages_newest_first(generation: Generation) -> None:
    passages = Overview(generation).openings(slice(2))
    assert [passage.title for passage in passages] == ["Le barrage", "Le moulin"]
    assert all(passage.start == 0 for passage in passages)
