"""Words and patterns that lie in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.text.by_language import ByLanguage, read_tables

WRITTEN = """
ends = 'st|nd'
day = ['\\d\\d?', '(?:<ends>)?']
[dates]
day_first = '(?P<day><day>) <month>(?<!x)'
month = 'mai|<other>'
[dates.old]
year = '<ends>|mai'
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "xx.toml").write_text(WRITTEN, encoding="utf-8")
    (tmp_path / "yy.toml").write_text("ends = 'a b'", encoding="utf-8")
    return tmp_path


def test_a_key_stands_for_its_value_and_the_name_of_a_group_for_itself(folder: Path) -> None:
    tables = read_tables(folder / "xx.toml")
    assert tables[""] == {"ends": "st|nd", "day": r"\d\d?(?:st|nd)?"}
    assert tables["dates"] == {
        "day_first": r"(?P<day>\d\d?(?:st|nd)?) mai|<other>(?<!x)",
        "month": "mai|<other>",
    }


def test_a_file_is_named_by_its_language(folder: Path) -> None:
    words = ByLanguage("", folder)
    assert (list(words), len(words)) == (["xx", "yy"], 2)
    assert list(ByLanguage("dates", folder)) == ["xx"]
    assert words["yy"] == {"ends": "a b"}
    dates = ByLanguage("dates", folder)
    assert dates["xx"]["month"] == "mai|<other>"
    assert [dates.within(language, "old") for language in ("xx", "yy", "zz")] == [{"year": "st|nd|mai"}, {}, {}]
    assert words.get("zz") is None
    assert words.all_words("ends") == {"st|nd", "a", "b"}
