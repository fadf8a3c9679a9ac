from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from index.reading import read_content
from index.reading.content import ArticleError, Content

if TYPE_CHECKING:
    from tests.index.conftest import FileMaker

BODY = (
    '<text:p text:style-name="P1">Crue à Lorbec</text:p><text:p>Publié le 12 mars 2025</text:p>'
    "<text:tracked-changes><text:p>effacé</text:p></text:tracked-changes>"
    "<text:p>La rivière<text:s/>a <text:span>débordé</text:span><text:note><text:p>une note</text:p></text:note>"
    "<text:line-break/>mardi.</text:p>"
    "<text:list><text:list-item><text:p>un</text:p></text:list-item></text:list>"
    "<table:table><table:table-row><table:table-cell><text:p>Entrée</text:p></table:table-cell>"
    "<table:table-cell><text:p>5 €</text:p></table:table-cell></table:table-row></table:table>"
)


def test_paragraphs_lists_and_rows_are_lines_and_notes_are_left_out(make: FileMaker) -> None:
    assert read_content(make.odt(BODY, meta="<dc:language>fr-FR</dc:language>"), ".odt") == Content(
        "Crue à Lorbec",
        "Crue à Lorbec\nPublié le 12 mars 2025\nLa rivière a débordé\nmardi.\n- un\nEntrée | 5 €",
        date(2025, 3, 12),
        "fr",
    )


def test_the_property_is_the_title_where_none_is_styled_as_one(make: FileMaker) -> None:
    data = make.odt("<text:p>La rivière a débordé.</text:p>", meta="<dc:title>Crue</dc:title>")
    assert read_content(data, ".odt").title == "Crue"


def test_a_document_with_a_password_or_without_text_is_refused(make: FileMaker) -> None:
    with pytest.raises(ArticleError, match="a text document with a password, an open one wanted; save a copy"):
        read_content(make.odt(BODY, manifest="<manifest:encryption-data/>"), ".odt")
    with pytest.raises(ArticleError, match=r"a broken text document \(no text within\)"):
        read_content(make.zip({"content.xml": "<a/>"}), ".odt")
