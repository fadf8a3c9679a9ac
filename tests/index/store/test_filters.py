from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import ArticlebotError, build_index
from index.store.anywhere.filters import Filter, FilterError
from index.store.anywhere.narrowed import Narrowed
from index.store.anywhere.overview import Overview
from index.store.anywhere.stores import open_generation
from index.store.generation import Generation
from index.store.segments.lexical import Lexical
from index.store.segments.words import write_words

TWICE = "Le même texte paraît deux fois dans deux journaux.\n"
ARTICLES = {
    "politique/a.md": ("Le vote", "2024-01-10", "Le Monde", "fr", "Le budget a été voté par les députés.\n"),
    "politique/b.md": ("Le débat", "2024-03-05", "Libération", "fr", "Le budget a été débattu par les députés.\n"),
    "sport/c.md": ("The race", "2024-03-05", "", "en", "The race was won by a sailor from Brest.\n"),
    "sport/d.md": ("Sans date", "", "Le Monde", "fr", "La course a été gagnée par un marin de Brest.\n"),
    "sport/e.md": ("Une dépêche", "2024-05-01", "L’Équipe", "fr", TWICE),
    "sport/f.md": ("La même", "2024-06-01", "Le Monde", "fr", TWICE),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generation]:
    """Six articles of two sources; two have the same text, which "sport/e.md" holds the passages of."""
    folder = tmp_path_factory.mktemp("filters")
    for name, (title, day, outlet, language, text) in ARTICLES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        about = [f"title: {title}", f"language: {language}", *([f"date: {day}"] if day else [])]
        about += [f"source: {outlet}"] if outlet else []
        path.write_text("---\n" + "\n".join(about) + f"\n---\n{text}", encoding="utf-8")
    build_index([folder / "politique", folder / "sport"], folder / "index")
    with closing(open_generation(folder / "index")) as generation:
        yield generation


def inside(whole: Generation, **wanted: Any) -> list[str]:  # noqa: ANN401  as of Filter.of
    narrowed = Narrowed(whole, Filter.of(**wanted) or Filter())
    ids = sorted(article.id for article in narrowed.articles())
    assert ids == sorted(about.id for about in Overview(narrowed))
    assert len(ids) == narrowed.counts["articles"] == sum(narrowed.languages.values())
    return ids


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"since": date(2024, 3, 5)}, ["b", "c", "e", "f"]),
        ({"since": "2024-03-06"}, ["e", "f"]),
        ({"until": "2024-03-05"}, ["a", "b", "c"]),
        ({"since": "2024-03-05", "until": datetime(2024, 5, 1, 8, 30)}, ["b", "c", "e"]),
        ({"since": "2025-01-01"}, []),
        ({"source": "le monde"}, ["a", "d", "f"]),
        ({"source": "LIBERATION"}, ["b"]),
        ({"source": "l'equipe"}, ["e"]),
        ({"source": "sport"}, ["c", "d", "e", "f"]),
        ({"language": "EN"}, ["c"]),
        ({"articles": ["sport/f.md", "politique/a.md", "sport/gone.md"]}, ["a", "f"]),
        ({"articles": ["sport/c.md", "sport/d.md"], "language": "fr"}, ["d"]),
        ({"language": "fr-CA", "source": "Le Monde", "until": "2024-12-31"}, ["a", "f"]),
    ],
)
def test_articles_inside_are_those_that_people_mean(
    whole: Generation, wanted: dict[str, Any], names: list[str]
) -> None:
    assert [article_id[-4] for article_id in inside(whole, **wanted)] == names


def test_a_filter_of_nothing_is_none() -> None:
    assert Filter.of() is None
    assert Filter.of(None, None, None, None) is None


def test_passages_of_a_shared_text_are_shown_as_of_the_article_inside(whole: Generation) -> None:
    narrowed = Narrowed(whole, Filter(source="Le Monde"))
    row = int(np.flatnonzero(narrowed.searched)[-1])
    (before,), (passage,) = whole.passages([row]), narrowed.passages([row])
    assert (before.article_id, before.also_in) == ("sport/e.md", ("sport/f.md",))
    assert (passage.id, passage.title, passage.source) == ("sport/f.md#0", "La même", "Le Monde")
    assert (passage.published, passage.also_in, passage.text) == (date(2024, 6, 1), (), before.text)
    both = Narrowed(whole, Filter(since=date(2024, 5, 1)))
    assert both.passages([row]) == [before]


def test_nothing_outside_is_to_be_had(whole: Generation) -> None:
    narrowed = Narrowed(whole, Filter(source="politique"))
    assert narrowed.article("politique/a.md") == whole.article("politique/a.md")
    assert narrowed.article("sport/c.md") is None
    assert narrowed.dates() == (date(2024, 1, 10), date(2024, 3, 5))
    assert [p.article_id for p in narrowed.passages(narrowed.newest(9))] == ["politique/b.md", "politique/a.md"]
    assert narrowed.newest(9, (date(2024, 4, 1), date(2024, 9, 1))) == []
    everything = whole.published(date.min, date.max)
    assert np.array_equal(narrowed.published(date.min, date.max), everything & narrowed.searched)
    assert whole.counts["articles"] == 6  # it is as it was


def test_newest_are_each_shown_once_as_of_an_article_inside(whole: Generation) -> None:
    narrowed = Narrowed(whole, Filter(source="sport"))
    shown = [passage.article_id for passage in narrowed.passages(narrowed.newest(9))]
    assert shown == ["sport/e.md", "sport/c.md", "sport/d.md"]
    assert len(narrowed.newest(2)) == 2


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"source": "Le Figaro"}, "source 'Le Figaro': no article is of it; there are: sport (4), Le Monde (3), pol"),
        ({"language": "xx"}, r"language 'xx': no article is of it; there are: fr \(5\), en \(1\); name one"),
        ({"since": "hier"}, "since: found 'hier', a day such as 2024-01-31 wanted"),
        ({"until": "2024-02-30"}, "until: found '2024-02-30', a day such as"),
        ({"since": "2024-02-01", "until": "2024-01-01"}, "since 2024-02-01 is after until 2024-01-01"),
        ({"source": " "}, "source: found nothing, a name wanted"),
        ({"articles": ["sport/gone.md"]}, "articles sport/gone.md: none of the index; "),
        ({"articles": []}, "articles no id: none of the index; "),
        ({"articles": "sport/c.md"}, "articles: found no list of ids, one wanted; such as"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_one_clear_line(whole: Generation, wanted: dict[str, Any], words: str) -> None:
    with pytest.raises(FilterError, match=words.replace("(4)", r"\(4\)").replace("(3)", r"\(3\)")) as caught:
        inside(whole, **wanted)
    assert isinstance(caught.value, ArticlebotError)
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wanted", [{"since": 2024}, {"until": ["2024-01-01"]}, {"source": 5}, {"language": b"fr"}])
def test_a_filter_of_a_wrong_type_is_a_type_error_too(wanted: dict[str, Any]) -> None:
    with pytest.raises(FilterError, match=r"found (int|list|bytes), an? (date|str) wanted; such as") as caught:
        Filter.of(**wanted)
    assert isinstance(caught.value, TypeError)


def test_many_sources_are_named_by_their_largest() -> None:
    from index.store.anywhere.narrowed import _check_known

    with pytest.raises(FilterError, match=r"there are: s00 \(99\), .*, s11 \(88\), and 28 more; name one of these"):
        _check_known("source", "x", "x", {f"s{number:02d}": 99 - number for number in range(40)})


# The words


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Lexical:
    """A thousand passages in which "le" is everywhere, and few hold another word more than once."""
    folder = tmp_path_factory.mktemp("words") / "lexical"
    chance = np.random.default_rng(7)
    write_words(folder, (" ".join(["le"] + [f"m{n}" for n in chance.zipf(1.6, 12) if n < 50]) for _ in range(1_000)))
    return Lexical.open(folder)


@given(rows=st.sets(st.integers(0, 999), max_size=60), k=st.integers(1, 30), block=st.integers(0, 900))
def test_words_among_some_rows_are_those_of_all_rows_less_the_others(
    words: Lexical, rows: set[int], k: int, block: int
) -> None:
    among = np.zeros(1_000, np.bool_)
    among[list(rows)] = True
    among[block : block + 20] = True
    all_rows, all_scores = words.search(["m1", "m3", "m20"], 1_000)
    found, scores = words.search(["m1", "m3", "m20"], k, among=among)
    assert found.tolist() == all_rows[among[all_rows]][:k].tolist()
    assert scores.tolist() == all_scores[among[all_rows]][:k].tolist()


def test_words_among_no_rows_are_none(words: Lexical) -> None:
    rows, scores = words.search(["le"], 5, among=np.zeros(1_000, np.bool_))
    assert (rows.tolist(), scores.tolist()) == ([], [])


# What there is


def test_an_overview_is_a_sequence_newest_first(whole: Generation, tmp_path: Path) -> None:
    del tmp_path
    there = Overview(whole)
    assert [about.id[-4] for about in there] == ["f", "e", "b", "c", "a", "d"]
    assert (len(there), there[0].title, there[-1].published) == (6, "La même", None)
    assert there[1:3] == [there[1], there[2]]
    assert there[3] in there
    assert repr(there).splitlines()[0] == "6 articles, newest first"
    assert "2024-03-05  The race (en)  sport/c.md" in repr(there)
    with pytest.raises(IndexError):
        there[6]


def test_an_overview_of_many_shows_ten(whole: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.store.anywhere.overview._SHOWN", 2)
    monkeypatch.setattr("index.store.anywhere.overview._AT_ONCE", 4)
    there = Overview(whole)
    assert repr(there).endswith("… and 4 more: a slice such as [2:4] shows them")
    assert "<td>La même</td>" in there._repr_html_()
    assert "… and 4 more" in there._repr_html_()
    assert len(list(there)) == 6
