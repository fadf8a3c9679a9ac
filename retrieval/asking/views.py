"""What is asked: the live generation of an index, taken up anew after an update, or a part of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from index.embedding.centring import Centring
from index.embedding.embedder import load_embedder
from index.store.anywhere.filters import Filter
from index.store.anywhere.narrowed import Narrowed
from index.store.anywhere.stores import store_of
from index.store.manifest import IndexFormatError
from index.store.postgres.address import IndexPlace
from retrieval.pipeline.steps import View
from retrieval.search.retriever import Retriever

_KEPT = 3  # narrowed views: the one that a chat asks on in, and the two of what is new since a moment

if TYPE_CHECKING:
    from retrieval.answering.readings import PassageReader
    from retrieval.search.reranker import Reranker


class Views:
    """The views of one index; safe to use from several threads."""

    def __init__(self, place: IndexPlace, live: View, reranker: Reranker | None = None) -> None:
        self.live = live  # that answers come from, until the next `refresh`
        self._store = store_of(place)
        self._reranker = reranker
        self._refreshing = threading.Lock()
        self._last: tuple[tuple[View, Filter, View], ...] = ()  # newest first, replaced as a whole

    def of(self, wanted: Filter | None, within: View | None = None) -> View:
        """Returns the view of the articles that a filter lets in, of the live one or another; the last are kept."""
        view = within or self.live
        if wanted is None:
            return view
        for whole, chosen, inside in self._last:
            if whole is view and chosen == wanted:
                return inside
        inside = narrowed(view, wanted)
        if view is self.live:  # another would be kept open after its time
            self._last = ((view, wanted, inside), *self._last[: _KEPT - 1])
        return inside

    def refresh(self) -> bool:
        """Takes up the live generation; returns whether it is another one. The one before closes with its last view."""
        with self._refreshing:
            if self._store.live() == self.live.generation.name:
                return False
            self._last = ()
            self.live = open_view(self._store.place, self._reranker, self.live.reader)
            return True


def narrowed(view: View, wanted: Filter) -> View:
    """Returns the view of the articles that a filter lets in."""
    inside = Narrowed(view.generation, wanted)
    return View(inside, view.engine.over(inside), view.reader)


def open_view(place: IndexPlace, reranker: Reranker | None, reader: PassageReader | None) -> View:
    """Opens the live generation with the model that made it.

    Raises:
        ArticlebotError: there is none, it is damaged, or made with another model.
    """
    generation = store_of(place).open()
    embedder = load_embedder(generation.manifest["model"])
    centring = Centring.load(embedder.fingerprint)
    here = (embedder.fingerprint, centring.fingerprint)
    if here != generation.fingerprint:
        generation.close()
        made, found = (" + means ".join(filter(None, each)) for each in (generation.fingerprint, here))
        raise IndexFormatError(
            f"{place}: made with the model {made}, here is {found}; run `articlebot index` to bring it up to date"
        )
    return View(generation, Retriever(generation, embedder, centring, reranker=reranker), reader)
