"""The search as a LangChain BaseRetriever."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict, Unpack

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

from index.article import Passage


class _How(TypedDict, total=False):
    """What `invoke` may say otherwise than the retriever."""

    k: int | None
    since: date | str | None
    until: date | str | None
    source: str | None
    language: str | None


class ArticleRetriever(BaseRetriever):
    """Finds passages; each Document holds a passage's text, and in its metadata all that is known of it."""

    qa: Any  # an ArticleQA; pydantic cannot check a class that is imported for types only
    k: int = Field(default=5, ge=1)  # passages to return
    since: date | None = None  # filters, as `ArticleQA.search` takes them
    until: date | None = None
    source: str | None = None
    language: str | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **how: Unpack[_How]
    ) -> list[Document]:
        del run_manager  # the search is one step: nothing to report in between
        own: dict[str, Any] = {name: getattr(self, name) for name in _How.__annotations__}
        said = {name: value for name, value in how.items() if value is not None}
        return [_document(passage) for passage in self.qa.search(query, **{**own, **said})]


def _document(passage: Passage) -> Document:
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "article_id": passage.article_id,
            "title": passage.title,
            "source": passage.source,
            "url": passage.url,
            "published": passage.published.isoformat() if passage.published else None,
            "language": passage.language,
            "start": passage.start,
            "end": passage.end,
            "score": passage.score,
            "also_in": list(passage.also_in),
        },
    )
