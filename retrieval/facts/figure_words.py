"""The words that name numbers, dates, times and amounts, language by language; read by `figures`."""

from __future__ import annotations

import re

# Stems of folded month names, January first, in the six languages that name their months. A stem ends with "$"
# where the whole word must match: "mai" is not "maison".
MONTH_STEMS = {
    "fr": "janv fevr mars$ avr(?:il)?$ mai$ juin$ juil aout$ septembre$ oct(?:obre)?$ nov(?:embre)?$ dec(?:embre)?$",
    "en": "jan(?:uary)?$ feb(?:ruary)?$ mar(?:ch)?$ apr(?:il)?$ may$ june?$ july?$ aug(?:ust)?$ sept?(?:ember)?$ oct(?:ober)?$ nov(?:ember)?$ dec(?:ember)?$",
    "es": "enero$ febrero$ marzo$ abril$ mayo$ junio$ julio$ agosto$ sep?tiembre$ octubre$ noviembre$ diciembre$",
    "de": "janner$|januar$ februar$ marz april$ mai$ juni$ juli$ august$ september oktober november dezember",
    "ru": "январ феврал март[аеу]?$ апрел ма[яйею]$ июн[ьяе] июл[ьяе] август[ае]?$ сентябр октябр ноябр декабр",
    "ar": "يناير|كانون_الثاني فبراير|شباط مارس$|اذار$ ابريل|نيسان مايو$|ايار$ يونيو|حزيران يوليو|تموز اغسطس|اب$ سبتمبر|ايلول اكتوبر|تشرين_الاول نوفمبر|تشرين_الثاني ديسمبر|كانون_الاول",
}  # fmt: skip
WEEKDAY_STEMS = {  # Monday first
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "es": "lunes martes miercoles jueves viernes sabado domingo",
    "de": "montag dienstag mittwoch donnerstag freitag samstag|sonnabend sonntag",
    "ru": "понедельник вторник сред[ауые]$ четверг пятниц суббот воскресень",
    "ar": "الاثنين الثلاثاء الاربعاء الخميس الجمعة السبت الاحد",
}
# What multiplies the number before it: "1,5 million", "3 Mrd.", "12 тыс."
TIMES = {
    "fr": {"mille": 3, "milliers?": 3, "millions?": 6, "milliards?": 9, "billions?": 12},
    "en": {"thousand": 3, "k": 3, "millions?": 6, "mn": 6, "billions?": 9, "bn": 9, "trillions?": 12, "tn": 12},
    "es": {"mil millones": 9, "mil": 3, "mill[oó]n(?:es)?": 6, "bill[oó]n(?:es)?": 12},
    "de": {"tausend": 3, "million(?:en)?": 6, "mio": 6, "milliarden?": 9, "mrd": 9, "billion(?:en)?": 12},
    "ru": {r"тысяч\w*": 3, "тыс": 3, r"миллион\w*": 6, "млн": 6, r"миллиард\w*": 9, "млрд": 9, r"триллион\w*": 12},
    "ar": {"الاف|الف": 3, "مليون|ملايين": 6, "مليار|مليارات|بليون": 9},
    "zh": {"万": 4, "亿": 8},
}
# Number words of the languages that text_to_num does not read: folded stem -> value; they add up and multiply. "#"
# is an ending of a Russian number or ordinal.
NUMBER_STEMS = {
    "ru": "дв[аеу]х?$|дво(?:е|их|им)$|дву[мх]$|втор#=2 тр[иеё][мх]?$|тро(?:е|их|им)$|трем|трет(?:ий|ь[яею]|ьего|ьей|ьем|ьих)$=3 четыр|четвер(?:о|ых)$|четверт#=4 пят#|пятер(?:о|ых)$|пятью=5 шест#|шестер(?:о|ых)$=6 сем[ьи]$|седьм#=7 вос[ье]м[ьи]$|восьм#=8 девят#=9 десят#=10"
    " одиннадцат=11 двенадцат=12 тринадцат=13 четырнадцат=14 пятнадцат=15 шестнадцат=16 семнадцат=17 восемнадцат=18 девятнадцат=19 двадцат=20 тридцат=30 сорока?$|сороков=40"
    " пят[ьи]десят=50 шест[ьи]десят=60 сем[ьи]десят=70 вос[ье]м[ьи]десят=80 девяност[оа]$|девяност#=90 ст[оа]$|сот#=100 двест|двухсот=200 трист|трехсот=300 четырест|четырехсот=400"
    " пят[ьи]сот=500 шест[ьи]сот=600 сем[ьи]сот=700 вос[ье]м[ьи]сот=800 девят[ьи]сот=900 тысяч=1000 миллион=1000000 миллиард=1000000000",
    "ar": "اثن[اي]ن?$|اثنت[اي]ن?$=2 (?:ال)?ثلاث[ةه]?$|(?:ال)?ثالث[ةه]?$=3 (?:ال)?اربع[ةه]?$|(?:ال)?رابع[ةه]?$=4 (?:ال)?خمس[ةه]?$|(?:ال)?خامس[ةه]?$=5 (?:ال)?ست[ةه]?$|(?:ال)?سادس[ةه]?$=6 (?:ال)?سبع[ةه]?$|(?:ال)?سابع[ةه]?$=7 (?:ال)?ثماني?[ةه]?$|(?:ال)?ثامن[ةه]?$=8 (?:ال)?تسع[ةه]?$|(?:ال)?تاسع[ةه]?$=9 (?:ال)?عشر[ةه]?$|(?:ال)?عاشر[ةه]?$=10 عشر(?:ون|ين)$=20 ثلاث(?:ون|ين)$=30"
    " اربع(?:ون|ين)$=40 خمس(?:ون|ين)$=50 ست(?:ون|ين)$=60 سبع(?:ون|ين)$=70 ثمان(?:ون|ين)$=80 تسع(?:ون|ين)$=90 مئ[ةه]$|مائ[ةه]$=100 مئتان$|مئتين$=200 الف$|الاف$=1000 مليون$|ملايين$=1000000 مليار$=1000000000",
}  # fmt: skip
READ_BY_TEXT_TO_NUM = frozenset({"de", "en", "es", "fr", "it", "nl", "pt"})
DECIMAL_POINT = frozenset({"ar", "en", "ja", "ko", "zh"})  # elsewhere the comma

# Applied to lower case; a sign between two numbers is cut off by hand.
PERCENT = re.compile(
    r"\s?(?:%|٪|\b(?:pour[ -]cent|pourcents?|per ?cent|por ciento|prozent)\b|процент\w*|في الم[ئياةه]{2,3}|بالم[ئياةه]{2,3})"
)
CURRENCIES = {
    "eur": r"€|\beuros?\b|\beur\b|евро|يورو|欧元",
    "usd": r"\$|\bdollars?\b|\busd\b|\bdolar(?:es)?\b|доллар\w*|دولار\w*|美元",
    "gbp": r"£|\blivres? sterling\b|\bpounds?\b|\blibras?\b|\bpfund\b|фунт\w*|英镑",
    "rub": r"₽|\broubles?\b|\brubles?\b|\brublos?\b|\brubel\b|рубл\w*|روبل|卢布",
}
# The texts of these are in lower case, Latin letters with their accents, Russian and Arabic ones folded.
# "half a million" -> the number before its multiplier, as the language writes it; and what text_to_num cannot read
REWRITTEN = {
    "fr": {r"\b(?:un )?demi[- ](?=(?:million|milliard)\b)": "0,5 ", r"\bun (million|milliard) et demi\b": r"1,5 \1"},
    "en": {r"\bhalf an? (?=(?:m|b|tr)illion\b)": "0.5 ", r"\b(?:one|a|1) and a half (?=(?:m|b|tr)illion\b)": "1.5 "},
    "es": {r"\bmedio (?=mill[oó]n\b)": "0,5 ", r"\bun (mill[oó]n) y medio\b": r"1,5 \1", r"\bveintiún\b": "21"},
    "de": {r"\b(?:eine )?halbe (?=(?:million|milliarde)\b)": "0,5 ", r"\b(?:anderthalb|eineinhalb) (?=millionen|milliarden|tausend)": "1,5 "},
    "ru": {r"\bпол(?=(?:миллион|миллиард))": "0,5 ", r"\bполтор[аы] ": "1,5 "},
    "ar": {r"نصف (?=مليون|مليار)": "0.5 ", r"(مليون|مليار) ونصف(?: ال\w+)?": r"1.5 \1"},
}  # fmt: skip
# "une vingtaine" says "about 20"
ABOUT = {
    "10": r"\bune dizaine\b|\buna decena\b|\bдесят(?:ок|ка)\b",
    "12": r"\bune douzaine\b|\ba dozen\b|\buna docena\b|\bein dutzend\b|\bдюжин\w*",
    "15": r"\bune quinzaine de\b|\buna quincena de\b",
    "20": r"\bune vingtaine\b|\buna veintena\b",
    "30": r"\bune trentaine\b|\buna treintena\b",
    "40": r"\bune quarantaine de\b|\buna cuarentena de\b",
    "50": r"\bune cinquantaine\b|\buna cincuentena\b",
    "60": r"\bune soixantaine\b",
    "100": r"\bune centaine\b|\bun cente?nar\b|\bсотн[яюей]\b",
    "1000": r"\bun millier\b|\bun millar\b",
}  # fmt: skip
# What is no number by itself. The longer ones come first: what is read is taken out.
SHARES = {
    "2/3": r"⅔|\bdeux[ -]tiers\b|\btwo[ -]thirds\b|\bdos tercios\b|\bzwei ?drittel\w?\b|\b(?:две|двух|двумя) трет(?:и|ей|ями)\b|(?<!\w)(?:ال)?ثلث(?:ا|ي|ين)(?!\w)",
    "1/3": r"⅓|\b(?:un|le) tiers\b|\bone[ -]third\b|\ba third(?: of\b|(?!\s*\w))|\bun tercio\b|\btercera parte\b|\bdrittel[ns]?\b|\bтреть[юи]?\b|\bтрети\b|(?<!\w)(?:ال)?ثلث(?!\w)",
    "3/4": r"¾|\btrois[ -]quarts\b|\bthree[ -]quarters\b|\btres cuart(?:o|a parte)s\b|\bdrei ?viertel\w?\b|\b(?:три|трех) четверт(?:и|ей)\b|(?<!\w)ثلاثة ارباع(?!\w)",
    "1/4": r"¼|\b(?:un|le) quart\b(?! de finale)|\b(?:one|a)[ -]quarter\b|\bun cuarto de\b|\bcuarta parte\b|\bein(?:em|en)? viertel\b|\bчетверт[ьи]\b|(?<!\w)(?:ال)?ربع(?!\w)",
    "1/5": r"\bun cinqui[eè]me d|\bone[ -]fifth\b|\ba fifth of\b|\bquinta parte\b|\bein(?:em|en)? fünftel\b|\bпят(?:ая|ую|ой) част\w+",
    "4/5": r"\bquatre cinqui[eè]mes d|\bfour[ -]fifths\b|\bcuatro quintos\b|\bvier fünftel\b|\bчетыре пятых\b",
    "1/10": r"\bun dixi[eè]me d|\bone[ -]tenth\b|\ba tenth of\b|\bdécima parte\b|\bein(?:em|en)? zehntel\b|\bдесят(?:ая|ую|ой) част\w+",
    "1/2": r"½|\bmoiti[eé]\b|\bet demie?\b|\bdemi-(?:heure|douzaine|si[eè]cle)\b|(?<!first )(?<!second )\bhal(?:f|ves)\b(?!-time)|\bmitad\b|\by medi[ao]\b"
    r"|\bhälfte\b|\bhalbe[nsmr]?\b|половин\w*|(?<!\w)و?(?:ال)?نصف(?!\w)|一半",
    "x2": r"\bdouble(?:s|d|r|nt)?\b|\btwice\b|\bdoble\b|\bdoppelt\w*|вдвое|ضعف|两倍",
}  # fmt: skip
# "dozens": not after a number, where the word multiplies it
MANY = {
    "1000s": r"\bmilliers\b|\bthousands\b|\bmiles de\b|\bmillares\b|\btausende[nr]?\b|\bтысяч(?:и|ами|ах)\b|(?<!\w)(?:ال)?الاف(?!\w)|数千",
    "100s": r"\bcentaines\b|\bhundreds\b|\bcient?os de\b|\bcentenares\b|\bhunderte[nr]?\b|\bсот(?:ни|ен|нями|нях)\b|(?<!\w)(?:ال)?(?:مئات|ميات)(?!\w)|数百",
    "10s": r"\b(?:dizaines|douzaines)\b|\bdozens\b|\btens of\b|\b(?:decenas|docenas)\b|\bdutzende[nr]?\b|\bдесятк(?:и|ов|ами|ах)\b|(?<!\w)(?:ال)?عشرات(?!\w)|数十",
}  # fmt: skip
# What may be meant as a number, folded.
MEANT = {
    "10": r"\bdecenni|\bdecades?\b|\bdecada|\bjahrzehnt|десятилети|(?<!\w)(?:ال)?عقد|十年",
    "100": r"\bsiecle|\bcentur|\bsiglo|\bjahrhundert|столети|(?<!\w)(?:ال)?قرن|世纪",
    "2": r"\b(?:both|deux|ambos|ambas|beide\w?|оба|обе|обоих|обеих)\b|\bsecond|\bsegund|\bzweit|\bdeuxieme|втор(?:ой|ая|ое|ого|ую|ым)|الثاني|كلا|两",
    "1": r"\b(?:un|une|an?|one|single|only|seule?|uno|una|solo|sola|ein\w{0,2}|einzig\w*|одн\w+|один)\b|واحد|一|单",
    "first": r"\b1(?:er|ere|re|st|\.)?(?!\d)",
}
# "one" where it counts: an article or a pronoun in most languages.
ONE = {
    "fr": r"\b(?:un seul|une seule)\b|\b(?:un|une) (?:seul|seule|unique)\b",
    "en": r"(?<!no )(?<!this )(?<!that )(?<!which )(?<!any )(?<!every )(?<!each )(?<!only )(?<!last )(?<!other )(?<!another )(?<!-)(?<!hundred and )(?<!thousand and )\bone\b"
    r"(?! (?:another|can|could|may|might|must|should|would|has|is|was|day|half|third|quarter|fifth|tenth|hundred|thousand|(?:m|b|tr)illion)\b|'s|-)(?=[ -]\w)|\b(?:only one|a single)\b",
    "es": r"\b(?:un solo|una sola|un único|una única)\b",
    "de": r"\b(?:nur|genau) eine?[mnrs]?\b|\beine?[mnrs]? (?:einzig\w+)",
    "ru": r"\b(?:один|одна|одно|одного|одному|одним|одной|одну)\b(?! (?:и|из|время)\b)",
    "ar": r"(?<!وقت )(?<!ان )(?<!\w)واحد[ةها]?(?!\w)(?! من)",
    "zh": r"一(?=[名人架艘辆座])",
}  # fmt: skip
FIRST = {
    "fr": r"\bpremi(?:er|ere|ers|eres|er)\b(?! ministre)", "en": r"(?<!at )\bfirst\b(?! of all)", "es": r"\bprimer[oa]?s?\b(?! ministr)",
    "de": r"\berst(?:e[mnrs]?|mals)\b", "ru": r"\bперв(?:ый|ая|ое|ого|ой|ую|ым|ом|ые|ых)\b|\bвпервые\b", "ar": r"(?<!\w)(?<!كانون )(?<!تشرين )ل?(?:ال)?اول(?:ى)?(?!\w)", "zh": r"第一|首次|首个|首位",
}  # fmt: skip
# What text_to_num leaves: the word is a unit of time, too.
SECOND = {
    "fr": r"\b(?:le|la|ce|cette|sa|son|leur|au|du|un) seconde?\b",
    "es": r"\b(?:el|la|su|un|una|este|esta|del|al) segund[oa]\b",
}
# What is measured; of the same number two of one kind contradict each other. Folded.
MEASURES = {
    "second": r"secondes?|seconds?|segundos?|sekunden?|секунд\w*|ثاني\w*|ثوان|秒",
    "minute": r"minut\w*|минут\w*|دقيق\w*|دقائق|分钟",
    "hour": r"heures?|hours?|horas?|stunden?|час(?:а|ов)?|ساع\w*|小时",
    "day": r"jours?|journees?|days?|dias?|tage?n?|дн\w{1,3}|день|дней|يوم\w*|ايام|天",
    "week": r"semaines?|weeks?|semanas?|wochen?|недел\w*|اسبوع\w*|اسابيع|周|个?星期",
    "month": r"mois|months?|mes(?:es)?|monate?n?|месяц\w*|شهر\w*|اشهر|شهور|个月",
    "year": r"ans?|annees?|years?|anos?|jahre?n?|год\w*|лет|سن(?:ة|ه|وات|ين)|عام\w?|اعوام|年",
    "kilometre": r"km|kilomet\w+|километр\w*|км|كيلومتر\w*|كلم|公里|千米",
    "mile": r"miles?|meilen?|millas?|миль|мил[ия]|ميلا?|اميال|英里",
    "metre": r"met(?:re|er)s?n?|metros?|метр\w*|مترا?|امتار|米",
    "kilogram": r"kg|kilos?|kilogram\w*|килограмм\w*|кг|كيلوغرام\w*|公斤|千克",
    "tonne": r"tonnes?|tons?|toneladas?|tonnen?|тонн\w*|طنا?|اطنان|吨",
    "hectare": r"hectar\w*|hektar\w*|гектар\w*|هكتار\w*|公顷",
}  # fmt: skip
