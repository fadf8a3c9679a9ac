"""Whether passages, sentences and answers hold what a labelled question wants."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from index.article import Passage
from retrieval.answering.answer import MARKER
from retrieval.answering.candidates import Candidate
from retrieval.learning.sets import Question

HIT_CHARS = 4_000
JUDGED_CHARS = 600
AT_ONCE_CHARS = 150  # what one sees of an answer without looking
_ANSWER_MATCH_CHARS = 120  # a longer gold answer is no span to look for
_PASSAGE_MATCH_CHARS = 60
_EVIDENCE_MATCH_CHARS = 80


def is_right(question: Question, text: str, characters: int = JUDGED_CHARS) -> bool:
    """Whether a gold answer stands in the first so many characters of an answer, its markers aside."""
    beginning = normalise(MARKER.sub("", text)[:characters])
    return any(holds_answer(beginning, answer) for answer in question.answers)


def is_right_sentence(question: Question, candidate: Candidate) -> bool:
    """Whether a sentence that may be shown tells what the question wants."""
    passage = candidate.passage
    return tells_answer(question, candidate.text, (passage.article_id, *passage.also_in))


def tells_answer(question: Question, sentence: str, article_ids: Iterable[str]) -> bool:
    """Whether a sentence of a gold article holds a gold answer, or is evidence where answers are long."""
    if question.files.isdisjoint(map(file_of, article_ids)):
        return False
    text = normalise(sentence)
    if question.evidence:
        evidence = [known for known in map(normalise, question.evidence) if known]
        return bool(text) and any(known[:_EVIDENCE_MATCH_CHARS] in text or text in known for known in evidence)
    return any(holds_answer(text, answer) for answer in question.answers)


def is_hit(question: Question, passages: Sequence[Passage]) -> bool:
    """Whether the passages, up to the one that crosses 4,000 characters, hold the answer or a gold passage."""
    files = question.files
    heads = [normalise(passage)[:_PASSAGE_MATCH_CHARS] for _, passage in question.gold]
    answers = [a for a in question.answers if 0 < len(normalise(a)) < _ANSWER_MATCH_CHARS]
    read = 0
    for passage in passages:
        if file_of(passage.article_id) in files:
            text = normalise(passage.text)
            if any(holds_answer(text, a) for a in answers) or any(head and head in text for head in heads):
                return True
        read += len(passage.text)
        if read >= HIT_CHARS:
            break
    return False


def file_of(article_id: str) -> str:
    """Returns the file of an article, as labelled questions name it."""
    return article_id.split("/", 1)[-1]


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Returns NFKD without accents, lower case, every run of non-word characters one space."""
    return re.sub(r"\W+", " ", without_accents(text).lower()).strip()


def without_accents(text: str) -> str:
    """Returns NFKD without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def holds_answer(normalised: str, answer: str) -> bool:
    """Whether the answer stands in an already normalised text, at borders of a-z and 0-9."""
    wanted = normalise(answer)
    return bool(wanted) and re.search(rf"(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9])", normalised) is not None
