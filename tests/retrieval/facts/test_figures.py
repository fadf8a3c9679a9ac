from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from retrieval.facts.figures import counted, days_of_months, dimensions, figures, measured

# (language, text, its figures in normal form, by commas)
READ = [
    # thousands and decimals
    ("fr", "12 000 habitants", "12000"),
    ("fr", "12\u202f000 habitants", "12000"),
    ("fr", "12\u00a0000,50 kunas", "12000.5"),
    ("fr", "près de 8 000 tuyaux", "8000"),
    ("fr", "7,5345 kunas", "7.5345"),
    ("fr", "un score de 0,5 point", "0.5"),
    ("fr", "1 234 567 voix", "1234567"),
    ("fr", "1.234.567 voix", "1234567"),
    ("en", "more than 432,000 kilometres", "432000"),
    ("en", "1,234,567.89 pounds", "1234567.89, gbp"),
    ("en", "a rate of 2.5", "2.5"),
    ("en", "3.14159 radians", "3.14159"),
    ("en", "12000 people", "12000"),
    ("es", "12.000 habitantes", "12000"),
    ("es", "1.234,5 hectáreas", "1234.5"),
    ("es", "0,7 puntos", "0.7"),
    ("de", "12.000 Menschen", "12000"),
    ("de", "1.234.567,8 Tonnen", "1234567.8"),
    ("de", "7,5 Grad", "7.5"),
    ("de", "10'000 Franken", "10000"),
    ("ru", "12 000 человек", "12000"),
    ("ru", "3,7 градуса", "3.7"),
    ("ar", "١٢٬٠٠٠ شخص", "12000"),
    ("ar", "٣٫٥ درجة", "3.5"),
    ("ar", "12,000 شخص", "12000"),
    ("ar", "بلغ العدد 450 شخصا", "450"),
    ("zh", "12,000人", "12000"),
    ("zh", "3.5度", "3.5"),
    ("zh", "一共450人", "450"),
    # millions
    ("fr", "1,5 million d'habitants", "1500000"),
    ("fr", "12 millions de voix", "12000000"),
    ("fr", "2,3 milliards", "2300000000"),
    ("fr", "3 mille hommes", "3000"),
    ("fr", "six milliards de roupies", "6000000000"),
    ("fr", "un million d'habitants", "1000000"),
    ("en", "1.5 million people", "1500000"),
    ("en", "1.6 billion people", "1600000000"),
    ("en", "12 thousand men", "12000"),
    ("en", "3 trillion", "3000000000000"),
    ("en", "about 1.4 million miles", "1400000"),
    ("en", "one million people", "1000000"),
    ("es", "1,5 millones de personas", "1500000"),
    ("es", "2 mil millones", "2000000000"),
    ("es", "12 mil personas", "12000"),
    ("es", "un millón de personas", "1000000"),
    ("de", "1,5 Millionen Menschen", "1500000"),
    ("de", "3 Mrd. Einwohner", "3000000000"),
    ("de", "2,3 Mio. Tonnen", "2300000"),
    ("de", "12 tausend Menschen", "12000"),
    ("ru", "1,5 миллиона человек", "1500000"),
    ("ru", "3 млрд тонн", "3000000000"),
    ("ru", "12 тыс. человек", "12000"),
    ("ar", "1.5 مليون نسمة", "1500000"),
    ("ar", "3 ملايين نسمة", "3000000"),
    ("ar", "٥ آلاف شخص", "5000"),
    ("zh", "150万人", "1500000"),
    ("zh", "1.2亿人", "120000000"),
    # percent
    ("fr", "3,5 % des voix", "3.5%"),
    ("fr", "12 pour cent", "12%"),
    ("fr", "douze pour cent", "12%"),
    ("en", "3.5% of them", "3.5%"),
    ("en", "12 percent", "12%"),
    ("en", "twelve per cent", "12%"),
    ("es", "3,5 % de los votos", "3.5%"),
    ("es", "doce por ciento", "12%"),
    ("de", "3,5 Prozent", "3.5%"),
    ("de", "zwölf Prozent", "12%"),
    ("ru", "3,5 процента", "3.5%"),
    ("ru", "двенадцать процентов", "12%"),
    ("ar", "3.5 في المئة", "3.5%"),
    ("ar", "12 بالمئة", "12%"),
    ("ar", "٪٣٫٥", "3.5%"),
    ("zh", "百分之十二", "12%"),
    ("zh", "百分之3.5", "3.5%"),
    ("zh", "3.5%的选民", "3.5%"),
    # currencies
    ("fr", "12 euros", "12, eur"),
    ("fr", "1,5 million d'euros", "1500000, eur"),
    ("fr", "3 millions de dollars", "3000000, usd"),
    ("fr", "12 €", "12, eur"),
    ("en", "$12", "12, usd"),
    ("en", "€1.5 billion", "1500000000, eur"),
    ("en", "£3m", "3000000, gbp"),
    ("en", "$1.2bn", "1200000000, usd"),
    ("es", "12 dólares", "12, usd"),
    ("es", "3 euros", "3, eur"),
    ("de", "58 Euro im Monat", "58, eur"),
    ("de", "3 US-Dollar", "3, usd"),
    ("ru", "12 долларов", "12, usd"),
    ("ru", "500 рублей", "500, rub"),
    ("ru", "3 евро", "3, eur"),
    ("ar", "12 دولارا", "12, usd"),
    ("ar", "3 يورو", "3, eur"),
    ("zh", "12美元", "12, usd"),
    ("zh", "3亿欧元", "300000000, eur"),
    # number words
    ("fr", "quarante-neuf ans", "49"),
    ("fr", "quatre-vingt-dix-sept voix", "97"),
    ("fr", "deux cent trois élus", "203"),
    ("fr", "mille neuf cents soldats", "1900"),
    ("fr", "septante-trois", "73"),
    ("fr", "deux-huit segments", "2, 8"),
    ("en", "a three-year ban", "3"),
    ("fr", "une maison et un jardin", ""),
    ("en", "twenty-three people", "23"),
    ("en", "two hundred and three", "203"),
    ("en", "twelve thousand men", "12000"),
    ("en", "one of them left", "1"),
    ("es", "cuarenta y nueve años", "49"),
    ("es", "doscientos tres diputados", "203"),
    ("es", "doce mil hombres", "12000"),
    ("de", "neunundvierzig Jahre", "49"),
    ("de", "zweihundertdrei Menschen", "203"),
    ("de", "zwölftausend Menschen", "12000"),
    ("ru", "сорок девять лет", "49"),
    ("ru", "двести три человека", "203"),
    ("ru", "двенадцать тысяч человек", "12000"),
    ("ru", "двадцать три тысячи", "23000"),
    ("ru", "из двух сел", "2"),
    ("ar", "تسعة وأربعون عاما", "49"),
    ("ar", "ثلاثة أشخاص", "3"),
    ("ar", "اثنا عشر شخصا", "12"),
    ("ar", "خمسة عشر شخصا", "15"),
    ("ar", "مئتان وثلاثة أشخاص", "203"),
    ("zh", "四十九年", "49"),
    ("zh", "二百零三人", "203"),
    ("zh", "一万二千人", "12000"),
    ("zh", "三千五百人", "3500"),
    # months, weekdays and dates
    ("fr", "le mercredi 12 février 2025", "weekday 3, 12, month 2, 2025"),
    ("fr", "le 1er mars", "1, month 3"),
    ("fr", "en août dernier", "month 8"),
    ("fr", "la maison du maire", ""),
    ("en", "on Wednesday 12 February 2025", "weekday 3, 12, month 2, 2025"),
    ("en", "February 12, 2025", "12, month 2, 2025"),
    ("en", "the 1st of March", "1, month 3"),
    ("en", "in May", "month 5"),
    ("en", "they may march", ""),
    ("en", "May may come.", ""),
    ("es", "el miércoles 12 de febrero de 2025", "weekday 3, 12, month 2, 2025"),
    ("es", "en septiembre", "month 9"),
    ("de", "am Mittwoch, dem 12. Februar 2025", "weekday 3, 12, month 2, 2025"),
    ("de", "Ende März", "month 3"),
    ("de", "3. Oktober", "3, month 10"),
    ("ru", "в среду, 12 февраля 2025 года", "weekday 3, 12, month 2, 2025"),
    ("ru", "в мае", "month 5"),
    ("ru", "в марте 2011 года", "month 3, 2011"),
    ("ar", "يوم الأربعاء 12 فبراير 2025", "weekday 3, 12, month 2, 2025"),
    ("ar", "في 8 كانون الأول", "8, month 12"),
    ("ar", "في شباط", "month 2"),
    ("zh", "2025年2月12日星期三", "weekday 3, 12, month 2, 2025"),
    ("zh", "十二月八日", "month 12, 8"),
    # dates in digits and times
    ("fr", "12/02/2025", "12, month 2, 2025"),
    ("fr", "2025-02-12", "12, month 2, 2025"),
    ("fr", "à 18 h 04", "time 18:04"),
    ("fr", "à 18h", "time 18:00"),
    ("fr", "à 8h30", "time 8:30"),
    ("en", "2025-02-12", "12, month 2, 2025"),
    ("en", "at 1:47 in the morning", "time 1:47"),
    ("en", "at 2 p.m.", "time 14:00"),
    ("en", "at 6:04 p.m.", "time 18:04"),
    ("en", "at 12 a.m.", "time 0:00"),
    ("es", "12/02/2025", "12, month 2, 2025"),
    ("es", "a las 18:04", "time 18:04"),
    ("de", "12.02.2025", "12, month 2, 2025"),
    ("de", "um 18 Uhr", "time 18:00"),
    ("de", "um 18.04 Uhr", "time 18:04"),
    ("ru", "12.02.2025", "12, month 2, 2025"),
    ("ru", "в 18:04", "time 18:04"),
    ("ar", "12/02/2025", "12, month 2, 2025"),
    ("zh", "18:04", "time 18:04"),
    # ranges
    ("fr", "entre 10 et 12 personnes", "10, 12"),
    ("fr", "2015-2017", "2015, 2017"),
    ("fr", "de 3 à 5 millions d'euros", "3, 5000000, eur"),
    ("en", "between 10 and 12", "10, 12"),
    ("en", "2015–2017", "2015, 2017"),
    ("de", "10 bis 12 Tage", "10, 12"),
    ("ru", "10–12 дней", "10, 12"),
    ("zh", "10至12天", "10, 12"),
    # Roman numbers and fractions
    ("fr", "Louis XIV", "14"),
    ("fr", "le XXe siècle", "20"),
    ("en", "Elizabeth II", "2"),
    ("en", "World War II", "2"),
    ("fr", "la moitié des voix", "1/2"),
    ("en", "half of the votes", "1/2"),
    ("de", "ein Drittel der Stimmen", "1/3"),
    ("es", "la mitad de los votos", "1/2"),
    ("ru", "половина голосов", "1/2"),
    ("ar", "نصف الأصوات", "1/2"),
    ("zh", "一半的选票", "1/2"),
    ("fr", "les trois quarts", "3/4"),
    ("en", "three quarters of it", "3/4"),
    ("en", "two thirds of it", "2/3"),
    ("fr", "un tiers et deux tiers", "1/3, 2/3"),
    ("de", "zwei Drittel", "2/3"),
    ("es", "dos tercios", "2/3"),
    ("ru", "две трети", "2/3"),
    ("fr", "une douzaine de blessés", "12"),
    ("en", "dozens of people", "10s"),
    ("fr", "des centaines de morts", "100s"),
    ("en", "hundreds of dead", "100s"),
    ("ru", "сотни погибших", "100s"),
    # no figures
    ("fr", "Le plan B du A380 de la S-400", "400"),
    ("en", "The CIA and the FBI", ""),
    ("de", "Sie ist da.", ""),
]

SAME = [
    (("fr", "le 12 février 2025"), ("en", "February 12, 2025")),
    (("fr", "le 12 février 2025"), ("de", "am 12. Februar 2025")),
    (("fr", "le 12 février 2025"), ("ru", "12 февраля 2025 года")),
    (("fr", "le 12 février 2025"), ("zh", "2025年2月12日")),
    (("fr", "le 12 février 2025"), ("ar", "12 فبراير 2025")),
    (("en", "8 December"), ("ar", "8 كانون الأول")),
    (("fr", "1,5 million d'euros"), ("en", "€1.5 million")),
    (("fr", "1,5 million d'euros"), ("es", "1,5 millones de euros")),
    (("fr", "un million et demi d'euros"), ("es", "un millón y medio de euros")),
    (("en", "half a million people"), ("fr", "un demi-million de personnes")),
    (("en", "half a million people"), ("de", "eine halbe Million Menschen")),
    (("en", "half a million people"), ("ar", "نصف مليون شخص")),
    (("ru", "полтора миллиона тонн"), ("de", "anderthalb Millionen Tonnen")),
    (("en", "1.6 billion euros"), ("fr", "1,6 milliard d'euros")),
    (("en", "1.6 billion euros"), ("de", "1,6 Milliarden Euro")),
    (("es", "2 mil millones"), ("en", "2 billion")),
    (("fr", "12 000 soldats"), ("de", "12.000 Soldaten")),
    (("fr", "12 000 soldats"), ("en", "12,000 soldiers")),
    (("fr", "12 000 soldats"), ("zh", "1.2万士兵")),
    (("fr", "12 000 soldats"), ("ru", "двенадцать тысяч солдат")),
    (("zh", "1亿2000万人"), ("en", "120 million people")),
    (("fr", "trois quarts"), ("en", "three-quarters")),
    (("fr", "trois quarts"), ("de", "drei Viertel")),
    (("fr", "deux tiers"), ("zh", "三分之二")),
    (("fr", "deux tiers"), ("ar", "ثلثا")),
    (("en", "3/4"), ("zh", "四分之三")),
    (("fr", "12,5 %"), ("en", "12.5 percent")),
    (("fr", "12,5 %"), ("ru", "12,5 процента")),
    (("fr", "12 %"), ("ar", "12 في المئة")),
    (("fr", "12 %"), ("zh", "百分之十二")),
    (("fr", "à 18 h 04"), ("en", "at 6:04 p.m.")),
    (("fr", "à 18 h 04"), ("de", "um 18.04 Uhr")),
    (("fr", "deux blessés"), ("en", "two wounded")),
    (("fr", "deux blessés"), ("ru", "двое раненых")),
    (("fr", "un seul survivant"), ("en", "only one survivor")),
    (("fr", "un seul survivant"), ("es", "un solo superviviente")),
    (("fr", "vingt et un morts"), ("en", "twenty-one dead")),
    (("fr", "la première femme"), ("en", "the first woman")),
    (("fr", "la première femme"), ("ru", "первая женщина")),
    (("fr", "le troisième pays"), ("ru", "третья страна")),
    (("fr", "le troisième pays"), ("ar", "البلد الثالث")),
    (("fr", "le XXe siècle"), ("en", "the 20th century")),
    (("fr", "Louis XIV"), ("de", "Ludwig XIV.")),
    (("fr", "une vingtaine de blessés"), ("en", "about 20 injured")),
    (("fr", "des dizaines de blessés"), ("en", "dozens of injured")),
    (("fr", "des dizaines de blessés"), ("de", "Dutzende Verletzte")),
    (("fr", "des milliers de gens"), ("ar", "آلاف الناس")),
    (("fr", "il fait −12 °C"), ("en", "minus 12 degrees")),
]

DIFFERENT = [
    (("fr", "12 morts"), ("fr", "13 morts")),
    (("fr", "deux morts"), ("fr", "trois morts")),
    (("en", "two dead"), ("fr", "trois morts")),
    (("es", "dos muertos"), ("es", "cuatro muertos")),
    (("de", "zwei Tote"), ("fr", "quatre morts")),
    (("fr", "1,5 million"), ("fr", "1,6 million")),
    (("fr", "1,5 million"), ("en", "1.5 billion")),
    (("fr", "15 %"), ("fr", "15")),
    (("fr", "12,5"), ("en", "125")),
    (("fr", "1,234"), ("en", "1,234")),
    (("en", "$12"), ("en", "€12")),
    (("fr", "12 euros"), ("en", "12 dollars")),
    (("fr", "le 12 février"), ("fr", "le 12 mars")),
    (("fr", "lundi"), ("en", "Tuesday")),
    (("fr", "à 18 h 04"), ("en", "at 6:04 a.m.")),
    (("fr", "un tiers"), ("fr", "deux tiers")),
    (("de", "ein Drittel"), ("de", "zwei Drittel")),
    (("en", "a quarter"), ("en", "three quarters")),
    (("en", "half a million"), ("en", "a million")),
    (("fr", "des dizaines de morts"), ("fr", "des centaines de morts")),
    (("en", "dozens"), ("en", "a dozen")),
    (("ru", "два человека"), ("ru", "три человека")),
    (("ru", "третий"), ("ru", "пятый")),
    (("ar", "ثلاثة أشخاص"), ("ar", "أربعة أشخاص")),
    (("zh", "三人"), ("zh", "四人")),
    (("zh", "三人死亡"), ("fr", "quatre morts")),
    (("zh", "星期三"), ("zh", "星期四")),
    (("fr", "la première fois"), ("fr", "la seconde fois")),
    (("fr", "Louis XIV"), ("fr", "Louis XV")),
    (("fr", "Charles V"), ("fr", "Charles X")),
    (("fr", "-12 degrés"), ("fr", "12 degrés")),
    (("fr", "12/02/2025"), ("fr", "12/03/2025")),
    (("en", "one person died"), ("en", "two people died")),
    (("en", "3/4"), ("en", "2/3")),
]

# How each language writes the number that stands for {}.
SENTENCES = {
    "fr": "Le ministre a parlé de {} hommes lundi.",
    "en": "On Monday the minister spoke of {} men.",
    "es": "El ministro habló el lunes de {} hombres.",
    "de": "Am Montag sprach der Minister von {} Männern.",
    "ru": "В понедельник министр говорил о {} мужчинах.",
    "ar": "تحدث الوزير يوم الإثنين عن {} رجل.",
    "zh": "部长星期一谈到{}人。",
}
MARKS = {
    "fr": "\u202f,",
    "en": ",.",
    "es": ".,",
    "de": ".,",
    "ru": "\u00a0,",
    "ar": ",.",
    "zh": ",.",
}  # thousands, point
MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
}


def written(number: int, language: str) -> str:
    """Hundredths, as the language writes them."""
    thousands, point = MARKS[language][0], MARKS[language][1]
    whole = f"{number // 100:,}".replace(",", thousands)
    return f"{whole}{point}{number % 100:02}" if number % 100 else whole


@pytest.mark.parametrize(("language", "text", "listed"), READ)
def test_the_figures_of_a_text_are_read(language: str, text: str, listed: str) -> None:
    assert figures(text, language) == set(re.split(", ", listed)) - {""}


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_languages_write_the_same_figures(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert figures(one[1], one[0]) == figures(other[1], other[0]) != set()


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_figures_are_told_apart_either_way(one: tuple[str, str], other: tuple[str, str]) -> None:
    for (language, text), (others, against) in ((one, other), (other, one)):
        assert figures(text, language) - figures(against, others, generous=True), (text, against)


@pytest.mark.parametrize(("language", "text", "_"), READ)
def test_a_generous_reading_holds_all_that_the_strict_one_holds(language: str, text: str, _: str) -> None:
    assert figures(text, language) <= figures(text, language, generous=True)


@given(st.sampled_from(sorted(SENTENCES)), st.integers(300, 99_999_999), st.integers(300, 99_999_999))
def test_a_changed_number_is_always_seen(language: str, true: int, false: int) -> None:
    assume(true != false)
    sentence = SENTENCES[language]
    right = sentence.format(written(true, language))
    wrong = sentence.format(written(false, language))
    assert figures(right, language) <= figures(right, language, generous=True)
    assert figures(wrong, language) - figures(right, language, generous=True)


@given(st.sampled_from(sorted(SENTENCES)), st.sampled_from(sorted(SENTENCES)), st.integers(300, 99_999_999))
def test_a_number_is_the_same_in_two_languages(one: str, other: str, number: int) -> None:
    texts = [SENTENCES[language].format(written(number, language)) for language in (one, other)]
    assert figures(texts[0], one) == figures(texts[1], other)


@given(
    st.sampled_from(sorted(MONTHS)), st.sampled_from(sorted(MONTHS)), st.integers(1, 12), st.integers(1, 12),
    st.integers(2, 31), st.integers(2, 31), st.integers(1900, 2099),
)  # fmt: skip
def test_a_changed_date_is_seen_in_any_pair_of_languages(
    one: str, other: str, month: int, false_month: int, day: int, false_day: int, year: int
) -> None:
    def days_of_months(language: str, day: int, month: int) -> str:
        return f"{day} {MONTHS[language].split()[month - 1]} {year}"

    right = figures(days_of_months(other, day, month), other, generous=True)
    assert figures(days_of_months(one, day, month), one) <= right
    if month != false_month:
        assert f"month {false_month}" in figures(days_of_months(one, day, false_month), one) - right
    if day != false_day:
        assert str(false_day) in figures(days_of_months(one, false_day, month), one) - right


def test_a_number_is_told_from_one_that_counts_something_else() -> None:
    assert counted("3 soldats et 12 civils", "fr") == {"soldats": {"3"}, "civils": {"12"}}
    assert counted("12 millions d'habitants", "fr") == {"habitants": {"12000000"}}
    assert counted("un homme, deux femmes", "fr") == {"homme": {"1"}, "femmes": {"2"}}


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("fr", "Le bassin mesure 50 mètres de long et 25 mètres de large.", {"50": {1}, "25": {2}}),
        ("fr", "Long de 41 mètres et large de 12, le pont date de 1911.", {"41": {1}, "12": {2}}),
        ("fr", "La largeur du pont est de douze mètres.", {"12": {2}}),
        ("fr", "longueur : 41 m ; largeur : 12,5 m", {"41": {1}, "12.5": {2}}),
        ("en", "The hall is 60 metres long, 30 metres wide and 5 metres high.", {"60": {1}, "30": {2}, "5": {3}}),
        ("en", "A 12-metre-long S-400 boat", {"12": {1}}),
        ("de", "Die Brücke ist 204 Meter lang und 12 Meter breit.", {"204": {1}, "12": {2}}),
        ("es", "El puente mide 240 metros de largo y 12 de ancho.", {"240": {1}, "12": {2}}),
        ("ru", "Мост длиной 204 метра и шириной 12 метров.", {"204": {1}, "12": {2}}),
        ("fr", "Il est long, ce pont que 12 maires ont voulu.", {}),
        ("zh", "204", {}),
    ],
)
def test_a_number_beside_a_word_of_measure_has_a_dimension(
    language: str, text: str, wanted: dict[str, set[int]]
) -> None:
    assert dimensions(text, language) == wanted


def test_what_a_number_measures_is_read() -> None:
    assert measured("une prison de 49 ans, à 12 kilomètres", "fr") == {"49": {"year"}, "12": {"kilometre"}}
    assert measured("49 лет, 12 километров", "ru") == {"49": {"year"}, "12": {"kilometre"}}
    assert measured("49年，12公里", "zh") == {"49": {"year"}, "12": {"kilometre"}}
    assert measured("в 2025 году", "ru") == {}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "le 18 janvier 2017"), ("fr", "18 janvier 2017, le traité"), ("en", "on January 18, 2017"), ("en", "18th of January 2017"),
        ("es", "el 18 de enero de 2017"), ("de", "am 18. Januar 2017"), ("ru", "18 января 2017 года"), ("ar", "18 يناير 2017"),
        ("ar", "18 كانون الثاني 2017"), ("zh", "2017年1月18日"),
    ],
)  # fmt: skip
def test_the_day_and_the_year_of_a_month_stand_beside_it(language: str, text: str) -> None:
    assert days_of_months(text, language) == {1: {"18", "2017"}}


def test_a_month_without_a_day_has_no_date() -> None:
    assert days_of_months("en janvier dernier", "fr") == {}
    assert days_of_months("le marché", "fr") == {}
