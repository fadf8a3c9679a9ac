"""readability-lxml: what it takes for a page's title and text; it knows no days."""

from __future__ import annotations

from lxml import html  # type: ignore[import-untyped]  # lxml publishes no types
from readability import Document

from tests.benchmarks.rivals.protocol import serve


class Readability:
    """Reads pages."""

    def read(self, page: str) -> tuple[str, str]:
        """Returns title and text of a page, "" where it breaks on it."""
        try:
            document = Document(page)
            text = html.fromstring(document.summary(html_partial=True)).text_content()
            return document.short_title(), text
        except Exception:  # noqa: BLE001  whatever it breaks on is its result
            return "", ""


if __name__ == "__main__":
    serve(Readability(), ("readability-lxml",))
