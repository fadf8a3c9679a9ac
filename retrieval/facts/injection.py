"""Sentences of articles that speak to a language model instead of telling something."""

from __future__ import annotations

import re
from functools import lru_cache

from index.text.folding import fold
from index.text.sentences import split_sentences

# Such sentences are not shown to a model, and quoted in no answer. An order counts only where it is given, not where it
# is told of: "ignore the previous instructions", not "he told drivers to ignore the previous instructions".
_START = r"(?:^|[.!?:;,\"«»()\[\]<>*#-] ?|\b(?:please|you must|you should|must now|and|then|^now,?|just|simply|et|puis|alors|tu dois|vous devez|veuillez) )"
_WHAT_IT_WAS_TOLD = (
    r"\b(?:instructions?|consignes?|regles?|rules?|prompts?|invites?|directives?|orders?|ordres?|guidelines?)\b"
)
_BEFORE = (
    r"\b(?:previous|prior|earlier|preceding|above|all|any|your|precedent\w*|ci-dessus|tout\w*|tes|ton|vos|votre)\b"
)
_MODEL = r"(?:ai|ia|llm|assistant|chatbot|bot|language model|modele de langage|intelligence artificielle|robot)s?"
_ANSWER = r"(?:your|each|every|the|ta|votre|tes|vos|chaque|toute) (?:final )?(?:answers?|repl(?:y|ies)|responses?|reponses?|outputs?)\b"
# What only speaks to a machine.
_PLAIN = (
    rf"{_START}(?:ignore[rz]?|disregard|forget|oublie[rz]?|ne (?:tiens|tenez) (?:pas|plus|aucun) compte|ne (?:suis|suivez) (?:pas|plus)|(?:do not|don't|never) (?:follow|obey))\b"
    rf"(?=.{{0,60}}{_BEFORE}).{{0,60}}{_WHAT_IT_WAS_TOLD}",
    rf"{_START}(?:ignore[rz]?|disregard|forget|oublie[rz]?) (?:tout |all |everything |absolutely )*(?:of )?(?:the |ce qui )?(?:above|previous|precede|ci-dessus)",
    r"\b(?:ignorier\w*|vergiss|vergessen sie)\b.{0,40}\b(?:anweisungen|regeln)\b|\b(?:ignora|ignore|olvida)\b.{0,30}\b(?:instrucciones|reglas)\b|\b(?:игнорируй\w*|забудь\w*)\b.{0,40}\b(?:инструкции|указания|правила)\b",
    r"<\|?/?(?:im_start|im_end|system|assistant|user|endoftext|inst)\|?>|\[/?(?:inst|system)\]|^#+ ?(?:system|assistant|user|systeme|instructions?) ?:",
    r"\{\s*\"(?:text|found|id|quote)\"\s*:",
    r"^(?:system|systeme|assistant|user|developer|developpeur|message du systeme|system message|developer message|message systeme) ?:.*(?:\b(?:you|your|users?|tu|ton|tes|vous|votre|utilisateur|administrat\w+|ignore\w*|safety|securite|rules?|regles?|modes?|obey)\b)",
    rf"{_START}(?:reveal|repeat|print|show|output|leak|revele[rz]?|repete[rz]?|montre[rz]?|affiche[rz]?)\b.{{0,30}}\b(?:your|tes|vos|ton|votre) (?:\w+ ){{0,2}}{_WHAT_IT_WAS_TOLD}",
    r"\b(?:your|ton|votre|tes|vos) (?:system |hidden )?(?:prompt|invite) ?(?:systeme)?\b|\b(?:dan|developer) mode\b|\bmode (?:developpeur|dan)\b|\bjailbreak\b.{0,20}\b(?:mode|yourself|active)|^override ?:",
    rf"(?:^|<!-- ?|[.!?] )(?:dear|cher|chere|hey|hello|note (?:to|for)|note a|message (?:to|for|pour)|attention|a l'attention)\b[ ,:]*(?:the |l'|de l'|all |any |aux |a l')?{_MODEL}\b ?[,.:;!]",
    rf"<!--\s*(?:the |l')?{_MODEL}\b",
    rf"\bif you(?: are|'re) (?:an? |the )?(?:\w+ )?{_MODEL}\b|\bsi (?:tu es|vous etes) (?:une? |l')?(?:\w+ )?{_MODEL}\b",
    r"\bas an? (?:ai|language model|chatbot|ai \w+)\b[^.]*\b(?:you|i)\b|\ben tant qu(?:e |'une? |')(?:modele de langage|ia|intelligence artificielle|chatbot)\b[^.]*\b(?:tu|vous|je)\b",
    r"\b(?:tell|inform|direct|send|advise) (?:the |your )?(?:users?|readers?|person asking)\b (?:to|that|about)\b|\b(?:dis|dites|indique[rz]?|affirme[rz]?) (?:a l'utilisateur|aux? (?:lecteurs?|utilisateurs?))\b",
    r"\b(?:do not|don't|never|ne) (?:cite[rz]?|quote|mention\w*)\b (?:pas )?(?:this|any|cet|cette|ce) (?:article|source|passage)s?\b",
    r"\b(?:new (?:system )?instructions?|nouvelles (?:instructions|consignes)) ?:",
    rf"{_START}(?:reponds|print|output) (?:only|exactly|uniquement|seulement|exactement|toujours|par)\b|{_START}reponds ?[:\"«]|{_START}reponds que\b",
)  # fmt: skip
# What a person may say as well: not where somebody is said to say it.
_PERHAPS = (
    rf"\b(?:begin|start|end|finish|append|add|include|insert|put|mention|commence[rz]?|termine[rz]?|finis(?:sez)?|ajoute[rz]?|inclus|inclue[rz]|insere[rz]?|mets|mettez|ecris|ecrivez)\b.{{0,40}}\b{_ANSWER}",
    rf"{_START}(?:answer|respond|reply|write|say) (?:only|exactly|always|never)\b|{_START}(?:answer|respond|reply) (?:with (?:the|this|a|an|only)\b|that (?!,)\w)|{_START}(?:answer|respond|reply|say|write) ?[:\"«]",
    rf"{_START}(?:repondez|affichez|affiche|ecrivez|ecris|dites|dis) (?:uniquement|seulement|exactement|toujours|que|par|mot pour mot)\b",
    r"\byou are now (?:an? |in |the |dan|no longer|acting|free of)|\b(?:tu es|vous etes) (?:maintenant|desormais) (?:une? (?!\w+ sur\b)|en |sans|libre de)",
    r"\bfrom now on,? you (?:answer|respond|reply|speak|write|must|will|are)\b|\bfrom now on,? (?:answer|respond|reply)|\b(?:a partir de|des) maintenant,? (?:reponds|repondez|tu reponds|vous repondez|tu es|tu dois)",
    r"\b(?:your new (?:task|role|goal|job) is|(?:ta|votre) nouvelle (?:tache|mission) est|ton nouveau role est)\b",
    r"\b(?:write|include|insert|add|give|ecris|ecrivez|donne[rz]?|insere[rz]?) (?:this|the following|cette|ce|l'|la) (?:url|link|lien|adresse)\b|\b(?:respond|reply|answer) with this\b",
    r"\b(?:correct|right|only|bonne|seule|vraie) (?:answer|reponse)\b.{0,30}\b(?:always|any question|every question|toujours|toute question)\b",
)  # fmt: skip
_TOLD_OF = re.compile(
    r"\b(?:a|ont|avait|aurait) (?:dit|declare|lance|demande|crie|repondu|affirme|explique|ordonne|conseille|prevenu|ecrit|raconte)\b"
    r"|\b(?:dit|conseille|explique|previent|affirme|selon|d'apres)\b(?! (?:a l'|au ))|\b(?:said|says|told|asked|asks|urged|warned|wrote|shouted|explained|advised|according to)\b"
)
_SPEAKS = re.compile("|".join(_PLAIN))
_PERHAPS_SPEAKS = re.compile("|".join(_PERHAPS))


@lru_cache(maxsize=4_096)  # sentences, on which many questions meet
def speaks_to_machines(sentence: str) -> bool:
    """Whether a sentence gives orders to a language model instead of telling something."""
    folded = fold(sentence)
    if _SPEAKS.search(folded):
        return True
    return _PERHAPS_SPEAKS.search(folded) is not None and _TOLD_OF.search(folded) is None


def without_orders(text: str, language: str) -> str:
    """Returns the text without its sentences that speak to machines."""
    if not speaks_to_machines(text):
        return text
    kept = [text[start:end] for start, end in split_sentences(text, language)]
    return " ".join(sentence for sentence in kept if not speaks_to_machines(sentence))
