"""Whether a text denies something: "ne … pas", "not", "nicht", "не", "لا", "不" and the verbs that say so."""

from __future__ import annotations

import re

from index.text.folding import fold

# What denies, folded; a text that says any of these denies something. What only looks so is left out: "not only",
# "no less than", "sans doute", "Pas-de-Calais", "un pas". To fail, to ban and to refuse deny as well, for
# languages say them by each other: "n'a pas pu", "failed to".
_LISTED = {
    "fr": r"(?<!\bun )(?<!\ble )(?<!\bles )(?<!\bdes )(?<!\bces )(?<!premier )(?<!premiers )(?<!grand )(?<!petit )(?<!faux )(?<!chaque )(?<!\bses )(?<!pas a )(?<!quelques )\bpas\b"
    r"(?![- ]de[- ]calais|[- ]a[- ]pas| seulement| uniquement| moins d| que\b)"
    r"|\b(?:jamais|aucun(?:e|s|es|ement)?|ni|nulle?s?|nullement|rien)\b|\bsans\b(?! doute| cesse| precedent)|\bnon\b(?! seulement|[- ]lieu|[- ]stop)"
    r"|\bn(?:e |')[^.;]*?\b(?:plus|guere|point|personne)\b|\bpersonne n(?:e |')|\bne saurai\w+"
    r"|\b(?:dement|refus|rejet|desavou|interdi|echou)\w*|\b(?:nie|nies|nient|niait|niaient|niant|nier|nia|nierent|s'oppos\w+|oppose|incapables?|impossibles?)\b",
    "en": r"\bnot\b(?! only| just| merely| least)|\b\w+n't\b(?! only| just)|\bno\b(?!\. ?\d| longer than| fewer than| less than| doubt| sooner)|\b(?:never|neither|nor|none|nobody|nothing|nowhere|cannot|hardly|scarcely|unable|impossible)\b"
    r"|\bwithout\b(?! doubt| precedent)|\b(?:den(?:y|ies|ied|ying)|refus\w+|reject\w+|oppos(?:e|es|ed|ing)|fail(?:s|ed|ing)?|ban(?:s|ned|ning)?|prohibit\w*|forb[ai]d\w*)\b",
    "es": r"\bno\b(?! solo| solamente| unicamente| obstante| menos de)|\b(?:nunca|jamas|ningun\w*|nadie|nada|tampoco|ni|incapa\w+|imposibles?)\b|\bsin\b(?! embargo| duda| precedente)"
    r"|\b(?:nieg|desmient|desmint|rechaz|negaron|nego\b|prohib|fracas)\w*|\bse (?:opon|opus)\w+",
    "de": r"\bnicht\b(?! nur| allein| zuletzt| zu vergessen)|\b(?:kein\w*|nie|niemals|ohne|niemand\w*|nichts|weder|unmoglich\w*|unfahig\w*)\b"
    r"|\b(?:bestreite|bestritt|dementier|weiger|verweiger|verbiete|verbot|abgelehn|gescheitert|scheitert)\w*|\blehn\w+[^.;]*\bab\b|\bablehn\w*",
    "ru": r"\bне\b(?! только| столько| менее| более| раз\b)|\b(?:нет|ни|без|никогда|никто|никого|никому|ничего|ничто|нельзя|нигде|никак\w*|невозможно|неспособ\w+)\b|\b(?:отрица|опровер|отказ|отверг|запре)\w+|\bнеудач\w+",
    "ar": r"(?<!\w)[وف]?(?:لا(?! (?:[يت]زال|سيما|بد |شك))|لم|لن|ليس(?! فقط)|ليست|ليسوا|دون|بدون|بلا|عدم|غير(?! مسبوق)|نفى|نفت|ينفي|تنفي|رفض|رفضت|يرفض|ترفض|انكر|انكرت|فشل|فشلت|حظر|حظرت)(?!\w)",
    "zh": r"不(?![仅只但利祥平完同幸良久少断管论过丹])|没|(?<!前所)未(?!来)|无(?![论线人机数])|(?<!除)(?<!是)(?<!并)非(?![洲常法])|并非|否认|拒绝|反对|禁止|失败",
    "it": r"\bnon\b(?! solo)|\b(?:mai|senza|nessun\w*|niente|nulla)\b|\b(?:nega|negano|negato|smenti\w+|rifiut\w+)\b",
    "pt": r"\bnao\b(?! so)|\b(?:nunca|sem|nenhum\w*|ninguem|nada|jamais)\b|\b(?:neg(?:a|am|ou|aram)|desment\w+|recus\w+)\b",
    "nl": r"\bniet\b(?! alleen)|\b(?:geen|nooit|zonder|niemand|niets)\b|\b(?:ontken\w+|weiger\w+)\b",
    "ro": r"\bnu\b(?! numai| doar)|\b(?:niciodata|fara|niciun|nicio|nimeni|nimic)\b|\b(?:neag\w+|refuz\w+)\b",
}
DENIALS = {language: re.compile(pattern) for language, pattern in _LISTED.items()}

# What is only so if something is so; up to the next comma.
_IF = {
    "fr": r"\b(?:si|s'il|s'ils|sauf si|a moins que)\b(?! bien| peu)[^,.;:]*", "en": r"\b(?:if|unless)\b[^,.;:]*", "es": r"\bsi\b(?! bien)[^,.;:]*",
    "de": r"\b(?:wenn|falls|sofern)\b[^,.;:]*", "ru": r"\bесли\b[^,.;:]*", "zh": r"(?:如果|若|除非)[^，。；：]*", "ar": r"(?<!\w)(?:اذا|ما لم)(?!\w)[^،.;:؛]*",
}  # fmt: skip
_CLAUSE = re.compile(r"[.,;:!?…]")
_GOES_WITH_ANOTHER = frozenset({"nor", "weder", "neither"})
# where two denials of a clause are one; in English and German they undo each other
_DENIES_TWICE_AS_ONCE = frozenset({"fr", "es", "it", "pt", "ro", "ru"})


def denies(text: str, language: str) -> bool | None:
    """Whether a text denies anything; None where its language is not known here."""
    pattern = DENIALS.get(language)
    return pattern.search(fold(text)) is not None if pattern else None


def deny_alike(sentence: str, language: str, quote: str, quote_language: str) -> bool:
    """Whether both deny something, or neither; what stands under a condition is compared apart, where both name one.

    A language that is not known here is like any other.
    """
    mine, my_condition = _with_condition(sentence, language)
    theirs, their_condition = _with_condition(quote, quote_language)
    pairs = [(mine, theirs), (my_condition, their_condition)] if my_condition else [(mine, theirs)]
    answers = ((denies(one, language), denies(other, quote_language)) for one, other in pairs)
    return all(None in (one, other) or one == other for one, other in answers)


def _with_condition(text: str, language: str) -> tuple[str, str]:
    folded = fold(text)
    pattern = _IF.get(language)
    return (re.sub(pattern, " ", folded), " ".join(re.findall(pattern, folded))) if pattern else (folded, "")


def undoes_denial(text: str, language: str) -> bool:
    """Whether a clause denies a denial: "has not no base"; never in languages that deny twice to deny once."""
    pattern = DENIALS.get(language)
    if pattern is None or language in _DENIES_TWICE_AS_ONCE:
        return False
    found = ([m[0] for m in pattern.finditer(clause)] for clause in _CLAUSE.split(fold(text)))
    return any(len([word for word in clause if word not in _GOES_WITH_ANOTHER]) > 1 for clause in found)


_DENYING = "n ne pas plus jamais aucun aucune sans ni not no never nor without nicht kein keine keinen nie ohne nunca sin не нет ни без لا لم لن ليس"
NEGATIONS = frozenset(_DENYING.split())
