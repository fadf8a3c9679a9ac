from __future__ import annotations

import io
import zlib
from datetime import date
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader, PdfWriter

from index.reading import pdf as pdf_module
from index.reading import read_content
from index.reading.content import ArticleError, Content
from index.reading.typesetting import Line, headline, paragraphs

if TYPE_CHECKING:
    from tests.index.conftest import FileMaker

PROSE = ["Le parlement a adopté mercredi une loi sur le", "climat et les forêts, qui entre en vigueur en", "janvier."]


def column(*texts: str, x: float = 72, y: float = 700, size: float = 10) -> list[tuple[float, float, float, str]]:
    return [(x, y - size * 1.2 * i, size, text) for i, text in enumerate(texts)]


def read(data: bytes) -> Content:
    return read_content(data, ".pdf")


def joined(*texts: str) -> list[str]:
    return paragraphs([[Line(text, 72, 700 - 12 * i, 10) for i, text in enumerate(texts)]])


def test_lines_of_a_paragraph_are_one_line_and_space_parts_paragraphs(make: FileMaker) -> None:
    data = make.pdf([*column(*PROSE), *column("Un autre paragraphe", "le suit.", y=640)])
    assert read(data).body == f"{' '.join(PROSE)}\nUn autre paragraphe le suit."


def test_an_indent_or_a_short_last_line_begins_a_paragraph() -> None:
    lines = [
        Line("Un paragraphe de quelques mots, et puis", 72, 700, 10),
        Line("sa dernière ligne, qui est bien pleine.", 72, 688, 10),
        Line("Un autre, en retrait, de quelques mots", 84, 676, 10),
        Line("et sa fin.", 72, 664, 10),
        Line("Un troisième, qui suit une ligne courte.", 72, 652, 10),
    ]
    assert [text.partition(",")[0] for text in paragraphs([lines])] == [
        "Un paragraphe de quelques mots",
        "Un autre",
        "Un troisième",
    ]


def test_the_line_with_the_day_is_no_part_of_the_paragraph_below_it() -> None:
    assert joined("Publié le 12 mars 2025", "Le parlement a voté.") == [
        "Publié le 12 mars 2025",
        "Le parlement a voté.",
    ]


def test_items_of_a_list_stay_apart() -> None:
    assert joined("Trois choses :", "• une", "• deux qui", "continue", "1. trois") == [
        "Trois choses :",
        "• une",
        "• deux qui continue",
        "1. trois",
    ]


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("une informa-", "tion sûre", "une information sûre"),
        ("une informa\u00ad", "tion sûre", "une information sûre"),
        ("une informa\u2010", "tion sûre", "une information sûre"),
        ("à Saint-", "Denis hier", "à Saint-Denis hier"),
        ("en 2024-", "2025 encore", "en 2024-2025 encore"),
        ("où est-", "il donc", "où est-il donc"),
        ("va-t-", "il venir", "va-t-il venir"),
        ("c’est celui-", "ci enfin", "c’est celui-ci enfin"),
        ("le vice-", "président", "le vice-président"),
        ("franco-", "allemande", "franco-allemande"),
        ("un commer-", "çant", "un commerçant"),
        ("deux portes-", "monnaie", "deux portesmonnaie"),
        ("deux porte-", "monnaie (un porte-monnaie)", "deux porte-monnaie (un porte-monnaie)"),
        ("il a dit -", "non", "il a dit - non"),
    ],
)
def test_words_cut_at_the_end_of_a_line_are_whole_again(first: str, second: str, whole: str) -> None:
    assert joined(first, second) == [whole]


def test_text_goes_on_in_the_next_column_and_on_the_next_page(make: FileMaker) -> None:
    data = make.pdf(
        [*column("Une phrase de la première", "colonne va"), *column("dans la seconde et", "sur la", x=320)],
        column("page d’après. Fin."),
    )
    assert read(data).body == "Une phrase de la première colonne va dans la seconde et sur la page d’après. Fin."


def test_running_heads_and_page_numbers_go_and_what_repeats_once_stays(make: FileMaker) -> None:
    pages = [
        [
            (72, 800, 8, f"Le Journal, numéro {40 + n}"),
            *column(
                f"Le chapitre {'abcd'[n]} raconte une histoire.", "Répété partout.", "Une autre ligne.", "Encore une."
            ),
            (290, 40, 8, f"- {n + 1} -"),
        ]
        for n in range(4)
    ]
    body = read(make.pdf(*pages)).body
    assert "Journal" not in body
    assert "-" not in body
    assert body.count("Répété partout.") == 4
    assert "Le Journal, numéro 40" in read(make.pdf(*pages[:2])).body  # twice may be chance


def test_what_a_browser_prints_around_a_page_goes(make: FileMaker) -> None:
    page = [
        (30, 820, 8, "12/03/2025 18:42"),
        (200, 820, 8, "Crue à Lorbec | Le Courrier"),
        *column("Crue à Lorbec", y=780, size=20),
        *column(*PROSE),
        (30, 30, 8, "https://courrier.example/crue 1/1"),
    ]
    assert read(make.pdf(page)).body == "Crue à Lorbec\n" + " ".join(PROSE)
    address = "https://courrier.example/crue 1/1"
    assert address in read(make.pdf([*column(*PROSE), (72, 30, 10, address)])).body  # without the time it may be text


def test_a_year_at_the_foot_is_no_page_number(make: FileMaker) -> None:
    assert "2025" in read(make.pdf([*column(*PROSE), (290, 40, 8, "2025")])).body
    assert read(make.pdf([*column(*PROSE), (290, 40, 8, "1")])).body == " ".join(PROSE)


def test_the_title_is_the_property_else_the_largest_line(make: FileMaker) -> None:
    page = [*column("Un grand", "titre", y=760, size=20), *column(*PROSE)]
    assert read(make.pdf(page, info="/Title(Le vrai titre)")).title == "Le vrai titre"
    for program in (
        "",
        "/Title(Microsoft Word - a.doc)",
        "/Title(untitled)",
        "/Title(\\(anonymous\\))",
        "/Title(une_page.indd)",
    ):
        assert read(make.pdf(page, info=program)).title == "Un grand titre"
    assert read(make.pdf(column(*PROSE))).title == ""


def test_a_headline_is_cut_off_where_its_size_ends() -> None:
    assert headline([]) == headline([[]]) == headline([[Line("Seule", 0, 0, 30)]]) == ""
    lines = [
        Line("Une agence", 0, 800, 9),
        Line("La réfor-", 0, 780, 20),
        Line("me", 0, 760, 20),
        Line("x" * 90, 0, 700, 9),
    ]
    assert headline([lines]) == "La réforme"


def test_the_day_is_that_of_publication_never_that_of_saving(make: FileMaker) -> None:
    saved = "/CreationDate(D:20200101120000Z)/ModDate(D:20210101120000Z)"
    xmp = "<x:xmpmeta><prism:publicationDate>2024-03-05</prism:publicationDate></x:xmpmeta>"
    page = [*column("Un titre", y=760, size=20), *column("Publié le 12 mars 2025", y=740), *column(*PROSE)]
    assert read(make.pdf(column(*PROSE), info=saved)).published is None
    assert read(make.pdf(page, info=saved)).published == date(2025, 3, 12)
    declared = make.pdf_of(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/Metadata 9 0 R/Lang(fr-CA)>>",
            2: b"<</Type/Pages/Kids[5 0 R]/Count 1>>",
            3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            4: b"<<>>",
            5: b"<</Type/Page/Parent 2 0 R/Resources<</Font<</F1 3 0 R>>>>/MediaBox[0 0 595 842]/Contents 6 0 R>>",
            6: b"<</Length 40>>stream\nBT /F1 10 Tf 72 700 Td (Bonjour.) Tj ET    \nendstream",
            9: f"<</Type/Metadata/Length {len(xmp)}>>stream\n{xmp}\nendstream".encode(),
        }
    )
    assert read(declared) == Content("", "Bonjour.", date(2024, 3, 5), "fr", "", "")


def encrypted(data: bytes, algorithm: str, **passwords: str) -> bytes:
    writer, made = PdfWriter(clone_from=PdfReader(io.BytesIO(data))), io.BytesIO()
    writer.encrypt(**passwords, algorithm=algorithm)  # type: ignore[arg-type]
    writer.write(made)
    return made.getvalue()


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_password_to_open_is_refused_and_one_to_change_is_not(algorithm: str, make: FileMaker) -> None:
    data = make.pdf(column(*PROSE))
    with pytest.raises(ArticleError, match="an encrypted PDF, an open one wanted; save a copy without password"):
        read(encrypted(data, algorithm, user_password="secret"))  # noqa: S106  a made file
    for_changes = encrypted(data, algorithm, user_password="", owner_password="secret")  # noqa: S106
    assert read(for_changes).body == " ".join(PROSE)


def test_scanned_pages_are_refused_with_the_way_out(make: FileMaker) -> None:
    with pytest.raises(ArticleError, match=r"a PDF of 2 pages without text, probably scanned.*; run text recognition"):
        read(make.pdf([], []))


def test_letters_that_no_font_explains_are_refused() -> None:
    with pytest.raises(ArticleError, match=r"20 of 26 characters cannot be told from its fonts.*; run text"):
        pdf_module._check("\ue001" * 20 + "abcdef", [[]])


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4",
        b"GIF89a",
        b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 1 0 R>>\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF",
        b"\0" * 5_000,
        b"%PDF-1.4\ntrailer<</Root 9 0 R>>\nstartxref\n0\n%%EOF",
    ],
)
def test_what_is_no_whole_pdf_is_refused_on_one_line(data: bytes) -> None:
    with pytest.raises(
        ArticleError, match=r"\Aa (?:broken PDF \([^\n]+\), a whole|PDF of 0 pages[^\n]*)[^\n]*; "
    ) as refused:
        read(data)
    assert len(str(refused.value)) < 400


def test_too_many_pages_are_refused_before_they_are_read(make: FileMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "MAX_PAGES", 3)
    with pytest.raises(ArticleError, match="a PDF of 4 pages, at most 3; split it"):
        read(make.pdf(*[column("a")] * 4))


def test_a_stream_that_unpacks_to_too_much_is_refused(make: FileMaker) -> None:
    packed = zlib.compress(b" " * 100_000_000, 9)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[5 0 R]/Count 1>>",
        4: b"<<>>",
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        5: b"<</Type/Page/Parent 2 0 R/Resources<</Font<</F1 3 0 R>>>>/MediaBox[0 0 595 842]/Contents 6 0 R>>",
        6: b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(packed), packed),
    }
    with pytest.raises(ArticleError, match=r"a broken PDF \(.*[Ll]imit.*\)"):
        read(make.pdf_of(objects))
