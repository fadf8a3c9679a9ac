"""The pictures of the README, made from what the bot says: `python -m tests.pictures` writes them anew."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from index import build_index
from tests.pictures.drawing import drawn
from tests.pictures.talk import talk
from tests.pictures.terminal import terminal

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"


def words_of(svg: str) -> str:
    """Returns the words of a picture, without white space: lines are cut where they are full."""
    texts = [each for each in ElementTree.fromstring(svg).iter() if each.tag.endswith(("}text", "}title"))]  # noqa: S314  ours
    return re.sub(r"\s+", "", "".join("".join(each.itertext()) for each in texts))


def telegram(_index: Path) -> str:
    """Returns a picture of a talk with the bot, over an index of its own."""
    return drawn(talk())


DRAWN = {"terminal.svg": terminal, "telegram.svg": telegram}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        build_index([ROOT / "seeds" / "articles"], Path(folder))
        for name, draw in DRAWN.items():
            (FOLDER / name).write_text(draw(Path(folder)), encoding="utf-8")
