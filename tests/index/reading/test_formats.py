from __future__ import annotations

import codecs
import logging
import socket
from datetime import date

import pytest

from index.reading import read_content
from index.reading.content import ArticleError, Content, decode
from index.text.dates import read_date

FRENCH = "L’été à Besançon — « œuvre » à 3,5 %.\n"


def page(*, head: str = "", body: str = "", lang: str = "fr") -> str:
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><title>Le musée rouvre</title>{head}</head><body>'
        f"<nav><a href='/'>Accueil</a></nav><article><h1>Le musée rouvre</h1>{body}"
        "<p>Le musée de la ville a rouvert samedi après deux ans de travaux importants.</p>"
        "<p>Plus de mille visiteurs sont venus le premier jour, selon la mairie de la commune.</p>"
        "<table><tr><td>Entrée</td><td>5 euros</td></tr></table>"
        "</article><footer>© 2019 Le Journal. Mis en ligne le 3 mai 2018</footer></body></html>"
    )


def read_page(text: str) -> Content:
    return read_content(text.encode(), ".html")


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (b"", "utf-8"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
        (b"", "cp1252"),
    ],
)
def test_french_is_read_in_every_encoding_it_comes_in(bom: bytes, encoding: str) -> None:
    assert decode(bom + FRENCH.encode(encoding)) == FRENCH


def test_russian_utf16_without_bom_is_read() -> None:
    text = "Москва приняла гостей из разных стран. Было шумно.\n"
    assert decode(text.encode("utf-16-le")) == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Ночью река вышла из берегов, мост закрыт для машин."),
        ("koi8-r", "Ночью река вышла из берегов, мост закрыт для машин."),
        ("gb18030", "周二夜里河水漫过堤岸，四十座房屋被淹。"),
        ("cp1253", "Το ποτάμι ξεχείλισε τη νύχτα της Τρίτης."),
    ],
)
def test_a_text_in_another_alphabet_is_read_in_the_encoding_of_its_time(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ("L’été à Lorb".encode() + b"\xc3...", "L’été à Lorb\ufffd..."),  # a teaser, cut within a character
        ("L’été".encode() + b" d\x92Andr\xe9as", "L’été d’Andréas"),  # pasted from a text in cp1252
        ("été ".encode() + b"\xff\xfe", "été \ufffd\ufffd"),
    ],
)
def test_a_bad_byte_does_not_make_utf8_another_encoding(data: bytes, read: str) -> None:
    assert decode(data) == read


def test_a_few_nuls_in_a_text_are_left_out() -> None:
    assert decode(b"\0" + FRENCH.encode() * 9) == FRENCH * 9


def test_line_ends_of_windows_and_old_macs_become_newlines() -> None:
    assert decode(b"a\r\nb\rc\n") == "a\nb\nc\n"


def test_a_byte_order_mark_within_the_text_stays() -> None:
    assert decode("a\ufeffb".encode()) == "a\ufeffb"


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ("windows-1251", "cp1251", "Москва"),
        ("gb2312", "gb18030", "北京的新闻"),
        ("Shift_JIS", "cp932", "東京の①番"),
        ("iso-8859-1", "cp1252", "l’été"),
    ],
)
def test_a_declared_charset_of_a_page_is_used(charset: str, encoding: str, text: str) -> None:
    html = f'<html><head><meta charset="{charset}"></head><body>{text}</body></html>'
    assert text in decode(html.encode(encoding), is_html=True)


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "zip", "unicode_escape", "cp999", "utf-16"])
def test_a_wrong_or_odd_declaration_does_not_garble_utf8(charset: str) -> None:
    html = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}"><p>été \\ud800</p>'
    assert decode(html.encode(), is_html=True) == html


def test_a_charset_is_not_looked_for_in_plain_text() -> None:
    text = '<meta charset="koi8-r"> été'
    assert decode(text.encode()) == text


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0",
        b"abc\0def",
        bytes(range(1, 128)),
        bytes(range(256)),
    ],
)
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(ArticleError, match="a binary file"):
        decode(data)


@pytest.mark.parametrize("data", [codecs.BOM_UTF16_LE + b"a", codecs.BOM_UTF8 + b"\xff", b"\x81\x8d\x8f"])
def test_bytes_of_no_known_encoding_are_refused(data: bytes) -> None:
    with pytest.raises(ArticleError, match="save the file as UTF-8"):
        decode(data)


@pytest.mark.parametrize("suffix", [".doc", "", ".md~"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(suffix: str) -> None:
    with pytest.raises(ArticleError, match=r"one of \.md \.markdown \.txt \.jsonl \.html .* \.gz wanted"):
        read_content(b"text", suffix)


@pytest.mark.parametrize("suffix", [".md", ".txt", ".html", ".jsonl"])
@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", codecs.BOM_UTF8])
def test_an_empty_file_is_refused(data: bytes, suffix: str) -> None:
    with pytest.raises(ArticleError, match="empty file"):
        read_content(data, suffix)


def test_front_matter_gives_the_metadata() -> None:
    text = (
        "---\nTitle: 'Un titre'\npublished: 2024-03-05T08:30:00+01:00\nlang: fr-FR\noutlet: Le  Journal\n"
        "link: https://journal.example/a\ntags: [a, b]\n---\n\nCorps.\n"
    )
    assert read_content(text.encode(), ".MD") == Content(
        "Un titre", "\nCorps.\n", date(2024, 3, 5), "fr", "Le Journal", "https://journal.example/a"
    )


def test_front_matter_is_read_in_the_words_of_its_language() -> None:
    block = "titre: Un titre\njour: 2024-03-05\nlangue: fr\njournal: Le Journal\nauteur: Ana Rouxel\n"
    content = read_content(f"---\n{block}---\nCorps".encode(), ".md")
    assert content == Content("Un titre", "\nCorps", date(2024, 3, 5), "fr", "Le Journal", author="Ana Rouxel")


def test_values_of_front_matter_are_strings_and_no_is_norwegian() -> None:
    content = read_content(b"---\ntitle: 2024\nlanguage: no\ndate: 2024-03-05\n---\nOslo", ".md")
    assert (content.title, content.language, content.published) == ("2024", "no", date(2024, 3, 5))


@pytest.mark.parametrize("written", ["2024-02-31", "hier", "[2024]", "", "2024", "0000-00-00"])
def test_a_date_that_cannot_be_read_leaves_the_article_undated(written: str) -> None:
    content = read_content(f"---\ntitle: A\ndate: {written}\n---\nCorps".encode(), ".md")
    assert content.published is None
    assert content.body.strip() == "Corps"


def test_the_next_date_is_taken_where_the_first_cannot_be_read() -> None:
    content = read_content(b"---\ndate: soon\npublished: 2024-03-05\n---\nCorps", ".md")
    assert content.published == date(2024, 3, 5)


@pytest.mark.parametrize("written", ["javascript:alert(1)", "www.example.org", "https://a b"])
def test_only_web_addresses_become_urls(written: str) -> None:
    assert read_content(f"---\nurl: {written}\n---\nCorps".encode(), ".md").url == ""


@pytest.mark.parametrize("written", ["French", "fra", "x", "[fr]"])
def test_a_language_that_is_no_code_is_left_to_detection(written: str) -> None:
    assert read_content(f"---\nlang: {written}\n---\nCorps".encode(), ".md").language == ""


@pytest.mark.parametrize(
    "text",
    [
        "---\nUn texte après un filet, jamais refermé.\n",
        "---\ntitle: pas refermé\n",
        "---\nUn texte entre deux filets.\n---\nLa suite.\n",
        "---\n\nMoscou : le texte : encore\n\n---\nLa suite.\n",
        "--- pas un filet ---\nLa suite.\n",
        "La suite.\n---\ntitle: x\n---\n",
    ],
)
def test_a_horizontal_rule_is_no_front_matter(text: str) -> None:
    assert read_content(text.encode(), ".md").body == text


def test_empty_front_matter_is_dropped() -> None:
    assert read_content(b"---\n---\nCorps", ".md").body.strip() == "Corps"


@pytest.mark.parametrize(
    "block",
    [
        "title: [a",
        "title: a\n  b: c: d",
        "title: *nobody",
        "title: !!python/object/apply:os.system ['exit 1']",
        "!!python/object/new:os.system ['exit 1']",
        "date: !!timestamp 'x'",
        "a: " + "[" * 15_000,
        "title: \x01",
    ],
)
def test_broken_or_unsafe_front_matter_is_refused_on_one_line(block: str) -> None:
    with pytest.raises(ArticleError, match="correct or remove it") as refused:
        read_content(f"---\n{block}\n---\nCorps".encode(), ".md")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title: Crue à Lorbec : le pont fermé", "Crue à Lorbec : le pont fermé"),
        ('title: "Crue" : le pont fermé', '"Crue" : le pont fermé'),
        ("title: [Dossier] Le pont", "[Dossier] Le pont"),
        ("title: Le C# : un langage", "Le C# : un langage"),
        ("title: 'Crue : le pont' # note", "Crue : le pont"),
        ("title: 'L'eau monte'", "L'eau monte"),
        ("title: @lorbec : la crue", "@lorbec : la crue"),
        ("title: 20 % de plus", "20 % de plus"),
    ],
)
def test_a_value_of_front_matter_needs_no_quotes(line: str, title: str) -> None:
    content = read_content(f"---\n{line}\ndate: 2025-03-12 08:15:00 +0100\n---\nCorps".encode(), ".md")
    assert (content.title, content.published) == (title, date(2025, 3, 12))


@pytest.mark.parametrize("told", ["language: fr\n", ""])
def test_in_front_matter_of_a_french_text_the_day_stands_first(told: str) -> None:
    text = f"---\ndate: 12/03/2025\n{told}---\nLa rivière a débordé dans la nuit de lundi à mardi."
    assert read_content(text.encode(), ".md").published == date(2025, 3, 12)


def test_front_matter_in_toml_is_read() -> None:
    block = (
        'title = "Le pont"\ndate = 2025-03-12T23:30:00+01:00\nauthors = ["Ana Rouxel", "Léo Diaz"]\n[extra]\na = 1\n'
    )
    content = read_content(f"+++\n{block}+++\nCorps".encode(), ".md")
    assert content == Content("Le pont", "Corps", date(2025, 3, 12), "", author="Ana Rouxel, Léo Diaz")


@pytest.mark.parametrize(
    "block",
    ["author: {name: Ana Rouxel, url: x}", "authors:\n  - name: Ana Rouxel\n    role: x", "auteur: [Ana Rouxel]"],
)
def test_authors_of_front_matter_may_be_objects(block: str) -> None:
    assert read_content(f"---\n{block}\n---\nCorps".encode(), ".md").author == "Ana Rouxel"


def test_broken_toml_is_refused_on_one_line_and_a_line_of_pluses_is_text() -> None:
    with pytest.raises(ArticleError, match=r"front matter that cannot be read \(Invalid value.*; correct or remove it"):
        read_content(b"+++\ntitle = \n+++\nCorps", ".md")
    assert read_content(b"+++\nCorps", ".md").body == "+++\nCorps"


def test_front_matter_of_a_web_clipper_is_read() -> None:
    block = (
        'title: "Le pont"\nsource: "https://journal.example/a"\nauthor:\n  - "[[Ana Rouxel]]"\npublished: 2025-03-12'
    )
    content = read_content(f"---\n{block}\n---\nCorps".encode(), ".md")
    assert (content.url, content.source, content.author) == ("https://journal.example/a", "", "Ana Rouxel")


def test_an_alias_bomb_in_front_matter_costs_nothing() -> None:
    lines = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 60))
    content = read_content(f"---\na0: &a0 x\n{lines}title: *a59\n---\nCorps".encode(), ".md")
    assert (content.title, content.body.strip()) == ("", "Corps")


def test_front_matter_without_end_in_sight_is_refused_with_both_sizes() -> None:
    block = "title: a\n" + "a: b\n" * 5_000
    with pytest.raises(ArticleError, match=r"25,0\d\d characters, at most 20,000"):
        read_content(f"---\n{block}---\nCorps".encode(), ".md")


def test_a_page_gives_its_paragraphs_each_on_a_line_and_its_language() -> None:
    content = read_page(page(lang="fr-CA"))
    assert content.title == "Le musée rouvre"
    assert content.language == "fr"
    lines = content.body.split("\n")
    assert "Le musée de la ville a rouvert samedi après deux ans de travaux importants." in lines
    assert any("5 euros" in line for line in lines)
    assert "Accueil" not in content.body


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type":"NewsArticle","dateModified":"2025-01-01",'
        '"datePublished":"2024-03-05T23:30:00Z"}</script>',
        '<script type="application/ld+json">{"datePublished": "2024-03-05", broken</script>',
        '<meta property="article:published_time" content="2024-03-05T08:00:00+01:00">',
        '<meta name="DC.date.issued" content="2024-03-05">',
        '<meta itemprop="datePublished" content="2024-03-05">',
    ],
)
def test_the_declared_day_of_publication_is_read(head: str) -> None:
    assert read_page(page(head=head)).published == date(2024, 3, 5)


def test_a_time_element_of_the_headline_is_the_date_and_one_in_a_sentence_is_not() -> None:
    headline = '<time datetime="2024-03-05">5 mars</time>'
    assert read_page(page(body=headline)).published == date(2024, 3, 5)
    sentence = '<p>Fondé en <time datetime="1911-01-01">1911</time>, il est ancien.</p>'
    assert read_page(page(body=sentence)).published is None


@pytest.mark.parametrize(
    "head",
    [
        "",
        '<meta property="article:published_time" content="2024-02-31">',
        '<meta property="article:modified_time" content="2024-03-05">',
        '<link rel="canonical" href="https://journal.example/2023/01/musee">',
    ],
)
def test_no_date_is_made_up_from_footers_months_or_changes(head: str) -> None:
    assert read_page(page(head=head)).published is None


def test_the_canonical_address_is_the_url() -> None:
    content = read_page(page(head='<link rel="canonical" href="https://journal.example/musee">'))
    assert content.url == "https://journal.example/musee"


def test_a_page_in_cp1252_is_read() -> None:
    head = '<meta charset="iso-8859-1">'
    content = read_content(page(head=head, body="<p>L’œuvre est là.</p>").encode("cp1252"), ".htm")
    assert "L’œuvre est là." in content.body


def test_a_page_that_trafilatura_refuses_gives_its_words_a_block_a_line() -> None:
    text = "Un<div>deux <b>et demi</b></div>trois<br>quatre<script>x</script><style>p{}</style>"
    lines = read_page(f"<body><div>{text}</div></body>").body.split("\n")
    assert lines == ["Un", "deux et demi", "trois", "quatre"]
    assert read_page("<p>Court.</p>").body == "Court."


def test_long_pages_are_read_whole() -> None:
    paragraphs = [f"Le paragraphe numéro {i} de la page a des mots en nombre suffisant." for i in range(500)]
    body = read_page(page(body="".join(f"<p>{p}</p>" for p in paragraphs))).body
    assert [line for line in body.split("\n") if line.startswith("Le paragraphe")] == paragraphs


def test_a_page_without_anything_is_refused() -> None:
    with pytest.raises(ArticleError, match="not HTML"):
        read_page("<!-- -->")


def test_reading_a_page_never_touches_the_network_nor_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert read_page("https://journal.example/musee").body == "https://journal.example/musee"
    assert read_page(page(body='<img src="http://x.example/a.png"><iframe src="//x.example"></iframe>')).body
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-03-05", date(2024, 3, 5)),
        (" 2024-3-5 08:00", date(2024, 3, 5)),
        ("2024/03/05", date(2024, 3, 5)),
        ("2024-03-055", None),
        ("05/03/2024", None),
        ("20240305", None),
    ],
)
def test_dates_are_read_year_first(written: str, day: date | None) -> None:
    assert read_date(written) == day


def test_a_page_on_which_trafilatura_breaks_is_read_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'text'")

    monkeypatch.setattr("index.reading.html.body._extractor", lambda: fail)
    content = read_page("<html><head><title>Un titre</title></head><body><p>Un.</p><p>Deux.</p></body></html>")
    assert (content.title, content.body) == ("Un titre", "Un.\nDeux.")
