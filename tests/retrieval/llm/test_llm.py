from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_args

import httpx
import pytest
from langchain_core.language_models import BaseChatModel, FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk

from retrieval import Answer, ArticleQA, Conversation
from retrieval.answering.words import OUR_WORDS, say
from retrieval.llm import connect
from retrieval.llm.budget import Budget
from retrieval.llm.model import LLM, Usage
from retrieval.llm.tokens import count_tokens
from retrieval.llm.troubles import ModelTrouble, Trouble, trouble_at_end, trouble_of
from tests.retrieval.bridge import BOTH, MONTHS, QUESTION, REOPENED
from tests.retrieval.llm.clock import Clock
from tests.retrieval.llm.openai_server import (
    Model,
    Script,
    Turn,
    answer_of,
    claim,
    number_of,
    passages_in,
    serving,
)

NAME = "openai:bridge-model"
DEADLINE_S = 7.5  # by a clock that goes on by the waits between tries alone; they are not waited for
LONGEST_S = 120.0  # only a failing test waits so long
SHORT = 0.5

Open = Callable[..., ArticleQA]


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def extractive(bridge_index: Path) -> Iterator[Answer]:
    """The answer in the articles' own sentences."""
    with closing(ArticleQA.open(bridge_index)) as qa:
        yield qa.ask(QUESTION)


def llm_of(model: Model, clock: Clock | None = None, *, deadline_s: float = DEADLINE_S, **options: Any) -> LLM:  # noqa: ANN401  as of `connect`
    """Returns the server as a model; its deadline goes by this clock, its timeout by the connection's own."""
    llm = connect(NAME, base_url=model.base_url, deadline_s=deadline_s, **{"timeout_s": LONGEST_S, **options})
    clock = clock or Clock()
    return replace(llm, sleep=clock.sleep, clock=clock, counts_silence=False)


def says(*sentences: str, **turn: Any) -> Script:  # noqa: ANN401  as of Turn
    """Returns a model that says these sentences of the article about the bridge, in small pieces."""

    def script(messages: list[dict[str, str]]) -> Turn:
        bridge = number_of(MONTHS, messages)
        told = answer_of(*(claim(said, _number_or(said, messages, bridge)) for said in sentences))
        told = told.removesuffix("]}") if "tail" in turn else told
        return Turn(pieces=[told[at : at + 9] for at in range(0, len(told), 9)], **turn)

    return script


def schemas_of(model: Model) -> list[dict[str, Any]]:
    """Returns the JSON schemas that a server was asked to keep to."""
    return [request["response_format"]["json_schema"]["schema"] for request in model.requests]


def _number_or(words: str, messages: list[dict[str, str]], other: int) -> int:
    return next((n for block in passages_in(messages) for n, text in block.sentences.items() if words in text), other)


def in_turn(*scripts: Script | Turn) -> Script:
    """Returns a model that does one after the other; the last one from then on."""
    left = list(scripts)

    def script(messages: list[dict[str, str]]) -> Turn:
        now = left.pop(0) if len(left) > 1 else left[0]
        return replace(now) if isinstance(now, Turn) else now(messages)

    return script


def after(clock: Clock, seconds: float, then: Script | Turn) -> Script:
    """Returns a model that takes so long before it does something."""

    def script(messages: list[dict[str, str]]) -> Turn:
        clock.sleep(seconds)
        return in_turn(then)(messages)

    return script


def ask(folder: Path, llm: LLM, heard: Callable[[], None] = lambda: None) -> tuple[list[str], Answer]:
    """Returns the pieces as they came, and the Answer; `heard` is called at each."""
    pieces = []
    with closing(ArticleQA.open(folder, llm=llm)) as qa:
        for piece in qa.stream(QUESTION):
            pieces.append(piece)
            heard()
    answer = pieces.pop()
    assert isinstance(answer, Answer)
    assert "".join(cast("list[str]", pieces)) == answer.text
    return cast("list[str]", pieces), answer


def asked(script: Script, folder: Path, **options: Any) -> tuple[Answer, Model]:  # noqa: ANN401  as of `connect`
    """Returns the answer of a model, and the model with what it was asked."""
    with serving(script) as model:
        return ask(folder, llm_of(model, **options))[1], model


def error_body(message: str, code: str | None = None) -> str:
    return json.dumps({"error": {"message": message, "type": "some_error", "param": None, "code": code}})


OVERFLOW = error_body(
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
    "context_length_exceeded",
)
HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1>nginx</body></html>"
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
EVENT = b'data: {"id":"c","object":"chat.completion.chunk","created":0,"model":"m","choices":[{"index":0,"delta":'

# what passes, and how it is told where it does not
PASSING = {
    "silence": (Turn(wait_s=LONGEST_S), "timeout"),
    "408": (Turn(status=408), "timeout"),
    "429": (Turn(status=429, body=error_body("Rate limit reached")), "busy"),
    "429 with a time": (Turn(status=429, headers={"retry-after": "1"}), "busy"),
    "429 with no time to wait": (Turn(status=429, headers={"retry-after": "0"}), "busy"),
    "429 with a date": (Turn(status=429, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}), "busy"),
    "500": (Turn(status=500, body=error_body("The server had an error")), "server"),
    "502 as a page": (Turn(status=502, headers={"content-type": "text/html"}, body=HTML), "server"),
    "503 empty": (Turn(status=503), "server"),
    "529": (Turn(status=529, body=error_body("Overloaded")), "server"),
    "cut before the first byte": (Turn(raw=b""), "connection"),
    "cut before the first piece": (Turn(cut_after=0), "connection"),
    "no HTTP": (Turn(raw=b"\x00\xff\xfe SSH-2.0-OpenSSH_9.6 \x80\x81\r\n\r\n"), "connection"),
    "no JSON": (Turn(raw=STREAM + b"data: \xff\xfe{not json\n\n"), "connection"),
    "an error within the stream": (Turn(raw=STREAM + b'data: {"error": {"message": "worker died"}}\n\n'), "connection"),
}
# what would be the same the next time
LASTING = {
    "400": (Turn(status=400, body=error_body("Unsupported parameter: 'stream_options'")), "refused"),
    "401": (Turn(status=401, body=error_body("Incorrect API key provided: sk-secret", "invalid_api_key")), "denied"),
    "403": (Turn(status=403, body=error_body("Country not supported")), "denied"),
    "404": (Turn(status=404, body=error_body("The model `bridge-model` does not exist", "model_not_found")), "refused"),
    "402": (Turn(status=402, body=error_body("Insufficient Balance")), "quota"),
    "no credit": (
        Turn(status=429, body=error_body("You exceeded your current quota", "insufficient_quota")),
        "quota",
    ),
}
# what a model says that is no answer; it is asked once more
USELESS = {
    "nothing": Turn(),
    "white space": Turn(pieces=["\n", "  \n"]),
    "a refusal": Turn(pieces=["I cannot help ", "with that."]),
    "a lecture": Turn(pieces=["Bien sûr ! Voici ma réponse :\n", "Le pont a rouvert.\n", "Bonne journée"]),
    "objects of another kind": Turn(
        pieces=['{"answer": "oui"}\n', "[1, 2]\n", '"text"\n', '{"text": 1, "source": 2}\n']
    ),
    "broken JSON": Turn(pieces=['{"text": "Les travaux', '\n", "source": "p"}\n', "{{{{\n", "}" * 50]),
    "noise": Turn(pieces=["\x00\x01\ufffd" * 40, "\u202e\u0007\n" * 5]),
}
# how many objects and lines of them are no claim
UNREADABLE = {
    "nothing": 0, "white space": 0, "a refusal": 1, "a lecture": 3, "objects of another kind": 4, "broken JSON": 2,
    "noise": 0,
}  # fmt: skip


def test_each_trouble_has_its_words() -> None:
    assert {f"trouble_{name}" for name in get_args(Trouble)} <= set(OUR_WORDS["fr"]) & set(OUR_WORDS["en"])


# Failures that pass


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_tried_again(bridge_index: Path, fault: str) -> None:
    timeout_s = 1.5 if fault == "silence" else LONGEST_S
    answer, model = asked(in_turn(PASSING[fault][0], says(MONTHS)), bridge_index, timeout_s=timeout_s)
    assert answer.text == f"{MONTHS} [1]"
    assert answer.note == ""
    assert len(model.asked) == answer.usage["calls"]
    assert len(model.asked) == 2 or fault == "silence"  # a busy machine may be silent once more
    assert model.asked[0] == model.asked[1]


@pytest.mark.parametrize("fault", PASSING)
def test_what_does_not_pass_ends_in_the_articles_own_sentences(
    bridge_index: Path, extractive: Answer, fault: str
) -> None:
    turn, trouble = PASSING[fault]
    answer, _ = asked(in_turn(turn), bridge_index, timeout_s=0.2 if fault == "silence" else LONGEST_S)
    assert_own_sentences(answer, extractive, trouble)
    assert answer.usage["calls"] >= 2


def assert_own_sentences(answer: Answer, extractive: Answer, trouble: str) -> None:
    assert (answer.text, answer.citations) == (extractive.text, extractive.citations)
    assert answer.found
    assert answer.note == say("llm_failed", "fr", model=NAME, reason=OUR_WORDS["fr"][f"trouble_{trouble}"])


@pytest.mark.parametrize("fault", LASTING)
def test_what_would_not_pass_is_not_tried_again(bridge_index: Path, extractive: Answer, fault: str) -> None:
    turn, trouble = LASTING[fault]
    answer, model = asked(in_turn(turn), bridge_index)
    assert_own_sentences(answer, extractive, trouble)
    assert len(model.asked) == (2 if trouble == "refused" else 1)  # once more without a schema, which may be the cause
    assert "secret" not in str(answer.to_dict())


def test_waits_grow_and_are_as_long_as_the_server_asks_for(bridge_index: Path) -> None:
    clock = Clock()
    refusal = Turn(status=429)
    longer, shorter = (replace(refusal, headers={"retry-after": wait}) for wait in ("3", "0"))
    with serving(in_turn(refusal, refusal, longer, shorter, says(MONTHS))) as model:
        _, answer = ask(bridge_index, llm_of(model, clock, deadline_s=60))
    assert answer.note == ""
    assert clock.slept == [0.5, 1.0, 3.0, 4.0]


def test_a_wait_beyond_the_deadline_is_not_begun(bridge_index: Path, extractive: Answer) -> None:
    clock = Clock()
    with serving(in_turn(Turn(status=429, headers={"retry-after": "20"}))) as model:
        _, answer = ask(bridge_index, llm_of(model, clock, deadline_s=20))
    assert_own_sentences(answer, extractive, "busy")
    assert (len(model.asked), clock.slept) == (1, [])


SLOW = {
    "a comment now and then": Turn(ticks_s=0.05),
    "piece after piece of nothing": Turn(pieces=[" "] * 100, pause_s=0.05, ticks_s=0.05),
    "silence after half a line": Turn(pieces=['{"text": "Les'], ticks_s=LONGEST_S),
    "half a line and comments": Turn(pieces=['{"text": "Les'], ticks_s=0.05),
}


@pytest.mark.parametrize("fault", SLOW)
def test_a_stream_that_never_ends_is_given_up_at_the_deadline(
    bridge_index: Path, extractive: Answer, fault: str
) -> None:
    with serving(in_turn(SLOW[fault])) as model:
        llm = replace(llm_of(model, deadline_s=SHORT), clock=time.monotonic)
        _, answer = ask(bridge_index, llm)
    assert_own_sentences(answer, extractive, "timeout")
    assert len(model.asked) <= 2


def test_one_deadline_covers_rewriting_and_answering(bridge_index: Path) -> None:
    chat = Conversation()
    chat.add("Le pont de Saint-Aubin a-t-il rouvert ?", "Oui.")
    clock = Clock()
    with serving(after(clock, DEADLINE_S / 3, Turn(ticks_s=0.05))) as model:
        llm = llm_of(model, clock)
        with closing(ArticleQA.open(bridge_index, llm=llm)) as qa:
            usage = qa.understand("Et combien de temps ont duré les travaux ?", chat).usage
    assert usage
    assert usage.until - clock() == pytest.approx(DEADLINE_S * 2 / 3)  # rewriting took its third, and leaves the rest
    assert usage.calls == 1


def test_past_the_deadline_nothing_is_sent() -> None:
    with serving(says(MONTHS)) as model:
        usage = Usage(until=-1.0)
        with pytest.raises(ModelTrouble, match="timeout"):
            list(llm_of(model).ask([("human", QUESTION)], usage))
    assert (model.asked, usage.calls) == ([], 0)


# Failures of the model itself


@pytest.mark.parametrize("fault", USELESS)
def test_a_model_that_says_nothing_useful_is_asked_once_more(bridge_index: Path, fault: str) -> None:
    answer, model = asked(in_turn(USELESS[fault], says(MONTHS)), bridge_index)
    assert answer.text == f"{MONTHS} [1]"
    assert answer.note == ""
    assert len(model.asked) == 2


@pytest.mark.parametrize("fault", USELESS)
def test_a_model_that_never_says_anything_useful_is_left_out(
    bridge_index: Path, extractive: Answer, fault: str
) -> None:
    answer, model = asked(in_turn(USELESS[fault]), bridge_index)
    assert_own_sentences(answer, extractive, "empty")
    assert len(model.asked) == 2
    assert answer.dropped == (("", "unreadable line"),) * UNREADABLE[fault]


def test_unreadable_lines_among_others_are_counted_and_nothing_more(bridge_index: Path) -> None:
    def script(messages: list[dict[str, str]]) -> Turn:
        good = claim(MONTHS, number_of(MONTHS, messages))
        return Turn(pieces=["```json\n", "Voici :\n", good, "```\n", '{"text": "sans fin'])

    answer, _ = asked(script, bridge_index)
    assert answer.text == f"{MONTHS} [1]"
    assert answer.dropped == (("", "unreadable line"),) * 2
    assert answer.note == ""


def test_a_refusal_gives_way_to_sentences_that_answer(bridge_index: Path, extractive: Answer) -> None:
    answer, model = asked(in_turn(Turn(pieces=['{"answer": []}'])), bridge_index)
    assert_own_sentences(answer, extractive, "nothing")
    assert answer.usage["calls"] == len(model.asked) == 1


def test_a_refusal_is_believed_where_nothing_answers(bridge_index: Path) -> None:
    refusal = Turn(pieces=['```json\n{\n  "answer": []\n}\n```'])
    with serving(in_turn(refusal)) as model, closing(ArticleQA.open(bridge_index, llm=llm_of(model))) as qa:
        answer = qa.ask("Qui a gagné la coupe du monde de rugby en 1995 ?")
    assert not answer.found
    assert answer.text == OUR_WORDS["fr"]["not_found"]
    assert NAME not in answer.note
    assert answer.usage["calls"] == len(model.asked) == 1


HOSTILE = {
    "half a character": '"\\ud800"',
    "a zero byte": '"a\\u0000b"',
    "a number": "1" * 5_000,
    "a deep list": "[" * 3_000 + "]" * 3_000,
    "no number": "NaN",
    "a long word": '"' + "a" * 15_000 + '"',
    "marks": '"' + "[1] [99] " * 50 + '"',
}


@pytest.mark.parametrize("key", ["text", "source"])
@pytest.mark.parametrize("value", HOSTILE)
def test_odd_values_of_a_line_do_no_harm(bridge_index: Path, key: str, value: str) -> None:
    def script(messages: list[dict[str, str]]) -> Turn:
        good = {"source": number_of(REOPENED, messages), "text": REOPENED}
        odd = ", ".join(f'"{k}": {HOSTILE[value] if k == key else json.dumps(v)}' for k, v in good.items())
        return Turn(pieces=[answer_of(f"{{{odd}}}", claim(MONTHS, number_of(MONTHS, messages)))])

    answer, _ = asked(script, bridge_index)
    assert f"{MONTHS} [" in answer.text
    assert NAME not in answer.note  # it was read on


def test_an_endless_answer_is_not_heard_to_its_end(bridge_index: Path) -> None:
    def script(messages: list[dict[str, str]]) -> Turn:
        return Turn(pieces=[claim(MONTHS, number_of(MONTHS, messages))] * 5_000)

    answer, model = asked(script, bridge_index)
    assert answer.text == f"{MONTHS} [1]"
    assert len(answer.dropped) < 500
    assert len(model.asked) == 1


# A context that is too long


def test_too_long_a_context_is_asked_again_with_half_the_passages(bridge_index: Path) -> None:
    answer, model = asked(in_turn(Turn(status=400, body=OVERFLOW), says(MONTHS)), bridge_index)
    assert answer.text == f"{MONTHS} [1]"
    assert answer.note == ""
    before, after = (passages_in(messages) for messages in model.asked)
    assert len(before) == 2
    assert after == before[:1]
    assert schemas_of(model)[1]["properties"]["answer"]["items"]["properties"]["source"]["enum"] == [1, 2, 3, 4]


OVERFLOWS = {
    "OpenAI": Turn(status=400, body=OVERFLOW),
    "llama.cpp": Turn(
        status=400,
        body=error_body("the request exceeds the available context size, try increasing it"),
    ),
    "413": Turn(status=413),
}


@pytest.mark.parametrize("server", OVERFLOWS)
def test_a_context_that_stays_too_long_ends_in_the_articles_own_sentences(
    bridge_index: Path, extractive: Answer, server: str
) -> None:
    answer, model = asked(in_turn(OVERFLOWS[server]), bridge_index)
    assert_own_sentences(answer, extractive, "overflow")
    assert len(model.asked) == 2


# Another language

ENGLISH = "The works on the bridge lasted fourteen months, the town hall said on Monday."


def in_english(messages: list[dict[str, str]]) -> Turn:
    return Turn(pieces=[answer_of(claim(ENGLISH, number_of(MONTHS, messages)))])


def test_a_first_sentence_in_another_language_is_asked_for_again(bridge_index: Path) -> None:
    with serving(in_turn(in_english, says(MONTHS))) as model:
        pieces, answer = ask(bridge_index, llm_of(model))
    assert answer.text == "".join(pieces) == f"{MONTHS} [1]"
    assert answer.note == ""
    first, second = model.asked
    assert [message["role"] for message in second] == [message["role"] for message in first] == ["system", "user"]
    assert second[1]["content"].startswith(first[1]["content"])
    assert "not in French" in second[1]["content"]


def test_a_model_that_stays_in_another_language_is_left_out(bridge_index: Path, extractive: Answer) -> None:
    answer, model = asked(in_turn(in_english), bridge_index)
    assert_own_sentences(answer, extractive, "language")
    assert len(model.asked) == 2


# Streams that break

# The connection's own timeout goes by the machine's clock: a server that is held up for so long is silent too.
SILENT_S = 4.0
BREAKS: dict[str, dict[str, Any]] = {
    "cut": {"tail": b""},
    "cut within an event": {"tail": EVENT + b'{"content": "{\\"te'},
    "cut within a line": {"tail": EVENT + b'{"content": "{\\"text\\": \\"Le pont"}}]}\n\n'},
    "no JSON": {"tail": b"data: {oh no\n\n"},
    "no text": {"tail": b"\xff\xfe\x00\n\n"},
    "an error": {"tail": b'data: {"error": {"message": "worker died", "code": 500}}\n\n'},
    "silence": {"ticks_s": LONGEST_S},
    "comments for ever": {"ticks_s": 0.05},
    "cut by its length": {"finish": "length"},
}
# what each is told as
STOPS = dict.fromkeys(BREAKS, ("connection",)) | {
    "silence": ("timeout",), "comments for ever": ("timeout",), "cut by its length": ("length",),
}  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS)
def test_a_stream_that_breaks_after_a_sentence_ends_there_with_a_note(bridge_index: Path, fault: str) -> None:
    clock = Clock()
    timeout_s = SILENT_S if fault == "silence" else LONGEST_S
    with serving(says(MONTHS, **BREAKS[fault])) as model:
        llm = llm_of(model, clock, timeout_s=timeout_s)
        pieces, answer = ask(bridge_index, llm, heard=lambda: clock.sleep(DEADLINE_S))
    assert pieces[0] == f"{MONTHS} [1]"
    assert answer.text == f"{MONTHS} [1]"
    assert answer.found
    assert answer.note in {say("llm_broken", "fr", reason=OUR_WORDS["fr"][f"trouble_{name}"]) for name in STOPS[fault]}
    assert len(model.asked) == answer.usage["calls"] == 1  # what was shown is not said again


@pytest.mark.parametrize("fault", BREAKS)
def test_a_stream_that_breaks_before_a_sentence_is_asked_again(bridge_index: Path, fault: str) -> None:
    broken = Turn(pieces=['{"text": "Les'], **BREAKS[fault])
    clock = Clock()
    passed_s = DEADLINE_S if fault == "comments for ever" else 0
    script = in_turn(after(clock, passed_s, broken), says(MONTHS))
    with serving(script) as model:
        llm = llm_of(model, clock, timeout_s=SILENT_S if fault == "silence" else LONGEST_S)
        _, answer = ask(bridge_index, llm)
    if fault in ("comments for ever", "cut by its length"):  # took all the time, or would be cut again
        assert OUR_WORDS["fr"][f"trouble_{STOPS[fault][0]}"] in answer.note
        return
    assert answer.text == f"{MONTHS} [1]"
    assert answer.note == ""
    assert len(model.asked) == 2


def test_a_stream_that_breaks_after_an_unproven_sentence_leaves_the_articles_own(
    bridge_index: Path, extractive: Answer
) -> None:
    wrong = "Les travaux du pont ont duré trente mois."
    answer, _ = asked(says(wrong, tail=b""), bridge_index)
    assert_own_sentences(answer, extractive, "connection")
    assert [sentence for sentence, _ in answer.dropped] == [wrong]


def test_sentences_come_while_the_model_still_writes(bridge_index: Path) -> None:
    heard = threading.Event()

    class Waits(FakeListChatModel):
        """Begins its second sentence when the first one was heard."""

        def _stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401  LangChain's own
            begun = False
            for chunk in super()._stream(*args, **kwargs):
                if begun and chunk.text == "{":
                    assert heard.wait(LONGEST_S)
                begun = begun or chunk.text == "}"
                yield chunk

    said = answer_of(claim(MONTHS, 2), claim(REOPENED, 1))
    pieces = []
    with closing(ArticleQA.open(bridge_index, llm=Waits(responses=[said]))) as qa:
        for piece in qa.stream(BOTH):
            pieces.append(piece)
            heard.set()
    assert pieces[:2] == [f"{MONTHS} [1]", f" {REOPENED} [2]"]


# A question is never lost

FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "body": error_body("Rate limit reached")},
    "401": {"status": 401},
    "502": {"status": 502, "body": HTML},
    "overflow": {"status": 400, "body": OVERFLOW},
    "no HTTP": {"raw": b"\xff\x00\r\n\r\n"},
    "nothing": {},
    **BREAKS,
}
# what comes of the call that rewrites the question, and of the one that answers; the first may be made again
POSITIONS: dict[str, tuple[Sequence[str], str]] = {
    "rewriting": (("fault", "nothing"), "good"),
    "first token": (("rewritten",), "fault"),
    "after one sentence": (("rewritten",), "then fault"),
    "everywhere": (("fault",), "fault"),
}


@pytest.mark.parametrize(
    ("fault", "position"),
    [(f, p) for f in FAULTS for p in POSITIONS if p != "after one sentence" or f in BREAKS],  # a status comes first
)
def test_a_question_is_never_lost(bridge_index: Path, fault: str, position: str) -> None:
    clock = Clock()
    endless_s = DEADLINE_S if fault == "comments for ever" else 0
    kinds: dict[str, Script | Turn] = {
        "fault": after(clock, endless_s / 3 if position == "rewriting" else endless_s, Turn(**FAULTS[fault])),
        "rewritten": Turn(pieces=["Combien de temps ont duré les travaux du pont de Saint-Aubin ?"]),
        "nothing": Turn(),
        "good": says(MONTHS),
        "then fault": says(MONTHS, **FAULTS[fault]),
    }
    pieces: list[str | Answer] = []
    chat = Conversation()
    chat.add("Le pont de Saint-Aubin a-t-il rouvert ?", "Oui, le 3 mars 2025.")
    rewriting, answering = POSITIONS[position]
    rewrites, answers = in_turn(*(kinds[kind] for kind in rewriting)), in_turn(kinds[answering])

    def script(messages: list[dict[str, str]]) -> Turn:
        return (answers if "Question:" in messages[1]["content"] else rewrites)(messages)

    with serving(script) as model:
        silent_s = {"everywhere": 0.2, "first token": 1.0}.get(position, SILENT_S)  # that what is said may take
        llm = llm_of(model, clock, timeout_s=silent_s if fault == "silence" else LONGEST_S)
        with closing(ArticleQA.open(bridge_index, llm=llm)) as qa:
            for piece in qa.stream("Et combien de temps ont duré ses travaux ?", conversation=chat):
                pieces.append(piece)
                clock.sleep(endless_s if position == "after one sentence" else 0)
    answer = pieces.pop()
    assert isinstance(answer, Answer)
    assert "".join(cast("list[str]", pieces)) == answer.text
    assert answer.found
    assert "quatorze mois" in answer.text
    assert chat.turns[-1].answer == answer.text
    if position in ("first token", "everywhere"):
        assert NAME in answer.note
    if position == "after one sentence":
        assert answer.note.startswith("Le modèle de langue s’est interrompu (")
    if position == "rewriting" and fault != "comments for ever":
        assert answer.note == ""


# Tokens


def timed(usage: dict[str, int]) -> dict[str, int]:
    """Returns a usage with the time that its first word and all others took, by a clock that stands still."""
    return usage | {"first_ms": 1, "writing_ms": 1}


def test_tokens_are_those_that_the_server_counts(bridge_index: Path) -> None:
    answer, _ = asked(in_turn(in_english, says(MONTHS)), bridge_index)
    told_in, told_out = 100, 10  # by the server, for each call that is heard to its end
    assert answer.usage["calls"] == 2
    assert answer.usage["input"] >= told_in
    answer, _ = asked(says(MONTHS), bridge_index)
    assert answer.usage == timed({"input": told_in, "output": told_out, "calls": 1})


def test_tokens_are_counted_where_the_server_does_not_tell(bridge_index: Path) -> None:
    answer, model = asked(says(MONTHS, counts=False), bridge_index)
    (messages,) = model.asked
    said = "".join(says(MONTHS)(messages).pieces)
    sent = sum(count_tokens(message["content"]) for message in messages)
    assert answer.usage == timed({"input": sent, "output": count_tokens(said), "calls": 1})


def test_tokens_of_a_broken_stream_are_counted_too(bridge_index: Path) -> None:
    answer, model = asked(says(MONTHS, tail=b""), bridge_index)
    said = "".join(says(MONTHS, tail=b"")(model.asked[0]).pieces)
    assert answer.usage["output"] == count_tokens(said)


def test_a_budget_that_is_spent_leaves_the_articles_own_sentences(
    bridge_index: Path, extractive: Answer, tmp_path: Path
) -> None:
    budget = Budget(110, tmp_path / "spent.sqlite")
    first, _ = asked(says(MONTHS), bridge_index, budget=budget)
    assert first.note == ""
    assert budget.spent() == 110
    second, model = asked(says(MONTHS), bridge_index, budget=budget)
    assert_own_sentences(second, extractive, "budget")
    assert model.asked == []
    assert second.usage == {}


def test_a_prompt_that_timed_out_counts_in_the_budget(bridge_index: Path, tmp_path: Path) -> None:
    budget = Budget(1_000_000, tmp_path / "spent.sqlite")
    with serving(in_turn(Turn(wait_s=LONGEST_S))) as model:
        llm = replace(llm_of(model, budget=budget, deadline_s=SHORT), clock=time.monotonic)
        _, answer = ask(bridge_index, llm)
    assert OUR_WORDS["fr"]["trouble_timeout"] in answer.note
    sent = sum(count_tokens(message["content"]) for message in model.asked[0])
    assert budget.spent() == answer.usage["input"] == sent * answer.usage["calls"]


def test_a_budget_that_breaks_later_loses_no_question(bridge_index: Path, extractive: Answer, tmp_path: Path) -> None:
    path = tmp_path / "spent.sqlite"
    with serving(says(MONTHS)) as model:
        llm = llm_of(model, budget=Budget(1_000, path))
        path.write_bytes(b"no database" * 500)
        _, answer = ask(bridge_index, llm)
    assert_own_sentences(answer, extractive, "uncounted")
    assert model.asked == []


def test_a_budget_that_breaks_during_an_answer_does_not_spoil_it(bridge_index: Path, tmp_path: Path) -> None:
    path = tmp_path / "spent.sqlite"

    def breaking(messages: list[dict[str, str]]) -> Turn:
        path.write_bytes(b"no database" * 500)
        return says(MONTHS)(messages)

    answer, _ = asked(breaking, bridge_index, budget=Budget(1_000, path))
    assert (answer.text, answer.note) == (f"{MONTHS} [1]", "")


# Odds and ends


def test_a_model_that_refuses_a_temperature_is_asked_without(bridge_index: Path) -> None:
    body = error_body("Unsupported value: 'temperature' does not support 0 with this model.", "unsupported_value")
    with serving(in_turn(Turn(status=400, body=body), says(MONTHS))) as model:
        llm = llm_of(model)
        assert cast("Any", llm.model).temperature == 0
        _, answer = ask(bridge_index, llm)
        assert cast("Any", llm.model).temperature is None
    assert answer.note == ""
    assert len(model.asked) == 2


def test_half_a_character_in_a_question_can_be_sent(bridge_index: Path) -> None:
    with serving(says(MONTHS)) as model, closing(ArticleQA.open(bridge_index, llm=llm_of(model))) as qa:
        answer = qa.ask(f"{QUESTION} \udce9")
    assert answer.text == f"{MONTHS} [1]"
    assert len(model.asked) == 1


def test_any_error_of_a_model_of_ones_own_leaves_the_articles_own_sentences(
    bridge_index: Path, extractive: Answer
) -> None:
    class Broken(FakeListChatModel):
        def _stream(self, *_: Any, **__: Any) -> Iterator[Any]:  # noqa: ANN401  LangChain's own
            raise ZeroDivisionError

    _, answer = ask(bridge_index, LLM(Broken(responses=[]), NAME))
    assert_own_sentences(answer, extractive, "broken")
    assert answer.usage["calls"] == 1


def test_a_fake_model_names_itself_in_the_note(bridge_index: Path) -> None:
    fake: BaseChatModel = GenericFakeChatModel(messages=iter([AIMessage("non"), AIMessage("non")]))
    with closing(ArticleQA.open(bridge_index, llm=fake)) as qa:
        assert "GenericFakeChatModel" in qa.ask(QUESTION).note


def test_a_stream_is_cut_where_its_provider_did_not_say_why_it_stopped() -> None:
    told: dict[str, Any] = {"model_provider": "anthropic"}
    assert trouble_at_end(AIMessageChunk(content="{}", response_metadata=told | {"stop_reason": "end_turn"})) is None
    assert trouble_at_end(AIMessageChunk(content="{}")) is None  # a fake model names no provider
    cut = trouble_at_end(AIMessageChunk(content="{}", response_metadata=told))
    assert cut
    assert cut.kind == "connection"


@pytest.mark.parametrize(
    ("retry_after", "wait_s"), [("3", 3.0), ("1.5", 1.5), ("Wed, 21 Oct 2015 07:28:07 GMT", 7.0), ("soon", 0.0)]
)
def test_a_server_may_ask_to_wait_for_seconds_or_until_a_date(retry_after: str, wait_s: float) -> None:
    headers = {"retry-after": retry_after, "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    response = httpx.Response(429, headers=headers, request=httpx.Request("POST", "http://127.0.0.1/"))
    trouble = trouble_of(httpx.HTTPStatusError("busy", request=response.request, response=response))
    assert (trouble.kind, trouble.wait_s) == ("busy", wait_s)


# Holding a model to a schema


def test_a_server_that_knows_no_schema_is_asked_without_and_never_with_one_again(bridge_index: Path) -> None:
    body = error_body("response_format.type must be text")
    with serving(in_turn(Turn(status=400, body=body), says(MONTHS))) as model:
        llm = llm_of(model)
        with closing(ArticleQA.open(bridge_index, llm=llm)) as qa:
            answers = [qa.ask(QUESTION) for _ in range(2)]
    assert [answer.text for answer in answers] == [f"{MONTHS} [1]"] * 2
    assert [answer.note for answer in answers] == ["", ""]
    assert ["response_format" in request for request in model.requests] == [True, False, False]
    assert {request["max_tokens"] for request in model.requests} == {600}  # of a server on this machine


def test_a_schema_is_never_trusted(bridge_index: Path) -> None:
    answer, model = asked(says("Les travaux du pont ont duré trente mois.", MONTHS), bridge_index)
    assert answer.text == f"{MONTHS} [1]"
    assert schemas_of(model)


@pytest.mark.parametrize(("reason", "kind"), [("content_filter", "withheld"), ("length", "length")])
def test_a_stop_is_told_for_what_it_is(bridge_index: Path, extractive: Answer, reason: str, kind: str) -> None:
    answer, _ = asked(in_turn(Turn(pieces=['{"answer": '], finish=reason)), bridge_index)
    assert_own_sentences(answer, extractive, kind)


# Never worse than without


def test_where_nothing_is_proven_the_articles_own_sentences_are_shown(bridge_index: Path, extractive: Answer) -> None:
    wrong = "Les travaux du pont ont duré trente mois."
    answer, _ = asked(says(wrong), bridge_index)
    assert_own_sentences(answer, extractive, "unproven")
    assert [sentence for sentence, _ in answer.dropped] == [wrong]


def test_what_answers_best_is_added_where_the_model_leaves_it_out(bridge_index: Path) -> None:
    with serving(says(REOPENED)) as model, closing(ArticleQA.open(bridge_index, llm=llm_of(model))) as qa:
        answer = qa.ask(BOTH)
    assert answer.text == f"{REOPENED} [1] {MONTHS} [2]"
    assert answer.note == ""


def test_what_does_not_bear_on_the_question_is_not_shown(bridge_index: Path) -> None:
    blue = "Le ruban était bleu."
    answer, _ = asked(says(blue, MONTHS), bridge_index)
    assert answer.text == f"{MONTHS} [1]"
    assert answer.dropped == ((blue, "beside the question"),)


def test_a_bare_phrase_is_the_short_answer_of_its_sentence(bridge_index: Path) -> None:
    def script(messages: list[dict[str, str]]) -> Turn:
        return Turn(pieces=[answer_of(claim("quatorze mois", number_of(MONTHS, messages)))])

    answer, _ = asked(script, bridge_index)
    assert (answer.text, answer.short, answer.note) == (f"{MONTHS} [1]", "quatorze mois", "")
