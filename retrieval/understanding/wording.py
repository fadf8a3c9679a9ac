"""A question's words told apart: what is asked, what is named, what stands for something that was said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

from index.text import function_words
from index.text.by_language import ByLanguage
from index.text.folding import fold, terms
from index.text.function_words import has_trait
from retrieval.facts.kinds import MONTHS, RELATIVE, WEEKDAYS
from retrieval.understanding.conversation import Turn

MOST_LEANED_ON = 3  # turns
SPEECH = ByLanguage("speech")  # the words by which a question leans
_INVERTED = re.compile(r"[- ]t[-' ](?=(?:ils?|elles?|on)\b)")  # "a t il", "y-a t'il"
_ELIDED = re.compile(r"(?<=\b[cdjlmnst]) (?=[aeiouyh])|(?<=\bqu) (?=[aeiouyh])")  # "d autres", "qu est-ce"
WORD_PIECE = re.compile(r"[^\W_]+")
TIME = re.compile(rf"\d+\w*|{MONTHS}|{WEEKDAYS}|{RELATIVE}")
_SMALL_SIGNS = "的是了在有和与吗呢吧啊请问还那这也都就会能要到被把从对"
_HAN = re.compile(r"[\u4e00-\u9fff\u3040-\u30ff]")
_MINOR = SPEECH.all_words("minor")
_NAME = re.compile(r"(?<!^)(?<![¿¡])\b(?:\w*[A-ZÀ-ÖØ-ÞА-ЯЁ]\w+|\d+)")
_PLACE = "\ue000"  # of no text, in place of a question word and its noun
_SPACED = re.compile(rf"[^\W_]+|{_PLACE}|,")
_NOTHING = r"(?!)"
_SUBJECTLESS = function_words.ALL | _MINOR
_AROUND = ' \t\n\r?!.,;:…»"’)¿¡؟。？！'
# "Il est où, le maire ?", "Ils sont combien à l'utiliser ?": who is meant comes after the question word
_COMES_AFTER = re.compile(rf"{_PLACE} ?,? (?:(?:le|la|les|l|un|une|des|du|ce|cet|cette|son|sa|ses|a) \w{{3,}})")


class Asked:
    """A question with its words told apart: what is asked, what is named, what stands for something else."""

    def __init__(self, question: str, language: str) -> None:
        self.language = language
        self._question = question
        if language == "es":  # folded, "él" is "el"
            question = re.sub(r"\b[éÉ]l\b", "ella", question)
        folded = _INVERTED.sub("-t-", " ".join(fold(question).split()))
        self.folded = _ELIDED.sub("'", folded) if language == "fr" else folded

    @cached_property
    def _plain(self) -> str:
        """The folded question without empty pronouns, its question words replaced by a mark."""
        return self._marked(self._not_empty)

    @cached_property
    def _not_empty(self) -> str:
        """The folded question without empty pronouns."""
        return self._pattern("empty").sub(" ", self.folded)

    def _marked(self, text: str) -> str:
        """Returns a text with a mark in the place of each question word and its noun."""
        return self._pattern("asked").sub(f" {_PLACE} ", text)

    def _pattern(self, part: str) -> re.Pattern[str]:
        return speech_pattern(self.language, part)

    def match(self, part: str) -> int:
        """Returns how many characters of the question a pattern takes at its beginning; 0: it does not match."""
        found = self._pattern(part).match(self.folded)
        if not found or not found.end():
            return 0
        return as_long(self._question, self.folded[: found.end()])

    @cached_property
    def content(self) -> list[str]:
        """Its folded words that mean something by themselves: no question words, function words, times or figures."""
        if _HAN.search(self._plain):
            return [sign for sign in _HAN.findall(self._plain) if sign not in _SMALL_SIGNS]
        return [word for word in WORD_PIECE.findall(self.folded) if means_something(word)]

    @property
    def asks_for_others(self) -> bool:
        """Whether it asks for more of what was told: "Il y en a d'autres ?"."""
        return self._pattern("others").fullmatch(self.folded.strip(_AROUND)) is not None

    @cached_property
    def continues(self) -> bool:
        """Whether it begins as what goes on: "Et …"."""
        return self._pattern("continues").match(self.folded) is not None

    @cached_property
    def leans(self) -> bool:
        """Whether it has no subject of its own, goes on without a verb, or has a pronoun that it does not explain."""
        if not self.content or self.is_bare:
            return True
        if self.continues and (_PLACE not in self._plain or self._pronouns):
            return True
        return self._points_back() or self._is_of_something() or self._unexplained_pronoun()

    def _is_of_something(self) -> bool:
        """Whether its one clause ends in a pronoun, which its subject cannot be: "Can women play it?"."""
        found = self._pattern("objects").search(self.folded)
        return found is not None and not self._pattern("clause").search(self.folded[: found.start()])

    def _points_back(self) -> bool:
        """Whether it says "cette loi" of a law that it did not name before."""
        found = self._pattern("points").finditer(self.folded)
        return any(
            not _stems(match[1], self.language) & _stems(self.folded[: match.start()], self.language) for match in found
        )

    @cached_property
    def is_question_word(self) -> bool:
        """Whether it is a question word and nothing else: "Et quand ?", "Pourquoi, exactement ?"."""
        rest = [word for word in WORD_PIECE.findall(self._plain[self._continued :]) if word not in _MINOR]
        return _PLACE in self._plain and not rest and not self.content

    @property
    def has_question_word(self) -> bool:
        """Whether there is a question word in it, as far as its language is known."""
        return _PLACE in self._plain or self.language not in SPEECH

    @property
    def _continued(self) -> int:
        found = self._pattern("continues").match(self._plain)
        return found.end() if found else 0

    @property
    def is_fragment(self) -> bool:
        """Whether it goes on, or has no subject, and asks nothing by itself: "Et en mai ?", "Lesquelles ?"."""
        return (self.continues or not self.content) and not self.has_question_word and not self._pronouns

    @property
    def is_bare(self) -> bool:
        """Whether it is question words and their nouns alone: "Combien de morts ?"."""
        asked = self._marked(self.folded)
        return _PLACE in asked and not WORD_PIECE.search(asked)

    @cached_property
    def _pronouns(self) -> list[tuple[str, str]]:
        """What stands before and after each pronoun that is not empty."""
        own = self._pattern("own").match(self._not_empty)
        text = self._not_empty[own.end() :] if own else self._not_empty
        found = self._pattern("pronoun").finditer(text)
        return [(text[: m.start()], text[m.end() :]) for m in found if not self._is_formal(m.group())]

    @property
    def may_own(self) -> bool:
        """Whether who is asked for may be whose it is: "Qui prend sa retraite ?"."""
        return self._pattern("own").match(self.folded) is not None

    def _unexplained_pronoun(self) -> bool:
        return any(
            not self._names_something(self._marked(before)) and not self._comes_after(after)
            for before, after in self._pronouns
        )

    def _is_formal(self, pronoun: str) -> bool:
        """Whether a German pronoun addresses who is asked: "Können Sie", "Ihnen"."""
        if self.language != "de" or not pronoun.startswith(("sie", "ihn", "ihr")):
            return False
        spoken = re.findall(r"\w+", self._question)
        return any(word.lower() == pronoun and word[0].isupper() for word in spoken[1:])

    def _names_something(self, before: str) -> bool:
        """Whether what stands before a pronoun names something that it may stand for: a content word, no verb."""
        words = re.findall(rf"[^\W_]+|{_PLACE}", before)
        if _HAN.search(before):
            return bool(Asked(before.replace(_PLACE, ""), self.language).content)
        governs = self._pattern("governs")
        for at, word in enumerate(words):
            if word == _PLACE or not means_something(word):
                continue
            left = words[at - 1] if at else ""
            is_verb = governs.fullmatch(left) or (left == _PLACE and at == len(words) - 1)
            if not is_verb:
                return True
        return False

    def _comes_after(self, after: str) -> bool:
        if self.language != "fr":
            return False
        return _COMES_AFTER.search(" ".join(_SPACED.findall(self._marked(after)))) is not None

    def names_new(self, turns: Sequence[Turn]) -> bool:
        """Whether it is a question with a name or a figure that was not said in the last turns."""
        said = _said(turns, self.language)
        return any(not _stems(name, self.language) & said for name in self.names)

    @property
    def names(self) -> list[str]:
        """Its capitalised words but for the first, and its figures; German capitals tell none."""
        if has_trait(self.language, "nameless") or self._question.isupper():
            return re.findall(r"\d+", self._question)
        return [name for name in _NAME.findall(self._question) if fold(name) not in function_words.ALL]

    def speaks_of_it(self, turns: Sequence[Turn]) -> bool:
        """Whether it has a word that was said in the last turns."""
        said = _said(turns, self.language)
        return any(_stems(word, self.language) & said for word in self.content)


def means_something(word: str) -> bool:
    """Whether a folded word names or tells something: no function word, no time, no figure."""
    return len(word) > 2 and word not in _SUBJECTLESS and TIME.fullmatch(word) is None


def as_long(text: str, folded: str) -> int:
    """Returns how many characters of `text` hold as many letters and digits as `folded`, which begins it."""
    wanted = sum(map(len, WORD_PIECE.findall(folded)))
    for end in range(len(text) + 1):
        if sum(map(len, WORD_PIECE.findall(fold(text[:end])))) >= wanted:
            return end
    return len(text)


@lru_cache(maxsize=128)
def speech_pattern(language: str, part: str) -> re.Pattern[str]:
    """Returns a pattern of a language; one that is not there matches nothing."""
    return re.compile(SPEECH.get(language, {}).get(part) or _NOTHING)


@lru_cache(maxsize=4_096)
def _stems(word: str, language: str) -> frozenset[str]:
    return frozenset(terms(word, language))


def _said(turns: Sequence[Turn], language: str) -> frozenset[str]:
    """Returns the stems of what was said in the last turns."""
    text = " ".join(f"{turn.question} {turn.answer}" for turn in turns[-MOST_LEANED_ON:])
    return _stems(text, language)
