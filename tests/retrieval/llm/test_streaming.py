"""An answer is read as it comes, whatever a model puts around it; the forms are those that small models wrote."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.llm.streaming import AnswerReader, Claim


def read(written: str, size: int = 7) -> tuple[list[Claim], AnswerReader]:
    """Returns the claims of an answer that comes in pieces of so many characters."""
    reader = AnswerReader()
    claims = [claim for at in range(0, len(written), size) for claim in reader.feed(written[at : at + size])]
    return [*claims, *reader.end()], reader


ANSWER = '{"answer": [{"source": 3, "text": "Le pont a rouvert."}, {"source": 12, "text": "Il mesure 80 m."}]}'
CLAIMS = [Claim("Le pont a rouvert.", 3), Claim("Il mesure 80 m.", 12)]
FORMS = {
    "as it should be": ANSWER,
    "pretty-printed": json.dumps(json.loads(ANSWER), indent=2),
    "in a fence": f"```json\n{ANSWER}\n```",
    "an object a line": '{"source": 3, "text": "Le pont a rouvert."}\n{"source": 12, "text": "Il mesure 80 m."}',
    "objects on one line": '{"source": 3, "text": "Le pont a rouvert."} {"source": 12, "text": "Il mesure 80 m."}',
    "a bare list": '[{"source": 3, "text": "Le pont a rouvert."},\n{"source": 12, "text": "Il mesure 80 m."}]',
    "text first": '[{"text": "Le pont a rouvert.", "source": 3}, {"text": "Il mesure 80 m.", "source": 12}]',
    "numbers as strings": ANSWER.replace("3,", '"3",', 1).replace("12,", '"[12]",'),
    "several numbers": ANSWER.replace("3,", "[3, 4],", 1),
    "more keys": ANSWER.replace('"text"', '"sure": true, "text"'),
    "no end": ANSWER.removesuffix("]}"),
    "no last brace": ANSWER.removesuffix("}]}"),
}


@pytest.mark.parametrize("size", [1, 5, 1_000])
@pytest.mark.parametrize("form", FORMS)
def test_an_answer_is_read_in_each_form_that_models_write(form: str, size: int) -> None:
    claims, reader = read(FORMS[form], size)
    assert claims == CLAIMS
    assert (reader.claims, reader.unreadable, reader.refused) == (2, 0, False)


def test_a_claim_is_there_as_soon_as_its_brace_closes() -> None:
    reader = AnswerReader()
    begun, rest = ANSWER[: ANSWER.index("}") + 1], ANSWER[ANSWER.index("}") + 1 :]
    assert list(reader.feed(begun)) == CLAIMS[:1]
    assert list(reader.feed(rest)) == CLAIMS[1:]


@pytest.mark.parametrize("written", ['{"answer": []}', '{\n  "answer": [\n  ]\n}', "```\n[]\n```", '{"answer": null}'])
def test_an_empty_answer_is_a_refusal(written: str) -> None:
    claims, reader = read(written)
    assert (claims, reader.refused, reader.unreadable) == ([], True, 0)


@pytest.mark.parametrize(
    ("written", "claim"),
    [
        ('{"answer": [{"source": 3, "text": "Le pont a rou', Claim("Le pont a rou", 3, whole=False)),
        ('{"answer": [{"source": 3, "text": "Le pont \\"neuf', Claim('Le pont "neuf', 3, whole=False)),
        ('{"answer": [{"source": 3, "text": "L\\u00e9on est l\\u00e0\\u00', Claim("Léon est là", 3, whole=False)),
        ('{"answer": [{"source": 3, "text": "Le pont a rouvert."', Claim("Le pont a rouvert.", 3)),
        ('{"source": 3, "text": "Il dit "oui" à tout"}', Claim('Il dit "oui" à tout', 3)),
        ('{"source": 3, "text": "deux\nlignes"}', Claim("deux\nlignes", 3)),
    ],
)
def test_of_what_is_no_json_the_claim_is_read_as_far_as_it_goes(written: str, claim: Claim) -> None:
    assert read(written)[0] == [claim]


@pytest.mark.parametrize(
    ("written", "unreadable"),
    [
        ("Je ne sais pas.", 1),
        ("Voici :\n" + ANSWER + "\nBonne journée", 2),
        ('{"text": "sans numéro"}', 1),
        ('{"source": 3}', 1),
        ('{"source": true, "text": "oui"}', 1),
        ('{"source": 3, "text": 4}', 1),
        ('{"answer": [{"sour', 1),
        ("[1, 2]", 1),
        ("{}" * 3, 3),
        ("", 0),
        ("\n \n```\n", 0),
    ],
)
def test_what_is_no_claim_is_counted(written: str, unreadable: int) -> None:
    assert read(written)[1].unreadable == unreadable


@given(
    told=st.lists(st.tuples(st.integers(0, 999), st.text(min_size=1, max_size=40)), max_size=4),
    size=st.integers(1, 30),
    indent=st.sampled_from([None, 1]),
)
def test_whatever_text_is_told_comes_back_as_it_was(told: list[tuple[int, str]], size: int, indent: int | None) -> None:
    answer = {"answer": [{"source": number, "text": text} for number, text in told]}
    claims, reader = read(json.dumps(answer, ensure_ascii=False, indent=indent), size)
    assert claims == [Claim(text, number) for number, text in told]
    assert reader.refused == (not told)


@given(written=st.text('{}[]"\\,:sourcetxanw 12\n', max_size=80), size=st.integers(1, 9))
def test_no_text_at_all_breaks_it(written: str, size: int) -> None:
    claims, reader = read(written, size)
    assert reader.claims == len(claims)
