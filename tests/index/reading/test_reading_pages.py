"""Pages as the web serves them: their lead, their day, their title, and what is beside the article."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from index.reading import read_content
from index.reading.content import ArticleError, Content
from tests.benchmarks.reading.__main__ import HEAD, read_pages, row
from tests.benchmarks.reading.readers import ours

DAY = date(2025, 3, 12)
LEAD = "Le bac de Morvane ne traversera plus la baie le dimanche, faute de pilotes, à partir du mois de mai."
BODY = (
    "<p>La compagnie a écrit mardi aux deux cents abonnés du bac, qui l'empruntent pour aller au marché de Sorel.</p>"
    "<p>Trois pilotes sont partis à la retraite cet hiver, et un seul candidat s'est présenté à l'école de Kerlan.</p>"
    "<p>« Nous avons cherché jusqu'en Islande », dit la directrice, qui promet un service d'été dès la mi-juin.</p>"
)
OTHER = '<a href="/autre">Le phare de Sorel sera repeint en avril</a>'


def page(
    *, head: str = "", top: str = "", middle: str = "", end: str = "", lang: str = "fr", title: str = "Le bac s'arrête"
) -> str:
    first, rest = BODY.split("</p>", 1)
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f"<article><h1>Le bac s'arrête</h1>{top}{first}</p>{middle}{rest}{end}</article></body></html>"
    )


def read(text: str) -> Content:
    return read_content(text.encode(), ".html")


@pytest.mark.parametrize("described", [LEAD, f"{LEAD[:60]}…", f"{LEAD[:60]} [...]"])
@pytest.mark.parametrize(
    "box", ["<div class='a'>{}</div>", "<p>{}</p>", "<h2>{}</h2>", "<div><span><strong>{}</strong></span></div>"]
)
def test_a_lead_that_the_page_describes_itself_by_comes_first(described: str, box: str) -> None:
    head = f'<meta name="description" content="{described}">'
    lines = read(page(head=head, top=f"<header>{box.format(LEAD)}</header>")).body.split("\n")
    assert LEAD in lines[:2]
    assert sum(LEAD in line for line in lines) == 1
    assert "mi-juin" in lines[-1]


def test_a_lead_is_also_known_by_the_name_of_its_box() -> None:
    text = f'<html lang="fr"><body><main><header><h1>Le bac</h1><p class="chapo">{LEAD}</p></header>'
    body = read(f'{text}<div class="article-body">{BODY}</div></main></body></html>').body
    assert body.startswith(LEAD)
    author = f'<p class="intro"><a href="/ana">Ana Rouxel</a> suit la mer pour ce journal depuis dix ans.</p>{LEAD}'
    assert (
        "dix ans" not in read(f'{text.replace(LEAD, author)}<div class="article-body">{BODY}</div></main></body>').body
    )


def test_a_description_that_does_not_stand_on_the_page_is_no_part_of_the_text() -> None:
    assert LEAD not in read(page(head=f'<meta name="description" content="{LEAD}">')).body


@pytest.mark.parametrize(
    "beside",
    [
        f"<p>Lire aussi : {OTHER}</p>",
        f"<p><strong>À lire également</strong> {OTHER}</p>",
        f"<div><h3>Sur le même sujet</h3><ul><li>{OTHER}</li></ul></div>",
        f"<p>Voir aussi :</p><p>{OTHER}</p>",
        f"<p>→ {OTHER}</p>",
        f"<blockquote>Read more: {OTHER}</blockquote>",
        f"<p>Lesen Sie auch: {OTHER}</p>",
        f"<article class='x'><h3>{OTHER}</h3></article>",
    ],
)
def test_headlines_of_other_articles_are_not_this_one_s_words(beside: str) -> None:
    body = read(page(middle=beside)).body
    assert "phare" not in body
    assert not any(label in body for label in ("aussi", "également", "même sujet", "Read", "Lesen"))
    assert "cherché jusqu'en Islande" in body


@pytest.mark.parametrize(
    "prose",
    [
        "<p>À lire le contrat, la commune paie deux fois le carburant du bac.</p>",
        '<p>La mairie a publié <a href="/x">le contrat du bac de Morvane</a> lundi.</p>',
        "<p>Partager la cale avec les pêcheurs coûtera moins cher que d'en bâtir une.</p>",
        "<p>Read more slowly, the teacher of Sorel told the class on Monday.</p>",
    ],
)
def test_a_sentence_that_begins_like_a_label_stays(prose: str) -> None:
    words = prose.removesuffix(".</p>").rpartition(">")[2]
    assert words in read(page(middle=prose)).body


@pytest.mark.parametrize(
    "offer",
    [
        "Abonnez-vous pour lire la suite",
        "Partager sur Facebook",
        "Déjà abonné ? Connectez-vous",
        "Subscribe to our newsletter",
        "La suite après cette publicité",
        "3 commentaires",
    ],
)
def test_offers_and_share_lines_are_left_out(offer: str) -> None:
    assert offer not in read(page(middle=f"<p>{offer}</p>")).body


def test_a_dialog_about_cookies_is_left_out_and_an_article_about_them_is_not() -> None:
    dialog = "<div><p>Ce journal emploie des cookies, selon vos choix.</p><button>Accepter</button></div>"
    assert "cookies" not in read(page(end="</article>" + dialog)).body
    prose = "<p>Le fournil de Sorel vend mille cookies par jour depuis que le bac amène les visiteurs.</p>"
    assert "mille cookies" in read(page(middle=prose)).body


def test_a_caption_is_told_once() -> None:
    caption = "<div>Le bac de Morvane à quai, mardi matin, devant la cale.</div>"
    assert read(page(top=caption, middle=caption)).body.count("devant la cale") <= 1


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Le bac part le <time datetime='2025-05-04'>dimanche 4 mai</time> à midi.", "part le dimanche 4 mai à midi."),
        ("Il porte <del>dix</del> <ins>douze</ins> voitures.", "Il porte douze voitures."),
        ("Il coûte <s>trois</s> quatre euros.", "Il coûte quatre euros."),
        ("Le <label>prix</label> double.", "Le prix double."),
    ],
)
def test_words_of_a_sentence_stay_and_struck_ones_go(written: str, read_as: str) -> None:
    body = read(page(middle=f"<p>{written}</p>")).body
    assert read_as in " ".join(body.split())


def test_a_heading_that_is_a_button_stays() -> None:
    assert "Qui paie ?" in read(page(middle="<h2><button>Qui paie ?</button></h2>")).body


def test_both_halves_of_a_body_and_all_parts_of_a_page_are_read() -> None:
    first, second = BODY.replace("La compagnie", "D'abord, la compagnie"), BODY.replace("La compagnie", "Puis, elle")
    halves = f'<div><div class="x"><div class="body">{first}</div></div><div class="ad"></div>'
    halves += f'<div class="x"><div class="body">{second}</div></div></div>'
    parts = f"<article><h2>Lundi</h2>{first}</article><article><h2>Mardi</h2>{second}</article>"
    for boxes in (halves, parts):
        body = read(f"<html lang='fr'><body><main><h1>La semaine</h1>{boxes}</main></body></html>").body
        assert ("D'abord, la" in body, "Puis, elle" in body) == (True, True)


def test_a_page_that_asks_for_scripts_or_holds_menus_alone_is_refused() -> None:
    menus = "<html><body><nav><a href='/'>Accueil</a> <a href='/mer'>Mer</a></nav>{}<div id='root'></div></body></html>"
    for request in ("", "<noscript>You need JavaScript.</noscript>", "<p>Veuillez activer JavaScript.</p>"):
        with pytest.raises(ArticleError, match="no article in the page"):
            read(menus.format(request))
    assert read(menus.format("<p>Le bac part à midi.</p>")).body == "Le bac part à midi."


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("<title>Le bac</title><meta charset='utf-8'>", "<article><p>Le bac part à midi.</p></article>"),
        ("<head><title>Le bac</title>", "<!-- la une --><main><p>Le bac</p></main> part <b>à midi.</b>"),
        ("<head><title>Le bac</title></head>", "<section>Le bac part à midi.</section>"),
    ],
)
def test_a_page_need_not_say_where_its_body_begins(head: str, body: str) -> None:
    """The tags of head and body are optional in HTML."""
    found = read(f"<!doctype html><html lang='fr'>{head}{body}")
    assert (found.title, " ".join(found.body.split())) == ("Le bac", "Le bac part à midi.")


@pytest.mark.parametrize(
    "text",
    [
        page(title="Le bac s'arrête | Le Phare"),
        page(title="Le Phare - Le bac s'arrête"),
        page(title="Le bac s'arrête - Le Phare").replace("<article>", "<h1><a href='/'>Le Phare</a></h1><article>"),
        page(title="Le bac s'arrête - Le Phare").replace(
            "<article>", "<div class='logo'><h1>Le Phare</h1></div><article>"
        ),
        page(title="Le bac s'arrête").replace("<body>", "<body><svg><title>Le Phare</title></svg>"),
        page(title="Le Phare", head="<meta property='og:title' content='Le bac s’arrête'>"),
    ],
)
def test_a_logo_is_no_title(text: str) -> None:
    assert read(text).title == "Le bac s'arrête"


@pytest.mark.parametrize(
    "line",
    [
        "12/03/2025",
        "12.03.2025 - 08:15 Uhr",
        "Le 12/03/2025 à 08h15",
        "Par Ana Rouxel | 12 mars 2025 | Mer",
        "Mis à jour le 14/03/2025 à 09:00 - Publié le 12/03/2025 à 08:15",
        "12 mars 2025 à 08:15, modifié le 14 mars 2025",
        "12.03.2025 Mer, transports",
        "12. März 2025",
        "12 de marzo de 2025",
        "12 марта 2025, 13:43",
        "Опубликовано 12 марта 2025",
        "Publié <time datetime='2025-03-12T08:00'></time>",
        "<span>Mis à jour le <time datetime='2025-03-14'>14 mars</time></span> "
        "<time datetime='2025-03-12T08:00'>12 mars</time>",
    ],
)
def test_the_day_is_read_as_a_page_s_head_writes_it(line: str) -> None:
    assert read(page(top=f"<div>{line}</div>")).published == DAY


@pytest.mark.parametrize(
    "line", ["Modifié le 14 mars 2025", "12 mars 2025 - 14 mars 2025", "Concert du 12 mars 2025", "Depuis 2025"]
)
def test_a_change_and_the_days_of_an_event_are_no_day_of_publication(line: str) -> None:
    assert read(page(top=f"<div>{line}</div>")).published is None


def test_digits_that_english_reads_two_ways_are_no_day() -> None:
    assert read(page(top="<div>12/03/2025</div>", lang="en")).published is None
    assert read(page(top="<div>13/03/2025</div>", lang="en")).published == date(2025, 3, 13)


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("2025/03/12/bac", DAY),
        ("2025-03-12-bac.html", DAY),
        ("20250312/bac", DAY),
        ("2025/mar/12/bac", DAY),
        ("2025/03/bac", None),
        ("2025/13/12/bac", None),
        ("article/20259912", None),
    ],
)
def test_a_day_in_the_address_counts_and_a_month_alone_does_not(address: str, day: date | None) -> None:
    assert read(page(head=f'<link rel="canonical" href="https://phare.example/{address}">')).published == day


@pytest.mark.parametrize(
    "kinds", [("VideoObject", "NewsArticle"), ("Event", "BlogPosting"), ("Comment", "Article"), ("Movie", "WebPage")]
)
def test_the_day_of_something_else_is_not_the_page_s(kinds: tuple[str, str]) -> None:
    told = [
        json.dumps({"@type": kinds[0], "datePublished": "2019-05-05"}),
        json.dumps({"@graph": [{"@type": [kinds[1]], "datePublished": "2025-03-12T08:00:00+01:00"}]}),
    ]
    head = "".join(f'<script type="application/ld+json">{one}</script>' for one in told)
    assert read(page(head=head)).published == DAY
    teaser = "<section><time datetime='2019-06-01'>1er juin 2019</time> Le phare</section>"
    comment = "<div class='comments'><time datetime='2025-03-20'>20 mars</time></div>"
    text = page(top="<p>Le 12 mars 2025 à 8h</p>", end=comment).replace("<article>", f"{teaser}<article>")
    assert read(text).published == DAY


@pytest.mark.parametrize(
    ("declared", "shown", "day"),
    [
        ("2025-03-11T23:30:00Z", "Publié le 12 mars 2025 à 00h30", DAY),
        ("2025-03-12T08:00:00Z", "Publié le 12 mars 2025 à 09h00", DAY),
        ("2025-03-13T03:30:00+00:00", "March 12, 2025", DAY),
        ("2025-03-12T23:30:00+01:00", "13 mars 2025", DAY),
        ("2025-03-12T12:30:00Z", "20 mars 2025", DAY),
    ],
)
def test_a_day_told_in_universal_time_is_the_one_that_the_page_shows(declared: str, shown: str, day: date) -> None:
    head = f'<meta property="article:published_time" content="{declared}">'
    assert read(page(head=head, top=f"<div>{shown}</div>")).published == day


def test_the_benchmark_counts_what_is_right_and_tells_what_is_wrong(tmp_path: Path) -> None:
    text = page(top="<div>Publié le 12 mars 2025</div>", middle=f"<p>{LEAD}</p><p>Partager la photo</p>")
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(text.encode()))
    labels = {"published": "2025-03-11", "with": ["Trois pilotes"], "without": ["Partager la photo"]}
    (tmp_path / "pages.jsonl").write_text(json.dumps({"file": "a.html.gz", **labels}), encoding="utf-8")
    pages, faults = list(read_pages(tmp_path)), list[str]()
    figures = dict(zip(HEAD, row("ours", pages, [ours(one.data) for one in pages], faults), strict=True))
    assert (figures["wrong"], figures["recall"], figures["precision"]) == ("1 (100.0%)", "1.000", "0.500")
    assert faults[0] == "a.html.gz: wrong day 2025-03-12, not 2025-03-11"
    assert figures["French boilerplate"] == "1 of 1"
