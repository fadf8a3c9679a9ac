"""What is read of public pages, beside other readers: `python -m tests.benchmarks.reading FOLDER [--rivals PYTHON]`.

The folder's `pages.jsonl` holds an object a line: `file` (a page as it was fetched, gzipped), `published` (the right
day, or null), `with` and `without` (strings that the text must and must not hold); a page has the one, the other, or
both.

Days: of the pages with a day. Text: of the pages with strings. Titles: of the pages that declare a headline in JSON-LD
which also stands in one of their headings. Leads: of the pages whose own description stands among their words. Of
boilerplate, pages with one of the lines that boilerplate.txt describes, or with a long line twice.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import html  # type: ignore[import-untyped]  # lxml publishes no types

from bot.terminal.display import progress_bar
from index.reading.content import language_code
from tests.benchmarks.reading.readers import READERS, Got, characters, rivals
from tests.benchmarks.search_speed import table

HEAD = (
    "reader", "days right", "wrong", "none", "precision", "recall", "F1", "titles", "leads", "French leads",
    "French boilerplate",
)  # fmt: skip
_LEAD = 60  # characters of a description that tell it
_LINE = 40  # a shorter line may well stand twice
_WORDS = Path(__file__).with_name("boilerplate.txt").read_text(encoding="utf-8").splitlines()
_BOILERPLATE = re.compile("|".join(f"(?:{line})" for line in _WORDS if line[:1] != "#"), re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """A page, and what is known to be right of it."""

    file: str
    data: bytes
    published: str | None
    wanted: Sequence[str]
    unwanted: Sequence[str]
    headline: str  # "" where it is not sure, as `lead`
    lead: str
    is_french: bool


def read_pages(folder: Path) -> Iterator[Page]:
    """Yields the pages of a folder."""
    for line in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        data = gzip.decompress((folder / said["file"]).read_bytes())
        tree = html.document_fromstring(characters(data).encode(), html.HTMLParser(encoding="utf-8"))
        yield Page(
            said["file"], data, said.get("published"), said.get("with", ()), said.get("without", ()), *_told(tree)
        )


def _told(tree: html.HtmlElement) -> tuple[str, str, bool]:
    """Returns the headline and the lead that a page names twice, and whether it is French."""
    language = language_code(tree.get("lang") or "")
    scripts = "\n".join(tree.xpath("//script[contains(@type, 'ld+json')]/text()"))
    declared = tree.xpath("//meta[@property='og:description' or @name='description']/@content")
    headings = {plain(heading.text_content()) for heading in tree.xpath("//h1 | //h2")}
    for hidden in tree.xpath("//script | //style | //head"):
        hidden.drop_tree()
    shown = plain(tree.text_content())
    headlines = (plain(json.loads(f'"{found}"', strict=False)) for found in _HEADLINE.findall(scripts))
    leads = (plain(each)[:_LEAD] for each in declared if len(plain(each)) >= _LEAD)
    headline = next((each for each in headlines if each in headings), "")
    return headline, next((lead for lead in leads if lead in shown), ""), language == "fr"


_HEADLINE = re.compile(r'"headline"\s*:\s*"((?:[^"\\\n]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})+)"')


def plain(text: str) -> str:
    """Returns a text with one kind of apostrophe and space."""
    return " ".join(text.replace("’", "'").split())


def litter_of(text: str) -> str:
    """Returns the first line that is none of the article's words, "" where there is none."""
    seen = set[str]()
    for line in map(plain, text.splitlines()):
        if _BOILERPLATE.match(line) or (len(line) >= _LINE and line in seen):
            return line
        seen.add(line)
    return ""


def row(name: str, pages: Sequence[Page], all_got: Sequence[Got], faults: list[str]) -> tuple[str, ...]:
    """Returns a reader's figures in the order of `HEAD`; each fault goes to `faults` as a line."""
    days: list[str] = []
    strings, titles, leads, french, litter = [0, 0, 0], list[bool](), list[bool](), list[bool](), list[bool]()
    for page, got in zip(pages, all_got, strict=True):
        if page.published and got.day is not None:
            days.append("right" if got.day == page.published else "wrong" if got.day else "none")
            faults += [f"{page.file}: {days[-1]} day {got.day}, not {page.published}"] * (days[-1] != "right")
        if page.headline and got.title is not None:
            titles.append(plain(got.title) == page.headline)
            faults += [f"{page.file}: title {got.title!r}, not {page.headline!r}"] * (not titles[-1])
        if got.text is None:
            continue
        text = plain(got.text)
        missed = [wanted for wanted in page.wanted if plain(wanted) not in text]
        extra = [unwanted for unwanted in page.unwanted if plain(unwanted) in text]
        strings = [strings[0] + len(page.wanted) - len(missed), strings[1] + len(missed), strings[2] + len(extra)]
        faults += [f"{page.file}: text lacks {each!r}" for each in missed]
        faults += [f"{page.file}: text holds {each!r}" for each in extra]
        if page.lead:
            leads.append(page.lead in text)
            faults += [f"{page.file}: no lead {page.lead!r}"] * (not leads[-1])
            french += leads[-1:] if page.is_french else []
        if page.is_french:
            litter.append(bool(line := litter_of(got.text)))
            faults += [f"{page.file}: boilerplate {line!r}"] * litter[-1]
    return name, *_of_days(days), *_of_text(*strings), *map(_share, (titles, leads, french, litter))


def _of_days(days: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{days.count(kind)} ({days.count(kind) / len(days):.1%})" if days else "" for kind in _KINDS)


_KINDS = ("right", "wrong", "none")


def _of_text(there: int, missed: int, extra: int) -> tuple[str, ...]:
    if not there:
        return "", "", ""
    precision, recall = there / (there + extra), there / (there + missed)
    return tuple(f"{figure:.3f}" for figure in (precision, recall, 2 * precision * recall / (precision + recall)))


def _share(found: Sequence[bool]) -> str:
    return f"{sum(found)} of {len(found)}" if found else ""


def main() -> None:
    """Measures the readers and prints a table; with --faults what is wrong in ours, a line each."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.reading", description="Measures readers of pages."
    )
    parser.add_argument("folder", type=Path, help="with pages.jsonl")
    parser.add_argument("--rivals", type=Path, metavar="PYTHON", help="of an environment that has readability-lxml")
    parser.add_argument("--faults", action="store_true", help="ours alone, and what is wrong in it")
    options = parser.parse_args()
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    pages = list(read_pages(options.folder))
    rows = []
    with rivals(options.rivals, options.folder) as more, progress_bar() as progress:
        readers = {"articlebot": READERS["articlebot"]} if options.faults else {**READERS, **more}
        for name, read in readers.items():
            all_got, faults = [], list[str]()
            for done, page in enumerate(pages):
                progress(name, done, len(pages))
                all_got.append(read(page.data))
            rows.append(row(name, pages, all_got, faults))
            sys.stdout.writelines(f"{fault}\n" for fault in faults if options.faults)
    sys.stdout.write(f"{len(pages)} pages\n{table([HEAD, *rows])}\n")


if __name__ == "__main__":
    main()
