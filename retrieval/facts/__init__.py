"""What a text tells that can be compared: numbers, days, names, denials."""

from index.text.by_language import ByLanguage

FACT_WORDS = ByLanguage("facts")  # the words that tell it
