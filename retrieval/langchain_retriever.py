"""The search as a LangChain BaseRetriever."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from index.generation import Passage


class ArticleRetriever(BaseRetriever):
    """Finds passages; each Document holds a passage's text, and in its metadata all that is known of it."""

    qa: Any  # an ArticleQA; pydantic cannot check a class that is imported for types only
    k: int = 5  # passages to return

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        del run_manager  # the search is one step: nothing to report in between
        return [_document(passage) for passage in self.qa.search(query, k=k or self.k)]


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
