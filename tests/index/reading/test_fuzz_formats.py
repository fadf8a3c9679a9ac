"""Damaged and hostile files of every kind: each gives articles or a reason, in bounded time and memory."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from index.reading import isolation
from index.reading.isolation import IsolatedReader
from index.sources.folder import LARGEST_FILE, read_articles
from tests.index.reading.exports import samples

if TYPE_CHECKING:
    from tests.index.conftest import FileMaker

FILES, ALL_FILES = 200, 16_500  # 500 of each file that is damaged, and more
PROSE = "Le pont de la ville a ouvert samedi, deux ans après le début des travaux, selon la mairie."


def check(name: str, data: bytes, suffix: str) -> bool:
    """Whether articles were read; none of them, and no failure, may be in any way odd."""
    reading = read_articles("n/a", data, suffix)
    assert reading.articles or reading.failed, name
    for failure in reading.failed:
        assert failure.id.startswith("n/a"), name
        assert failure.reason.strip(), name
        assert failure.reason.isprintable() or "\u00a0" in failure.reason, (name, failure.reason)
        assert len(failure.reason) < 600, (name, failure.reason)
    for article in reading.articles:
        written = "\n".join([article.id, article.title, article.text, article.source, article.url]).encode()
        assert b"\0" not in written, name
        assert article.title.strip(), name
        assert "\n" not in article.title + article.id + article.source, name
        assert article.text == article.text.strip() != "", name
    return bool(reading.articles)


# Mutations ---------------------------------------------------------------------------------------------------


def flip(data: bytearray, random: random.Random) -> None:
    for _ in range(random.choice([1, 1, 2, 8, 64])):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def truncate(data: bytearray, random: random.Random) -> None:
    del data[random.randrange(len(data)) :]


def cut(data: bytearray, random: random.Random) -> None:
    start = random.randrange(len(data))
    del data[start : start + random.randrange(1, 200)]


def splice(data: bytearray, random: random.Random) -> None:
    start, length = random.randrange(len(data)), random.randrange(1, 400)
    to = random.randrange(len(data))
    data[to : to + random.choice([0, length])] = data[start : start + length]


def repeat(data: bytearray, random: random.Random) -> None:
    start, length = random.randrange(len(data)), random.randrange(1, 60)
    data[start:start] = data[start : start + length] * random.choice([10, 100, 2_000])


def nest(data: bytearray, random: random.Random) -> None:
    mark = random.choice([b"<div>", b"<b><i>", b"<table><tr><td>", b"[", b'{"a":', b"<<", b"(", b"> ", b"- ", b"<w:p>"])
    at = random.randrange(len(data))
    data[at:at] = mark * random.choice([10, 300, 20_000])


def renumber(data: bytearray, random: random.Random) -> None:
    places = [i for i, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if places:
        at = random.choice(places)
        data[at : at + 1] = random.choice([b"0", b"9999999999", b"-1", b"1e308", b"2147483648"])


def fill(data: bytearray, random: random.Random) -> None:
    at, length = random.randrange(len(data)), random.randrange(1, 100)
    data[at : at + length] = random.choice([b"\0", b"\xff", b"\n", b" ", b"<", b"&"]) * length


MUTATIONS = (flip, truncate, cut, splice, repeat, nest, renumber, fill)


def seeds(make: FileMaker) -> list[tuple[str, bytes, Callable[[bytes], bytes] | None]]:
    """Returns whole files by suffix; of those that are packed, what is within and how it is packed too."""
    page = (
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Le pont ouvre</title>'
        '<script type="application/ld+json">{"datePublished": "2024-03-05"}</script></head><body><nav>a</nav>'
        f"<article><h1>Le pont ouvre</h1><time>5 mars 2024</time><p>{PROSE}</p><ul><li>a</li></ul><table><tr><td>1"
        f"</td></tr></table><p>{PROSE} <a href='/a'>ici</a></p></article><footer>&copy; 2024</footer></body></html>"
    )
    markdown = (
        f"---\ntitle: Le pont\ndate: 2024-03-05\ntags: [a, b]\n---\n# Le pont\n\n![a](b.jpg)\n\n{PROSE}\n\n- un\n"
    )
    line = {"id": "a", "title": "Le pont", "text": PROSE, "date": "2024-03-05", "url": "https://a.example/b"}
    lines = [(72.0, 700.0 - 12 * i, 10.0, PROSE[:60]) for i in range(20)]
    pdf = make.pdf(lines, lines, lines, info="/Title(Le pont)", catalog="/Lang(fr)")
    paragraph = f"<w:p><w:pPr><w:pStyle w:val='Titre1'/></w:pPr><w:r><w:t>{PROSE}</w:t></w:r></w:p>"
    body = f"{paragraph}<w:tbl><w:tr><w:tc>{paragraph}</w:tc></w:tr></w:tbl>"
    chapter, metadata = (
        f"<h1>Un</h1><p>L&eacute;a. {PROSE}</p>",
        "<dc:title>Le pont</dc:title><dc:language>fr</dc:language>",
    )
    whole: list[tuple[str, bytes]] = [
        (".md", markdown.encode()),
        (".txt", PROSE.encode("cp1252")),
        (".html", page.encode()),
        (".jsonl", "\n".join(json.dumps({**line, "id": i}) for i in "abc").encode()),
        (".pdf", pdf),
        (".docx", make.docx(body)),
        (".epub", make.epub([chapter, chapter], metadata=metadata)),
        (".odt", make.odt(f"<text:p>{PROSE}</text:p>")),
        *samples.FILES.values(),
    ]
    word = f'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{body}</w:document>'
    inner: list[tuple[str, bytes, Callable[[bytes], bytes]]] = [
        (".docx", word.encode(), lambda data: make.docx("", word__document_xml=data)),
        (".epub", chapter.encode(), lambda data: make.epub([data.decode("latin-1")])),
        (".odt", f"<text:p>{PROSE}</text:p>".encode(), lambda data: make.odt(data.decode("latin-1"))),
        (".html.gz", page.encode(), gzip.compress),
        (".pdf", drawing(), lambda data: pdf_around(make, data)),
    ]
    return [(suffix, data, None) for suffix, data in whole] + list(inner)


def drawing() -> bytes:
    return b"q BT /F1 10 Tf 1 0 0 1 72 700 Tm 12 TL (Le pont) Tj T* [(ou) -20 (vre)] TJ ET Q /X1 Do " * 5


def pdf_around(make: FileMaker, content: bytes, entries: bytes = b"") -> bytes:
    packed = zlib.compress(content)
    return make.pdf_of(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[5 0 R]/Count 1>>",
            3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica" + entries + b">>",
            4: b"<<>>",
            5: b"<</Type/Page/Parent 2 0 R/Resources<</Font<</F1 3 0 R>>/XObject<</X1 7 0 R>>>>/MediaBox[0 0 595 842]"
            b"/Contents 6 0 R>>",
            6: b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(packed), packed),
            # a drawing that draws itself
            7: b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X1 7 0 R>>>>/Length 22>>"
            b"stream\n/X1 Do /X1 Do /X1 Do \nendstream",
        }
    )


def fuzz(make: FileMaker, count: int) -> None:
    chosen = random.Random(7)  # noqa: S311  not a secret
    files = seeds(make)
    read = 0
    for number in range(count):
        suffix, whole, pack = files[number % len(files)]
        data = bytearray(whole)
        names = []
        for _ in range(chosen.choice([1, 1, 2, 4])):
            mutation = chosen.choice(MUTATIONS)
            names.append(mutation.__name__)
            mutation(data, chosen)
            if not data:
                break
        read += check(f"file {number} {suffix} {' '.join(names)}", pack(bytes(data)) if pack else bytes(data), suffix)
    assert count * 0.1 < read < count  # neither is all refused nor nothing damaged


def test_every_file_is_read_before_it_is_damaged(make: FileMaker) -> None:
    for suffix, data, pack in seeds(make):
        assert check(suffix, pack(data) if pack else data, suffix), suffix


def test_damaged_files_give_articles_or_a_reason(make: FileMaker) -> None:
    fuzz(make, FILES)


@pytest.mark.full
def test_thousands_of_damaged_files_give_articles_or_a_reason(make: FileMaker) -> None:
    fuzz(make, ALL_FILES)


# Hostile files ----------------------------------------------------------------------------------------------


def many(mark: bytes, size: int, end: bytes = b"", before: bytes = b"", after: bytes = b"") -> bytes:
    """Returns about `size` bytes: marks, then as many ends."""
    times = size // (len(mark) + len(end))
    return before + mark * times + end * times + after


def words(mark: str, size: int) -> str:
    return mark * (size // len(mark))


def of_pages(make: FileMaker, pages: bytes) -> bytes:
    return make.pdf_of({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: pages, 4: b"<<>>", 5: b"<</Type/Page>>"})


def one_page(make: FileMaker) -> bytes:
    return make.pdf([(72, 700, 10, "mot")])


Maker: TypeAlias = "Callable[[FileMaker, int], bytes]"  # the size wanted, about; packed files unpack to more
HOSTILE: dict[str, tuple[str, Maker]] = {
    "nested elements": (".html", lambda _, n: many(b"<div>", n, b"</div>", b"<html><body>", b"mot")),
    "nested tables": (".html", lambda _, n: many(b"<table><tr><td>", n, after=b"<p>mot</p>")),
    "open formats": (".html", lambda _, n: many(b"<b><i><p>mot", n // 20)),
    "attributes": (".html", lambda _, n: b"<p " + b" ".join(b"a%d=1" % i for i in range(n // 10)) + b">mot</p>"),
    "entities of a page": (".html", lambda _, n: many(b"&nbsp;&lt;&amp;mot ", n)),
    "comments": (".html", lambda _, n: many(b"<!-- a -->", n, after=b"<p>mot</p>")),
    "scripts": (".html", lambda _, n: many(b'"datePublished":"', n, before=b'<script type="a/ld+json">')),
    "times": (".html", lambda _, n: many(b"<time>a</time>", n, before=b"<h1>a</h1>")),
    "headings": (".html", lambda _, n: many(b"<h1>a</h1>", n)),
    "text of a picture": (".md", lambda _, n: many(b"a", n, before=b"![")),
    "pictures": (".md", lambda _, n: many(b"![a](b) ", n, after=b"x")),
    "brackets": (".txt", lambda _, n: many(b"![[", n)),
    "marks": (".md", lambda _, n: many(b"*_`", n)),
    "new lines": (".md", lambda _, n: many(b"\n", n, before=b"---\na: b\n", after=b"x")),
    "rules": (".md", lambda _, n: many(b"---\n", n)),
    "spaces": (".txt", lambda _, n: many(b" ", n, before=b"a", after=b"b")),
    "years": (".txt", lambda _, n: many(b"1 mars 2025 | ", n)),
    "lists of JSON": (".jsonl", lambda _, n: many(b"[", n)),
    "objects of JSON": (".jsonl", lambda _, n: many(b"{},", n, before=b'{"text": "a", "b": [', after=b"{}]}")),
    "short lines of JSON": (".jsonl", lambda _, n: many(b"1\n", n)),
    "many articles": (".jsonl", lambda _, n: b'{"text": "Un mot."}\n' * (n // 500)),
    "a broken id": (".jsonl", lambda _, n: many(b'"id" ', n)),
    "open arrays": (".pdf", lambda make, n: pdf_around(make, many(b"[", n))),
    "a drawing without end": (".pdf", lambda make, n: pdf_around(make, many(b"BT /F1 1 Tf (a) Tj ET ", n * 4))),
    "a drawing of itself": (".pdf", lambda make, _: pdf_around(make, b"/X1 Do " * 50)),
    "open dictionaries": (".pdf", lambda _, n: many(b"<<", n, before=b"%PDF-1.4\n1 0 obj\n")),
    "objects without end": (".pdf", lambda _, n: many(b"1 0 obj\n", n, before=b"%PDF-1.4\n", after=b"trailer<<>>")),
    "tables of objects": (".pdf", lambda _, n: many(b"startxref\n9\n", n, before=b"%PDF-1.4\n")),
    "a loop of pages": (".pdf", lambda make, _: of_pages(make, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>")),
    "a count of pages": (".pdf", lambda make, _: one_page(make).replace(b"/Count 1", b"/Count 999999999")),
    "many pages": (".pdf", lambda make, n: of_pages(make, many(b"5 0 R ", n, before=b"<</Kids[", after=b"]>>"))),
    "a PDF bomb": (".pdf", lambda make, n: pdf_around(make, bytes(n * 20))),
    "two packings": (".pdf", lambda make, _: one_page(make).replace(b"/FlateDecode", b"[/FlateDecode/FlateDecode]")),
    "a font of itself": (".pdf", lambda make, _: pdf_around(make, drawing(), b"/ToUnicode 3 0 R/Encoding 3 0 R")),
    "widths": (".pdf", lambda make, n: pdf_around(make, drawing(), many(b"1 ", n, before=b"/LastChar 9/Widths["))),
    "a zip bomb": (".docx", lambda make, n: make.docx(" " * (n * 30))),
    "nested paragraphs": (".docx", lambda make, _: make.docx("<w:p>" * 200 + "mot" + "</w:p>" * 200)),
    "flat paragraphs": (".docx", lambda make, n: make.docx(words("<w:p><w:r><w:t>a</w:t></w:r></w:p>", n))),
    "rows": (".docx", lambda make, n: make.docx(f"<w:tbl>{words('<w:tr/>', n)}</w:tbl>")),
    "a zip of many": (".epub", lambda make, n: make.zip({f"{i}": "" for i in range(n // 100)})),
    "chapters": (".epub", lambda make, n: make.epub([words("<p>mot</p>", n)] * 5)),
    "entities": (".epub", lambda make, n: make.epub([words("&eacute;", n)])),
    "blocks": (".epub", lambda make, _: make.epub(["<p>" * 250 + "mot" + "</p>" * 250])),
    "a text document of spaces": (".odt", lambda make, n: make.odt(" " * (n * 30))),
    "nested paragraphs of a document": (".odt", lambda make, _: make.odt("<text:p>" * 200 + "mot" + "</text:p>" * 200)),
    "rows of a document": (".odt", lambda make, n: make.odt(words("<table:table-row/>", n))),
    "groups": (".rtf", lambda _, n: many(b"{", n, b"}", b"{\\rtf1 mot")),
    "escapes": (".rtf", lambda _, n: many(b"\\'e9\\u233?", n, b"", b"{\\rtf1 ", b"}")),
    "parts of a mail": (".eml", lambda _, n: samples.MAIL + many(b"--b\n\nmot\n", n)),
    "mails within": (".eml", lambda _, n: many(b"From: a\nContent-Type: message/rfc822\n\n", n)),
    "headers": (".eml", lambda _, n: many(b"X: a\n", n, before=b"From: a\n", after=b"\nmot")),
    "a long header": (".eml", lambda _, n: many(b"=?utf-8?q?a?= ", n, before=b"From: a\nSubject: ", after=b"\n\nmot")),
    "senders": (".mbox", lambda _, n: many(b"From a 2025\n", n)),
    "objects": (".json", lambda _, n: b"[" + many(b'{"text":"a"},', n) + b'{"text":"a"}]'),
    "nested objects": (".json", lambda _, n: many(b'{"a":', n, b"}", after=b"1")),
    "columns": (".csv", lambda _, n: many(b"text,", n, after=b"\na,b")),
    "quotes": (".csv", lambda _, n: many(b'"', n, before=b"text\n")),
    "posts": (".html", lambda _, n: many(b'<div class="message default" id="message1"><div class="text">a', n)),
    "documents": (".html", lambda _, n: many(b'<article><i class="DocPublicationName">a</i>', n)),
    "siblings": (".html", lambda _, n: many(b"<article><h2>a</h2></article>", n)),
    "documents of text": (".txt", lambda _, n: many(b"1 of 2 DOCUMENTS\n", n)),
    "labels": (".txt", lambda _, n: b"1 of 1 DOCUMENTS\n\n12 mars 2025\n\n" + many(b"AAA: a\n\n", n)),
    "ends": (".txt", lambda _, n: many(b"Document LECOUR0020250312el3c0001p\n", n)),
    "fields": (".txt", lambda _, n: many(b"HD a\nPD b\n", n, after=b"\nDocument LECOUR0020250312el3c0001p\n")),
    "items": (".xml", lambda _, n: samples.WORDPRESS.encode() + many(b"<item>", n)),
    "a bomb of entities": (".xml", lambda _, n: b'<!DOCTYPE r [<!ENTITY a "' + bytes(n).replace(b"\0", b"a") + b'">]>'
     b'<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel>' + b"&a;" * 9_000 + b"</channel></rss>"),
    "a bomb in gzip": (".html.gz", lambda _, n: gzip.compress(bytes(n * 30))),
    "gzip in gzip": (".html.gz", lambda _, __: gzip.compress(gzip.compress(b"<p>mot</p>"))),
    "a zip in gzip": (".epub", lambda make, _: gzip.compress(make.epub(["<p>mot</p>"]))),
}  # fmt: skip


@pytest.fixture(scope="module")
def impatient() -> Iterator[IsolatedReader]:
    """A reader that gives up after a second: large files have ten; here it is enough that time has an end."""
    reader = IsolatedReader(seconds=1)
    yield reader
    reader.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gives_an_article_or_a_reason(
    name: str, make: FileMaker, impatient: IsolatedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "_READER", impatient)
    suffix, made = HOSTILE[name]
    check(name, made(make, 100_000), suffix)


MEASURED = """
import resource, sys
from pathlib import Path
from index.sources.folder import LARGEST_FILE, read_articles
read_articles("n/a", b"<p>Un mot.</p>", ".html")  # loads the libraries
file = Path(sys.argv[1])
data = file.read_bytes()
reading = read_articles("n/a", data, file.suffix)
assert reading.articles or reading.failed
# not ru_maxrss, which begins with that of the process that started this one
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(status["VmHWM"].split()[0], end=" ")
from index.reading import isolation
isolation._READER.close()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, end=" ")
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(sum(each.ru_utime + each.ru_stime for each in used))
"""


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted otherwise there")
@pytest.mark.parametrize("name", HOSTILE)
def test_the_largest_hostile_file_takes_little_time_and_memory(
    name: str, make: FileMaker, tmp_path: Path, python: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    suffix, made = HOSTILE[name]
    file = tmp_path / f"file{suffix}"
    file.write_bytes(made(make, LARGEST_FILE))
    done = python(["-c", MEASURED, file])
    assert done.returncode == 0, done.stderr
    here, there, computing_s = map(float, done.stdout.split())
    assert max(here, there) * 1024 < 1_000_000_000
    assert computing_s < 2 * isolation.SECONDS_A_FILE  # ten, and the libraries; by no clock, so on any machine
