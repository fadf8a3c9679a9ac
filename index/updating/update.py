"""Brings an index up to date: compares with the generation before, embeds what is new, publishes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from index.article import Failure, KnownFile, PlannedArticle
from index.embedding.cache import DamagedCacheError, batches
from index.embedding.centring import Centring
from index.embedding.embedder import DEFAULT_MODEL, fingerprint_here, load_embedder
from index.errors import ArticlebotError
from index.sources.folder import SourceError
from index.sources.names import SourcesError, as_where, is_on_the_web, named_sources
from index.store.anywhere.stores import open_generation
from index.store.generation import Generation
from index.store.live import IndexWriteError
from index.store.segments.segment import Segment
from index.store.segments.vectors import Embedded
from index.store.writing import Contents
from index.text.passages import PASSAGE_CHARS
from index.updating import filling
from index.updating.arrivals import arrival_after, arrivals_of
from index.updating.embedding import Embedding
from index.updating.gather import Gathered, Gatherer, Held, Reading
from index.updating.plan import Plan, identity, plan_articles
from index.updating.run import READING, IndexReport, Run
from index.updating.spool import Spool, Written

_Result = TypeVar("_Result")
_TOLD_EVERY = 100  # articles
_AT_ONCE = 1_000  # articles in memory
SETTINGS = {"passage_chars": PASSAGE_CHARS, "texts": 2}  # "texts" rises with what is embedded, cut or stemmed otherwise


def update(run: Run, given: list[str | Path], how: Reading, *, prune: bool = False) -> IndexReport:
    """Reads the given sources, keeps the others, publishes where anything differs."""
    sources, names = named_sources(given, run.remembered)
    if not names:
        raise SourcesError("no source given and none remembered; name a folder: `articlebot index FOLDER`")
    gathered = Gathered(sources, Spool(run.writer.work))
    to_read = names if run.before else set(sources)
    with contextlib.closing(Gatherer(run, gathered, how, prune)) as gatherer:
        for origin in sorted(sources.keys() - to_read):
            gatherer.keep(origin)
        for origin in sorted(to_read):
            try:
                gatherer.read(origin, may_be_gone=prune and origin in run.remembered)
            except SourceError as error:  # one on the web stays as it was, and does not stop the others
                if len(to_read) == 1 or not is_on_the_web(sources[origin]):
                    raise
                gatherer.keep(origin)
                gathered.failed[origin] = (origin, str(error).removeprefix(f"{origin}: "))
        if run.before and not run.readable and not run.full:
            run.report.notes.append("this version reads files otherwise: all were read anew, what changed is embedded")
        if not gathered.articles and not run.before:
            failed = sorted((i, reason) for i, (_, reason) in gathered.failed.items())
            first = "".join(f"; the first: {i}: {reason}" for i, reason in failed[:1])
            raise SourcesError(f"no article could be read, {len(gathered.failed)} failed{first}")
        return _finish(run, gatherer, names)


def forget(run: Run, source: str) -> IndexReport:
    """Drops one source by name or path."""
    where = as_where(source)
    name = next((n for n, known in run.remembered.items() if n == source or known == where), None)
    if name is None:
        known = ", ".join(f"{n} ({where})" for n, where in run.remembered.items()) or "none"
        raise SourcesError(f"{source!r}: not a remembered source; remembered: {known}")
    others = {n: where for n, where in run.remembered.items() if n != name}
    gathered = Gathered(others, Spool(run.writer.work))
    with contextlib.closing(Gatherer(run, gathered)) as gatherer:
        for origin in sorted(others):
            gatherer.keep(origin)
        if is_on_the_web(run.remembered[name]):
            gathered.pages[name] = {}
        return _finish(run, gatherer, set())


def repair(run: Run, how: Reading) -> IndexReport:
    """Publishes the articles of the newest generation that still has them, cut and embedded by way of the cache."""
    run.close()
    stored = run.writer.newest_whole()
    if stored is None:
        return update(run, [], how)
    name, articles = stored
    gathered = Gathered(articles.sources(), Spool(run.writer.work))
    gathered.take_over(articles)
    run.report.notes.append(f"made of the articles of generation {name}")
    # what is damaged goes, also where this index does not need it at the moment
    opened = run.writer.cache("", 0)
    with contextlib.suppress(DamagedCacheError), opened as cache:  # else it is out of the way as a whole
        cache.remove_wrong()
    with contextlib.closing(Gatherer(run, gathered)) as gatherer:
        return _finish(run, gatherer, set())


def _finish(run: Run, gatherer: Gatherer, given: set[str]) -> IndexReport:
    """Compares with the generation before, embeds what is new, publishes; `given` are the sources that were named."""
    report, gathered = run.report, gatherer.gathered
    gatherer.forget()
    report.failed = [Failure(i, reason) for i, (_, reason) in sorted(gathered.failed.items())]
    origins = _compare(run, gatherer)
    report.notes += gathered.notes
    opening: dict[str, Any] = {"device": run.device, "progress": partial(_tell_share, run)}
    opened = partial(load_embedder, run.model, **opening)  # a quarter of a second: not for a removal
    fingerprint = fingerprint_here(run.model, **opening)
    is_done = run.before is not None and _nothing_to_do(run, run.before, gathered, fingerprint)
    before = None if not is_done and _starts_anew(run, fingerprint) else run.before
    dimension = int(before.manifest["dimension"]) if before else opened().dimension
    anew = given if run.full else set[str]()
    embedding = Embedding(run.writer, opened, fingerprint, dimension, Centring.load(fingerprint), anew)
    if before and is_done:
        report.passages, report.generation = before.counts["passages"], before.name
        _remember_pages(run, gathered, before)
        is_waiting = before.waiting is not None  # it was published by a run that was stopped then
    else:
        if run.before and not before:
            _keep_all(run.before, report.unchanged, gathered, origins)
        _publish(run, gathered, origins, before, embedding)
        is_waiting = True
    if is_waiting:
        _complete(run, embedding)
    else:
        run.writer.end_cache(forget=False)
    return report


def _publish(
    run: Run, gathered: Gathered, origins: dict[str, str], before: Generation | None, embedding: Embedding
) -> None:
    """Publishes a generation of `before` and what is to be written: id -> name of its source."""
    if run.full:  # also what an earlier run embedded that was stopped
        run.writer.end_cache(forget=True)
    now = arrival_after(run.before)
    made_by = identity(embedding.fingerprint, embedding.centring, embedding.dimension)
    about = {"model": run.model, **made_by, **SETTINGS, **READING, "arrived": now}
    gone = {*run.report.removed, *(origins if before else ())}
    plan = plan_articles(Written(gathered.articles, origins), embedding.opened, before, gone)
    contents = Contents(
        gathered.sources, gathered.failed, _told(run, plan), partial(_embed, run, embedding),
        _files(run, gathered, before), gone | plan.ids, gathered.lost_files,
        arrivals=partial(arrivals_of, run.before, now),
    )  # fmt: skip
    run.report.generation = run.writer.publish(before, contents, about)
    run.report.embedded = embedding.count
    _settle(run, gathered)


def _keep_all(before: Generation, unchanged: list[str], gathered: Gathered, origins: dict[str, str]) -> None:
    """Has what did not change written too: nothing else of that generation stays."""
    for batch in batches(before.held(i for i in unchanged if i not in origins), _AT_ONCE):
        gathered.articles.add(article for article, _ in batch)
        origins.update((article.id, origin) for article, origin in batch)


def _told(run: Run, plan: Plan) -> Iterator[PlannedArticle]:
    """Yields what is to be written, and tells how far that is."""
    for number, planned in enumerate(plan.articles):
        if number % _TOLD_EVERY == 0:
            run.progress("cutting", number, len(plan.ids))
        yield planned


def _embed(run: Run, embedding: Embedding, segments: Sequence[Segment]) -> list[tuple[Embedded, Embedded | None]]:
    """Returns the vectors of new segments; those of sentences too where they are few."""
    embed = partial(embedding.vectors_of, segments, progress=partial(run.progress, "embedding"))
    passages = _by_cache(run, partial(embed, "passage"))
    is_few = sum(segment.sizes["sentences"] for segment in segments) <= filling.SENTENCES_AT_ONCE
    sentences = _by_cache(run, partial(embed, "sentence")) if is_few else [None] * len(segments)
    run.progress("publishing", 0, 0)
    return list(zip(passages, sentences, strict=True))


def _complete(run: Run, embedding: Embedding) -> None:
    """Embeds the sentences that what is published waits for, and merges segments; readers have it meanwhile."""
    try:
        _by_cache(run, lambda: filling.fill(embedding, run.progress))
        run.writer.end_cache(forget=False)
        run.report.generation = run.writer.merge()
    except ArticlebotError as error:  # what is new is published all the same
        run.report.notes.append(f"published, but not completed: {error}")


def _compare(run: Run, gatherer: Gatherer) -> dict[str, str]:
    """Tells in the report what differs from the generation before.

    Returns the articles that are to be written: id -> name of their source; `gathered.articles` has them.
    """
    report, gathered, before = run.report, gatherer.gathered, run.before
    written = {i: gathered.owners[i] for i in gathered.articles}
    if before is None:
        report.added = list(written)
        return written
    for old, origin in before.held(gathered.articles):
        owner = written[old.id]
        if origin not in gathered.read and origin in gathered.sources:  # it is kept, and has it still
            owner = min(owner, origin)
        written[old.id] = owner
        if gathered.articles[old.id] != old:
            report.changed.append(old.id)
        elif owner == origin:
            del written[old.id]
    lost = gathered.lost - gathered.owners.keys()
    claims = gatherer.claimed(lost)
    gathered.articles.add(article for article, _ in before.held(sorted(claims)))
    written |= claims
    report.removed = sorted(lost - claims.keys())
    ids = before.ids()
    report.added = sorted(written.keys() - set(ids))
    other = {*report.changed, *report.removed}
    report.unchanged = [i for i in ids if i not in other]
    return written


def _files(run: Run, gathered: Gathered, before: Generation | None) -> dict[str, tuple[str, KnownFile]]:
    """Returns the files that the next generation has and `before` has not."""
    files = dict(gathered.files)
    if run.before and not before:
        for origin in gathered.sources:
            known = run.before.files(origin).items()
            files = {i: (origin, file) for i, file in known if i not in gathered.lost_files} | files
    return files


def _tell_share(run: Run, what: str, share: float) -> None:
    run.progress(what, int(share * 100), 100)


def _nothing_to_do(run: Run, before: Generation, gathered: Gathered, fingerprint: str) -> bool:
    """Whether the live generation says all this already, with vectors of this embedder."""
    if run.full or run.report.added or run.report.changed or run.report.removed:
        return False
    reasons = {i: reason for i, (_, reason) in gathered.failed.items()}
    if gathered.sources != run.remembered or reasons != before.failed():
        return False
    about = {"model": run.model, **SETTINGS, **READING}
    is_so_made = all(before.manifest.get(key) == value for key, value in about.items())
    return is_so_made and before.fingerprint == (fingerprint, Centring.load(fingerprint).fingerprint)


def _starts_anew(run: Run, fingerprint: str) -> bool:
    """Whether passages and vectors of the generation before are of no use; says so in the report."""
    if run.before is None or run.full:
        return True
    manifest = run.before.manifest
    if manifest["embedder"] != fingerprint:
        models = f"{manifest['model'] or DEFAULT_MODEL} -> {run.model or DEFAULT_MODEL}"
        run.report.notes.append(f"the model changed ({models}): everything is embedded anew")
        return True
    if any(manifest.get(key) != value for key, value in SETTINGS.items()):
        run.report.notes.append("the passage settings changed: everything is cut anew")
        return True
    return False


def _by_cache(run: Run, embed: Callable[[], _Result]) -> _Result:
    """Returns what is made by way of the cache; by way of a new one where that is damaged."""
    try:
        return embed()
    except DamagedCacheError as error:  # it is out of the way now
        run.report.notes.append(f"{error}: put aside, what was in it is embedded again")
        return embed()


def _settle(run: Run, gathered: Gathered) -> None:
    """Remembers the pages of what was published; raises where the report is not what it really holds."""
    report = run.report
    counts = run.writer.counts(report.generation)
    report.passages = counts["passages"]
    if gathered.pages:
        with contextlib.closing(open_generation(run.place, report.generation)) as published:
            _remember_pages(run, gathered, published)
    if counts["articles"] != report.articles or counts["failed"] != len(report.failed):
        raise IndexWriteError(
            f"{run.place}: the report tells of {report.articles} articles and {len(report.failed)} failed, generation "
            f"{report.generation} holds {counts['articles']} and {counts['failed']}; run `articlebot verify`"
        )


def _remember_pages(run: Run, gathered: Gathered, published: Generation) -> None:
    """After publishing: what a "not modified" will stand for is in the index by then."""
    try:
        for origin, pages in gathered.pages.items():
            run.pages.replace(origin, pages, Held(published))
    except (OSError, sqlite3.Error) as error:  # the index is up to date all the same
        told = f"{run.pages}: cannot be written ({error}); pages will be fetched once more than needed"
        run.report.notes.append(told)
