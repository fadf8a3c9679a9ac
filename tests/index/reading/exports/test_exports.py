from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from index.reading import MAX_INFLATED_BYTES, read_suffix
from index.reading.content import ArticleError
from index.reading.exports import parts
from index.reading.exports.parts import day_within
from index.sources.folder import passed_over, read_articles, read_source
from index.sources.names import is_on_the_web
from tests.index.reading.exports import samples

CRUE, TUNNEL = date(2025, 3, 12), date(2025, 2, 3)


def found(name: str, suffix: str = "", data: bytes = b"") -> list[tuple[str, str, date | None, str, str, str]]:
    """Returns key, title, day, outlet, author and text of all that is read."""
    suffix, data = (suffix, data) if data else samples.FILES[name]
    reading = read_articles("n", data, suffix)
    return [(a.id.removeprefix("n/"), a.title, a.published, a.source, a.author, a.text) for a in reading.articles]


def reasons(data: bytes | str, suffix: str) -> list[str]:
    reading = read_articles("n", data.encode() if isinstance(data, str) else data, suffix)
    return [failure.reason for failure in reading.failed]


def test_a_post_of_a_channel_is_an_article_with_its_day_and_whom_it_was_forwarded_from() -> None:
    posts = [
        ("2", "Crue à Lorbec", CRUE, "Lorbec info", "", "La rivière a débordé : https://a.example"),
        ("4", "Le pont est fermé.", date(2025, 3, 13), "Lorbec info", "Mairie de Lorbec", "Le pont est fermé."),
        ("5", "Le pont rouvre.", date(2025, 3, 13), "Lorbec info", "Ana", "Le pont rouvre."),
    ]
    assert found("Telegram's JSON") == posts
    posts[0] = (*posts[0][:-1], "La rivière a débordé.")
    assert found("Telegram's page") == posts


def test_all_chats_of_an_account_are_read_under_numbers_of_their_own() -> None:
    second = samples.TELEGRAM | {"id": 7, "name": "Vardin"}
    data = samples.as_json({"chats": {"list": [samples.TELEGRAM, second]}})
    assert [key for key, *_ in found("", ".json", data)] == ["123/2", "123/4", "123/5", "7/2", "7/4", "7/5"]


def test_articles_of_programs_that_gather_news_are_read_by_their_fields() -> None:
    address = "https://a.example/1"
    text = "La rivière a débordé mardi.\nDeux écoles accueillent les familles…"
    assert found("NewsAPI") == [(address, "Crue à Lorbec", CRUE, "Le Courrier", "Ana Rouxel", text)]
    (reason,) = reasons(samples.FILES["NewsAPI"][1], ".json")  # the one without words is told
    assert reason.startswith("no words")
    text = "La rivière a débordé.\nDeux écoles."
    assert found("news-please") == [(address, "Crue à Lorbec", CRUE, "a.example", "Ana Rouxel", text)]


def test_a_field_that_only_others_call_so_may_be_anything() -> None:
    record = {"text": "Un mot.", "data": {"a": 1}, "day": 12, "link": ["x"], "article": True}
    assert found("", ".json", samples.as_json([record])) == [("1", "Un mot.", None, "", "", "Un mot.")]


def test_html_in_a_field_is_read_as_words() -> None:
    item = {"id": "a", "title": "Un <b>titre</b>", "content_html": "<p>Un.</p><p>Deux &amp; trois.</p>"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "F", "description": "D", "items": [item]}
    assert found("", ".json", samples.as_json(feed)) == [("a", "Un titre", None, "", "", "Un.\nDeux & trois.")]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("{", "no JSON"),
        ('{"name": "x", "version": "1"}', "JSON without articles"),
        ("[" * 100_000, "JSON nested too deep"),
        ("[1, 2]", "JSON without articles"),
    ],
)
def test_json_that_is_no_article_is_refused_on_one_line(written: str, reason: str) -> None:
    (told,) = reasons(written, ".json")
    assert told.startswith(reason)


def test_a_row_of_a_table_is_an_article() -> None:
    assert found("a table") == [
        ("1", "Crue", CRUE, "", "Ana Rouxel", "La rivière a débordé.\nDeux écoles."),
        ("2", "Pont", None, "", "", "Ouvert."),
    ]
    table = "Titre;Texte;Date;Auteur;Journal;Lien\nPont;Ouvert.;2025-03-12;Ana Rouxel;Le Courrier;https://a.example/1\n"
    assert found("", ".csv", table.encode()) == [
        ("https://a.example/1", "Pont", CRUE, "Le Courrier", "Ana Rouxel", "Ouvert.")
    ]
    (told,) = reasons("Nom,Prix\na,1\n", ".csv")
    assert told.startswith("a table of the columns 'nom, prix', one called 'text' wanted")


def test_published_posts_and_pages_of_wordpress_are_read() -> None:
    assert found("WordPress") == [
        ("10", "Crue à Lorbec", CRUE, "Lorbec", "Ana Rouxel", "La rivière a débordé."),
        ("11", "Vieux", CRUE, "Lorbec", "Ana Rouxel", "Un paragraphe.\nUn [sic] autre.Une photo"),
    ]
    assert reasons(samples.WORDPRESS, ".xml") == ["no words in the post, some wanted; leave it out"]


def test_of_xml_only_an_export_of_wordpress_is_read_from_a_folder(tmp_path: Path) -> None:
    export, feed = tmp_path / "export.xml", tmp_path / "feed.xml"
    export.write_text(samples.WORDPRESS, encoding="utf-8")
    feed.write_text("<rss/>", encoding="utf-8")
    assert not is_on_the_web(export)
    assert is_on_the_web(feed)
    reading = read_source(tmp_path, "n")
    assert [article.id for article in reading.articles] == ["n/export.xml/10", "n/export.xml/11"]
    assert passed_over(tmp_path) == {".xml": 1}
    assert [article.id for article in read_source(export, "n").articles] == ["n/export.xml/10", "n/export.xml/11"]


def test_a_mail_is_by_its_sender_and_a_newsletter_of_its_outlet() -> None:
    mail = ("Crue à Lorbec", CRUE, "", "Ana Rouxel", "La rivière a débordé.")
    letter = "Le pont de Lorbec rouvre samedi matin aux voitures, annonce la mairie."
    assert found("a mail") == [("n", *mail)]
    assert found("a mailbox") == [
        ("1@a.example", *mail),
        ("2", "La lettre", date(2025, 3, 13), "Le Courrier", "", letter),
    ]


def test_a_page_that_a_browser_saved_in_one_file_is_read_with_its_address() -> None:
    (article,) = read_articles("n", samples.SAVED_PAGE, ".mhtml").articles
    assert (article.title, article.url) == ("Crue à Lorbec", "https://a.example/crue")
    assert article.text == "La rivière a débordé dans la nuit."


@pytest.mark.parametrize(
    ("suffix", "data", "reason"),
    [
        (".eml", "x", "no mail"),
        (".eml", "Subject: x\n\nx", "no mail"),
        (".eml", "From: a@b.example\n\n \n", "a mail without words"),
        (".mbox", "x", "no mailbox"),
        (".mhtml", "x", "no saved page"),
        (".rtf", "x", "a file that is no RTF"),
        (".rtf", "{\\rtf1 }", "an RTF file without words"),
        (".odt", "x", "a broken text document"),
        (".xhtml", "x", "a page that is not XHTML"),
        (".xml", "<rss/>", "XML that is no export of WordPress"),
        (".xml", f"<rss>{samples.WORDPRESS[-900:]} wordpress.org/export/", "broken XML"),
        (".html.gz", "x", "a broken .gz file"),
        (".json", '{"messages": [{"type": "message", "text": ""}]}', "a .json file in which no article has words"),
    ],
)
def test_what_is_not_of_its_kind_is_refused_on_one_line(suffix: str, data: str, reason: str) -> None:
    (told,) = reasons(data, suffix)
    assert told.startswith(reason)
    assert "; " in told


@pytest.mark.parametrize(("mark", "by"), [("{} of 2 DOCUMENTS", "BYLINE"), ("Document {} de 2", "AUTEUR")])
def test_an_export_of_nexis_is_read_as_its_articles(mark: str, by: str) -> None:
    lead = "La rivière Aune a débordé dans la nuit de lundi à mardi, et l'eau a envahi les caves de quarante maisons."
    assert found("", ".txt", samples.nexis(mark, by).encode()) == [
        ("1", "Crue à Lorbec", CRUE, "Le Courrier", "Ana Rouxel", f"{lead}\nDeux écoles.\nPARIS: une suite."),
        ("2", "Le tunnel a rouvert", TUNNEL, "Le Courrier", "Ana Rouxel", "Il a rouvert samedi.\nPARIS: une suite."),
    ]


def test_an_export_of_nexis_uni_is_read_as_its_articles() -> None:
    assert found("Nexis Uni") == [
        ("1", "Crue à Lorbec", CRUE, "Le Courrier", "Ana Rouxel", "La rivière a débordé.\nDeux écoles."),
        ("2", "Le tunnel", TUNNEL, "Le Courrier", "Ana Rouxel", "Il a rouvert samedi."),
    ]


@pytest.mark.parametrize("name", ["Factiva", "Factiva with codes"])
def test_an_export_of_factiva_is_read_as_its_articles(name: str) -> None:
    first, second = found(name)
    text = "La rivière a débordé.\nDeux écoles."
    assert first == ("LECOUR0020250312el3c0001p", "Crue à Lorbec", CRUE, "Le Courrier", "Ana Rouxel", text)
    assert second[:4] == ("LECOUR0020250203el3c0001p", "Le tunnel", TUNNEL, "Le Courrier")
    assert second[-1] == "Il a rouvert samedi."


def test_a_page_of_factiva_is_read_as_its_articles() -> None:
    text = "La rivière a débordé.\nDeux écoles."
    assert found("Factiva's page") == [
        ("LECOUR0020250312el3c0001p", "Crue à Lorbec", CRUE, "Le Courrier", "Ana Rouxel", text),
        ("2", "Le tunnel", TUNNEL, "Le Courrier", "", "Il a rouvert.\nSamedi."),
    ]


@pytest.mark.parametrize("name", ["Europresse", "a packed page"])
def test_an_export_of_europresse_is_read_as_its_articles_and_an_empty_one_is_told(name: str) -> None:
    assert found(name) == [
        ("news·1", "Crue à Lorbec", CRUE, "Le Courrier", "Ana Rouxel", "La rivière.\nDeux écoles."),
        ("news·2", "Le tunnel", TUNNEL, "La Gazette", "Ana Rouxel", "Il a rouvert samedi."),
    ]
    suffix, data = samples.FILES[name]
    assert reasons(data, suffix) == ["no text below 'Une image', some wanted; leave it out"]


def test_older_forms_of_exports_are_read() -> None:
    page = (
        '<table><tr><td><span class="DocPublicationName">Le Courrier, no. 12</span><br><span class="DocHeader">Région'
        '</span>, <span class="DocHeader">mercredi</span>, <span class="DocHeader">12 mars 2025</span><br>'
        '<span class="TitreArticleVisu">Crue</span><br><p>La rivière a débordé.</p>Deux écoles.</td></tr></table>'
    )
    text = "La rivière a débordé.\nDeux écoles."
    assert found("", ".html", page.encode()) == [("1", "Crue", CRUE, "Le Courrier", "", text)]
    nexis = (
        "1 of 1 DOCUMENTS\n\nThe Guardian\n\nMarch 12, 2025 Wednesday\n  Final Edition\n\nFlood\n\nLENGTH: 5 words\n\n"
        f"HIGHLIGHT: {'The river burst its banks. ' * 4}\n\nBODY:\n\nTwo schools."
    )
    lead = ("The river burst its banks. " * 4).strip()
    assert found("", ".txt", nexis.encode()) == [("1", "Flood", CRUE, "The Guardian", "", f"{lead}\nTwo schools.")]
    factiva = samples.FACTIVA.replace("Le tunnel\n\nAna Rouxel", "Région\nLe tunnel de Vardin a rouvert samedi")
    assert [entry[1:5] for entry in found("", ".txt", factiva.encode())] == [
        ("Crue à Lorbec", CRUE, "Le Courrier", "Ana Rouxel"),
        ("Le tunnel de Vardin a rouvert samedi", TUNNEL, "Le Courrier", ""),
    ]


def test_articles_beside_each_other_are_several_and_teasers_are_not() -> None:
    first, second = found("a week")
    assert (first[:3], second[:3]) == (("1", "Crue à Lorbec", CRUE), ("2", "Le tunnel", TUNNEL))
    assert second[-1].endswith("\nIl a rouvert.")
    assert len(found("", ".html", samples.TEASERS.encode())) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Mercredi 12 mars 2025\n\nLe pont est fermé.\n\nMercredi 19 mars 2025\n\nIl rouvre.",
        "Le pont est fermé.\n\nEnd of Document\n\nIl rouvre.",
        "Chapitre 1 sur 12\n\nLe pont est fermé.",
    ],
)
def test_a_text_that_is_no_export_stays_one_article(text: str) -> None:
    assert [key for key, *_ in found("", ".txt", text.encode())] == ["n"]


def test_keys_are_distinct_and_their_number_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [{"id": "a", "text": "Un."}, {"id": "a", "text": "Deux."}, {"text": "Trois."}]
    data = json.dumps(records).encode()
    assert [key for key, *_ in found("", ".json", data)] == ["a", "a-2", "3"]
    monkeypatch.setattr(parts, "MOST_ARTICLES", 2)
    with pytest.raises(ArticleError, match="more than 2 articles in a file"):
        parts.entries_of(("", ArticleError("x")) for _ in range(3))


def test_a_gzip_bomb_is_refused() -> None:
    bomb = gzip.compress(bytes(MAX_INFLATED_BYTES + 1))
    assert reasons(bomb, ".html.gz") == [
        f"more than {MAX_INFLATED_BYTES:,} bytes when unpacked, at most that wanted; split it"
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("A.HTML", ".html"), ("a.html.gz", ".html.gz"), ("a.tar.gz", ""), ("a.gz", ""), ("a", ""), ("a.doc", "")],
)
def test_a_packed_file_is_of_the_kind_within(name: str, kind: str) -> None:
    assert read_suffix(name) == kind


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Région, mercredi 12 mars 2025, p. 4", CRUE),
        ("Monday, February 3, 2025 5:00 PM", TUNNEL),
        ("March 12, 2025 Wednesday", CRUE),
        ("Région, p. 4", None),
    ],
)
def test_a_day_is_found_among_other_things(line: str, day: date | None) -> None:
    assert day_within(line) == day


def test_other_kinds_are_counted_and_pictures_are_not(tmp_path: Path) -> None:
    for name in ("a.md", "b.ods", "c.ODS", "d.doc", "e.jpg", "f.css", "README"):
        (tmp_path / name).write_text("Un mot.", encoding="utf-8")
    assert passed_over(tmp_path) == {".ods": 2, ".doc": 1}
    assert passed_over(tmp_path / "a.md") == {}
