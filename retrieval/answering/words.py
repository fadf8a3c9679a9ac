"""The words that are ours in each language, and those of a question that weigh little."""

from __future__ import annotations

from datetime import date

LANGUAGES = frozenset({"ar", "de", "en", "es", "fr", "ru", "zh"})  # those that our own words exist in


# Our own words. Every language has every key (a test checks it).
WORDS: dict[str, dict[str, str]] = {
    "fr": {
        "not_found": "Les articles ne le disent pas.",
        "nearest": "Les articles les plus proches : {titles}.",
        "searched": "Articles consultés : {count}{dates}.",
        "dates": ", du {first} au {last}",
        "disagree": "Les articles ne disent pas la même chose, du plus récent au plus ancien : {values}.",
        "then": "Période comprise : {days}.",
        "none_then": "Aucun des articles trouvés n’est de cette période.",
        "other_language": "Les citations sont dans la langue de l’article ({languages}).",
        "hello": "Bonjour ! Posez-moi une question sur les articles.",
        "thanks": "Avec plaisir.",
        "help": "Je réponds aux questions sur les articles indexés, phrase par phrase, chacune avec sa citation exacte. "
        "Essayez une question complète, puis une suite courte comme « Quand ? » ; « quoi de neuf ? » donne les derniers articles.",
        "newest": "Les articles les plus récents :",
        "empty": "Posez une question en quelques mots.",
        "long": "Seuls les {count} premiers caractères de la question ont été lus.",
        "sources": "Sources",
        "llm_failed": "Le modèle de langue {model} n’a pas donné de réponse utilisable ({reason}) ; voici les phrases des articles elles-mêmes.",
        "llm_broken": "Le modèle de langue s’est interrompu : la réponse est incomplète.",
        "llm_dropped": "Phrases du modèle écartées, faute de preuve dans les articles : {count}.",
        "understood": "Question comprise : {question}",
    },
    "en": {
        "not_found": "The articles do not say.",
        "nearest": "The nearest articles: {titles}.",
        "searched": "Articles searched: {count}{dates}.",
        "dates": ", from {first} to {last}",
        "disagree": "The articles do not say the same, newest first: {values}.",
        "then": "Taken as: {days}.",
        "none_then": "None of the articles found is from that time.",
        "other_language": "Quotes are in the language of the article ({languages}).",
        "hello": "Hello! Ask me something about the articles.",
        "thanks": "You are welcome.",
        "help": "I answer questions about the indexed articles, sentence by sentence, each with its exact quote. "
        "Try a full question, then a short follow-up such as “When?”; “what is new?” lists the latest articles.",
        "newest": "The newest articles:",
        "empty": "Ask a question in a few words.",
        "long": "Only the first {count} characters of the question were read.",
        "sources": "Sources",
        "llm_failed": "The language model {model} gave no usable answer ({reason}); these are the articles’ own sentences.",
        "llm_broken": "The language model broke off: the answer is incomplete.",
        "llm_dropped": "Sentences of the model left out, as the articles do not bear them out: {count}.",
        "understood": "Understood as: {question}",
    },
    "es": {
        "not_found": "Los artículos no lo dicen.",
        "nearest": "Los artículos más cercanos: {titles}.",
        "searched": "Artículos consultados: {count}{dates}.",
        "dates": ", del {first} al {last}",
        "disagree": "Los artículos no dicen lo mismo, del más reciente al más antiguo: {values}.",
        "then": "Período entendido: {days}.",
        "none_then": "Ninguno de los artículos encontrados es de ese período.",
        "other_language": "Las citas están en el idioma del artículo ({languages}).",
        "hello": "¡Hola! Pregúnteme algo sobre los artículos.",
        "thanks": "De nada.",
        "help": "Respondo preguntas sobre los artículos indexados, frase por frase, cada una con su cita exacta. "
        "Pruebe una pregunta completa y luego una corta como «¿Cuándo?»; «¿qué hay de nuevo?» muestra los últimos artículos.",
        "newest": "Los artículos más recientes:",
        "empty": "Haga una pregunta en pocas palabras.",
        "long": "Solo se leyeron los primeros {count} caracteres de la pregunta.",
        "sources": "Fuentes",
        "llm_failed": "El modelo de lenguaje {model} no dio una respuesta utilizable ({reason}); estas son las frases de los propios artículos.",
        "llm_broken": "El modelo de lenguaje se interrumpió: la respuesta está incompleta.",
        "llm_dropped": "Frases del modelo descartadas por falta de prueba en los artículos: {count}.",
        "understood": "Pregunta entendida: {question}",
    },
    "de": {
        "not_found": "Die Artikel sagen es nicht.",
        "nearest": "Die nächsten Artikel: {titles}.",
        "searched": "Durchsuchte Artikel: {count}{dates}.",
        "dates": ", vom {first} bis {last}",
        "disagree": "Die Artikel sagen nicht dasselbe, der neueste zuerst: {values}.",
        "then": "Verstandener Zeitraum: {days}.",
        "none_then": "Keiner der gefundenen Artikel ist aus dieser Zeit.",
        "other_language": "Zitate stehen in der Sprache des Artikels ({languages}).",
        "hello": "Guten Tag! Fragen Sie mich etwas zu den Artikeln.",
        "thanks": "Gern geschehen.",
        "help": "Ich beantworte Fragen zu den Artikeln, Satz für Satz, jeden mit seinem genauen Zitat. "
        "Fragen Sie erst vollständig, dann kurz nach, etwa „Wann?“; „Was gibt es Neues?“ zeigt die neuesten Artikel.",
        "newest": "Die neuesten Artikel:",
        "empty": "Stellen Sie eine Frage in wenigen Worten.",
        "long": "Nur die ersten {count} Zeichen der Frage wurden gelesen.",
        "sources": "Quellen",
        "llm_failed": "Das Sprachmodell {model} gab keine brauchbare Antwort ({reason}); dies sind die Sätze der Artikel selbst.",
        "llm_broken": "Das Sprachmodell brach ab: Die Antwort ist unvollständig.",
        "llm_dropped": "Weggelassene Sätze des Modells, die die Artikel nicht belegen: {count}.",
        "understood": "Verstanden als: {question}",
    },
    "ru": {
        "not_found": "В статьях об этом не сказано.",
        "nearest": "Ближайшие статьи: {titles}.",
        "searched": "Просмотрено статей: {count}{dates}.",
        "dates": ", с {first} по {last}",
        "disagree": "В статьях указано разное, от новых к старым: {values}.",
        "then": "Период понят так: {days}.",
        "none_then": "Ни одна из найденных статей не относится к этому времени.",
        "other_language": "Цитаты приведены на языке статьи ({languages}).",
        "hello": "Здравствуйте! Задайте вопрос по статьям.",
        "thanks": "Пожалуйста.",
        "help": "Я отвечаю на вопросы по статьям, каждое предложение с точной цитатой. "
        "Задайте полный вопрос, затем короткий, например «Когда?»; «что нового?» покажет последние статьи.",
        "newest": "Самые новые статьи:",
        "empty": "Задайте вопрос в нескольких словах.",
        "long": "Прочитаны только первые {count} знаков вопроса.",
        "sources": "Источники",
        "llm_failed": "Языковая модель {model} не дала пригодного ответа ({reason}); приведены предложения самих статей.",
        "llm_broken": "Языковая модель прервалась: ответ неполный.",
        "llm_dropped": "Предложений модели, не подтверждённых статьями и опущенных: {count}.",
        "understood": "Вопрос понят так: {question}",
    },
    "ar": {
        "not_found": "لا تذكر المقالات ذلك.",
        "nearest": "أقرب المقالات: {titles}.",
        "searched": "عدد المقالات التي جرى البحث فيها: {count}{dates}.",
        "dates": "، من {first} إلى {last}",
        "disagree": "لا تتفق المقالات، من الأحدث إلى الأقدم: {values}.",
        "then": "الفترة المقصودة: {days}.",
        "none_then": "لا ينتمي أي من المقالات التي عُثر عليها إلى هذه الفترة.",
        "other_language": "الاقتباسات بلغة المقال ({languages}).",
        "hello": "مرحبا! اسألني عن المقالات.",
        "thanks": "على الرحب والسعة.",
        "help": "أجيب عن الأسئلة حول المقالات، جملة جملة، ولكل جملة اقتباسها الحرفي. "
        "اطرح سؤالا كاملا ثم سؤالا قصيرا مثل «متى؟»؛ و«ما الجديد؟» يعرض أحدث المقالات.",
        "newest": "أحدث المقالات:",
        "empty": "اطرح سؤالا ببضع كلمات.",
        "long": "قُرئت أول {count} من أحرف السؤال فقط.",
        "sources": "المصادر",
        "llm_failed": "لم يقدم النموذج اللغوي {model} جوابا صالحا ({reason})؛ هذه جمل المقالات نفسها.",
        "llm_broken": "توقف النموذج اللغوي: الجواب غير مكتمل.",
        "llm_dropped": "جمل النموذج التي حُذفت لأن المقالات لا تثبتها: {count}.",
        "understood": "فُهم السؤال هكذا: {question}",
    },
    "zh": {
        "not_found": "文章中没有说明。",
        "nearest": "最接近的文章：{titles}。",
        "searched": "已搜索 {count} 篇文章{dates}。",
        "dates": "，{first} 至 {last}",
        "disagree": "各文章说法不一，从新到旧：{values}。",
        "then": "理解的时间：{days}。",
        "none_then": "找到的文章都不属于这一时间。",
        "other_language": "引文使用文章的语言（{languages}）。",
        "hello": "您好！请就文章提问。",
        "thanks": "不客气。",
        "help": "我回答有关文章的问题，每句话都附有原文引用。先问一个完整的问题，再简短追问，例如“什么时候？”；“有什么新消息？”会列出最新文章。",
        "newest": "最新的文章：",
        "empty": "请用几个字提问。",
        "long": "只读取了问题的前 {count} 个字符。",
        "sources": "来源",
        "llm_failed": "语言模型 {model} 没有给出可用的回答（{reason}）；以下是文章的原句。",
        "llm_broken": "语言模型中断：回答不完整。",
        "llm_dropped": "因文章无法证实而省略的模型语句数：{count}。",
        "understood": "理解为：{question}",
    },
}

# Why an LLM gave no answer, by `llm.Trouble`; in English where a language is not here.
TROUBLES: dict[str, dict[str, str]] = {
    "fr": {
        "timeout": "délai dépassé", "busy": "trop de demandes", "server": "erreur du serveur",
        "connection": "connexion impossible ou coupée ; le serveur tourne-t-il ?", "overflow": "question trop longue pour lui",
        "denied": "clé refusée", "refused": "demande refusée ; le nom du modèle est-il juste ?", "empty": "réponse vide ou illisible",
        "language": "autre langue que la question", "budget": "budget du jour épuisé",
        "quota": "crédit épuisé chez son fournisseur", "uncounted": "compte des jetons du jour illisible",
        "broken": "erreur de son client",
    },
    "en": {
        "timeout": "out of time", "busy": "too many requests", "server": "server error",
        "connection": "no connection, or it was cut; is the server running?", "overflow": "too long for it",
        "denied": "key refused", "refused": "request refused; is the model's name right?", "empty": "empty or unreadable answer",
        "language": "another language than the question", "budget": "today's budget is spent",
        "quota": "no credit left with its provider", "uncounted": "today's count of tokens cannot be read",
        "broken": "its client failed",
    },
}  # fmt: skip

_MONTH_NAMES = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
}


def say(key: str, language: str, **values: object) -> str:
    """Returns our words for `key` in `language`, in English where we do not speak it."""
    return WORDS.get(language, WORDS["en"])[key].format(**values)


def written_date(day: date, language: str) -> str:
    """Returns a date as people write it: "12 février 2025"; ISO in languages that we do not speak."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    if language not in _MONTH_NAMES:
        return day.isoformat()
    month = _MONTH_NAMES[language].split()[day.month - 1]
    return {
        "fr": f"{'1er' if day.day == 1 else day.day} {month} {day.year}",
        "es": f"{day.day} de {month} de {day.year}",
        "de": f"{day.day}. {month} {day.year}",
    }.get(language, f"{day.day} {month} {day.year}")


def written_span(first: date, last: date, language: str) -> str:
    """Returns "10 mars 2025 – 16 mars 2025", one date for a single day; an end that is open is left out."""
    ends = [written_date(day, language) if day not in (date.min, date.max) else "" for day in (first, last)]
    return ends[0] if first == last else " – ".join(ends).strip()
