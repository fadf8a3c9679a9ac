"""Random updates of an index whose segments are merged all the time, against one written from scratch."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

import index.store.making
import index.store.writing
from index.article import Article, KnownFile, PlannedArticle
from index.embedding.embedder import Embedder
from index.store.folder import FolderGeneration
from index.store.writing import Contents, merge_live, publish
from index.updating.plan import plan_articles

Content = Callable[[Path], dict[str, Any]]

ABOUT = {"model": None, "embedder": "none", "centring": "", "dimension": 16}
WORDS = ("quai", "port", "mairie", "budget", "marin", "comète", "train", "pommier", "halle", "musée")
CUTTER = cast(Embedder, SimpleNamespace(max_tokens=60, count_tokens=len))  # passages of some 50 characters


def some_article(number: int, chance: random.Random) -> Article:
    """Returns an article that shares its text with others now and then."""
    sentences = chance.randint(1, 5) if chance.random() < 0.8 else 0
    text = " ".join(f"Le {chance.choice(WORDS)} {chance.randint(0, 9)} est là." for _ in range(sentences))
    return Article(f"s/{number:03d}.md", f"Titre {chance.randint(0, 1)}", text or "Le même texte.", None, "fr", "", "")


def vectors_of(planned: Iterable[PlannedArticle], *, inner: bool) -> NDArray[np.float32]:
    """Returns a unit vector a passage or sentence, equal ones where the texts are equal."""
    texts = [
        planned.article.title + planned.article.text[start:end]
        for planned in planned
        for span in planned.passages
        for start, end in (span.sentences if inner else [(span.start, span.end)])
    ]
    rows = np.array([np.random.default_rng(list(text.encode())).standard_normal(16) for text in texts]).reshape(-1, 16)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def update(folder: Path, articles: dict[str, Article], removed: set[str]) -> None:
    """Publishes what changed, as an update does whose sources were read."""
    before = FolderGeneration.open(folder) if (folder / "CURRENT").exists() else None
    held = {article.id: article for article, _ in before.held(articles)} if before else {}
    written = {i: (article, "s") for i, article in articles.items() if held.get(i) != article}
    gone = removed | written.keys()
    planned = plan_articles(written, lambda: CUTTER, before, gone)
    files = {i: ("s", KnownFile(str(hash(article.text)), "")) for i, (article, _) in written.items()}
    contents = Contents(
        {"s": folder.parent / "s"}, {}, planned, vectors_of(planned, inner=False), vectors_of(planned, inner=True),
        files, gone | {each.article.id for each in planned}, gone,
    )  # fmt: skip
    publish(folder, before, contents, ABOUT)
    if before:
        before.close()
    merge_live(folder)


def found(folder: Path) -> list[tuple[list[int], list[float]]]:
    """Returns what searches find in an index: rows and scores."""
    results = []
    with closing(FolderGeneration.open(folder)) as generation:
        for number in range(6):
            question = np.random.default_rng(number).standard_normal(16).astype(np.float32)
            for k in (1, 5, 60):
                results.append(generation.vectors.search(question, k))
                results.append(generation.lexical.search(["le", *WORDS[number : number + 2], str(number)], k))
    return [(rows.tolist(), scores.tolist()) for rows, scores in results]


def check(tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch, updates: int, seed: int) -> None:
    print(f"seed {seed}")  # noqa: T201  for whoever sees it fail
    chance, now = random.Random(seed), dict[str, Article]()  # noqa: S311  not for secrets
    monkeypatch.setattr(index.store.making, "_SMALLEST", chance.choice([1, 8, 64]))
    monkeypatch.setattr(index.store.making, "_LEVEL", chance.choice([2, 3, 4]))
    monkeypatch.setattr(index.store.writing, "MERGED_FIRST", chance.choice([0, 20, 4_000]))
    (tmp_path / "updated").mkdir()
    most = 0
    for number in range(updates):
        changed = chance.sample(range(60), chance.choice([1, 1, 2, 12]))
        removed = {f"s/{i:03d}.md" for i in changed if chance.random() < 0.3} & now.keys()
        fresh = {article.id: article for article in (some_article(i, chance) for i in changed)}
        fresh = {i: article for i, article in fresh.items() if i not in removed}
        now = {i: article for i, article in (now | fresh).items() if i not in removed}
        update(tmp_path / "updated", fresh, removed)
        if number % 10 == 9:
            scratch = tmp_path / f"scratch{number}"
            scratch.mkdir()
            update(scratch, now, set())
            assert content(tmp_path / "updated") == content(scratch)
            assert found(tmp_path / "updated") == found(scratch)
        with closing(FolderGeneration.open(tmp_path / "updated")) as generation:
            most = max(most, len(generation.segments))
            assert sorted(generation.files("s")) == sorted(now)
    assert 1 < most < 20


def test_updates_and_merges_in_any_order_hold_and_find_to_the_bit_what_one_writing_does(
    tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(tmp_path, content, monkeypatch, updates=40, seed=3)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(20))
def test_thousands_of_updates_and_merges_hold_and_find_to_the_bit_what_one_writing_does(
    tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    check(tmp_path, content, monkeypatch, updates=100, seed=seed)
