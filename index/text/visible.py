"""What may be shown of a text that others wrote: nothing in it steers a terminal or turns the order of letters."""

from __future__ import annotations

import json
import logging
import re
import sys

_SHOWN = {
    **dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\ufffd"),  # C0 but tab and newline, DEL, C1
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x2070)), "\ufffd"),  # overrides of the reading direction
    **dict.fromkeys((0x2028, 0x2029), " "),  # separators of lines and paragraphs
    # marks of direction, ordinary in Arabic and Hebrew: what joins words instead shows nothing either
    **dict.fromkeys((0x061C, 0x200E, 0x200F), "\u2060"),
}
# json escapes C0 itself; a lone surrogate can be neither encoded nor shown
_ESCAPED = re.compile("[" + "".join(map(chr, (c for c in _SHOWN if c >= 127))) + "\ud800-\udfff]")


def visible(text: str) -> str:
    """Returns the text fit to be shown, as long as it was: offsets in it still hold. Tabs and newlines stay."""
    return text.translate(_SHOWN)


def whole(text: str) -> str:
    """Returns the text with halves of characters joined, or where they are single as U+FFFD: no file takes them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str) -> str:
    """Returns the text fit to be shown, in one line."""
    return visible(" ".join(text.splitlines()))


def json_text(value: object, *, indent: int | None = None) -> str:
    """Returns JSON that may be shown too: what may not is escaped, and so still the same value to whoever reads it."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "").replace("_", "")
    written = json.dumps(value, ensure_ascii=encoding != "utf8", indent=indent)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", written)


class LineFormatter(logging.Formatter):
    """Writes a record fit to be shown, in one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line."""
        return one_line(super().format(record))
