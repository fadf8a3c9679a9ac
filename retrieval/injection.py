"""Sentences of articles that speak to a language model instead of telling something."""

from __future__ import annotations

import re

from index.lexical import fold
from index.sentences import split_sentences

# Sentences of an article that speak to a machine, folded. They are not shown to the model and cannot be quoted to its reader
# as an answer of ours; the default answers still find them, for an article may be about just that.
_INJECTION = re.compile(
    r"\b(?:ignor\w+|disregard\w*|forget|oubli\w+|ne tiens? pas compte|ne tenez pas compte)\b.{0,40}\b(?:instructions?|consignes?|regles?|rules?|prompts?|precedent\w*|previous|above|ci-dessus)\b"
    r"|\b(?:system|developer) ?(?:prompt|message|override)\b|\b(?:prompt|message|invite|consigne) (?:systeme|du systeme)\b|\bnew (?:system )?instructions?\b|\bnouvelles (?:instructions|consignes)\b"
    r"|\byou are now\b|\btu es (?:maintenant|desormais)\b|\bvous etes (?:maintenant|desormais) un\w*|\bfrom now on,? (?:you|answer|respond|reply)|\b(?:a partir de|des) maintenant,? (?:tu|vous|reponds|repondez)"
    r"|\b(?:reponds|repondez|affichez|ecrivez)\b.{0,30}\b(?:uniquement|seulement|exactement|toujours|que|par)\b|\b(?:reponds|repondez|answer|respond|reply|output|print) ?[:\"«]"
    r"|(?:^|[.!?:,;] ?|\b(?:please|must|now|you) )(?:answer|respond|reply|output|print|say|write) (?:only|exactly|always|with|that)\b"
    r"|\b(?:as|en tant qu'?) ?(?:an? )?(?:ai|ia|assistant|language model|modele de langage)\b|\b(?:dear|cher|note (?:to|for|a)|attention,?) ?(?:the |l'|a l')?(?:ai|ia|llm|assistant|chatbot|model|modele)\b"
    r"|<\|?/?(?:im_start|im_end|system|assistant|user|endoftext|inst)\|?>|\[/?(?:inst|system)\]|^(?:#+ ?)?(?:system|assistant|user|systeme) ?:|\bjailbreak|\bdan mode\b|\bmode (?:developpeur|dan)\b"
    r"|\b(?:reveal|repeat|revele[rz]?|repete[rz]?|montre[rz]?|show)\b.{0,30}\b(?:your|tes|vos|ton|votre) (?:\w+ )?(?:instructions?|prompt|consignes?|rules|regles)\b"
    r"|\b(?:do not|don't|ne) (?:cite[rz]?|quote|mention\w*)\b.{0,30}\b(?:sources?|articles?|passages?)\b|\bbegin (?:your|every) (?:answer|reply)|\bcommence[rz]? (?:ta|votre|chaque|toute) reponse"
    r"|\{\s*\"(?:text|found|id|quote)\""
)  # fmt: skip


def speaks_to_machines(sentence: str) -> bool:
    """Whether a sentence gives orders to a language model instead of telling something."""
    return _INJECTION.search(fold(sentence)) is not None


def readable(text: str, language: str) -> str:
    """Returns the text without its sentences that speak to machines."""
    if not speaks_to_machines(text):
        return text
    kept = [text[start:end] for start, end in split_sentences(text, language)]
    return " ".join(sentence for sentence in kept if not speaks_to_machines(sentence))
