"""What kind of thing a question asks for, and where a text holds such a thing."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from index.text import function_words
from index.text.folding import fold


class Kind(StrEnum):
    """What an answer must hold; OTHER may be anything."""

    DATE = "date"
    DURATION = "duration"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    OTHER = "other"


# Folded patterns (no accents, lower case), tried in this order: "combien de temps" before "combien".
# Latin-script languages may share a list: their question words do not collide.
_ASKED: list[tuple[Kind, str]] = [
    (
        Kind.DURATION,
        r"\bcombien de (?:temps|jours|semaines|mois|annees?|ans|heures|minutes|secondes)\b|\bpendant combien\b"
        r"|\bdepuis combien|\bquelle (?:est|etait|fut|a ete|sera) (?:la|sa) duree|\bquelle duree\b"
        r"|\bcombien .{0,60}\b(?:a|ont|avait|va|vont)?[- ]?(?:t-)?(?:elle|il)?[- ]?\bdure(?:r|e|nt)?\b"
        r"|\bhow long\b|\bhow many (?:days|weeks|months|years|hours|minutes|seconds)\b|\bwhat (?:is|was) the duration"
        r"|\bcuanto (?:tiempo|dur\w+)\b|\bcuantos (?:dias|meses|anos|minutos)\b|\bcuantas (?:semanas|horas)\b"
        r"|\bwie lange?\b|\bwie viele (?:tage|wochen|monate|jahre|stunden|minuten)\b"
        r"|\bсколько (?:времени|дней|недель|месяцев|лет|часов|минут|длил\w+)\b|\bкак долго\b"
        r"|كم من الوقت|كم (?:يوما|ساعة|دقيقة|شهرا|سنة|عاما)|كم (?:دام|دامت|استغرق\w*|استمر\w*)|多久|多长时间|几(?:天|年|个月|小时)",
    ),
    (
        Kind.NUMBER,
        r"\bcombien\b|\bquel (?:est|etait|fut|sera) le (?:nombre|montant|taux|pourcentage|prix|cout|chiffre)\b"
        r"|\bquel(?:le)? (?:nombre|montant|pourcentage|prix|somme)\b|\bquelle est la (?:population|superficie)\b"
        r"|\bhow (?:many|much|old|tall|high|far|fast|big|large|deep|heavy)\b"
        r"|\bwhat (?:number|percentage|percent|amount|share)\b|\bwhat (?:is|was|were) the (?:number|amount|price|cost)\b"
        r"|\bcuant[oa]s?\b|\bque (?:porcentaje|cantidad)\b|\bwie ?viele?\b|\bwie (?:hoch|gross|alt|teuer|weit|schnell)\b"
        r"|\bсколько\b|\bкакой процент\b|\bкаково (?:количество|число)\b|(?:^|\s)كم\s|كم عدد|ما عدد|多少|几(?:个|次|名|人)",
    ),
    (
        Kind.DATE,
        r"\bquand\b|\b(?:quelle|quels?|quelles) (?:est la )?(?:dates?|annees?|jours?|mois|siecles?|epoques?)\b|\bde quand\b"
        r"|\bquelle (?:est|etait|fut) (?:la|sa) date\b|\bwhen\b|\b(?:what|which) (?:date|day|year|month|century)\b"
        r"|\bcuando\b|\ben que (?:ano|fecha|dia|mes|siglo)\b|\bwann\b|\b(?:welche[msrn]?) (?:jahr|tag|monat|datum|jahrhundert)\b"
        r"|\bкогда\b|\bв каком (?:году|месяце|веке)\b|\bкакого числа\b|\bв каком году\b|متى|في اي (?:عام|سنة|يوم|تاريخ)|اي عام"
        r"|什么时候|何时|哪一?年|哪一?天|几月",
    ),
    (
        Kind.PERSON,
        r"\b(?:a|avec|de|par|pour|chez)? ?qui (?:est-ce qui|est|etait|a|ont|fut|sont|etaient)\b|^(?:et )?(?:a|avec|de|par|pour|chez) qui\b"
        r"|^(?:et |mais )?qui\b|\bquel(?:le)? (?:president|ministre|auteur|acteur|actrice|joueur|chanteu\w+|ecrivaine?)\b"
        r"|\bwhom?\b(?! knows)|\bwhose\b|\bwith whom\b|\bquien(?:es)?\b|^(?:und |mit )?(?:wer|wen|wem)\b|\bwessen\b"
        r"|\bкто\b|\bкого\b|\bкому\b|\bс кем\b|\bкем\b|(?:^|\s)من (?:هو|هي|هم|الذي|التي)|^من\s|谁",
    ),
    (
        Kind.PLACE,
        r"^(?:et )?(?:d')?ou\b|\bou (?:est|sont|se|a|ont|etait|fut|vit|travaille)\b|\bdans quel(?:le)? (?:ville|pays|region|lieu)\b"
        r"|\bwhere\b|\b(?:what|which) (?:city|country|town|state|place)\b|\b(?:a|de)?donde\b|\ben que (?:ciudad|pais|lugar)\b"
        r"|^(?:und )?(?:wo|wohin|woher)\b|\bin welche[mrn] (?:stadt|land|ort)\b|\bгде\b|\bкуда\b|\bоткуда\b|\bв как(?:ом|ой) (?:городе|стране)\b"
        r"|(?:^|\s)[اأ]?ين\s|哪里|哪儿|在哪|什么地方|哪个(?:城市|国家)",
    ),
    (
        Kind.REASON,
        r"\bpourquoi\b|\bpour quelles? raisons?\b|\bwhy\b|\bpor que\b|\bwarum\b|\bweshalb\b|\bwieso\b|\bпочему\b|\bзачем\b|لماذا|为什么|为何",
    ),
]  # fmt: skip
_ASKED_COMPILED = [(kind, re.compile(pattern)) for kind, pattern in _ASKED]

# "Who is Zeus?" asks what he is, not for a name.
_DEFINITION = re.compile(
    r"^(?:qui (?:est|etait|fut|sont|etaient) (?!le |la |les |l'|ce|celui|celle|son |sa |ses )|who (?:is|was|are) (?!the |this |that |his |her |their ))"
)

MONTHS = (
    r"janv(?:ier|\.)?|fevr(?:ier|\.)?|mars|avril|mai|juin|juillet|juil\.|aout|septembre|sept\.|octobre|oct\.|novembre|nov\."
    r"|decembre|dec\.|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan\.|feb\.|mar\.|apr\.|aug\.|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    r"|januar|februar|marz|juni|juli|oktober|dezember|ianuarie|februarie|martie|aprilie|iunie|iulie|septembrie|octombrie"
    r"|noiembrie|decembrie|январ\w+|феврал\w+|марта?|апрел\w+|ма[яй]|июн\w+|июл\w+|август\w*|сентябр\w+|октябр\w+|ноябр\w+|декабр\w+"
    r"|يناير|فبراير|مارس|ابريل|مايو|يونيو|يوليو|اغسطس|سبتمبر|اكتوبر|نوفمبر|ديسمبر|كانون|شباط|اذار|نيسان|ايار|حزيران|تموز|اب|ايلول|تشرين"
)
WEEKDAYS = (
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|lunes|martes|miercoles|jueves|viernes|sabado|domingo|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag"
    r"|понедельник\w*|вторник\w*|сред[ау]|четверг\w*|пятниц\w+|суббот\w+|воскресень\w+"
)
RELATIVE = r"hier|aujourd'hui|demain|avant-hier|yesterday|today|tomorrow|ayer|hoy|gestern|heute|morgen|вчера|сегодня|завтра|امس|اليوم"
YEAR = r"(?<![\d.,])(?:1[0-9]|20)\d\d(?![\d%]|[.,]\d)"
NUMBER_WORDS = (
    r"zero|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt\w*|trente|quarante"
    r"|cinquante|soixante|cents?|mille|millions?|milliards?|dizaines?|vingtaine|trentaine|centaines?|milliers?|douzaine|moitie|tiers|quart"
    r"|two|three|four|five|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|billions?|dozens?"
    r"|half|once|twice|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|veinte|treinta|cien|cientos?|mil|millon(?:es)?|mitad"
    r"|zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|elf|zwolf|zwanzig|dreissig|hundert|tausend|million(?:en)?"
    r"|milliarden?|halfte|один|одна|дв[ае]|три|четыре|пять|шесть|семь|восемь|девять|десять|сто|тысяч\w*|миллион\w*|миллиард\w*"
    r"|واحد|اثنان|اثنين|ثلاث\w*|اربع\w*|خمس\w*|ست[ةه]?|سبع\w*|ثمان\w*|تسع\w*|عشر\w*|مئ[ةه]|مليون|مليار|الف|doi|doua|trei|patru|cinci|sase"
)
UNITS = (
    r"secondes?|minutes?|heures?|jours?|journees?|semaines?|mois|ans?|annees?|decennies?|siecles?|nuits?|seconds?|hours?|days?|weeks?"
    r"|months?|years?|decades?|century|centuries|nights?|segundos?|minutos?|horas?|dias?|semanas?|mes(?:es)?|anos?|siglos?|sekunden?|minuten?|stunden?"
    r"|tage?n?|wochen?|monate?n?|jahre?n?|jahrhunderte?n?|jahrzehnte?n?|секунд\w*|минут\w*|час\w*|дн\w+|день|недел\w+|месяц\w*|год\w*|лет|век\w*"
    r"|ثاني[ةه]|ثوان|دقيق[ةه]|دقائق|ساع[ةه]|ساعات|يوما?|ايام|اسبوع\w*|اسابيع|شهرا?|اشهر|سن[ةه]|سنوات|عاما?|اعوام|zile|luni|ani|ore|saptamani"
)
HAN_NUMBER = r"[\d〇零一二三四五六七八九十百千万亿两]+"

# What a folded text must hold. A year counts as a date, not as a number on its own.
_HOLDS: dict[Kind, re.Pattern[str]] = {
    Kind.DATE: re.compile(
        rf"\b\d{{1,2}}(?:er|st|nd|rd|th|\.)? (?:de |of )?(?:{MONTHS})\b|\b(?:{MONTHS}) \d{{1,2}}\b|{YEAR}|\b(?:{MONTHS})\b|\b(?:{WEEKDAYS})\b|\b(?:{RELATIVE})\b|\b\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}\b"
        rf"|\b[ivx]+e siecle|\b\d{{1,2}}(?:e|er|eme|th|st|nd|rd)? (?:siecle|century)|\b\d{{1,2}}\. jahrhundert|\bsiglo [ivx]+\b|\b[ivx]+ век"
        rf"|\b\d{{1,2}}h\d{{0,2}}\b|\bannees \d\d\b|\b\d{{2,4}}0s\b|{HAN_NUMBER}[年月日]|\b\d{{3,4}} (?:av|ap|bc|ad|bce|ce)\b|\b(?:en|in|im jahr) \d{{3,4}}\b"
    ),
    Kind.DURATION: re.compile(
        rf"(?:\d[\d.,\u00a0\u202f ]*|\b(?:{NUMBER_WORDS}|quelques|plusieurs|several|few|mehrere|нескольк\w+|عدة)[ \u00a0-])"
        rf"(?:\w+[ \u00a0-])?(?:{UNITS})\b|\b\d+h\d*\b|{HAN_NUMBER}(?:多|余)?个?(?:年|天|日|小时|分钟|月|周|秒)"
        rf"|(?:{YEAR}).{{1,25}}(?:{YEAR})|\b(?:des|von|from|de|с) .{{2,30}}\b(?:au|bis|to|until|hasta|до)\b"
    ),
    Kind.NUMBER: re.compile(rf"\d|\b(?:{NUMBER_WORDS})\b|{HAN_NUMBER}"),
}

_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
NAME_LETTERS = 5  # that two forms of a name share: Syrie, Syria
# A word with a capital after another word: a name, whatever the language (German nouns too: no harm, only less help).
_NAME = re.compile(
    r"(?<=[\w,;:»”’'()\-–—«\"“] )(?:[A-ZÀ-ÖØ-ÞА-ЯЁ][\w’'\-]+)|^(?:[A-ZÀ-ÖØ-ÞА-ЯЁ][\w’'\-.]+ (?:(?:de|du|von|van|al|el|ben|bin|ibn|d['’]) ?)?){2,}"
)
PARTICLE = r"(?:(?:de|du|von|van|der|al|el|ben|bin|ibn|da|di|d['’]|al-|el-)[ ]?)"
TITLE = (
    r"(?:M\.|MM\.|Mme|Mlle|Dr\.?|Mr\.?|Mrs\.?|Ms\.?|Sir|Lord|[Pp]r[ée]sidente?|[Mm]inistre|[Rr]oi|[Rr]eine|[Pp]rince(?:sse)?|[Pp]ape|[Gg][ée]n[ée]ral"
    r"|[Kk]ing|[Qq]ueen|[Pp]resident|[Mm]inister|[Gg]eneral|[Rr]ey|[Rr]eina|Herr|Frau|[Pp]r[äa]sident(?:in)?|[Kk]anzler(?:in)?|[Пп]резидент\w*|[Кк]орол\w+)"
)
CAPITAL = r"[A-ZÀ-ÖØ-ÞА-ЯЁ][\w’'\-]+"
_FULL_NAME = re.compile(rf"{CAPITAL}(?: {PARTICLE}?{CAPITAL})+|(?P<title>{TITLE}) {CAPITAL}")
_CASELESS = re.compile(r"[\u0600-\u06ff\u4e00-\u9fff\u3040-\u30ff\u0590-\u05ff\u0e00-\u0e7f]")


def kind_asked(question: str) -> Kind:
    """Returns the kind of thing the question asks for, by its question words in seven languages; else OTHER."""
    folded = fold(question).strip()
    if _DEFINITION.search(folded):
        return Kind.OTHER
    for kind, pattern in _ASKED_COMPILED:
        if pattern.search(folded):
            return kind
    return Kind.OTHER


def holds(kind: Kind, text: str, question: str = "") -> bool:
    """Whether `text` holds a thing of this kind that is not in the question already.

    True for the kinds that cannot be told by looking. A person is a capitalised word inside the text; scripts
    without capitals pass.
    """
    if kind is Kind.PERSON:
        return _CASELESS.search(text) is not None or _new_name(text, question)
    if kind not in _HOLDS:
        return True
    asked = fold(question)
    return any(thing not in asked for thing in _things(kind, text))


@lru_cache(maxsize=4_096)  # sentences, on which many questions meet
def _things(kind: Kind, text: str) -> tuple[str, ...]:
    return tuple(match.group().strip() for match in _HOLDS[kind].finditer(fold(text)))


def numbers(text: str) -> frozenset[str]:
    """Returns the runs of digits, those of other scripts as ours: "٢٠٢٥" is 2025."""
    return frozenset("".join(str(int(digit)) for digit in run) for run in _DIGITS.findall(text))


def names_person(text: str, question: str) -> bool:
    """Whether `text` holds a name of two words or more, or one after a title, whose last word is not in the question."""
    asked = {word[:NAME_LETTERS] for word in _LETTERS.findall(fold(question))}
    for match in _FULL_NAME.finditer(text.replace("\u00a0", " ")):
        words = [word for word in _LETTERS.findall(fold(match.group())) if word not in function_words.ALL]
        if (len(words) > 1 or match["title"]) and words[-1][:NAME_LETTERS] not in asked:
            return True
    return False


def _new_name(text: str, question: str) -> bool:
    asked = {word[:NAME_LETTERS] for word in _LETTERS.findall(fold(question))}
    return any(name[:NAME_LETTERS] not in asked for name in _names(text))


@lru_cache(maxsize=4_096)
def _names(text: str) -> tuple[str, ...]:
    return tuple(fold(word) for match in _NAME.finditer(text) for word in _LETTERS.findall(match.group()))
