from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from index.reading import read_content
from index.reading.content import ArticleError, Content
from index.sources.folder import make_article

if TYPE_CHECKING:
    from tests.index.conftest import FileMaker

METADATA = (
    "<dc:title>Le livre</dc:title><dc:creator>Jeanne  Dupont</dc:creator><dc:creator>Paul Li</dc:creator>"
    "<dc:language>fr-FR</dc:language><dc:publisher>Les Presses</dc:publisher>"
    '<dc:date opf:event="modification">2025-01-01</dc:date><dc:date>2024-03-05</dc:date>'
)


def read(data: bytes) -> Content:
    return read_content(data, ".epub")


def test_a_book_is_one_article_in_the_order_of_its_spine(make: FileMaker) -> None:
    data = make.epub(["<h1>Un</h1><p>Léa &amp; moi.</p>", "<h1>Deux</h1><p>Fin.</p>"], metadata=METADATA)
    assert read(data) == Content(
        "Le livre", "Un\nLéa & moi.\nDeux\nFin.", date(2024, 3, 5), "fr", "Jeanne Dupont, Paul Li", ""
    )
    assert make_article("n/livre.epub", data, ".epub").title == "Le livre"


def test_entities_of_html_are_their_characters_and_tables_are_lines(make: FileMaker) -> None:
    chapter = (
        "<p>L&eacute;a&nbsp;dit&#8239;: &lt;b&gt; &hellip;</p><table><tr><td><p>a</p></td><td>b<br/>c</td></tr></table>"
        "<ul><li>un</li><li>deux<script>x()</script></li></ul><p>a<!-- non -->b<b>c</b></p>"
    )
    assert read(make.epub([chapter])).body == "Léa dit : <b> …\na | b c\nun\ndeux\nabc"


def test_contents_and_what_is_outside_the_order_are_left_out(make: FileMaker) -> None:
    item = '<item id="{0}" href="{1}.xhtml" media-type="application/xhtml+xml" properties="{2}"/>'
    manifest = item.format("toc", "toc", "nav") + item.format("note", "note", "")
    manifest += item.format("c0", "le%20texte/c0", "svg") + '<item id="png" href="a.png" media-type="image/png"/>'
    spine = '<itemref idref="toc"/><itemref idref="note" linear="no"/><itemref idref="png"/><itemref idref="gone"/>'
    spine += '<itemref idref="c0"/>'
    opf = f"<package><manifest>{manifest}</manifest><spine>{spine}</spine></package>"
    assert read(make.epub(["<p>Le texte.</p>"], OEBPS__book_opf=opf)).body == "Le texte."


def test_a_page_that_is_no_xml_is_read_as_browsers_do(make: FileMaker) -> None:
    assert read(make.epub(["<p>Un <b>mot</p><p>Deux"])).body == "Un mot\nDeux"


@pytest.mark.parametrize(
    ("metadata", "day"),
    [
        ("<dc:date>0101-01-01T00:00:00+00:00</dc:date>", None),  # Calibre's "not known"
        ('<dc:date opf:event="creation">2024-03-05</dc:date>', None),
        ('<meta property="dcterms:modified">2024-03-05T00:00:00Z</meta>', None),
        ('<dc:date opf:event="publication">2024-03-05</dc:date>', date(2024, 3, 5)),
        ("<dc:date>2024</dc:date>", None),
    ],
)
def test_only_a_day_of_publication_is_the_date(make: FileMaker, metadata: str, day: date | None) -> None:
    assert read(make.epub(["<p>Le texte.</p>"], metadata=metadata)).published == day


def test_the_publisher_is_the_source_where_no_author_is_named(make: FileMaker) -> None:
    assert (
        read(make.epub(["<p>Le texte.</p>"], metadata="<dc:publisher>Les Presses</dc:publisher>")).source
        == "Les Presses"
    )


def encryption(path: str) -> str:
    reference = f'<enc:CipherReference xmlns:enc="e" URI="{path}"/>'
    return f"<encryption><EncryptedData>{reference}</EncryptedData></encryption>"


def test_a_protected_book_is_refused_and_protected_fonts_are_no_matter(make: FileMaker) -> None:
    fonts = encryption("OEBPS/fonts/a.otf")
    assert read(make.epub(["<p>Le texte.</p>"], META_INF__encryption_xml=fonts)).body == "Le texte."
    parts = {"META-INF__encryption_xml": encryption("OEBPS/le%20texte/c0.xhtml")}
    with pytest.raises(ArticleError, match="a protected EPUB, one without DRM wanted; export"):
        read(make.epub(["<p>Le texte.</p>"], **parts))


def test_what_is_no_epub_is_refused(make: FileMaker) -> None:
    with pytest.raises(ArticleError, match=r"a broken EPUB \(File is not a zip file\), a whole one wanted; save"):
        read(b"Du texte.")
    with pytest.raises(ArticleError, match=r"a broken EPUB \(no book within\)"):
        read(make.zip({"a.txt": "a"}))
    with pytest.raises(ArticleError, match=r"a broken EPUB \(nothing called '' within\)"):
        read(make.zip({"META-INF/container.xml": "<container/>"}))
    item, reference = '<item id="a" href="../../x" media-type="text/html"/>', '<itemref idref="a"/>'
    opf = f"<package><manifest>{item}</manifest><spine>{reference}</spine></package>"
    with pytest.raises(ArticleError, match=r"nothing called '../x' within"):
        read(make.epub([], OEBPS__book_opf=opf))
    with pytest.raises(ArticleError, match="no text beside"):
        make_article("a", make.epub([], metadata=METADATA), ".epub")


def test_a_bomb_of_entities_or_of_zeros_is_refused(make: FileMaker) -> None:
    bomb = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    html = '<html xmlns="http://www.w3.org/1999/xhtml"><body>Ha &a11;!</body></html>'
    page = f'<!DOCTYPE html [<!ENTITY a0 "lol">{bomb}]>{html}'
    with pytest.raises(ArticleError, match="a page within that is no XHTML"):
        read(make.epub([""], **{"OEBPS__le texte__c0_xhtml": page}))
    with pytest.raises(ArticleError, match=r"25,\d{3},\d{3} bytes and more when unpacked, at most 20,000,000 a part"):
        read(make.epub([" " * 25_000_000]))
    with pytest.raises(ArticleError, match="and 60,000,000 together; split it"):
        read(make.epub([" " * 19_000_000] * 4))
