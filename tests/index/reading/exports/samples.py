"""Small files of each kind that holds many articles, written as their programs write them."""

from __future__ import annotations

import gzip
import json

TELEGRAM = {
    "name": "Lorbec info",
    "type": "public_channel",
    "id": 123,
    "messages": [
        {"id": 1, "type": "service", "date": "2025-03-01T08:00:00", "action": "create_channel", "text": ""},
        {
            "id": 2,
            "type": "message",
            "date": "2025-03-12T08:00:00",
            "from": "Lorbec info",
            "text": ["Crue à Lorbec\n\nLa rivière a débordé : ", {"type": "link", "text": "https://a.example"}],
        },
        {"id": 3, "type": "message", "date": "2025-03-12T09:00:00", "from": "Lorbec info", "photo": "x", "text": ""},
        {
            "id": 4,
            "type": "message",
            "date": "2025-03-13T09:00:00",
            "from": "Lorbec info",
            "forwarded_from": "Mairie de Lorbec",
            "text": "Le pont est fermé.",
        },
        {"id": 5, "type": "message", "date": "2025-03-13T09:00:00", "author": "Ana", "text": "Le pont rouvre."},
    ],
}

TELEGRAM_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"/><title>Exported Data</title></head><body>
<div class="page_wrap"><div class="page_header"><div class="content"><div class="text bold">
Lorbec info
</div></div></div><div class="page_body chat_page"><div class="history">
<div class="message service" id="message-1"><div class="body details">12 March 2025</div></div>
<div class="message default clearfix" id="message2"><div class="body">
<div class="pull_right date details" title="12.03.2025 08:00:00 UTC+01:00">08:00</div>
<div class="from_name">Lorbec info</div>
<div class="text">Crue à Lorbec<br><br>La rivière a <strong>débordé</strong>.</div></div></div>
<div class="message default clearfix joined" id="message4"><div class="body">
<div class="pull_right date details" title="13.03.2025 09:00:00 UTC+01:00">09:00</div>
<div class="forwarded body"><div class="from_name">Mairie de Lorbec
<span class="date details" title="11.03.2025 09:00:00 UTC+01:00"> 11.03.2025 09:00:00</span></div>
<div class="text">Le pont est fermé.</div></div></div></div>
<div class="message default clearfix joined" id="message5"><div class="body">
<div class="pull_right date details" title="13.03.2025 09:00:00 UTC+01:00">09:00</div>
<div class="reply_to details">In reply to <a href="#go_to_message2">this message</a></div>
<div class="text">Le pont rouvre.</div><div class="signature details">Ana</div></div></div>
</div></div></div></body></html>"""

NEWS_API = {
    "status": "ok",
    "articles": [
        {
            "source": {"id": None, "name": "Le Courrier"},
            "author": "Ana Rouxel",
            "title": "Crue à Lorbec",
            "description": "La rivière a débordé mardi.",
            "url": "https://a.example/1",
            "publishedAt": "2025-03-12T08:00:00Z",
            "content": "Deux écoles accueillent les familles… [+1234 chars]",
        },
        {"title": "Rien", "description": None, "url": "https://a.example/2", "content": None},
    ],
}

NEWS_PLEASE = {
    "authors": ["Ana Rouxel"],
    "date_download": "2025-03-13 10:00:00",
    "date_publish": "2025-03-12 08:00:00",
    "description": "Une crue.",
    "image_url": None,
    "language": "fr",
    "maintext": "La rivière a débordé.\nDeux écoles.",
    "source_domain": "a.example",
    "title": "Crue à Lorbec",
    "url": "https://a.example/1",
}

TABLE = 'Title;Text;Date;Author\nCrue;"La rivière a débordé.\nDeux écoles.";2025-03-12;Ana Rouxel\n\nPont;Ouvert.;;\n'

_POST = (
    "<item><title><![CDATA[{title}]]></title><link>https://b.example/{number}</link><dc:creator>ana</dc:creator>"
    "<content:encoded><![CDATA[{text}]]></content:encoded><excerpt:encoded><![CDATA[]]></excerpt:encoded>"
    "<wp:post_id>{number}</wp:post_id><wp:post_date><![CDATA[2025-03-12 09:00:00]]></wp:post_date>"
    "<wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type></item>"
)
_POSTS = [
    ("Crue à Lorbec", "<!-- wp:paragraph --><p>La rivière a débordé.</p><!-- /wp:paragraph -->", "publish", "post"),
    ("Vieux", 'Un paragraphe.\n\nUn [sic] autre.[caption id="a"]Une photo[/caption]', "publish", "page"),
    ("Brouillon", "Non.", "draft", "post"),
    ("Image", "Non.", "publish", "attachment"),
    ("Vide", "", "publish", "post"),
]
WORDPRESS = (
    '<?xml version="1.0" encoding="UTF-8" ?><rss version="2.0" '
    'xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
    "<title>Lorbec</title><language>fr-FR</language><wp:author><wp:author_login>ana</wp:author_login>"
    "<wp:author_display_name><![CDATA[Ana Rouxel]]></wp:author_display_name></wp:author>"
    + "".join(
        _POST.format(title=title, text=text, status=status, kind=kind, number=number)
        for number, (title, text, status, kind) in enumerate(_POSTS, 10)
    )
    + "</channel></rss>"
)

MAIL = b"""From: =?utf-8?q?Ana_Rouxel?= <ana@a.example>
Date: Wed, 12 Mar 2025 23:30:00 +0100
Subject: =?utf-8?b?Q3J1ZSDDoCBMb3JiZWM=?=
Message-ID: <1@a.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

La rivi=E8re a d=E9bord=E9.
--b
Content-Type: text/html

<p>x</p>
--b--
"""
_LETTER = b"""From: Le Courrier <l@a.example>
List-Id: <lettre.a.example>
Date: Thu, 13 Mar 2025 08:00:00 +0100
Subject: La lettre
Content-Type: text/html; charset=utf-8

<html><body><p>Le pont de Lorbec rouvre samedi matin aux voitures, annonce la mairie.</p></body></html>
"""
MAILBOX = b"From ana@a.example Wed Mar 12 23:30:00 2025\n%b\nFrom l@a.example Thu Mar 13 08:00:00 2025\n%b" % (
    MAIL,
    _LETTER,
)

SAVED_PAGE = b"""From: <Saved by Blink>
Snapshot-Content-Location: https://a.example/crue
Subject: Crue
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="X"

--X
Content-Type: text/html
Content-Transfer-Encoding: quoted-printable

<html><head><meta charset=3D"utf-8"><title>Crue =C3=A0 Lorbec</title></head><body><article>
<p>La rivi=C3=A8re a d=C3=A9bord=C3=A9 dans la nuit.</p></article></body></html>
--X
Content-Type: image/png

x
--X--
"""

_LEAD = "La rivière Aune a débordé dans la nuit de lundi à mardi, et l'eau a envahi\nles caves de quarante maisons."
_NEXIS = """

                               {mark}


                                Le Courrier

                             {day}

{title}

{by}: Ana Rouxel

SECTION: Région; Pg. 4

LENGTH: 350 mots

{text}

PARIS: une suite.

LOAD-DATE: 13 mars 2025

LANGUAGE: FRENCH; FRANÇAIS

                       Copyright 2025 Le Courrier
                          Tous droits réservés
"""


def nexis(mark: str, by: str) -> str:
    """Returns two articles in the older form; `mark` is made of number and count."""
    first = {"day": "12 mars 2025 mercredi", "title": "Crue à Lorbec", "text": f"{_LEAD}\n\nDeux écoles."}
    second = {"day": "lundi 3 février 2025", "title": "Le tunnel a rouvert", "text": "Il a rouvert samedi."}
    return "".join(_NEXIS.format(mark=mark.format(n), by=by, **each) for n, each in enumerate([first, second], 1))


_NEXIS_UNI = """{title}
Le Courrier
{day}

Copyright 2025 Le Courrier All Rights Reserved

Section: Pg. 4
Length: 350 words
Byline: Ana Rouxel
Body

{text}

Classification

Language: FRENCH

Load-Date: March 13, 2025

End of Document
"""
NEXIS_UNI = _NEXIS_UNI.format(
    title="Crue à Lorbec", day="March 12, 2025 Wednesday", text="La rivière a débordé.\n\nDeux écoles."
) + _NEXIS_UNI.format(title="Le tunnel", day="February 3, 2025 Monday", text="Il a rouvert samedi.")

_FACTIVA = """{title}

Ana Rouxel
{count} mots
{day}
06:30
Le Courrier
LECOUR
4
Français
Copyright 2025. Le Courrier. Tous droits réservés.

{text}

Document LECOUR00{code}el3c0001p

"""
FACTIVA = _FACTIVA.format(
    title="Crue à Lorbec",
    count="1 350",
    day="12 mars 2025",
    text="La rivière a débordé.\nDeux écoles.",
    code="20250312",
) + _FACTIVA.format(title="Le tunnel", count="50", day="3 février 2025", text="Il a rouvert samedi.", code="20250203")
FACTIVA_CODED = """SE Région
HD Crue à Lorbec
BY Ana Rouxel
WC 350 mots
PD 12 mars 2025
SN Le Courrier
LA Français

LP
La rivière a débordé.

TD
Deux écoles.

CO x : y
AN
Document LECOUR0020250312el3c0001p

HD Le tunnel
PD 3 février 2025
SN Le Courrier
LP
Il a rouvert samedi.
AN
Document LECOUR0020250203el3c0001p
"""
FACTIVA_PAGE = """<html><body><div id="article-LECOUR0020250312el3c0001p" class="article frArticle"><p>
<div><span class="frHeadline">Crue à Lorbec</span></div><div class="author">Ana Rouxel</div><div>350 mots</div>
<div>12 mars 2025</div><div>Le Courrier</div><div>LECOUR</div><div>Français</div><div>Copyright 2025</div>
<p class="articleParagraph frarticleParagraph">La rivière a débordé.</p><p class="articleParagraph">Deux écoles.</p>
<p>Document LECOUR0020250312el3c0001p</p></div><div class="article frArticle"><table>
<tr><td class="index"><b>HD</b></td><td>Le tunnel</td></tr><tr><td><b>PD</b></td><td>3 février 2025</td></tr>
<tr><td><b>SN</b></td><td>Le Courrier</td></tr><tr><td><b>LP</b></td><td><p>Il a rouvert.</p><p>Samedi.</p></td></tr>
<tr><td><b>AN</b></td><td>Document LECOUR0020250203el3c0001p</td></tr></table></div></body></html>"""

_EUROPRESSE = """<article><header><div class="rdp__DocPublicationName"><span class="DocPublicationName">{outlet}</span>
</div><div><span class="DocHeader">Région, {day}, p. 4</span></div>
<div class="titreArticle"><p class="titreArticleVisu rdp__articletitle">{title}</p></div>
<div class="docAuthors">Ana Rouxel</div></header><section><div class="DocText clearfix">{text}</div></section>
<footer><div class="publiC-lblNodoc">{number}</div></footer></article>"""
EUROPRESSE = (
    "<!DOCTYPE html><html><head><meta charset='utf-8'><title>Export</title></head><body>"
    + "".join(
        _EUROPRESSE.format(outlet=outlet, day=day, title=title, text=text, number=number)
        for outlet, day, title, text, number in [
            (
                "Le Courrier",
                "mercredi 12 mars 2025",
                "Crue à Lorbec",
                "<p>La rivière.</p><p>Deux écoles.</p>",
                "news·1",
            ),
            ("La Gazette", "lundi 3 février 2025", "Le tunnel", "<p>Il a rouvert samedi.</p>", "news·2"),
            ("La Gazette", "mardi 4 février 2025", "Une image", "", "news·3"),
        ]
    )
    + "</body></html>"
)

_BRIEF = "<p>{}</p>".format("La rivière a débordé et l'eau a envahi les caves du quartier bas de la ville. " * 3)
WEEK = (
    '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Mars</title></head><body><h1>La semaine</h1>'
    f'<article><h2>Crue à Lorbec</h2><time datetime="2025-03-12">12 mars 2025</time>{_BRIEF}</article>'
    f"<article><h2>Le tunnel</h2><time>3 février 2025</time>{_BRIEF}<p>Il a rouvert.</p></article></body></html>"
)
TEASERS = WEEK.replace("<p>Il a rouvert.</p>", _BRIEF * 9).replace(
    f'<time datetime="2025-03-12">12 mars 2025</time>{_BRIEF}', "<p>Quarante maisons sont inondées.</p>"
)

RTF = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\info{\title Crue}{\author x}}"
    rb"\pard La rivi\'e8re a d\'e9bord\'e9 \u8212? mardi.\par Deux \'e9coles.\par}"
)


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


# suffix and bytes of one file of each kind that must be read whole
FILES: dict[str, tuple[str, bytes]] = {
    "Telegram's JSON": (".json", as_json(TELEGRAM)),
    "Telegram's page": (".html", TELEGRAM_PAGE.encode()),
    "NewsAPI": (".json", as_json(NEWS_API)),
    "news-please": (".json", as_json(NEWS_PLEASE)),
    "a table": (".csv", TABLE.encode("cp1252")),
    "WordPress": (".xml", WORDPRESS.encode()),
    "a mail": (".eml", MAIL),
    "a mailbox": (".mbox", MAILBOX),
    "a saved page": (".mhtml", SAVED_PAGE),
    "Nexis": (".txt", nexis("{} of 2 DOCUMENTS", "BYLINE").encode()),
    "Nexis Uni": (".txt", NEXIS_UNI.encode()),
    "Factiva": (".txt", FACTIVA.encode()),
    "Factiva with codes": (".txt", FACTIVA_CODED.encode()),
    "Factiva's page": (".html", FACTIVA_PAGE.encode()),
    "Europresse": (".html", EUROPRESSE.encode()),
    "a week": (".xhtml", WEEK.encode()),
    "a packed page": (".html.gz", gzip.compress(EUROPRESSE.encode(), mtime=0)),
    "RTF": (".rtf", RTF),
}
