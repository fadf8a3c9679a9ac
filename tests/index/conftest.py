"""A small library: a folder of articles and its index, and how to look at all that an index holds."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import IndexReport, build_index
from index.store.anywhere.stores import open_generation, store_of
from index.store.postgres.address import Address

CHAT = "# Le chat\n\nLe chat dort sur le toit. Il fait beau.\n"
CHIEN = "# Le chien\n\nLe chien mange un os. Il pleut.\n"
SOMEONE = 65_534  # the number of a user who is not the one of the tests
MOON = "---\ntitle: The moon\nlanguage: en\ndate: 2025-02-12\n---\nThe moon is full tonight.\n"


class FileMaker:
    """Makes the bytes of small files of each kind, as programs write them."""

    @staticmethod
    def pdf(
        *pages: Iterable[tuple[float, float, float, str]], extra: str = "", info: str = "", catalog: str = ""
    ) -> bytes:
        """Returns a PDF; a page is lines as (x, y, size, text), `extra` whole objects from number 100 on."""
        numbers = [10 + 2 * i for i in range(len(pages))]
        kids = " ".join(f"{number} 0 R" for number in numbers)
        objects = {
            1: f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
            2: f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
            3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            4: f"<<{info}>>".encode(),
        }
        for number, lines in zip(numbers, pages, strict=True):
            drawn = b"".join(
                b"BT /F1 %.1f Tf 1 0 0 1 %.1f %.1f Tm (%b) Tj ET\n"
                % (
                    size,
                    x,
                    y,
                    text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)"),
                )
                for x, y, size, text in lines
            )
            packed = zlib.compress(drawn)
            resources = "/Resources<</Font<</F1 3 0 R>>>>/MediaBox[0 0 595 842]"
            objects[number] = f"<</Type/Page/Parent 2 0 R{resources}/Contents {number + 1} 0 R>>".encode()
            objects[number + 1] = b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(packed), packed)
        return FileMaker.pdf_of(objects, extra.encode("latin-1"))

    @staticmethod
    def pdf_of(objects: Mapping[int, bytes], extra: bytes = b"") -> bytes:
        """Returns a PDF of these objects with its table; the first is the catalog, the fourth the properties."""
        written = bytearray(b"%PDF-1.4\n")
        table = []
        for number, content in sorted(objects.items()):
            table.append(f"{number} 1\n{len(written):010d} 00000 n \n")
            written += b"%d 0 obj\n%b\nendobj\n" % (number, content)
        written += extra
        start = len(written)
        written += b"xref\n0 1\n0000000000 65535 f \n" + "".join(table).encode()
        size = max(objects) + 1
        written += b"trailer\n<</Size %d/Root 1 0 R/Info 4 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
        return bytes(written)

    @staticmethod
    def zip(members: Mapping[str, str | bytes]) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return made.getvalue()

    @staticmethod
    def docx(body: str, *, core: str = "", **members: str | bytes) -> bytes:
        """Returns a Word file with this XML as its text; `members` replace or add parts, "word__styles_xml" one."""
        word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        relations = "http://schemas.openxmlformats.org/package/2006/relationships"
        styles = {"Titre": "Title", "Titre1": "heading 1", "TM1": "toc 1"}
        named = "".join(f'<w:style w:styleId="{i}"><w:name w:val="{name}"/></w:style>' for i, name in styles.items())
        parts: dict[str, str | bytes] = {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r" Type="{office}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>',
            "word/styles.xml": f'<w:styles xmlns:w="{word}">{named}</w:styles>',
            "docProps/core.xml": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
            'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
            f"<dcterms:created>2020-01-02T03:04:05Z</dcterms:created>{core}</cp:coreProperties>",
        }
        return FileMaker.zip(parts | FileMaker._named(members))

    @staticmethod
    def odt(body: str, *, meta: str = "", manifest: str = "") -> bytes:
        """Returns a text document with this XML as its text."""
        kinds = ("office", "text", "table", "style", "meta", "manifest")
        names = " ".join(f'xmlns:{kind}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"' for kind in kinds)
        style = '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
        return FileMaker.zip(
            {
                "mimetype": "application/vnd.oasis.opendocument.text",
                "content.xml": f"<office:document-content {names}><office:automatic-styles>{style}"
                f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
                "</office:document-content>",
                "meta.xml": f'<office:document-meta {names} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
                f"{meta}</office:meta></office:document-meta>",
                "META-INF/manifest.xml": f"<manifest:manifest {names}>{manifest}</manifest:manifest>",
            }
        )

    @staticmethod
    def epub(chapters: Sequence[str], *, metadata: str = "", manifest: str = "", **members: str | bytes) -> bytes:
        """Returns a book; a chapter is what its <body> holds; `members` replace or add parts, as `docx`."""
        items = "".join(
            f'<item id="c{i}" href="le%20texte/c{i}.xhtml" media-type="application/xhtml+xml"/>'
            for i in range(len(chapters))
        )
        spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
        parts: dict[str, str | bytes] = {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>{metadata}</metadata>'
            f"<manifest>{manifest}{items}</manifest><spine>{spine}</spine></package>",
        }
        for i, chapter in enumerate(chapters):
            parts[f"OEBPS/le texte/c{i}.xhtml"] = (
                "<!DOCTYPE html>\n"
                '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><style>p{}</style></head>'
                f"<body>{chapter}</body></html>"
            )
        return FileMaker.zip(parts | FileMaker._named(members))

    @staticmethod
    def one_of_each_kind(folder: Path) -> None:
        """Writes a file of every kind into a new folder, each a short French article."""
        book = "<dc:title>Le moulin</dc:title>"
        page = "<p>Le phare de Kerbrat fut automatisé en 1987.</p></body></html>"
        title = '<w:p><w:pPr><w:pStyle w:val="Titre"/></w:pPr><w:r><w:t>Le canal</w:t></w:r></w:p>'
        contents: dict[str, str | bytes] = {
            "pont.md": "# Le pont\n\nLe pont de Saint-Aubin a rouvert mardi.\n",
            "musee.txt": "Le musée\n\nLe musée ouvrira le dimanche à partir du mois de mai.\n",
            "phare.html": f"<html lang='fr'><head><title>Un phare</title></head><body>{page}",
            "stade.pdf": FileMaker.pdf([(72, 700, 18, "Le stade"), (72, 660, 10, "Le stade compte 12 000 places.")]),
            "canal.docx": FileMaker.docx(f"{title}<w:p><w:r><w:t>Le canal mesure 38 kilomètres.</w:t></w:r></w:p>"),
            "moulin.epub": FileMaker.epub(["<p>Le moulin date de 1742.</p>"], metadata=book),
            "gare.jsonl": '{"title": "La gare", "text": "La gare accueille 3 400 voyageurs par jour."}\n',
            "halle.xhtml": "<html><head><title>La halle</title></head><body><p>La halle a un toit.</p></body></html>",
            "lavoir.odt": FileMaker.odt("<text:p>Le lavoir</text:p><text:p>Le lavoir a quatre bacs.</text:p>"),
            "puits.rtf": "{\\rtf1 Le puits\\par Le puits mesure 30 pieds.}",
            "lettre.eml": "From: Ana <a@a.example>\nSubject: Le bac\n\nLe bac traverse la rivi\u00e8re.\n",
            "lettres.mbox": "From a@a.example 2025\nFrom: Ana <a@a.example>\nSubject: Le quai\n\nLe quai est long.\n",
            "tour.mhtml": "From: a\nMIME-Version: 1.0\nContent-Type: text/html\n\n<p>La tour penche au nord.</p>\n",
            "ecole.json": '[{"title": "L\u2019\u00e9cole", "text": "L\u2019\u00e9cole ouvre \u00e0 huit heures."}]',
            "foire.csv": "title,text\nLa foire,La foire a lieu en mai.\n",
            "port.html.gz": gzip.compress(
                "<html lang='fr'><body><p>Le port est ferm\u00e9.</p></body></html>".encode()
            ),
        }
        folder.mkdir()
        for name, content in contents.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    @staticmethod
    def _named(members: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
        names = {name: name.replace("__", "/").rpartition("_") for name in members}
        return {f"{names[name][0]}.{names[name][2]}": content for name, content in members.items()}


@dataclass
class Library:
    """A folder of articles, `news`, and the index made of it."""

    source: Path
    index: Any  # its folder, or the address of its database

    def write(self, **texts: str) -> None:
        """Writes `news/NAME.md` for each name."""
        for name, text in texts.items():
            whole = self.source / f".{name}.tmp"  # nobody sees half of it
            whole.write_text(text, encoding="utf-8")
            whole.replace(self.source / f"{name}.md")

    def remove(self, *names: str) -> None:
        for name in names:
            (self.source / f"{name}.md").unlink()

    def build(self, **options: Any) -> IndexReport:  # noqa: ANN401  those of build_index
        return build_index(self.source, self.index, **options)

    @property
    def generation(self) -> Path:
        """Folder of the live generation; in a database, its name alone."""
        name = store_of(self.index).live()
        return self.index / "generations" / name if isinstance(self.index, Path) else Path(name)

    def file(self, name: str) -> Path:
        """The file of this name of the live generation, of its last segment where each has one."""
        return max(self.generation.rglob(name))

    def texts(self) -> dict[str, str]:
        """Article id -> text, of a whole index."""
        assert store_of(self.index).problems() == []
        with closing(open_generation(self.index)) as generation:
            return {article.id: article.text for article in generation.articles()}


def index_content(place: Path | Address) -> dict[str, Any]:
    """Returns all that the live generation holds, vectors to the bit; times and names of files are left out."""
    assert store_of(place).problems() == []
    with closing(open_generation(place)) as generation:
        rows = list(range(generation.counts["passages"]))
        terms = [generation.terms(row) for row in rows]
        found = {t: generation.lexical.search([t], len(rows)) for t in sorted({t for ts in terms for t in ts})}
        return {
            "sources": generation.sources(),
            "articles": list(generation.held(generation.ids())),
            "same": sorted(generation.of_texts(set(generation.digests(generation.ids()).values()))),
            "failed": generation.failed(),
            "rows": generation.article_rows.tolist(),
            "days": generation.days.tolist(),
            "listed": generation.listed_rows().tolist(),
            "languages": generation.languages,
            "sentences": [generation.sentences(row).spans for row in rows],
            "shown": generation.passages(rows),
            "terms": [sorted(each) for each in terms],
            "vectors": generation.vectors.rows(np.array(rows, dtype=np.int64)).tobytes(),
            "sentence vectors": b"".join(generation.sentences(row).vectors.tobytes() for row in rows),
            "words": {term: (at.tolist(), scores.tolist()) for term, (at, scores) in found.items()},
            "counts": generation.counts,
        }


def run_python(
    arguments: Sequence[str | Path], *, unprivileged: bool = False, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs Python and returns what it did; `unprivileged`: permissions count, for root too."""
    # root ignores permissions unless the capability to do so is dropped
    drop = "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"
    prefix = ["setpriv", *drop] if unprivileged and os.geteuid() == 0 else []
    command = [*prefix, sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def give_away(path: Path, mode: int) -> None:
    """Makes a file or folder another user's, where the tests may; else it stays their own, with this mode."""
    if os.geteuid() == 0:
        os.chown(path, SOMEONE, SOMEONE)
    path.chmod(mode)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | Address:
    """Where the index of `library` is: a folder, or what a module or test asks for: "folder", "postgres"."""
    if getattr(request, "param", "folder") == "folder":
        return tmp_path / "index"
    address: Address = request.getfixturevalue("database")
    return address


@pytest.fixture
def library(tmp_path: Path, place: Path | Address) -> Library:
    """Two French articles, not indexed yet."""
    (tmp_path / "news").mkdir()
    made = Library(tmp_path / "news", place)
    made.write(a=CHAT, b=CHIEN)
    return made


@pytest.fixture
def content() -> Callable[[Path], dict[str, Any]]:
    return index_content


@pytest.fixture
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    return run_python


@pytest.fixture
def make() -> FileMaker:
    return FileMaker()
