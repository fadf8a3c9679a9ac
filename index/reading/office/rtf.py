"""RTF: the words that striprtf finds, a paragraph a line, and the title among the file's properties."""

from __future__ import annotations

import re

from index.reading.content import ArticleError, Content, clean_text, telling_title
from index.text.bylines import byline
from index.text.dates import head_date

_TITLE = re.compile(r"\{\\title ([^{}\\]{1,300})\}")
_PARAGRAPHS = re.compile(r"\n+")
_FAULTS = (AttributeError, IndexError, KeyError, LookupError, OverflowError, RecursionError, TypeError, ValueError)


def read_rtf(data: bytes) -> Content:
    """Returns what an RTF file holds, a paragraph or row of a table a line.

    Raises:
        ArticleError: it is no RTF, a broken one, or one without words.
    """
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise ArticleError("a file that is no RTF, RTF wanted; save it again as .rtf or .docx")
    written = data.decode("latin-1")  # other characters are escaped
    try:
        text = str(rtf_to_text(written, errors="replace"))  # type: ignore[no-untyped-call]  # has no types
    except _FAULTS as error:
        raise ArticleError("a broken RTF file, a whole one wanted; save it again") from error
    lines = [" ".join(line.split()).strip("| ") for line in _PARAGRAPHS.split(clean_text(text))]
    body = "\n".join(filter(None, lines))
    if not body:
        raise ArticleError("an RTF file without words, text wanted; save it again")
    title = _TITLE.search(written)
    return Content(telling_title(title[1] if title else ""), body, head_date(lines[:20]), "", author=byline(lines))
