"""What is known of languages. Function words tell one from few words."""

from __future__ import annotations

from index.text.by_language import ByLanguage

KNOWN = ByLanguage("")
BY_LANGUAGE = KNOWN.words("function")
ALL = KNOWN.all_words("function")  # of every language
