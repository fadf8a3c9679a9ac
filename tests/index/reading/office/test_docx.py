from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from index.reading import read_content
from index.reading.content import ArticleError, Content
from index.reading.office import archive

if TYPE_CHECKING:
    from tests.index.conftest import FileMaker


def read(data: bytes) -> Content:
    return read_content(data, ".docx")


def paragraph(text: str, style: str = "", *, listed: bool = False, extra: str = "") -> str:
    marks = f'<w:pStyle w:val="{style}"/>' if style else ""
    marks += "<w:numPr/>" if listed else ""
    return f"<w:p><w:pPr>{marks}</w:pPr><w:r><w:t xml:space='preserve'>{text}</w:t>{extra}</w:r></w:p>"


def cell(*texts: str) -> str:
    return f"<w:tc>{''.join(map(paragraph, texts))}</w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


def test_paragraphs_lists_and_rows_are_lines_and_contents_are_not(make: FileMaker) -> None:
    table = f"<w:tbl>{row(cell('Année'), cell('Prix', '(euros)'))}{row(cell('2024'), cell(''), cell('5'))}</w:tbl>"
    body = (
        paragraph("Le grand titre", "Titre")
        + paragraph("Chapitre ..... 3", "TM1")
        + paragraph("Un chapitre", "Titre1")
        + paragraph("Des mots &amp; des  signes.")
        + paragraph("un", listed=True)
        + paragraph("deux", listed=True)
        + table
        + paragraph("Fin.")
    )
    assert read(make.docx(body)) == Content(
        "Le grand titre",
        "Le grand titre\nUn chapitre\nDes mots & des signes.\n- un\n- deux\nAnnée | Prix (euros)\n2024 | 5\nFin.",
        None,
        "",
        "",
        "",
    )


def test_what_was_deleted_moved_away_or_is_a_note_or_a_field_is_left_out(make: FileMaker) -> None:
    body = (
        "<w:p><w:r><w:t>Le pont</w:t><w:footnoteReference w:id='2'/></w:r>"
        "<w:del><w:r><w:delText>vieux</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>parti</w:t></w:r></w:moveFrom><w:ins><w:r><w:t xml:space='preserve"
        "'> neuf</w:t></w:r></w:ins><w:r><w:instrText>PAGE</w:instrText><w:tab/><w:t>est</w:t><w:br/><w:t>ouvert"
        "</w:t><w:noBreakHyphen/><w:t>là</w:t></w:r></w:p>"
    )
    note = '<w:footnotes xmlns:w="w"><w:footnote><w:p><w:r><w:t>note</w:t></w:r></w:p></w:footnote></w:footnotes>'
    assert read(make.docx(body, word__footnotes_xml=note)).body == "Le pont neuf est\nouvert-là"


def test_a_text_box_is_read_once(make: FileMaker) -> None:
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = f"<w:txbxContent>{paragraph('Encadré.')}</w:txbxContent>"
    both = (
        f"<mc:AlternateContent {mc}><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    )
    assert read(make.docx(paragraph("Autour.", extra=both))).body == "Encadré.\nAutour."


def test_a_nested_table_is_within_its_row(make: FileMaker) -> None:
    inner = f"<w:tc><w:tbl><w:tr>{cell('b')}{cell('c')}</w:tr></w:tbl>{paragraph('d')}</w:tc>"
    assert read(make.docx(f"<w:tbl><w:tr>{cell('a')}{inner}</w:tr></w:tbl>")).body == "a | b c d"


def test_the_property_is_the_title_where_no_paragraph_is_styled_so(make: FileMaker) -> None:
    core = "<dc:title>Un titre</dc:title><dc:language>fr-FR</dc:language>"
    content = read(make.docx(paragraph("Du texte."), core=core))
    assert (content.title, content.language) == ("Un titre", "fr")
    assert read(make.docx(paragraph("Du texte."), core="<dc:title>Document1</dc:title>")).title == ""


def test_the_day_is_the_cover_pages_or_the_written_one_never_that_of_saving(make: FileMaker) -> None:
    space = "http://schemas.microsoft.com/office/2006/coverPageProps"
    cover = f'<CoverPageProperties xmlns="{space}"><PublishDate>2024-03-05T00:00:00</PublishDate></CoverPageProperties>'
    body = paragraph("Un titre") + paragraph("Publié le 12 mars 2025")
    assert read(make.docx(paragraph("Du texte."))).published is None
    assert read(make.docx(body)).published == date(2025, 3, 12)
    assert read(make.docx(body, customXml__item1_xml=cover)).published == date(2024, 3, 5)


def test_the_strict_kind_and_a_part_of_another_name_are_read(make: FileMaker) -> None:
    strict = '<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body>' + paragraph("Strict.")
    relation = '<r:Relationship Type="x/officeDocument" Target="/word/document2.xml"/>'
    relations = f'<r:Relationships xmlns:r="r">{relation}</r:Relationships>'
    parts = {"_rels/.rels": relations, "word/document2.xml": f"{strict}</w:body></w:document>"}
    assert read(make.zip(parts)).body == "Strict."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"Du texte.", r"a broken Word file \(File is not a zip file\), a whole one wanted; save"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(512), "a Word file of the old kind or with a password, an open"),
        (b"PK\x05\x06" + bytes(18), r"a broken Word file \(nothing called 'word/document.xml' within\)"),
    ],
)
def test_what_is_no_word_file_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ArticleError, match=reason):
        read(data)


def test_a_truncated_file_is_refused(make: FileMaker) -> None:
    data = make.docx(paragraph("Du texte."))
    with pytest.raises(ArticleError, match=r"a broken Word file \("):
        read(data[: len(data) // 2])
    with pytest.raises(ArticleError, match=r"'word/document.xml' within is no XML: .*, a whole one wanted"):
        read(make.docx("", word__document_xml="<w:document"))


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def test_entities_are_not_expanded_and_files_not_read(make: FileMaker) -> None:
    dtd = '<!DOCTYPE w:document [<!ENTITY x "lol"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    body = "<w:body><w:p><w:r><w:t>Avant &x;&f;&eacute; après</w:t></w:r></w:p></w:body>"
    text = f'{dtd}<w:document xmlns:w="{WORD}">{body}</w:document>'
    assert read(make.docx("", word__document_xml=text)).body == "Avant é après"


def test_a_bomb_of_entities_is_refused(make: FileMaker) -> None:
    bomb = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    text = f'<!DOCTYPE d [<!ENTITY a0 "lol">{bomb}]><w:document xmlns:w="{WORD}"><w:t>&a11;</w:t></w:document>'
    with pytest.raises(ArticleError, match=r"'word/document.xml' within is no XML: .*amplification"):
        read(make.docx("", word__document_xml=text))


def test_nesting_beyond_reason_is_refused(make: FileMaker) -> None:
    with pytest.raises(ArticleError, match=r"is no XML: .*depth"):
        read(make.docx("<w:x>" * 5_000 + "</w:x>" * 5_000))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(make: FileMaker) -> None:
    with pytest.raises(
        ArticleError, match=r"30,\d{3},\d{3} bytes and more when unpacked, at most 20,000,000 a part.*; split"
    ):
        read(make.docx(" " * 30_000_000))


def test_parts_that_are_too_many_or_too_large_together_are_refused(
    make: FileMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make.docx(paragraph("Du texte."))
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 900)
    with pytest.raises(ArticleError, match="at most 20,000,000 a part and 900 together"):
        read(data)
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    with pytest.raises(ArticleError, match="5 files within the Word file, at most 3; split it"):
        read(data)
