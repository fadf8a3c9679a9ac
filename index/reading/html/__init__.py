"""Web pages: their text, title, day, language and address."""

from index.reading.html.page import read_html
from index.reading.html.tree import block_lines, parse_html

__all__ = ["block_lines", "parse_html", "read_html"]
