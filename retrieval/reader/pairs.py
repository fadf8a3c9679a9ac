"""A question and a passage as the reader sees them: tokens, and where in the passage each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Span
from index.embedding.bundled.data import PROMPTS
from index.embedding.bundled.tokenizer import Tokenizer
from index.text.passages import passage_text

QUESTION_TOKENS, PASSAGE_TOKENS = 64, 384  # that are read


@dataclass(frozen=True, slots=True)
class Pair:
    """Tokens of a question, then of a passage with its title; begin and end around each."""

    ids: list[int]
    question_tokens: int
    first_token: int  # of the passage's text, behind the title
    spans: list[Span]  # characters of the passage's text, by token; of no use before `first_token`
    answers: tuple[Span, ...] = ()  # tokens: first and last


def encode_pair(tokenizer: Tokenizer, question: str, title: str, text: str, answers: Sequence[Span] = ()) -> Pair:
    """Returns the pair; answers (characters of `text`) that are cut off are left out.

    Both texts carry the prefixes that the model was trained with, so that its lower layers see what they know.
    """
    asked = tokenizer.encode(PROMPTS["query"] + question, QUESTION_TOKENS)
    before = len(PROMPTS["passage"]) + len(passage_text(title, ""))
    ids, places = tokenizer.encode_with_spans(PROMPTS["passage"] + passage_text(title, text), PASSAGE_TOKENS)
    spans = [(0, 0)] * len(asked) + [(start - before, end - before) for start, end in places]
    first = next((i for i, (start, _) in enumerate(places) if start >= before), len(places) - 1) + len(asked)
    tokens = [found for answer in answers if (found := _tokens(spans, answer, first)) is not None]
    return Pair([*asked, *ids], len(asked), first, spans, tuple(tokens))


def _tokens(spans: Sequence[Span], answer: Span, first: int) -> Span | None:
    """Returns the first and last token that an answer touches."""
    touched = [i for i in range(first, len(spans) - 1) if spans[i][0] < answer[1] and answer[0] < spans[i][1]]
    if not touched or spans[touched[-1]][1] < answer[1]:
        return None
    return touched[0], touched[-1]
