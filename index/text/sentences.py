"""Sentences of a text, as character offsets.

Every border is decided by the rules below; `sentencex` says only which words are abbreviations, in languages
that have no table here. Its borders are not used: it cuts "M. | Dupont" and "J. | -C.", finds none within
quotation marks nor in "Plan B. Le chat", and in Chinese wants a space behind a full stop.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

import sentencex

from index.text.folding import HAN
from index.text.function_words import KNOWN, has_trait

if TYPE_CHECKING:
    from collections.abc import Iterator


_OF_ALL = {
    key: KNOWN.all_words(key) for key in ("closing", "perhaps", "before_number", "everywhere", "after_time")
}  # in texts of any language
_BEFORE_NAME = KNOWN.words("abbreviations")
_STARTERS = KNOWN.words("starters")
_ANY_STARTER = KNOWN.all_words("starters")
_ARTICLES = frozenset({"Le", "La", "Les", "Des", "El", "Los", "Las"})  # open a name before a capital: "J. Le Goff"
_DOMAINS = frozenset({"Com", "Org", "Net", "Js"})
_STOP = re.compile(  # with the quotation marks, brackets, notes and emoji that close behind it
    r"(?P<stop>[.!?…‽⁇⁈⁉。．！？｡؟۔।॥።]+)"
    r"(?:[”’»›)\]}」』】）]|[\"'“«‹](?!\w)|[ \xa0\u202f](?:''|[)\]»›”])(?!\w)"
    r"|[ \xa0]?\[[a-zß-ÿ\d][^\[\]]{0,40}\]|[ \xa0\u202f]?[\U0001f300-\U0001faff]|[\u200d\ufe0f])*"
)
_NEXT = re.compile(r"(?P<gap>\s*+)(?=(?P<mark>\S?))[\s\"'“”„‘’‚«»‹›(\[{¿¡*_•·—–−-]*(?P<word>[^\W_]*)")
_GLUED = re.compile(r"[\"“«(]?(?P<word>[^\W\d_a-zß-ÿ][^\W\d_A-ZÀ-Þ]*)[ ,'’]")  # "the end.Then it"
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(r"[^\s'’\"“”„«»(\[/]+")
_ITEM = re.compile(r"[\W_]*(?:[^\W_]|[IVXivx]{1,5}|\d{1,3}(?:\.\d{1,3})*)")
_ROMAN = re.compile(r"[IVXLCDM]+")
_LETTER_OR_ROMAN = re.compile(r"[^\W\d_]|[IVXLCDM]+")
_CJK = re.compile(rf"[{HAN}]")
_NEEDS_NO_SPACE = frozenset("。！？｡؟۔।॥።")
_GOES_ON = frozenset(".!?…。！？,;:،؛，、；：)]）》〉%")
_DASHES = frozenset("—–―-")
# 40 characters, no stop, and the next line begins in lower case
_WRAP = re.compile(r"(?<=[^\n]{40})(?<![.!?…:。！？]) ?\n(?=[a-zß-öø-ÿа-яё])")
_LOOK_BACK = 24  # characters before a full stop that may hold an abbreviation


def split_sentences(text: str, language: str) -> list[tuple[int, int]]:
    r"""Returns the (start, end) character offsets of the sentences of a text.

    They are in order, do not overlap, have no outer white space and leave out nothing else. A line break
    ends one, unless a long line goes on in lower case on the next: a hard-wrapped paragraph. Each holds a letter
    or digit, unless its whole line has none.

    Args:
        text: The text; each paragraph, heading or list item on its own line.
        language: ISO 639-1; of an unknown one only what languages share is known.

    >>> split_sentences("M. Dupont part. Quoi ?\nOui.", "fr")
    [(0, 15), (16, 22), (23, 27)]
    """
    code = re.split(r"[-_]", language)[0].lower()
    spans: list[tuple[int, int]] = []
    offset = 0
    for line in _WRAP.sub(lambda match: match.group().replace("\n", " "), text).split("\n"):
        spans.extend((offset + start, offset + end) for start, end in _split_line(line, code))
        offset += len(line) + 1
    return spans


def _split_line(line: str, language: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = seen = 0
    line_end = len(line.rstrip())
    for end in chain(_borders(line, language), [line_end]):
        if _LETTER_OR_DIGIT.search(line, seen, end):
            spans.append((_space_end(line, start), end))
            start = end
        elif spans:
            spans[-1] = (spans[-1][0], end)
            start = end
        seen = end
    return spans or ([(_space_end(line, 0), line_end)] if line_end else [])


def _space_end(line: str, start: int) -> int:
    space = _SPACE.match(line, start)
    return space.end() if space else start


def _borders(line: str, language: str) -> Iterator[int]:
    """Yields where sentences end, but for the last one."""
    quotes = counted = 0
    for stop in _STOP.finditer(line):
        end = stop.end()
        quotes += line.count('"', counted, end)
        counted = end
        if quotes % 2:  # a straight quotation mark is open
            if line.startswith('"', end):
                end += 1
            elif line[end : end + 2] == ' "' and not line[end + 2 : end + 3].strip():
                end += 2
        if _is_border(line, stop, end, language):
            yield end


def _is_border(line: str, stop: re.Match[str], end: int, language: str) -> bool:
    following = _NEXT.match(line, end)
    if not following or not following["mark"] or following["mark"] in _GOES_ON:
        return False
    word, start = following["word"], following.start("word")
    closed = line[stop.end("stop") : end].strip()
    if following["mark"] in _DASHES and (word[:1].isdigit() or closed.strip(")]")):
        return False  # "8 a.m. - 2 p.m.", « … » — author
    if closed and line[stop.start() - 1 : stop.start()] in {"(", "["}:
        return False  # "[…]", "(!)"
    if stop["stop"][-1] in _NEEDS_NO_SPACE:
        return True
    if not following["gap"]:
        return _lacks_a_space(line, stop, end)
    if word[:1].islower() and not word[1:2].isupper():  # "iPhone" may open a sentence
        return False
    return stop["stop"] != "." or _full_stop_ends(line, stop.start(), start, word, language)


def _lacks_a_space(line: str, stop: re.Match[str], end: int) -> bool:
    """Whether a sentence begins at `end` though no space is there."""
    tokens = _TOKEN.findall(line, max(0, stop.start() - _LOOK_BACK), stop.start())
    if not tokens or line.startswith("•", end):
        return bool(tokens)
    if _CJK.match(line, end):
        return stop["stop"][-1] in "?!" and _CJK.match(tokens[-1], len(tokens[-1]) - 1) is not None
    word = _GLUED.match(line, end)
    return word is not None and tokens[-1].isalpha() and tokens[-1][-2:].islower() and word["word"] not in _DOMAINS


def _full_stop_ends(line: str, dot: int, start: int, word: str, language: str) -> bool:
    """Whether the full stop at `dot` ends a sentence, `word` at `start` being next and not in lower case."""
    tokens = _TOKEN.findall(line, max(0, dot - _LOOK_BACK), dot)[-2:]
    if not tokens or line[dot - 1].isspace():
        return True
    if dot < _LOOK_BACK and _ITEM.fullmatch(line, 0, dot):
        return False  # "1. Introduction"
    names = {tokens[-1], "".join(tokens)}
    names |= {name[:1].lower() + name[1:] for name in names}
    if names & _OF_ALL["closing"] or _is_unit(tokens):
        return word not in _OF_ALL["after_time"]
    if names & _OF_ALL["everywhere"] or names & _BEFORE_NAME.get(language, frozenset()):
        return False
    starts = _is_starter(line, start, word, language)
    if names & _OF_ALL["before_number"] and (word[:1].isdigit() or (not starts and _LETTER_OR_ROMAN.fullmatch(word))):
        return False
    if names & _OF_ALL["perhaps"] or _is_initial(tokens[-1], line[dot - 2]) or _is_ordinal(tokens, language):
        return starts
    return has_trait(language, "own_abbreviations") or not _is_known_abbreviation(tokens[-1], language)


def _is_unit(tokens: list[str]) -> bool:
    """Whether the last token is a letter that measures the number before it: "5 m", "2020 г"."""
    return len(tokens) > 1 and len(tokens[-1]) == 1 and not tokens[-1].isupper() and tokens[0][-1].isdigit()


def _is_initial(token: str, before: str) -> bool:
    """Whether the token ends in a letter of its own, other than that of "it's"; `before` is what precedes it."""
    if len(token) == 1:
        return token.isupper() or (token.isalpha() and before not in "'’")
    return token[-1].isalpha() and before in ".-"


def _is_ordinal(tokens: list[str], language: str) -> bool:
    """Whether "19." may stand for "19th"; not in "Platz 3.", where a noun stands before."""
    if "ordinal" not in KNOWN.get(language, ()):
        return False
    before, number = tokens[0], tokens[-1]
    behind_noun = before[0].isupper() and before.isalpha() and before not in _STARTERS.get(language, _ANY_STARTER)
    return _ROMAN.fullmatch(number) is not None or (number.isdigit() and len(number) <= 3 and not behind_noun)


def _is_starter(line: str, start: int, word: str, language: str) -> bool:
    end = start + len(word)
    starters = _STARTERS.get(language, _ANY_STARTER)
    if word in _ARTICLES and line[end + 1 : end + 2].isupper():
        return False
    return (word in starters and line[end : end + 1] != ".") or line[start : end + 1] in starters


@lru_cache(maxsize=10_000)
def _is_known_abbreviation(token: str, language: str) -> bool:
    """Whether sentencex would not cut behind the word in a plain sentence."""
    # asked word by word, for its lists, of more languages than ours, are compiled in: they cannot be copied as data
    return token.replace(".", "").isalpha() and len(sentencex.segment(language, f"Aa {token}. Bbbb bbbb.")) == 1
