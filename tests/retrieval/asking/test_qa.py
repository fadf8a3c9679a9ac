from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import retrieval
from index import Article, ArticlebotError, IndexReport, Passage, build_index, load_embedder
from index.embedding.centring import Centring
from index.text.languages import detect_language
from retrieval import Answer, ArticleQA, Citation, Conversation
from retrieval.answering.answer import MARKER
from retrieval.answering.showing.shown import shown_text
from retrieval.answering.words import OUR_WORDS, say
from retrieval.asking.checks import QuestionError
from retrieval.facts.facts import Facts
from retrieval.facts.kinds import Kind
from retrieval.pipeline.steps import Retrieved

if TYPE_CHECKING:
    from tests.retrieval.conftest import Small

ROOT = Path(__file__).resolve().parents[3]
FERRY = """---
title: Storm stops the Tarsey ferry
date: 2025-01-17
language: en
---
The ferry between Brenholm and Tarsey was cancelled because of a storm. The captain stayed in the harbour.
"""
BRIDGE = """---
title: Le pont de Saint-Aubin rouvre
date: 2025-03-04
source: Le Courrier
language: fr
---
Le pont de Saint-Aubin a rouvert aux voitures. Les travaux du pont ont duré quatorze mois. Le ruban était bleu.
"""
# question -> (article, what its quotes hold): nearly the words of the article, or of a translation of it
OBVIOUS = {
    "Quand Vladimir Poutine et Ahmed al-Charaa se sont-ils parlé au téléphone ?": (
        "appel-poutine-al-charaa.md",
        "12 février 2025",
    ),
    "Quelle est l'année de naissance de Han Kang ?": ("nobel-han-kang.md", "1970"),
    "Combien de tuyaux compte le grand orgue de Notre-Dame ?": ("notre-dame-reouverture.md", "8 000 tuyaux"),
    "How hot was the heat shield of Orion on the way down?": ("artemis-1.md", "2,800 degrees"),
    "When did the Baltic states disconnect from the Russian grid?": ("baltic-power-grid.md", "8 February 2025"),
    "Wie viel kostet das Deutschlandticket im Monat?": ("deutschlandticket.md", "58 Euro"),
    "¿Cuántos días duró la erupción de La Palma?": ("erupcion-la-palma.md", "85 días"),
    "Кто возглавил российскую делегацию в Дамаске?": ("delegaciya-v-damaske.md", "Богданов"),
    "How much does the Deutschlandticket cost per month?": ("deutschlandticket.md", "58 Euro"),
}
AWKWARD = [
    "<|endoftext|>",
    "AND \"x -y l'été c++",
    "_",
    "²",
    "(((",
    "a" * 5_000,
    "\x00",
    "\ud800",
    "SELECT * FROM articles; --",
]

WORDS_OF_ARTICLES = re.findall(
    r"\S+",
    "Qui Quand Combien de temps Poutine Syrie How many When Moon Orion Notre-Dame orgue prix Nobel Han Kang euro ? "
    'Croatie Кто Дамаск Wie viel Deutschlandticket كم العالم 什么 1970 -12 " AND [1] [99]',
)


def timeless(answer: Answer) -> Answer:
    return replace(answer, seconds=0)


def assert_proved(answer: Answer, qa: ArticleQA) -> None:
    """Every sentence is cited and every quote verbatim, or the answer is none."""
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    for citation in (*answer.citations, *answer.nearest):
        article = qa.article(citation.article_id)
        assert article is not None
        source = article.title if citation.in_title else article.text
        assert source[citation.start : citation.end] == citation.quote
        assert citation.title == article.title
    assert answer.short in (answer.citations[0].quote if answer.citations else "")
    assert 0 <= answer.sentence_probability <= 1
    assert not (answer.found and answer.nearest)
    if not answer.found:
        assert answer.citations == ()
        assert not MARKER.search(answer.text)
        return
    assert answer.citations
    for line in answer.text.split("\n"):
        assert_line_proved(re.sub(r"^\d\. ", "", line) if answer.text.startswith("1. ") else line, answer)


def assert_line_proved(line: str, answer: Answer) -> None:
    """Of a message of several questions each has a line; one that is not answered says so."""
    if line == say("not_found", answer.language) and "\n" in answer.text:
        return
    pieces = re.findall(r"(.+?) \[(\d+)\](?: |$)", line, re.DOTALL)
    assert pieces
    assert " ".join(f"{said} [{number}]" for said, number in pieces) == line
    for said, number in pieces:
        quote = MARKER.sub("", answer.citations[int(number) - 1].quote)
        assert said.split() == quote.split()  # an article's line breaks are joined


def test_who_wrote_the_article_is_said_with_every_quote(tmp_path: Path) -> None:
    written = "---\ntitle: Un pont\nauthor: Ana Rouxel\n---\nLe pont de Lorbec est fermé aux camions depuis lundi.\n"
    (tmp_path / "pont.md").write_text(written, encoding="utf-8")
    with closing(ArticleQA.from_articles(tmp_path / "pont.md", tmp_path / "index")) as qa:
        answer = qa.ask("Depuis quand le pont de Lorbec est-il fermé aux camions ?")
    assert [passage.author for passage in answer.passages] == ["Ana Rouxel"]
    assert [citation["author"] for citation in answer.to_dict()["citations"]] == ["Ana Rouxel"]


# Names and fields


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Article, "id title text published language source url author"),
        (Passage, "id article_id title source url published language start end text score also_in author"),
        (
            Citation,
            "number article_id title source url published start end quote highlights also_in in_title language author",
        ),
        (
            Answer,
            "question standalone_question text citations passages found probability language note window dropped usage"
            " seconds short sentence_probability nearest",
        ),
    ],
)
def test_types_have_the_fields_that_were_promised(kind: type, names: str) -> None:
    assert [field.name for field in fields(kind)] == names.split()


def test_a_report_has_the_fields_that_were_promised() -> None:
    promised = "added changed removed unchanged failed passages embedded seconds generation"
    assert set(promised.split()) <= {field.name for field in fields(IndexReport)}


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (ArticleQA.open, "folder llm=None"),
        (ArticleQA.ask, "self question conversation=None"),
        (ArticleQA.stream, "self question conversation=None"),
        (ArticleQA.search, "self question k=5 conversation=None"),
        (Conversation.add, "self question answer_text"),
        (load_embedder, "model=None"),
        (build_index, "sources folder model=None full=False"),
    ],
)
def test_functions_take_what_was_promised(function: Callable[..., object], signature: str) -> None:
    parameters = inspect.signature(function).parameters
    for promised in signature.split():
        name, _, default = promised.partition("=")
        assert name in parameters
        if default:
            assert repr(parameters[name].default) == default


def test_the_package_names_what_was_promised() -> None:
    assert sorted(retrieval.__all__) == ["Answer", "ArticleQA", "Citation", "Conversation", "QuestionError"]
    with pytest.raises(AttributeError, match="no attribute 'Answerer'"):
        getattr(retrieval, "Answerer")  # noqa: B009  spelled so that mypy lets it pass
    assert isinstance(inspect.getattr_static(ArticleQA, "chain").__doc__, str)
    assert isinstance(inspect.getattr_static(ArticleQA, "retriever").__doc__, str)


def test_importing_and_asking_takes_no_langchain_and_no_torch(seed_index: Path) -> None:
    code = f"""
import sys
import retrieval
heavy = ("langchain", "langchain_core", "torch", "transformers", "onnxruntime", "faiss", "sklearn")
assert not (taken := [name for name in heavy if name in sys.modules]), taken
qa = retrieval.ArticleQA.open({str(seed_index)!r})
assert qa.ask("Quand Poutine et al-Charaa se sont-ils parlé au téléphone ?").passages
heavy = ("langchain", "langchain_core", "torch", "transformers", "sentence_transformers", "sklearn", "telegram")
assert not (taken := [name for name in heavy if name in sys.modules]), taken
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# Answers


@pytest.mark.parametrize("question", OBVIOUS)
def test_an_obvious_question_is_answered_from_the_right_article(qa: ArticleQA, question: str) -> None:
    file, held = OBVIOUS[question]
    answer = qa.ask(question)
    assert answer.found
    assert_proved(answer, qa)
    assert f"articles/{file}" in {c.article_id for c in answer.citations}
    assert held in " ".join(c.quote.replace("\xa0", " ").replace("\u202f", " ") for c in answer.citations)
    assert answer.question == answer.standalone_question == question
    assert answer.language == detect_language(question)
    assert 0 < answer.probability <= 1
    assert answer.seconds > 0
    assert answer.window is None
    assert answer.dropped == ()
    assert answer.usage == {}


@pytest.mark.parametrize("question", OBVIOUS)
def test_the_best_sentence_comes_first_and_those_beside_it_by_rank(qa: ArticleQA, question: str) -> None:
    retrieved = qa.retrieve(qa.understand(question))
    assert isinstance(retrieved, Retrieved)
    extracted = retrieved.extracted().extract
    answer = qa.ask(question)
    assert 1 <= len(answer.citations) <= 3
    ranked = [(c.passage.article_id, c.in_title, c.start) for _, c in extracted.evidence.fitting]
    shown = [(c.article_id, c.in_title, c.start) for c in answer.citations]
    if extracted.disagree or len({c.published for c in answer.citations}) == len(shown) > 1:
        shown = sorted(shown, key=ranked.index)  # as it is today comes first then
    assert shown == [place for place in ranked if place in shown]
    assert shown[0] == ranked[0]
    assert answer.sentence_probability == extracted.evidence.sentence_probabilities[0]


def test_quotes_come_from_the_passages_of_the_answer(qa: ArticleQA) -> None:
    answer = qa.ask("How much does the Deutschlandticket cost per month?")
    for citation in answer.citations:
        assert any(
            p.article_id == citation.article_id and p.start <= citation.start and citation.end <= p.end
            for p in answer.passages
        )


def test_a_sentence_stays_in_the_language_of_its_article_and_is_introduced_by_it(qa: ArticleQA) -> None:
    answer = qa.ask("How much does the Deutschlandticket cost per month?")
    assert {c.article_id for c in answer.citations} >= {"articles/deutschlandticket.md"}
    assert {c.language for c in answer.citations} == {"de"}
    assert shown_text(answer).startswith("(in German) ")
    assert "German" not in answer.text + answer.note


def test_printing_shows_answer_and_sources(qa: ArticleQA) -> None:
    answer = qa.ask("Quand Vladimir Poutine et Ahmed al-Charaa se sont-ils parlé au téléphone ?")
    printed = str(answer)
    assert answer.text in printed
    assert "] Poutine et al-Charaa se parlent au téléphone, deux mois après la chute d’Assad" in printed
    assert "articlebot, 13 février 2025" in printed
    assert printed.count(answer.citations[0].quote) == 1


def test_an_equal_question_gets_an_equal_answer(qa: ArticleQA) -> None:
    for question in OBVIOUS:
        assert timeless(qa.ask(question)) == timeless(qa.ask(question))


def test_eight_threads_at_once_get_the_answers_of_one(seed_index: Path) -> None:
    questions = [*OBVIOUS, "Quoi de neuf ?", "Quelle est la capitale de l'Australie ?", "Bonjour"]
    with closing(ArticleQA.open(seed_index)) as fresh:  # what is read on first use is read by eight at once
        start = Barrier(8)

        def ask_all(number: int) -> list[Answer]:
            start.wait()
            asked = questions[number:] + questions[:number]
            answers = [timeless(fresh.ask(question)) for question in asked]
            return answers[len(questions) - number :] + answers[: len(questions) - number]

        with ThreadPoolExecutor(8) as pool:
            by_thread = list(pool.map(ask_all, range(8)))
        alone = [timeless(fresh.ask(question)) for question in questions]
    assert all(answers == alone for answers in by_thread)


def test_representation_is_one_line(qa: ArticleQA) -> None:
    assert re.fullmatch(r"ArticleQA\(.+, 18 articles, generation \d+\)", repr(qa))
    answer = qa.ask("Combien de tuyaux compte le grand orgue de Notre-Dame ?")
    for shown in (repr(answer), repr(answer.citations[0]), repr(answer.passages[0]), repr(Conversation())):
        assert "\n" not in shown
        assert len(shown) <= 120


# Refusals


def test_what_the_articles_do_not_hold_is_refused_and_the_nearest_articles_are_named(qa: ArticleQA) -> None:
    answer = qa.ask("Quel est le point d'ébullition du tungstène ?")
    assert not answer.found
    assert_proved(answer, qa)
    assert answer.text == "Les articles ne le disent pas."
    assert (answer.nearest, answer.short) == ((), "")
    assert len(answer.passages) > 1
    assert any(passage.title in answer.note for passage in answer.passages)
    assert "Articles consultés : 18, du 26 décembre 2021 au 14 février 2025" in answer.note
    assert len(str(answer).splitlines()) == 3  # text, empty line, note: no sources


NEAR_MISSES = (
    "Combien de médailles les Allemands ont-ils remportées à Paris ?", "Quelle est la capitale de l'Australie ?",
    "Combien de tuyaux compte l'orgue de la cathédrale de Reims ?", "Qui a gagné la Coupe du monde de rugby en 2011 ?",
    "When did Croatia join the United Nations?",
)  # fmt: skip


def test_of_near_misses_most_are_not_answered_and_the_nearest_sentence_is_told_as_such(qa: ArticleQA) -> None:
    answers = [qa.ask(question) for question in NEAR_MISSES]
    for answer in answers:
        assert_proved(answer, qa)
    refused = [answer for answer in answers if not answer.found]
    assert len(refused) >= 3
    told = [answer for answer in refused if answer.nearest]
    assert told
    for answer in told:
        (nearest,) = answer.nearest
        assert answer.text == OUR_WORDS[answer.language]["not_found"]
        assert answer.citations == ()
        assert " ".join(nearest.quote.split()) in str(answer)
        assert nearest.title not in answer.note  # the article is named once, below its sentence


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Combien de temps le ferry a-t-il été annulé ?", "fr"),
        ("How long was the ferry cancelled?", "en"),
        ("¿Cuánto tiempo estuvo cancelado el ferry?", "es"),
        ("Wie lange fiel die Fähre aus?", "de"),
        ("Как долго паром не ходил?", "ru"),
        ("كم من الوقت توقفت العبارة؟", "ar"),
        ("渡轮停了多久？", "zh"),
    ],
)
def test_a_refusal_is_in_the_language_of_the_question(small: Small, question: str, language: str) -> None:
    answer = small(ferry=FERRY).ask(question)  # asks for a duration, and no sentence holds one
    assert not answer.found
    assert answer.citations == ()
    assert answer.language == language
    assert answer.text == OUR_WORDS[language]["not_found"]
    assert "Storm stops the Tarsey ferry" in answer.note
    assert answer.passages[0].article_id == "small/ferry.md"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Kto wygrał wybory prezydenckie w Peru?", "pl"),
        ("Peru'da seçimi kim kazandı?", "tr"),
        ("Ki nyerte a választást Peruban?", "hu"),
        ("Ai thắng cử tổng thống ở Peru?", "vi"),
        ("Хто переміг на виборах у Перу?", "uk"),
    ],
)
def test_in_a_language_that_we_do_not_speak_our_words_are_english(small: Small, question: str, language: str) -> None:
    answer = small(ferry=FERRY).ask(question)
    assert (answer.language, answer.found) == (language, False)
    assert answer.text == OUR_WORDS["en"]["not_found"]
    assert answer.note.startswith("The nearest articles")


def test_a_short_follow_up_is_answered_in_the_language_of_the_conversation(small: Small) -> None:
    qa, talked = small(ferry=FERRY), Conversation()
    assert qa.ask("Pourquoi le ferry de Tarsey a-t-il été annulé ?", conversation=talked).language == "fr"
    assert qa.ask("Brenholm ?", conversation=talked).language == "fr"


def test_a_question_for_a_duration_is_answered_only_by_a_sentence_that_holds_one(small: Small) -> None:
    qa = small(bridge=BRIDGE, ferry=FERRY)
    question = "Combien de temps ont duré les travaux du pont de Saint-Aubin ?"
    answer = qa.ask(question)
    assert answer.found
    assert_proved(answer, qa)
    assert all(Facts.of(c.quote, "fr").holds(Kind.DURATION, Facts.of(question, "fr")) for c in answer.citations)
    asked_of_the_ferry = qa.ask("Combien de temps le ferry de Tarsey restera-t-il au port ?")
    assert "small/ferry.md" not in {c.article_id for c in asked_of_the_ferry.citations}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Combien de temps a duré la conversation entre Poutine et al-Charaa ?", Kind.DURATION),
        ("Quand Han Kang a-t-elle mangé de la viande ?", Kind.DATE),
        ("How many days did the flight of Orion last?", Kind.DURATION),
        ("Qui a dessiné la gare de Saint-Denis – Pleyel ?", Kind.PERSON),
    ],
)
def test_every_sentence_holds_the_kind_of_thing_that_is_asked_for(qa: ArticleQA, question: str, kind: Kind) -> None:
    quotes = [Facts.of(citation.quote, citation.language) for citation in qa.ask(question).citations]
    assert all(quote.holds(kind, Facts.of(question, "")) for quote in quotes)


def test_a_word_that_is_no_number_counts_where_a_reader_sees_the_answer(qa: ArticleQA) -> None:
    (citation,) = qa.ask("How many people were on board of Orion?").citations
    assert citation.quote == "Nobody was on board."


# What is no question


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Bonjour !", OUR_WORDS["fr"]["hello"]),
        ("merci beaucoup", OUR_WORDS["fr"]["thanks"]),
        ("What can you do?", OUR_WORDS["en"]["help"]),
        ("Hallo", OUR_WORDS["de"]["hello"]),
    ],
)
def test_small_talk_gets_a_short_word_without_a_search(
    qa: ArticleQA, message: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.search.retriever.Retriever.search", None)  # a search would fail
    chat = Conversation()
    answer = qa.ask(message, conversation=chat)
    assert answer.text == said
    assert (answer.found, answer.citations, answer.passages, answer.note) == (False, (), (), "")
    assert len(chat) == 0


def test_what_is_new_lists_the_titles_of_the_newest_articles(qa: ArticleQA) -> None:
    answer = qa.ask("Quoi de neuf ?")
    assert answer.found
    assert all(c.in_title and c.quote == c.title for c in answer.citations)
    days = [c.published for c in answer.citations if c.published]
    assert days == sorted((a.published for a in qa.generation.articles() if a.published), reverse=True)[: len(days)]
    assert len(days) == len({c.article_id for c in answer.citations}) == 5
    heading, *lines = answer.text.split("\n")
    assert heading == OUR_WORDS["fr"]["newest"]
    assert lines[0] == f"- {answer.citations[0].title} (14 février 2025) [1]"
    assert len(lines) == 5


def test_what_is_new_in_undated_articles_is_answered_too(small: Small) -> None:
    answer = small(plain="# Un pont\n\nLe pont est fermé aux camions depuis la tempête.\n").ask("Quoi de neuf ?")
    assert answer.text == "Les articles les plus récents :\n- Un pont [1]"


@pytest.mark.parametrize("question", ["", " ", "\n\t", "\u3000"])
def test_an_empty_question_is_a_clear_error(qa: ArticleQA, question: str) -> None:
    for asked in (qa.ask, qa.search, lambda text: list(qa.stream(text))):
        with pytest.raises(QuestionError, match="empty question"):
            asked(question)
    assert issubclass(QuestionError, ArticlebotError)
    assert issubclass(QuestionError, ValueError)


@pytest.mark.parametrize("question", ["😀", "🎉🎉 👍🏽", "?!…", "👨‍👩‍👧"])
def test_emoji_and_marks_alone_get_a_short_word(qa: ArticleQA, question: str) -> None:
    answer = qa.ask(question)
    assert (answer.found, answer.citations, answer.passages) == (False, (), ())
    assert answer.text in {OUR_WORDS[language]["empty"] for language in OUR_WORDS}


@pytest.mark.parametrize("question", AWKWARD)
def test_awkward_questions_are_asked_like_any_other(qa: ArticleQA, question: str) -> None:
    assert_proved(qa.ask(question), qa)
    assert len(qa.search(question, 3)) == 3


def test_query_syntax_is_only_words(qa: ArticleQA) -> None:
    plain = qa.search("le grand orgue de Notre-Dame", 3)
    syntax = qa.search('"le grand orgue" AND (de) +Notre-Dame', 3)
    assert plain[0].id == syntax[0].id


@pytest.mark.parametrize("word", ["Notre-Dame grand orgue tuyaux ", "x", "é ", "新", "a.b ", "1,"])
def test_a_question_of_100_000_characters_is_asked_by_its_beginning(qa: ArticleQA, word: str) -> None:
    question = (word * 100_000)[:100_000]
    answer = qa.ask(question)
    assert_proved(answer, qa)
    assert answer.question == question
    assert "4\u202f000" in answer.note
    assert [p.id for p in qa.search(question, 3)] == [p.id for p in qa.search(question[:4_000], 3)]


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(codec=None, exclude_categories=()), max_size=80)
    | st.lists(
        st.sampled_from(WORDS_OF_ARTICLES),
        min_size=1,
        max_size=9,
    ).map(" ".join)
)
def test_any_text_is_answered_with_proof_or_not_at_all(qa: ArticleQA, text: str) -> None:
    if not text.strip():
        with pytest.raises(QuestionError):
            qa.ask(text)
        return
    answer = qa.ask(text)
    assert_proved(answer, qa)
    assert answer.text
    assert 0 <= answer.probability <= 1
    str(answer)


# Conversations


def test_a_conversation_gets_each_turn_in_place(qa: ArticleQA) -> None:
    chat = Conversation()
    first = qa.ask("Combien de tuyaux compte le grand orgue de Notre-Dame ?", conversation=chat)
    assert [(turn.question, turn.answer) for turn in chat.turns] == [(first.standalone_question, first.text)]
    qa.ask("Quelle est la capitale de l'Australie ?", conversation=chat)
    assert len(chat) == 2
    qa.ask("Merci !", conversation=chat)
    assert len(chat) == 2


def test_a_follow_up_is_understood_by_the_turn_before(qa: ArticleQA) -> None:
    chat = Conversation()
    qa.ask("Combien de tuyaux compte le grand orgue de Notre-Dame ?", conversation=chat)
    answer = qa.ask("Et combien pèse-t-il ?", conversation=chat)
    assert answer.question == "Et combien pèse-t-il ?"
    assert answer.standalone_question != answer.question
    assert "Notre-Dame" in answer.standalone_question
    assert answer.passages[0].article_id == "articles/notre-dame-reouverture.md"
    alone = qa.ask("Et la flèche, qui l'a dessinée ?", conversation=chat)  # the turns before add nothing
    assert "Viollet-le-Duc" in alone.text
    assert_proved(alone, qa)
    assert_proved(answer, qa)


def test_many_follow_ups_make_no_ever_longer_question(qa: ArticleQA) -> None:
    chat = Conversation()
    qa.ask("Combien de tuyaux compte le grand orgue de Notre-Dame ?", conversation=chat)
    lengths = [len(qa.ask("Et son architecte ?", conversation=chat).standalone_question) for _ in range(10)]
    assert lengths[-1] <= 2 * lengths[0]


def test_an_earlier_turn_put_in_by_hand_counts(qa: ArticleQA) -> None:
    chat = Conversation()
    chat.add("Quand la sonde Chandrayaan-3 s'est-elle posée sur la Lune ?", "Le 23 août 2023.")
    assert qa.search("Et quel est son coût ?", 1, conversation=chat)[0].article_id == "articles/chandrayaan-3.md"


def test_a_long_conversation_still_hears_the_last_question(qa: ArticleQA) -> None:
    chat = Conversation()
    chat.add("Parlez-moi de la Croatie. " * 400, "La Croatie a adopté l'euro.")
    found = qa.search("Et le grand orgue de Notre-Dame, combien de tuyaux a-t-il ?", 3, conversation=chat)
    assert "articles/notre-dame-reouverture.md" in {p.article_id for p in found}


def test_searching_leaves_the_conversation_as_it_is(qa: ArticleQA) -> None:
    chat = Conversation()
    chat.add("Quand Notre-Dame a-t-elle rouvert ?", "Le 7 décembre 2024.")
    before = [(turn.question, turn.answer) for turn in chat.turns]
    qa.search("Et son orgue ?", conversation=chat)
    assert [(turn.question, turn.answer) for turn in chat.turns] == before


# Searching and streaming


@pytest.mark.parametrize("k", [1, 3, 5, 53, 1_000])
def test_at_most_k_passages_come_best_first(qa: ArticleQA, k: int) -> None:
    passages = qa.search("les bases russes en Syrie", k)
    assert len(passages) == min(k, qa.generation.counts["passages"])
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)
    assert len({p.id for p in passages}) == len(passages)
    assert passages[0].article_id == "articles/bases-russes-en-syrie.md"


def test_five_passages_come_where_no_number_is_named(qa: ArticleQA) -> None:
    assert len(qa.search("les bases russes en Syrie")) == 5


def test_passages_are_what_their_articles_hold(qa: ArticleQA) -> None:
    for passage in qa.search("Syrie", 20):
        article = qa.article(passage.article_id)
        assert article is not None
        assert passage.text == article.text[passage.start : passage.end]
        assert passage.id == f"{article.id}#{passage.start}"
        assert (passage.title, passage.published) == (article.title, article.published)
        assert (passage.source, passage.url, passage.language) == (article.source, article.url, article.language)


@pytest.mark.parametrize("question", ["Combien de tuyaux compte le grand orgue de Notre-Dame ?", "Bonjour", "😀"])
def test_a_stream_is_the_text_in_pieces_then_the_answer(qa: ArticleQA, question: str) -> None:
    chat = Conversation()
    *pieces, answer = qa.stream(question, conversation=chat)
    assert all(isinstance(piece, str) and piece for piece in pieces)
    assert isinstance(answer, Answer)
    assert "".join(str(piece) for piece in pieces) == answer.text
    assert len(pieces) > 1
    assert timeless(answer) == timeless(qa.ask(question))
    assert len(chat) == bool(answer.passages)


# Opening


def test_from_articles_builds_opens_and_brings_up_to_date(tmp_path: Path) -> None:
    source = tmp_path / "news"
    source.mkdir()
    (source / "ferry.md").write_text(FERRY, encoding="utf-8")
    with closing(ArticleQA.from_articles(source, tmp_path / "index")) as qa:
        assert [a.id for a in qa.generation.articles()] == ["news/ferry.md"]
    (source / "bridge.md").write_text(BRIDGE, encoding="utf-8")
    with closing(ArticleQA.from_articles(source, tmp_path / "index")) as qa:
        assert qa.article("news/bridge.md") is not None
        assert qa.search("le pont de Saint-Aubin", 1)[0].article_id == "news/bridge.md"


def test_from_articles_uses_the_default_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ferry.md").write_text(FERRY, encoding="utf-8")
    with closing(ArticleQA.from_articles("ferry.md")) as qa:
        assert qa.generation.counts["articles"] == 1
    assert Path(".articlebot/index/CURRENT").is_file()
    with closing(ArticleQA.open()) as qa:
        assert qa.generation.counts["articles"] == 1


def test_no_index_is_a_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ArticlebotError, match=r"no index there; make one with `articlebot index"):
        ArticleQA.open(tmp_path / "none")


def assert_refused_in_a_line(folder: Path, found: str) -> None:
    with pytest.raises(ArticlebotError, match=r"run `articlebot index`") as refused:
        ArticleQA.open(folder)
    assert found in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_index_of_another_model_is_refused_with_both_named(
    seed_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_with = load_embedder().fingerprint
    monkeypatch.setattr(load_embedder(), "fingerprint", "another-model")
    assert_refused_in_a_line(seed_index, "another-model")
    assert_refused_in_a_line(seed_index, made_with)


def test_an_index_of_another_centring_is_refused_with_both_named(
    seed_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = load_embedder()
    made_with = Centring.load(embedder.fingerprint).fingerprint
    monkeypatch.setattr(Centring, "load", classmethod(lambda cls, _fingerprint: cls({})))
    assert_refused_in_a_line(seed_index, made_with)


def test_an_article_that_is_gone_is_gone_from_answers(tmp_path: Path) -> None:
    source = tmp_path / "news"
    source.mkdir()
    for name, text in (("ferry", FERRY), ("bridge", BRIDGE)):
        (source / f"{name}.md").write_text(text, encoding="utf-8")
    question = "What was cancelled because of a storm?"
    with closing(ArticleQA.from_articles(source, tmp_path / "index")) as qa:
        assert qa.search(question, 1)[0].article_id == "news/ferry.md"
        (source / "ferry.md").unlink()
        build_index([source], tmp_path / "index")
        assert qa.search(question, 1)[0].article_id == "news/ferry.md"  # what is open stays whole
    with closing(ArticleQA.open(tmp_path / "index")) as qa:
        assert {p.article_id for p in qa.search(question)} == {"news/bridge.md"}
        assert_proved(qa.ask(question), qa)


def test_equal_articles_are_one_and_the_source_names_both(small: Small) -> None:
    qa = small(a=BRIDGE, b=BRIDGE)
    passages = qa.search("le pont de Saint-Aubin")
    assert {(p.article_id, p.also_in) for p in passages} == {("small/a.md", ("small/b.md",))}
    for citation in qa.ask("Combien de temps ont duré les travaux du pont de Saint-Aubin ?").citations:
        assert citation.also_in == ("small/b.md",)


# The time that is asked about

DAY = date(2025, 2, 14)  # a Friday


@pytest.mark.parametrize(
    ("question", "window"),
    [
        ("Que s'est-il passé hier ?", (date(2025, 2, 13), date(2025, 2, 13))),
        ("Qui a visité Damas le mois dernier ?", (date(2025, 1, 1), date(2025, 1, 31))),
        ("What has happened in Syria since 12 February 2025?", (date(2025, 2, 12), DAY)),
        ("Quoi de neuf cette semaine ?", (date(2025, 2, 10), DAY)),
        ("Qui a parlé avec Vladimir Poutine ?", None),
    ],
)
def test_a_time_is_told_in_the_answer(qa: ArticleQA, question: str, window: tuple[date, date] | None) -> None:
    assert qa.ask(question, today=DAY).window == window


def test_yesterday_is_counted_from_today_unless_told_otherwise(qa: ArticleQA) -> None:
    yesterday = date.today() - timedelta(days=1)
    assert qa.ask("Qui a parlé hier ?").window in {(yesterday, yesterday), (date.today(), date.today())}  # at midnight


def test_the_passages_of_that_time_come_first(qa: ArticleQA) -> None:
    question = "Que dit-on de la Syrie {} ?"
    recent = qa.search(question.format("depuis le 14 février 2025"), k=3, today=DAY)
    assert recent[0].published == date(2025, 2, 14)
    december = qa.search(question.format("en décembre 2024"), k=3, today=DAY)
    assert december[0].article_id == "articles/chute-de-bachar-al-assad.md"


def test_a_follow_up_is_about_the_same_time(qa: ArticleQA) -> None:
    chat = Conversation()
    chat.add("Qui a visité Damas le mois dernier ?", "Une délégation russe.")
    assert qa.ask("Et pourquoi ?", conversation=chat, today=DAY).window == (date(2025, 1, 1), date(2025, 1, 31))
    assert qa.ask("Et hier ?", conversation=chat, today=DAY).window == (date(2025, 2, 13), date(2025, 2, 13))


def test_what_happened_at_a_time_lists_its_articles_alone(qa: ArticleQA) -> None:
    for question in ("Que s'est-il passé hier ?", "What happened yesterday?", "Quoi de neuf hier ?"):
        answer = qa.ask(question, today=DAY)
        assert [c.article_id for c in answer.citations] == ["articles/appel-poutine-al-charaa.md"]
        assert answer.found
        assert "2025" in answer.note


def test_what_happened_in_a_month_lists_its_articles_also_within_a_chat(qa: ArticleQA) -> None:
    chat = Conversation()
    chat.add("Qui est Ahmed al-Charaa ?", "Le président.")
    answer = qa.ask("Que s’est-il passé en octobre 2024 ?", conversation=chat, today=DAY)
    assert [c.article_id for c in answer.citations] == ["articles/nobel-han-kang.md"]


def test_nothing_is_told_of_a_time_without_articles(qa: ArticleQA) -> None:
    answer = qa.ask("Quoi de neuf hier ?", today=date(2030, 1, 1))
    assert not answer.found
    assert answer.text == OUR_WORDS["fr"]["not_found"]
    assert "31 décembre 2029" in answer.note


def test_an_answer_from_another_time_says_so(qa: ArticleQA) -> None:
    question = "Avec qui Vladimir Poutine a-t-il parlé au téléphone {} ?"
    note = OUR_WORDS["fr"]["none_then"]
    assert note in qa.ask(question.format("hier"), today=date(2025, 6, 1)).note
    assert note not in qa.ask(question.format("hier"), today=DAY).note
    assert "Période" not in qa.ask(question.format("en février 2025"), today=DAY).note


def test_the_question_in_a_long_message_is_searched(qa: ArticleQA) -> None:
    story = "Bonjour, je prépare un exposé pour ma classe et je cherche des sources fiables sur plusieurs sujets. " * 20
    question = "Combien de tuyaux compte le grand orgue de Notre-Dame ?"
    found = qa.search(f"{story}{question} Merci d'avance, {story}", k=3)
    assert [p.id for p in found] == [p.id for p in qa.search(question, k=3)]
    assert qa.ask(story + question).question == story + question


def test_passages_that_continue_each_other_are_shown_as_one(qa: ArticleQA) -> None:
    passages = qa.ask("Combien de tuyaux compte le grand orgue de Notre-Dame ?").passages
    for passage in passages:
        article = qa.article(passage.article_id)
        assert article
        assert article.text[passage.start : passage.end] == passage.text
        after = [p for p in passages if p.article_id == passage.article_id and p.start > passage.start]
        assert all(article.text[passage.end : p.start].strip() for p in after)
