"""Random updates of an index whose segments are merged all the time, against one written from scratch."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import index.store.making
import index.store.merging
import index.store.writing
from index.article import Article, KnownFile
from index.embedding.embedder import Embedder
from index.store.folder import FolderGeneration
from index.store.segments.segment import Segment
from index.store.segments.texts import TextKind, embedded_texts
from index.store.segments.vectors import Embedded
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


def vectors_of(segment: Segment, kind: TextKind) -> Embedded:
    """Returns a unit vector a passage or sentence, equal ones where the texts are equal."""
    texts = [each.text.encode() for each in embedded_texts(segment, kind)]
    rows = np.array([np.random.default_rng(list(text)).standard_normal(16) for text in texts]).reshape(-1, 16)
    return Embedded(np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32))


def embed(segments: Sequence[Segment]) -> list[tuple[Embedded, Embedded | None]]:
    return [(vectors_of(each, "passage"), vectors_of(each, "sentence")) for each in segments]


def update(folder: Path, articles: dict[str, Article], removed: set[str]) -> None:
    """Publishes what changed, as an update does whose sources were read."""
    before = FolderGeneration.open(folder) if (folder / "CURRENT").exists() else None
    held = {article.id: article for article, _ in before.held(articles)} if before else {}
    written = {i: (article, "s") for i, article in articles.items() if held.get(i) != article}
    gone = removed | written.keys()
    plan = plan_articles(written, lambda: CUTTER, before, gone)
    files = {i: ("s", KnownFile(str(hash(article.text)), "")) for i, (article, _) in written.items()}
    contents = Contents({"s": folder.parent / "s"}, {}, plan.articles, embed, files, gone | plan.ids, gone)
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
    smallest, level = chance.choice([1, 8, 64]), chance.choice([2, 3, 4])
    monkeypatch.setattr(index.store.merging, "_SMALLEST", smallest)
    monkeypatch.setattr(index.store.merging, "_LEVEL", level)
    monkeypatch.setattr(index.store.writing, "MERGED_FIRST", chance.choice([0, 20, 4_000]))
    monkeypatch.setattr(index.store.making, "MERGED_AFTER", chance.choice([30, 250_000]))  # else one segment an update
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
    assert 1 < most < 20 or (smallest, level) == (64, 2)  # then any two are merged


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
