"""Brings an index up to date: compares with the generation before, embeds what is new, publishes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from index.article import Article, Failure, KnownFile
from index.embedding.cache import DamagedCacheError
from index.embedding.centring import Centring
from index.embedding.embedder import DEFAULT_MODEL, fingerprint_here, load_embedder
from index.errors import ArticlebotError
from index.sources.folder import SourceError
from index.sources.names import SourcesError, as_where, is_on_the_web, named_sources
from index.store.anywhere.stores import open_generation
from index.store.generation import Generation
from index.store.live import IndexWriteError
from index.store.writing import Contents
from index.text.passages import PASSAGE_CHARS
from index.updating.arrivals import arrivals_of
from index.updating.filling import fill
from index.updating.gather import Gathered, Gatherer, Held, Reading
from index.updating.plan import Opened, embed_articles, identity, plan_articles
from index.updating.run import READING, IndexReport, Run

_Result = TypeVar("_Result")
SETTINGS = {"passage_chars": PASSAGE_CHARS, "texts": 1}  # "texts" rises with what is embedded or cut otherwise


def update(run: Run, given: list[str | Path], how: Reading, *, prune: bool = False) -> IndexReport:
    """Reads the given sources, keeps the others, publishes where anything differs."""
    sources, names = named_sources(given, run.remembered)
    if not names:
        raise SourcesError("no source given and none remembered; name a folder: `articlebot index FOLDER`")
    gathered = Gathered(sources)
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
    gathered = Gathered(others)
    gatherer = Gatherer(run, gathered)
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
    gathered = Gathered(articles.sources())
    gathered.take_over(articles)
    run.report.notes.append(f"made of the articles of generation {name}")
    # what is damaged goes, also where this index does not need it at the moment
    opened = run.writer.cache("", 0)
    with contextlib.suppress(DamagedCacheError), opened as cache:  # else it is out of the way as a whole
        cache.remove_wrong()
    return _finish(run, Gatherer(run, gathered), set())


def _finish(run: Run, gatherer: Gatherer, given: set[str]) -> IndexReport:
    """Compares with the generation before, embeds what is new, publishes; `given` are the sources that were named."""
    report, gathered = run.report, gatherer.gathered
    gatherer.forget()
    report.failed = [Failure(i, reason) for i, (_, reason) in sorted(gathered.failed.items())]
    articles = _compare(run, gatherer)
    report.notes += gathered.notes
    opening: dict[str, Any] = {"device": run.device, "progress": partial(_tell_share, run)}
    opened = partial(load_embedder, run.model, **opening)  # a quarter of a second: not for a removal
    fingerprint = fingerprint_here(run.model, **opening)
    if run.before and _nothing_to_do(run, run.before, gathered, fingerprint):
        report.passages, report.generation = run.before.counts["passages"], run.before.name
        _remember_pages(run, gathered, run.before)
        if run.before.waiting is not None:  # it was published by a run that was stopped then
            _complete(run, opened, set())
        return report
    centring = Centring.load(fingerprint)
    before = None if _starts_anew(run, fingerprint) else run.before
    dimension = int(before.manifest["dimension"]) if before else opened().dimension
    about = {"model": run.model, **identity(fingerprint, centring, dimension), **SETTINGS, **READING}
    if run.before and not before:
        stay = run.before.held(report.unchanged)
        articles = {article.id: (article, origin) for article, origin in stay} | articles
    gone = {*report.removed, *(articles if before else ())}
    planned = plan_articles(articles, opened, before, gone)
    embed = partial(embed_articles, planned, opened, dimension, centring, run.writer)
    anew = given if run.full else set[str]()
    embedded = _by_cache(run, partial(embed, anew=anew, progress=partial(run.progress, "embedding")))
    report.embedded = embedded.count
    run.progress("publishing", 0, 0)
    contents = Contents(
        gathered.sources, gathered.failed, planned, embedded.passages, embedded.sentences,
        _files(run, gathered, before), gone.union(each.article.id for each in planned), gathered.lost_files,
        arrivals=arrivals_of(planned, run.before),
    )  # fmt: skip
    report.generation = run.writer.publish(before, contents, about)
    _settle(run, gathered)
    _complete(run, opened, anew)
    return report


def _complete(run: Run, opened: Opened, anew: set[str]) -> None:
    """Embeds the sentences that what is published waits for, and merges segments; readers have it meanwhile."""
    try:
        _by_cache(run, lambda: fill(run.writer, opened, anew=anew, progress=run.progress))
        run.report.generation = run.writer.merge()
    except ArticlebotError as error:  # what is new is published all the same
        run.report.notes.append(f"published, but not completed: {error}")


def _compare(run: Run, gatherer: Gatherer) -> dict[str, tuple[Article, str]]:
    """Tells in the report what differs from the generation before; returns what is to be written, by id."""
    report, gathered, before = run.report, gatherer.gathered, run.before
    written = {i: (article, gathered.owners[i]) for i, article in gathered.articles.items()}
    if before is None:
        report.added = sorted(written)
        return written
    for old, origin in before.held(sorted(gathered.articles)):
        article, owner = written[old.id]
        if origin not in gathered.read and origin in gathered.sources:  # it is kept, and has it still
            owner = min(owner, origin)
        written[old.id] = article, owner
        if article != old:
            report.changed.append(old.id)
        elif owner == origin:
            del written[old.id]
    lost = gathered.lost - gathered.owners.keys()
    claims = gatherer.claimed(lost)
    written |= {article.id: (article, claims[article.id]) for article, _ in before.held(sorted(claims))}
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
