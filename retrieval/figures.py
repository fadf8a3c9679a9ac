"""Numbers, dates and times of a text in one normal form, so that they can be compared across languages."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from index.lexical import fold
from retrieval.kinds import HAN_NUMBER

# Stems of folded month names, January first, in the six languages that name their months. A stem ends with "$"
# where the whole word must match: "mai" is not "maison".
_MONTHS = {
    "fr": "janv fevr mars$ avr(?:il)?$ mai$ juin$ juil aout$ septembre$ oct(?:obre)?$ nov(?:embre)?$ dec(?:embre)?$",
    "en": "jan(?:uary)?$ feb(?:ruary)?$ mar(?:ch)?$ apr(?:il)?$ may$ june?$ july?$ aug(?:ust)?$ sept?(?:ember)?$ oct(?:ober)?$ nov(?:ember)?$ dec(?:ember)?$",
    "es": "enero$ febrero$ marzo$ abril$ mayo$ junio$ julio$ agosto$ sep?tiembre$ octubre$ noviembre$ diciembre$",
    "de": "janner$|januar$ februar$ marz april$ mai juni$ juli$ august$ september oktober november dezember",
    "ru": "январ феврал март[аеу]?$ апрел ма[яйею]$ июн[ьяе] июл[ьяе] август[ае]?$ сентябр октябр ноябр декабр",
    "ar": "يناير|كانون_الثاني فبراير|شباط مارس$|اذار$ ابريل|نيسان مايو$|ايار$ يونيو|حزيران يوليو|تموز اغسطس|اب$ سبتمبر|ايلول اكتوبر|تشرين_الاول نوفمبر|تشرين_الثاني ديسمبر|كانون_الاول",
}  # fmt: skip
_DAYS = {  # Monday first
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "es": "lunes martes miercoles jueves viernes sabado domingo",
    "de": "montag dienstag mittwoch donnerstag freitag samstag|sonnabend sonntag",
    "ru": "понедельник вторник сред[ауые]$ четверг пятниц суббот воскресень",
    "ar": "الاثنين الثلاثاء الاربعاء الخميس الجمعة السبت الاحد",
}
# What multiplies the number before it: "1,5 million", "3 Mrd.", "12 тыс."
_TIMES = {
    "fr": {"mille": 3, "milliers?": 3, "millions?": 6, "milliards?": 9, "billions?": 12},
    "en": {"thousand": 3, "k": 3, "millions?": 6, "mn": 6, "billions?": 9, "bn": 9, "trillions?": 12},
    "es": {"mil millones": 9, "mil": 3, "mill[oó]n(?:es)?": 6, "bill[oó]n(?:es)?": 12},
    "de": {"tausend": 3, "million(?:en)?": 6, "mio": 6, "milliarden?": 9, "mrd": 9, "billion(?:en)?": 12},
    "ru": {r"тысяч\w*": 3, "тыс": 3, r"миллион\w*": 6, "млн": 6, r"миллиард\w*": 9, "млрд": 9, r"триллион\w*": 12},
    "ar": {"الاف|الف": 3, "مليون|ملايين": 6, "مليار|مليارات|بليون": 9},
    "zh": {"万": 4, "亿": 8},
}
# Number words of the languages that text_to_num does not read: folded stem -> value; they add up and multiply.
_WORDS = {
    "ru": "дв[аеу]х?$|дву[мх]$=2 тр[иеё][мх]?$|трем=3 четыр=4 пят[ьи]$|пятью=5 шест[ьи]$=6 сем[ьи]$=7 вос[ье]м[ьи]?$=8 девят[ьи]$=9 десят[ьи]$=10 одиннадцат=11 двенадцат=12 тринадцат=13"
    " четырнадцат=14 пятнадцат=15 шестнадцат=16 семнадцат=17 восемнадцат=18 девятнадцат=19 двадцат[ьи]$=20 тридцат[ьи]$=30 сорока?$=40"
    " пят[ьи]десят=50 шест[ьи]десят=60 сем[ьи]десят=70 вос[ье]м[ьи]десят=80 девяност[оа]$=90 ст[оа]$=100 двест|двухсот=200 трист|трехсот=300 четырест|четырехсот=400"
    " пят[ьи]сот=500 шест[ьи]сот=600 сем[ьи]сот=700 вос[ье]м[ьи]сот=800 девят[ьи]сот=900 тысяч=1000 миллион=1000000 миллиард=1000000000",
    "ar": "اثن[اي]ن$|اثنت[اي]ن$=2 ثلاث[ةه]?$=3 اربع[ةه]?$=4 خمس[ةه]?$=5 ست[ةه]?$=6 سبع[ةه]?$=7 ثماني?[ةه]?$=8 تسع[ةه]?$=9 عشر[ةه]?$=10 عشر(?:ون|ين)$=20 ثلاث(?:ون|ين)$=30"
    " اربع(?:ون|ين)$=40 خمس(?:ون|ين)$=50 ست(?:ون|ين)$=60 سبع(?:ون|ين)$=70 ثمان(?:ون|ين)$=80 تسع(?:ون|ين)$=90 مئ[ةه]$|مائ[ةه]$=100 مئتان$|مئتين$=200 الف$|الاف$=1000 مليون$|ملايين$=1000000 مليار$=1000000000",
}  # fmt: skip
_READ_BY_TEXT_TO_NUM = frozenset({"de", "en", "es", "fr", "it", "nl", "pt"})
_DECIMAL_POINT = frozenset({"ar", "en", "ja", "ko", "zh"})  # elsewhere the comma

_PERCENT = re.compile(
    r"\s?(?:%|٪|\b(?:pour[ -]cent|pourcents?|per ?cent|por ciento|prozent)\b|процент\w*|في المئة|بالمئة|في المائة|بالمائة)"
)
_CURRENCIES = {
    "eur": r"€|\beuros?\b|\beur\b|евро|يورو|欧元",
    "usd": r"\$|\bdollars?\b|\busd\b|\bdolar(?:es)?\b|доллар\w*|دولار\w*|美元",
    "gbp": r"£|\blivres? sterling\b|\bpounds?\b|\blibras?\b|\bpfund\b|фунт\w*|英镑",
    "rub": r"₽|\broubles?\b|\brubles?\b|\brublos?\b|\brubel\b|рубл\w*|روبل|卢布",
}
_VAGUE = {
    "1/2": r"½|\bmoitie\b|\bhalf\b|\bhalves\b|\bmitad\b|\bhalfte\b|половин\w*|(?<!\w)(?:ال)?نصف(?!\w)|一半",
    "1/3": r"\b(?:un|deux|le|les) tiers\b|\b(?:one|a|two)[ -]thirds?\b|\btercios?\b|\bdrittel\b|трет(?:ь|и)\b|(?<!\w)(?:ال)?ثلث(?!\w)|三分之",
    "1/4": r"\b(?:un|trois|le) quarts?\b|\b(?:one|a|three)[ -]quarters?\b|\bcuart(?:a|as) partes?\b|\bviertel\b|четверт[ьи]\b|(?<!\w)(?:ال)?ربع(?!\w)|四分之",
    "x2": r"\bdouble(?:s|d|r|nt)?\b|\btwice\b|\bdoble\b|\bdoppelt\w*|вдвое|ضعف|两倍",
    "12~": r"\bdouzaines?\b|\bdozens?\b|\bdocenas?\b|\bdutzend\w*|дюжин\w*",
    "10~": r"\bdizaines?\b|\bdecenas?\b|десятк\w*|عشرات|数十",
    "100~": r"\bcentaines?\b|\bhundreds of\b|\bcient?os de\b|\bcentenares?\b|\bhunderte\b|сотн\w*|مئات|数百",
    "1000~": r"\bmilliers\b|\bthousands of\b|\bmiles de\b|\btausende\b|الاف|数千",
}
_SIGNS = {
    ord("\u066b"): ".",
    ord("\u066c"): ",",
    ord("\u00a0"): " ",
    ord("\u202f"): " ",
    ord("\u060c"): ",",
    ord("½"): " ",
}  # Arabic point and comma; spaces
_DIGITS = r"\d+(?:[ .,'’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_NUMBER = re.compile(rf"(?<![a-zà-ÿа-яё\d])({_DIGITS})(%?)")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_WRITTEN_DATE = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_CLOCK = re.compile(r"\b(\d{1,2})(?: ?h ?|:)(\d{2})?(?![\d:])\b ?(a\.?m\b|p\.?m\b)?|\b(\d{1,2}) ?(a\.?m|p\.?m|uhr)\b")
_HAN_MONTH, _HAN = re.compile(rf"({HAN_NUMBER})月"), re.compile(r"[零〇一二三四五六七八九十百千两]{2,}")
_HAN_GENEROUS = re.compile(r"[零〇一二三四五六七八九十百千两]+")
_SHORT_RANGE = re.compile(r"\b(\d{4})[-–/](\d{2})\b")
_MEANT = {
    "10": r"\bdecenni|\bdecades?\b|\bdecada|\bjahrzehnt|десятилети|(?<!\w)(?:ال)?عقد|十年",
    "100": r"\bsiecle|\bcentur|\bsiglo|\bjahrhundert|столети|(?<!\w)(?:ال)?قرن|世纪",
    "2": r"\b(?:both|deux|ambos|beide)\b|\bsecond|\bsegund|\bzweit|\bdeuxieme|второ|الثاني",
}
_ROMAN = re.compile(r"(?<![^\W_])(?=[IVXLC]{2})(C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})(?:e|ème|th|st)?(?![^\W_])")
_ONE = re.compile(
    r"\b(?:un|une|one|uno|una|ein|eine[mnrs]?|um|uma|een)\b"
    r"(?! (?:millions?|milliards?|cents?|hundred|thousand|billion|mill[oó]n|milliarde))"
)
_PIECE = re.compile(r"[^\W\d_]+(?:_[^\W\d_]+)*")


def figures(text: str, language: str, *, generous: bool = False) -> frozenset[str]:
    """Returns the numbers, months, weekdays, clock times, fractions and currencies of a text in normal form.

    "1,5 million d'euros" and "1.5 million euros" are both {"1500000", "eur"}; "le 12 février" and "February 12"
    both {"12", "month 2"}; a number in digits and one in words are the same thing.

    Args:
        text: at most a few sentences.
        language: of the text, ISO 639-1; it decides how numbers are written and which words are read.
        generous: also what may be meant as a number: "one" (an article in most languages), a Chinese figure
            within a word, the years that "1348–50" and "a decade" stand for.
    """
    found: set[str] = {str(_roman(match)) for match in _ROMAN.finditer(text) if _roman(match)}
    folded = fold(text)
    if generous:
        found.update(number for number, pattern in _MEANT.items() if re.search(pattern, folded))
        found.update(first[:-2] + last for first, last in _SHORT_RANGE.findall(text))
    found.update(name for name, pattern in (_CURRENCIES | _VAGUE).items() if re.search(pattern, folded))
    found.update(_months_and_days(text, folded, language))
    plain = _take_dates(_in_digits(text, language, generous), language, found)
    found.update(f"{_value(digits, language)}{percent}" for digits, percent in _NUMBER.findall(plain))
    return frozenset(found)


def counted(text: str, language: str) -> dict[str, set[str]]:
    """Returns, for each word that follows a number, the numbers that it follows: {"soldats": {"3", "12"}}."""
    plain = _in_digits(text, language, generous=False)
    found: dict[str, set[str]] = {}
    for match in _NUMBER.finditer(plain):
        after = re.match(r"\s+(?:de |d'|of )?([^\W\d_]{4,})", plain[match.end() :])
        if after:
            found.setdefault(after[1], set()).add(_value(match[1], language))
    return found


def _in_digits(text: str, language: str, generous: bool) -> str:
    """Returns the folded text with all its numbers in Western digits and "12 %" as "12% "."""
    plain = re.sub(r"\d", lambda match: str(unicodedata.digit(match[0])), text.translate(_SIGNS)).lower()
    plain = _PERCENT.sub("% ", plain)
    if language == "zh":
        return fold(_multiplied(_han_to_digits(_HAN_MONTH.sub(" ", plain), generous), language))
    return fold(_words_to_digits(_multiplied(plain, language), language, generous))


def _take_dates(plain: str, language: str, found: set[str]) -> str:
    """Takes dates and times in digits out of the text."""

    def iso(match: re.Match[str]) -> str:
        found.update((str(int(match[1])), f"month {int(match[2])}", str(int(match[3]))))
        return " "

    def written(match: re.Match[str]) -> str:
        day, month = int(match[1]), int(match[2])
        if month > 12 or (language == "en" and day <= 12):  # 03/12/2025 is read in two ways in English
            day, month = (month, day) if month > 12 else (day, month)
        found.update((str(day), f"month {month}", match[3]))
        return " "

    def clock(match: re.Match[str]) -> str:
        hour, half = int(match[1] or match[4]), (match[3] or match[5] or "")
        hour = hour % 12 + 12 * (half[0] == "p") if half[:1] in ("a", "p") else hour
        found.add(f"time {hour}:{match[2] or '00'}")
        return " "

    plain = _ISO_DATE.sub(iso, plain)
    plain = _WRITTEN_DATE.sub(written, plain)
    return _CLOCK.sub(clock, plain)


def _months_and_days(text: str, folded: str, language: str) -> set[str]:
    """Returns the months and weekdays that the text names."""
    if language == "zh":
        return {f"month {_han_value(m[1])}" for m in _HAN_MONTH.finditer(folded)}
    if language == "ar":
        folded = re.sub(r"(كانون|تشرين) ", r"\1_", folded)
    capitals = {fold(word) for word in _PIECE.findall(text) if word[:1].isupper()}
    months, days = _stems(_MONTHS.get(language, "")), _stems(_DAYS.get(language, ""))
    found: set[str] = set()
    for word in set(_PIECE.findall(folded)):
        if language == "en" and (word not in capitals or _is_english_verb(word, folded)):
            continue
        found.update(f"month {number}" for number, stem in enumerate(months, 1) if stem.match(word))
        found.update(f"weekday {number}" for number, stem in enumerate(days, 1) if stem.match(word))
    return found


def _is_english_verb(word: str, plain: str) -> bool:
    """Whether "may" or "march" stands alone, without a number or a word of time beside it."""
    beside = rf"(?:\d|\b(?:in|of|since|until|by|last|next|early|late|mid))[ -]+{word}\b|\b{word} \d"
    return word in ("may", "march", "mar") and not re.search(beside, plain)


@lru_cache(maxsize=64)
def _stems(listed: str) -> list[re.Pattern[str]]:
    return [re.compile(rf"(?:ال)?(?:{stem})") for stem in listed.split()]


def _multiplied(plain: str, language: str) -> str:
    """Writes "1,5 million" as the number that it is."""
    for word, power in _TIMES.get(language, {}).items():
        pattern = rf"(?<![a-zà-ÿа-яё\d])({_DIGITS})[ -]?(?:{word})" + (r"" if language == "zh" else r"(?![^\W_])")

        def product(match: re.Match[str], power: int = power) -> str:
            value = Decimal(_value(match[1], language)) * 10**power
            return f"{value:f}".split(".")[0] if value == value.to_integral_value() else f"{value:f}"

        plain = re.sub(pattern, product, plain)
    return plain


def _words_to_digits(plain: str, language: str, generous: bool) -> str:
    """Writes number words as digits; "one", an article in most languages, only where that is wanted."""
    if language in _READ_BY_TEXT_TO_NUM:
        from text_to_num import alpha2digit  # compiled; loaded by those who need it

        return str(alpha2digit(plain if generous else _ONE.sub(" _ ", plain), language))
    return _summed(plain, language) if language in _WORDS else plain


def _summed(plain: str, language: str) -> str:
    """Writes runs of number words as digits: "двадцать три тысячи" as 23000."""
    pieces: list[str] = []
    total = run = 0
    for piece in re.split(r"(\s+)", plain):
        if piece == "عشر" and not run:
            pieces.append(piece)  # of an ordinal: "the eighteenth"
            continue
        value = _word_value(piece.strip('.,;:!?»«()"').removeprefix("و" if language == "ar" else ""), language)
        if value is None:
            if piece.strip() and total + run:
                pieces.append(f" {total + run} ")
                total = run = 0
            pieces.append(piece)
        elif value >= 1000:
            total, run = total + (run or 1) * value, 0
        else:
            run = run * 100 if value == 100 and 1 < run < 10 else run + value
    return "".join([*pieces, f" {total + run}" if total + run else ""])


def _word_value(word: str, language: str) -> int | None:
    return next((value for stem, value in _table(language) if stem.match(word)), None) if word else None


@lru_cache(maxsize=8)
def _table(language: str) -> list[tuple[re.Pattern[str], int]]:
    pairs = (entry.rsplit("=", 1) for entry in _WORDS[language].split())
    return [(re.compile(stem if stem.endswith("$") else rf"(?:{stem})"), int(value)) for stem, value in pairs]


def _value(digits: str, language: str) -> str:
    """Returns a written number as a plain one: "12 000,50" as "12000.5" in French."""
    point = "." if language in _DECIMAL_POINT else ","
    parts = re.split(r"[ .,'’]", digits)
    marks = re.findall(r"[ .,'’]", digits)
    # the last mark divides the decimals, unless it groups thousands: another sign, or the same sign twice
    has_decimals = bool(marks) and (len(parts[-1]) != 3 or marks[-1] == point) and marks.count(marks[-1]) == 1
    number = Decimal("".join(parts[:-1]) + "." + parts[-1] if has_decimals else "".join(parts))
    return f"{number.normalize():f}"


def _roman(match: re.Match[str]) -> int:
    numerals = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    values = [numerals[c] for c in "".join(match.groups())]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))


def _han_to_digits(plain: str, generous: bool) -> str:
    plain = re.sub(
        rf"百分之(\d[\d.]*|{HAN_NUMBER})", lambda m: f" {m[1] if m[1][0].isdigit() else _han_value(m[1])}% ", plain
    )
    return (_HAN_GENEROUS if generous else _HAN).sub(lambda m: f" {_han_value(m[0])} ", plain)


def _han_value(written: str) -> int:
    """Returns what 二十三 is; digits as they are."""
    if written.isdecimal():
        return int(written)
    digits, units = "〇一二三四五六七八九", {"十": 10, "百": 100, "千": 1000}
    total = digit = 0
    for sign in written.replace("零", "〇").replace("两", "二"):
        if sign in units:
            total, digit = total + (digit or 1) * units[sign], 0
        elif sign in digits:
            digit = digits.index(sign)
    return total + digit
