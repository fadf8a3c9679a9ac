"""Words of languages stand in their files, not in code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.text.by_language import ByLanguage
from index.text.folding import fold
from index.text.function_words import KNOWN

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for package in ("bot", "index", "retrieval") for path in (ROOT / package).rglob("*.py"))
_OF = [ByLanguage("").words(key) for key in ("function", "telling", "starters")]
WORDS = {
    language: {fold(word) for of in _OF for word in of.get(language, ()) if len(word) > 1}
    | set(ByLanguage("times").places("months", [language] if language in ByLanguage("times") else []))
    for language in KNOWN
}
_ALTERNATIVES = re.compile(r"[^\W\d_]+'?(?:\|[^\W\d_]+'?)+")
_TWO_LETTERS = re.compile(r"[^\W\d_a-zA-Z\u00c0-\u024f]{2}")  # of no Latin script
_CLASS = re.compile(r"\[(?:\\.|[^\]\\])+\]")  # of characters, in a pattern
_LETTERS = ("index/text/languages.py", "index/text/folding.py")  # of alphabets, by which these are told apart


def texts(tree: ast.Module) -> Iterator[str]:
    """Yields the strings of a module but for docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    said = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and node.body
            and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def lists(tree: ast.Module) -> Iterator[tuple[list[str], bool]]:
    """Yields what stands in a module as a list, and whether English names in code would stand so, too."""
    for text in texts(tree):
        yield from ((found[0].split("|"), False) for found in _ALTERNATIVES.finditer(text))
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            held = (each.value for each in node.elts if isinstance(each, ast.Constant))
            yield [each for each in held if isinstance(each, str)], True
        elif isinstance(node, ast.Attribute) and node.attr == "split" and isinstance(node.value, ast.Constant):
            yield str(node.value.value).split(), True


def words_of_languages(code: str) -> list[list[str]]:
    """Returns the lists of a module most of whose words are words of a language."""
    found = []
    for words, may_be_names in lists(ast.parse(code)):
        known = {word for language, of in WORDS.items() if not (may_be_names and language == "en") for word in of}
        said = [fold(word).rstrip("'") for word in words if re.fullmatch(r"[^\W\d_]+'?", word)]
        if len(words) > 2 and 2 * sum(word in known for word in said) > len(words):
            found.append(words)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_list_of_words_of_a_language_stands_in_code(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    assert words_of_languages(code) == []
    if not path.as_posix().endswith(_LETTERS):
        assert [text for text in texts(ast.parse(code)) if _TWO_LETTERS.search(_CLASS.sub("", text))] == []


@pytest.mark.parametrize(
    "code",
    [
        """_BY = re.compile(r"(?:par|von|por)\\s+")""",
        '''_PARTICLE = "(?:de|du|des|la|le|von|van)"''',
        """_ARTICLES = frozenset({"le", "la", "les", "des"})""",
        """_MONTHS = "janvier février mars avril".split()""",
    ],
)
def test_such_a_list_would_be_found(code: str) -> None:
    assert words_of_languages(code)
