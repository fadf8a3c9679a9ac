"""Articles in and out by chat, with the index changing under the live bot."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.telegram.request import named_address
from bot.telegram.state.shelf import article_code, file_name
from index import build_index
from index.store.anywhere.stores import open_generation
from retrieval import ArticleQA
from tests.bot.telegram.checks import html_of
from tests.bot.telegram.person import Person

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.server import TelegramServer

QUESTION = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
LIGHTHOUSE = "En quelle année le phare de Kerbrat a-t-il été automatisé ?"
ARTICLE = "---\ntitle: Un phare\ndate: 2024-12-01\nlanguage: fr\n---\nLe phare de Kerbrat a été automatisé en 1987.\n"


def code(article_id: str) -> str:
    return hashlib.sha256(article_id.encode()).hexdigest()[:8]


def test_document_is_added_with_progress_in_one_message_and_then_cited(
    start: StartBot, admin: Person, copy: Path, telegram: TelegramServer
) -> None:
    start(index=copy)
    before = admin.ask(LIGHTHOUSE, ".")
    assert "1987" not in before.text
    admin.send_document("phare.md", ARTICLE.encode())
    told = admin.wait("1 article ajouté")
    assert "4 articles en tout" in told.text
    assert any(call.fields["text"].startswith("⏳") for call in telegram.named("editMessageText"))
    answer = admin.ask(LIGHTHOUSE)
    assert "Le phare de Kerbrat a été automatisé en 1987. [1]\n" in answer.text
    assert len(admin.shown()) == 3


PAGE = """<!doctype html><html lang="fr"><head><title>Un phare</title></head><body><article><h1>Un phare</h1>
<p>Le phare de Kerbrat a été automatisé en 1987, après un siècle de veille par ses gardiens et leurs familles.</p>
<p>La tour de granit, haute de quarante mètres, domine la pointe depuis 1862 et se visite tous les jours en été.</p>
</article></body></html>"""


@pytest.fixture
def page() -> Iterator[str]:
    """The address of an article on a web server of one's own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_there = self.path == "/phare.html"
            self.send_response(200 if is_there else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE.encode() if is_there else b"")

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/phare.html"
    server.shutdown()
    server.server_close()
    thread.join()


def test_address_is_added_cited_with_its_link_and_removed(
    start: StartBot, admin: Person, copy: Path, page: str
) -> None:
    start(index=copy, allow_private_addresses=True)
    admin.say(f"/add {page}")
    admin.wait("1 article ajouté")
    assert f'<a href="{page}">[1]</a>' in html_of(admin.ask(LIGHTHOUSE))
    admin.say(f"/remove {code(page)}")
    admin.wait("«\u202fUn phare\u202f» est retiré.")
    admin.say("/articles")
    admin.wait("3 articles, du plus récent")


def test_address_of_this_machine_is_not_fetched_unless_allowed(
    start: StartBot, admin: Person, copy: Path, page: str
) -> None:
    start(index=copy)
    admin.say(f"/add {page}")
    assert "cette adresse n’est pas publique" in admin.wait("✗").text


def test_document_is_added_in_reply_to_it(start: StartBot, admin: Person, copy: Path, telegram: TelegramServer) -> None:
    start(index=copy)
    about = {"file_id": telegram.put_file(ARTICLE.encode()), "file_unique_id": "u", "file_name": "phare.md"}
    admin.say("/add", reply_to_message=admin.message(document=about))
    admin.wait("1 article ajouté")


def test_buttons_of_older_answers_work_after_the_article_is_gone(start: StartBot, admin: Person, copy: Path) -> None:
    start(index=copy)
    admin.send_document("phare.md", ARTICLE.encode())
    admin.wait("1 article ajouté")
    answer = admin.ask(LIGHTHOUSE)
    admin.say("/articles")
    assert article_code("added/phare.md") in admin.wait("4 articles, du plus récent").text
    admin.say(f"/remove {code('added/phare.md')}")
    admin.wait("«\u202fUn phare\u202f» est retiré.")
    assert not (copy / "added" / "phare.md").exists()
    admin.say("/new")
    admin.wait("Nouveau sujet")
    assert "1987" not in admin.wait_for_reply(admin.say(LIGHTHOUSE), ".").text
    admin.press(answer, "📄 1")
    passage = admin.wait("[1] Un phare — 1er décembre 2024", 2)
    assert "<b>Le phare de Kerbrat a été automatisé en 1987.</b>" in html_of(passage)


def test_document_whose_name_is_taken_replaces_or_stands_beside_as_its_sender_says(
    start: StartBot, admin: Person, ann: Person, copy: Path
) -> None:
    start(index=copy)
    admin.send_document("phare.md", ARTICLE.encode())
    admin.wait("1 article ajouté")
    admin.send_document("phare.md", ARTICLE.replace("1987", "1991").encode())
    question = admin.wait("un autre document porte déjà ce nom")
    assert [path.name for path in (copy / "added").iterdir()] == ["phare.md"]
    assert (
        ann.pressed(ann.press_data(question.message_id, question.keyboard[0][1]))
        == "Cette commande est réservée aux administrateurs."
    )
    admin.press(question, "Remplacer")
    assert admin.wait("1 article modifié").message_id == question.message_id
    assert "1991" in admin.ask(LIGHTHOUSE).text
    admin.send_document("phare.md", ARTICLE.replace("Kerbrat", "Trévignon").encode())
    admin.press(admin.wait("un autre document porte déjà ce nom"), "Garder les deux")
    admin.wait("5 articles en tout")
    assert sorted(path.name for path in (copy / "added").iterdir()) == ["phare-2.md", "phare.md"]


def test_article_that_is_there_by_another_way_is_not_added_again(
    start: StartBot, admin: Person, tmp_path: Path, page: str
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "phare.md").write_text(ARTICLE.replace("date:", f"url: {page}\ndate:"), encoding="utf-8")
    build_index([tmp_path / "own"], tmp_path / "index")
    start(index=tmp_path / "index", allow_private_addresses=True)
    admin.say(f"/add {page}")
    admin.wait("Je l’ai déjà : «\u202fUn phare\u202f».")
    admin.send_document("autre.md", ARTICLE.encode())
    admin.wait("Je l’ai déjà", 2)
    admin.say("/articles")
    admin.wait("1 article")
    assert (tmp_path / "index" / "CURRENT").read_text() == "00000001"


CHANNEL = {"id": -1005, "type": "channel", "title": "Le Phare", "username": "lephare"}
POST = "Le phare s’éteint\n\nLe phare de Kerbrat a été automatisé en 1987. Ses gardiens sont partis."
FORWARD = {"type": "channel", "chat": CHANNEL, "message_id": 42, "author_signature": "Anne Le Goff", "date": 1733040000}


def test_forwarded_post_becomes_an_article_with_channel_author_day_and_address(
    start: StartBot, admin: Person, copy: Path
) -> None:
    start(index=copy)
    admin.say(POST, forward_origin=FORWARD)
    offered = admin.wait("Ajouter aux articles ?")
    assert offered.text.splitlines()[1] == "«\u202fLe phare s’éteint\u202f» (16 mots, 1er décembre 2024)"
    assert [words for words, _ in offered.keyboard] == ["✓ Ajouter", "✗ Non"]
    admin.press(offered, "Ajouter")
    assert admin.wait("1 article ajouté").message_id == offered.message_id
    answer = html_of(admin.ask(LIGHTHOUSE))
    assert '<a href="https://t.me/lephare/42">Le phare s’éteint</a> — Le Phare, 1er décembre 2024' in answer
    with closing(open_generation(copy)) as generation:
        article = generation.article("added/post-lephare-42.md")
    assert article
    assert (article.author, article.source, article.url) == ("Anne Le Goff", "Le Phare", "https://t.me/lephare/42")
    admin.press(offered, "Ajouter")
    admin.wait("Rien de nouveau")


def test_document_and_address_that_come_without_a_word_are_offered(
    start: StartBot, admin: Person, copy: Path, page: str
) -> None:
    start(index=copy, allow_private_addresses=True)
    admin.send_document("phare.md", ARTICLE.encode(), caption="")
    admin.press(admin.wait("Ajouter aux articles ?\nphare.md (1 Ko)"), "Non")
    assert admin.wait("Pas ajouté").keyboard == ()
    admin.say(page)
    admin.press(admin.wait(f"Ajouter aux articles ?\n{page}"), "Ajouter")
    admin.wait("1 article ajouté")
    assert not (copy / "added").exists()


def test_members_are_told_that_they_cannot_add(start: StartBot, ann: Person, copy: Path) -> None:
    start(index=copy)
    ann.say(POST, forward_origin=FORWARD)
    ann.send_document("phare.md", ARTICLE.encode(), caption="")
    ann.say("https://example.org/page")
    ann.wait("Seuls les administrateurs ajoutent des articles", 3)
    assert not (copy / "added").exists()


def test_forwarded_post_is_added_by_a_reply_too(start: StartBot, admin: Person, copy: Path) -> None:
    start(index=copy)
    admin.say("/add", reply_to_message={**admin.message(POST), "forward_origin": FORWARD})
    admin.wait("1 article ajouté")


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("example.org/page et merci", "https://example.org/page"),
        ("www.Example.org", "https://www.Example.org"),
        ("HTTP://example.org:8080/", "HTTP://example.org:8080/"),
        ("@lemondefr", "https://t.me/lemondefr"),
        ("https://", ""),
        ("phare", ""),
        ("", ""),
        ("ftp://example.org", ""),
    ],
)
def test_address_is_understood_without_its_beginning(words: str, address: str) -> None:
    assert named_address(words) == address


def test_index_that_may_not_be_written_is_told_in_one_line(start: StartBot, admin: Person, copy: Path) -> None:
    start(index=copy)
    (copy / "added").write_text("a file where the folder should be")
    admin.send_document("phare.md", ARTICLE.encode())
    assert admin.wait("✗").text == "✗ l’index ne peut pas être écrit ici : rien n’a été changé"


def test_one_of_two_added_documents_is_removed(start: StartBot, admin: Person, copy: Path) -> None:
    start(index=copy)
    for name in ("phare.md", "autre.md"):
        admin.send_document(name, ARTICLE.replace("Kerbrat", name).encode())
        admin.wait("1 article ajouté", 1 + (name == "autre.md"))
    admin.say(f"/remove {code('added/phare.md')}")
    admin.wait("est retiré.")
    assert [path.name for path in (copy / "added").iterdir()] == ["autre.md"]


def test_answer_under_way_ends_with_the_index_that_it_began_with(
    start: StartBot, admin: Person, ann: Person, copy: Path, telegram: TelegramServer
) -> None:
    hold = telegram.fault("editMessageText", "hold", match="14 mois")
    start(index=copy)
    asked = ann.say(QUESTION)
    telegram.until(lambda: hold.met)
    for name in ("a.md", "b.md", "c.md"):  # more generations than are kept
        admin.send_document(name, ARTICLE.replace("Kerbrat", name).encode())
    admin.wait("1 article ajouté", 3)
    hold.is_over = True
    assert "14 mois" in ann.wait_for_reply(asked, "index du").text


def test_articles_of_another_source_are_not_removed_by_chat(start: StartBot, admin: Person, copy: Path) -> None:
    start(index=copy)
    admin.say(f"/remove {code('articles/pont.md')}")
    told = admin.wait("retirez-le là-bas").text
    assert told.startswith("«\u202fLe pont de Saint-Aubin rouvre aux voitures\u202f» vient de ")
    admin.say("/remove 00000000")
    admin.wait("Aucun article n’a le code 00000000")
    admin.say("/remove")
    admin.wait("Donnez le code")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("vide.md", b"---\ntitle: rien\n---\n", "il ne contient pas de texte"),
        ("vide.json", b"{}", "il ne contient pas d’articles"),
    ],
)
def test_document_that_cannot_be_read_is_told_and_not_kept(
    start: StartBot, admin: Person, copy: Path, name: str, content: bytes, reason: str
) -> None:
    start(index=copy)
    admin.send_document(name, content)
    assert admin.wait(f"✗ {name} : ").text.endswith(reason)
    assert not (copy / "added").exists()
    assert (copy / "CURRENT").read_text() == "00000001"  # no generation is made of nothing: there is one to go back to
    admin.say("/articles")
    admin.wait("3 articles")


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("tableau.xls", None, "ce format n’est pas lu"),
        ("a.tar.gz", None, "ce format n’est pas lu"),
        ("gros.md", 20_000_001, "Le document fait 20 Mo"),
    ],
)
def test_document_of_a_wrong_kind_or_size_is_not_fetched(
    start: StartBot, admin: Person, telegram: TelegramServer, name: str, size: int | None, words: str
) -> None:
    start()
    admin.send_document(name, b"x", size=size)
    admin.wait(words)
    assert telegram.named("getFile") == []


def test_file_that_telegram_does_not_have_any_more_is_told(start: StartBot, admin: Person) -> None:
    start()
    admin.say(document={"file_id": "gone", "file_unique_id": "u", "file_name": "a.md"}, caption="/add")
    admin.wait("✗ Telegram n’a plus ce fichier")


def test_add_without_anything_tells_how(start: StartBot, admin: Person) -> None:
    start()
    admin.say("/add")
    assert ".md" in admin.wait("Donnez une adresse").text


def test_reindex_reads_all_sources_again(start: StartBot, admin: Person, tmp_path: Path, articles: Path) -> None:
    own = Path(shutil.copytree(articles, tmp_path / "own"))
    build_index([own], tmp_path / "index")
    start(index=tmp_path / "index")
    admin.say("/reindex")
    admin.wait("Rien de nouveau")
    (own / "phare.md").write_text(ARTICLE, encoding="utf-8")
    admin.say("/reindex")
    admin.wait("1 article ajouté")
    assert "1987" in admin.ask(LIGHTHOUSE).text


def test_status_tells_of_the_index_and_of_hidden_mentions(start: StartBot, admin: Person) -> None:
    start()
    admin.ask(QUESTION)
    admin.say("/status")
    told = admin.wait("Index : 3 articles, 3 passages").text
    assert "articles (3)" in told
    assert "Questions depuis le démarrage : 1, en attente : 0" in told
    assert "cache les mentions" in told


def test_index_that_is_broken_meanwhile_leaves_the_one_before_in_use(start: StartBot, ann: Person, copy: Path) -> None:
    start(index=copy)
    ann.ask(QUESTION)
    (copy / "CURRENT").write_text("99999999")
    assert "14 mois" in ann.wait_for_reply(ann.say(QUESTION), "index du").text


def test_list_of_articles_is_turned_page_by_page(start: StartBot, ann: Person, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(23):
        day = f"2025-01-{number + 1:02d}"
        about = f"---\ntitle: Titre {number + 1}\ndate: {day}\nlanguage: fr\n---\n"
        content = f"{about}Le phare numéro {number} est automatisé.\n"
        (folder / f"{number}.md").write_text(content, encoding="utf-8")
    build_index([folder], tmp_path / "index")
    start(index=tmp_path / "index", opener=lambda: ArticleQA.open(tmp_path / "index"))
    ann.say("/articles")
    first = ann.wait("23 articles")
    assert "Titre 23" in first.text
    ann.press(first, "▶")
    second = ann.wait("Titre 13")
    assert second.message_id == first.message_id
    ann.press(second, "▶")
    assert [words for words, _ in ann.wait("Titre 3 ").keyboard] == ["◀"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("phare.md", "phare.md"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\articles\\Été à Brest.HTML", "Été-à-Brest.html"),
        (".cache.md", "cache.md"),
        ("!?.md", "document.md"),
        ("a" * 300 + ".md", "a" * 100 + ".md"),
        ("x\n; rm -rf .md", "x-rm--rf.md"),
    ],
)
def test_name_of_a_document_cannot_lead_elsewhere(name: str, kept: str) -> None:
    assert file_name(name) == kept


def test_stranger_cannot_add(start: StartBot, stranger: Person, copy: Path) -> None:
    start(index=copy)
    stranger.send_document("phare.md", ARTICLE.encode())
    stranger.wait("personnes autorisées")
    assert not (copy / "added").exists()
