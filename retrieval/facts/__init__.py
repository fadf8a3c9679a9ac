"""What a text tells that can be compared: numbers, days, names, denials."""

from pathlib import Path

from index.text.by_language import ByLanguage

FACT_WORDS = ByLanguage(Path(__file__).with_name("languages"))  # the words that tell it: en.toml explains the keys
