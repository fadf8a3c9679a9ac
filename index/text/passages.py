"""Cuts an article into passages on sentence borders, with exact offsets."""

from __future__ import annotations

from collections.abc import Callable

from index.article import PassageSpan, Span
from index.text.sentences import split_sentences

PASSAGE_CHARS = 800  # measured: 400 to 1,200 are within noise of each other, overlap gains nothing
TITLE_CHARS = 200  # of a title that goes before each embedded text; a longer one would crowd the text out


def passage_text(title: str, text: str) -> str:
    """Returns a passage's text as it is embedded: the title gives its pronouns and dates a subject."""
    return f"{title[:TITLE_CHARS]}\n{text}"


def sentence_text(title: str, text: str) -> str:
    """Returns a sentence's text as it is embedded: alone with its title."""
    return f"{title[:TITLE_CHARS]}: {text}"


def cut_passages(
    text: str, language: str, fits: Callable[[str], bool], *, size: int = PASSAGE_CHARS
) -> list[PassageSpan]:
    """Returns the passages that tile `text`, in order; an empty list for white space alone.

    Args:
        text: the article's text.
        language: ISO 639-1 code, for the sentence borders.
        fits: whether the embedder reads this much text whole.
        size: characters a passage holds at most, unless a single sentence is longer.
    """
    passages: list[PassageSpan] = []
    current: list[Span] = []
    for sentence in _readable_sentences(text, language, fits, size):
        start, end = (current or [sentence])[0][0], sentence[1]
        if current and not (end - start <= size and fits(text[start:end])):
            passages.append(PassageSpan(current[0][0], current[-1][1], tuple(current)))
            current = []
        current.append(sentence)
    if current:
        passages.append(PassageSpan(current[0][0], current[-1][1], tuple(current)))
    return passages


def _readable_sentences(text: str, language: str, fits: Callable[[str], bool], size: int) -> list[Span]:
    """Returns the sentences; one too long for a passage or the embedder is cut at white space where it can be."""
    sentences: list[Span] = []
    for start, end in split_sentences(text, language):
        if end - start <= 2 * size and fits(text[start:end]):
            sentences.append((start, end))
        else:
            sentences.extend(_pieces(text, start, end, fits, size))
    return sentences


def _pieces(text: str, start: int, end: int, fits: Callable[[str], bool], size: int) -> list[Span]:
    """Returns spans that tile text[start:end] but for white space, each of at most `size` characters that fit."""
    pieces: list[Span] = []
    while start < end:
        stop = min(start + size, end)
        while not fits(text[start:stop]) and stop - start > 1:
            stop = start + (stop - start) // 2
        if stop < end:
            space = max(text.rfind(mark, start + 1, stop) for mark in " \t\u00a0\u202f\u3000")
            stop = space if space > start else stop
        pieces.append((start, stop))
        start = stop
        while start < end and text[start].isspace():
            start += 1
    return pieces
