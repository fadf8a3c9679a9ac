from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text import languages
from index.text.languages import KNOWN_LANGUAGES, detect_language

# Ten short questions a language, as people type them: names, figures, some without accents, capitals or a mark.
_QUESTIONS = {
    "fr": "Qui est Macron ?|Combien coûte le billet ?|Où est Tartous ?|quelle est la hauteur de la tour|Que dit la BCE ?"
    "|Pourquoi Renault ferme-t-elle Flins ?|C'est quoi le Mercosur ?|Qu'a décidé l'ONU ?|a-t-il gagné|ça va ?|Et en juin ?",
    "en": "Where is Tartous?|who won in Peru|How much is the ticket?|What did Powell say?|Is Assange free?"
    "|when does the strike end|Did Boeing pay?|Why was Barnier ousted?|Which banks failed?|what's the new price",
    "es": "¿Quién es Milei?|quien gano las elecciones|¿Cuánto cuesta el billete?|¿Dónde está Tartús?|¿Qué dijo Sánchez?"
    "|cuando empieza la huelga|¿Por qué cerró Nissan?|¿Cuántos muertos hubo en Valencia?|¿Y en junio?|que paso en Lima",
    "de": "Wer ist Merz?|Was kostet das Ticket?|Wo liegt Tartus?|wann endet der streik|Warum schliesst VW Werke?"
    "|Wie viele Menschen starben in Valencia?|Was sagte Scholz dazu?|Ist Assange frei?|Und im Juni?|wer hat gewonnen",
    "it": "Chi è Meloni?|Quanto costa il biglietto?|Dove si trova Tartus?|cosa ha detto Draghi|Quando finisce lo sciopero?"
    "|Perché la Fiat chiude?|Quanti morti ci sono stati a Valencia?|Chi ha vinto le elezioni?|E a giugno?|è vero che Salvini lascia?",
    "pt": "Quem é Lula?|Quanto custa o bilhete?|Onde fica Tartus?|o que disse Costa|Quando acaba a greve?"
    "|Por que a Ford fechou?|Quantos mortos houve em Valência?|Quem venceu as eleições?|E em junho?|quem ganhou o Nobel da Paz",
    "ro": "Cine este Iohannis?|Cât costă biletul?|Unde este Tartus?|ce a spus Ciolacu|Când se termină greva?"
    "|De ce se închide fabrica?|Câți morți au fost la Valencia?|Cine a câștigat alegerile?|Și în iunie?|cine a castigat Nobelul",
    "nl": "Wie is Rutte?|Wat kost het kaartje?|Waar ligt Tartus?|wat zei Wilders|Wanneer eindigt de staking?"
    "|Waarom sluit de fabriek?|Hoeveel doden vielen er in Valencia?|Wie won de verkiezingen?|En in juni?|is Assange vrij",
    "pl": "Kim jest Tusk?|Ile kosztuje bilet?|Gdzie leży Tartus?|co powiedział Duda|Kiedy kończy się strajk?"
    "|Dlaczego zamknięto fabrykę?|Ilu ludzi zginęło w Walencji?|Kto wygrał wybory?|A w czerwcu?|kto wygral wybory w Peru",
    "cs": "Kdo je Fiala?|Kolik stojí lístek?|Kde leží Tartús?|co řekl Babiš|Kdy končí stávka?"
    "|Proč zavřeli továrnu?|Kolik lidí zemřelo ve Valencii?|Kdo vyhrál volby?|A v červnu?|kdo vyhral volby v Peru",
    "hu": "Ki az Orbán?|Mennyibe kerül a jegy?|Hol van Tartúsz?|mit mondott Magyar Péter|Mikor ér véget a sztrájk?"
    "|Miért zárt be a gyár?|Hányan haltak meg Valenciában?|Ki nyerte a választást?|És júniusban?|ki kapta a Nobel dijat",
    "tr": "Erdoğan kim?|Bilet ne kadar?|Tartus nerede?|seçimi kim kazandı|Grev ne zaman bitiyor?"
    "|Fabrika neden kapandı?|Valencia'da kaç kişi öldü?|Peki haziranda?|İmamoğlu ne dedi?|nobel odulunu kim kazandi",
    "vi": "Tô Lâm là ai?|Giá vé bao nhiêu?|Tartus ở đâu?|ai thắng cử ở Peru|Khi nào đình công kết thúc?"
    "|Vì sao nhà máy đóng cửa?|Bao nhiêu người chết ở Valencia?|Ông ấy nói gì?|Còn tháng sáu?|Croatia dùng đồng euro khi nào?",
    "id": "Siapa Prabowo?|Berapa harga tiketnya?|Di mana Tartus?|siapa yang menang pemilu|Kapan mogok kerja berakhir?"
    "|Mengapa pabrik itu ditutup?|Berapa orang meninggal di Valencia?|Apa kata Jokowi?|Bagaimana dengan bulan Juni?|apa itu Mercosur",
    "sv": "Vem är Kristersson?|Vad kostar biljetten?|Var ligger Tartus?|vad sa Åkesson|När slutar strejken?"
    "|Varför stänger fabriken?|Hur många dog i Valencia?|Vem vann valet?|Och i juni?|vem fick Nobelpriset i litteratur",
    "fi": "Kuka on Orpo?|Mitä lippu maksaa?|Missä Tartus on?|mitä Stubb sanoi|Milloin lakko päättyy?"
    "|Miksi tehdas suljettiin?|Kuinka moni kuoli Valenciassa?|Kuka voitti vaalit?|Entä kesäkuussa?|kuka sai Nobelin",
    "ru": "Кто такой Путин?|Сколько стоит билет?|Где находится Тартус?|что сказал Лавров|Когда закончится забастовка?"
    "|Почему закрыли завод?|Сколько человек погибло в Валенсии?|Кто победил на выборах?|А в июне?|у кого учился Эйнштейн",
    "uk": "Хто такий Зеленський?|Скільки коштує квиток?|Де Тартус?|що сказав Єрмак|Коли закінчиться страйк?"
    "|Чому закрили завод?|Скільки людей загинуло у Валенсії?|Хто переміг на виборах?|А в червні?|яка столиця Перу",
    "bg": "Кой е Радев?|Колко струва билетът?|Къде е Тартус?|какво каза Борисов|Кога свършва стачката?"
    "|Защо затвориха завода?|Колко души загинаха във Валенсия?|Кой спечели изборите?|А през юни?|какво е Меркосур",
    "el": "Ποιος είναι ο Μητσοτάκης;|Πόσο κάνει το εισιτήριο;|Πού είναι η Ταρτούς;|τι είπε ο Τσίπρας|Πότε τελειώνει η απεργία;",
    "ar": "من هو السيسي؟|كم سعر التذكرة؟|أين تقع طرطوس؟|ماذا قال ماكرون|متى ينتهي الإضراب؟",
    "fa": "پزشکیان کیست؟|قیمت بلیت چقدر است؟|طرطوس کجاست؟|ماکرون چه گفت|اعتصاب کی تمام می‌شود؟",
    "ur": "شہباز شریف کون ہیں؟|ٹکٹ کتنے کا ہے؟|طرطوس کہاں ہے؟",
    "he": "מי זה נתניהו?|כמה עולה הכרטיס?|איפה נמצאת טרטוס?|מה אמר Macron|מה זה Mercosur?",
    "hi": "मोदी कौन हैं?|टिकट कितने का है?|टार्टस कहाँ है?",
    "zh": "马克龙是谁？|车票多少钱？|塔尔图斯在哪里？|iPhone 15是什么|Adobe的总部在哪里？",
    "ja": "マクロンとは誰ですか？|切符はいくらですか？|誰が選挙に勝った？|EUとは何？",
    "ko": "마크롱은 누구입니까?|표는 얼마예요?|Macron은 누구야?",
    "th": "มาครงคือใคร|ตั๋วราคาเท่าไหร่",
}  # fmt: skip
_CASES = [(language, question) for language, listed in _QUESTIONS.items() for question in listed.split("|")]
_CHEAP = [(language, question) for language, question in _CASES if language in ("fr", "en", "es", "de")]


def test_short_questions_are_told_in_each_language() -> None:
    wrong = [
        (language, found, question)
        for language, question in _CASES
        if (found := detect_language(question, ("fr", "en"))) != language
    ]
    assert len(wrong) <= 0.03 * len(_CASES), wrong
    assert all(sum(language == missed for missed, _, _ in wrong) <= 1 for language in _QUESTIONS), wrong


@pytest.mark.parametrize("expected", [(), ("fr", "en"), ("de", "ru"), ("zh",), ("es", "pt")])
def test_questions_in_the_languages_of_most_people_need_no_model(
    expected: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ranked(text: str) -> list[tuple[str, float]]:
        asked.append(text)
        return [("sw", 1.0), *((code, 0.0) for code in sorted(KNOWN_LANGUAGES))]

    monkeypatch.setattr(languages, "_ranked", ranked)
    told = [detect_language(question, expected) for _, question in _CHEAP]
    assert len(asked) <= 0.03 * len(_CHEAP), asked
    assert [language for language, question in _CHEAP if question not in asked] == [
        found for found, (_, question) in zip(told, _CHEAP, strict=True) if question not in asked
    ]


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("fr", "Où est Łódź ?"),
        ("en", "Who is Erdoğan?"),
        ("de", "Wer ist Владимир Путин?"),
        ("es", "¿Quién es 習近平?"),
        ("en", "What is π?"),
        ("ru", "Кто такой Macron?"),
        ("pl", "Kto napisał „Le Monde” o Charles de Gaulle?"),
        ("id", "Kapan Ludwig van Beethoven lahir?"),
        ("fr", "QUI EST MACRON ?"),
        ("en", "Who Is Macron"),
        ("fr", "Ou e\u0301tait Macron ?"),
    ],
)
def test_a_name_of_another_language_does_not_tell_the_question_s(language: str, question: str) -> None:
    assert detect_language(question, ("it",)) == language


@pytest.mark.parametrize(
    "text",
    [
        "Tartous Hmeimim",
        "https://www.example.com/article-sur-le-port",
        "Erdoğan",
        "Kim Jong Un ?",
        "Nobel 2024",
        "ok",
        "123",
        "?",
        "",
    ],
)
def test_names_alone_take_the_first_language_expected(text: str) -> None:
    assert detect_language(text, ("fr", "en")) == "fr"
    assert detect_language(text, ("ru", "en")) == "ru"


@pytest.mark.parametrize(("language", "other"), [("fr", "es"), ("es", "fr"), ("pt", "fr")])
def test_words_of_several_languages_take_the_likelier(language: str, other: str) -> None:
    assert detect_language("Que ?", (language, other)) == language


def test_names_in_letters_of_one_language_alone_are_in_that_language() -> None:
    assert detect_language("Путин", ("fr", "uk")) == "uk"
    assert detect_language("Путин", ("fr",)) == "ru"
    assert detect_language("Как Путин ?", ("fr",)) == "ru"
    assert detect_language("Μητσοτάκης", ("fr",)) == "el"


def test_without_letters_nothing_is_told() -> None:
    assert detect_language("123 — 456") == ""
    assert detect_language("") == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Un accord à Genève", "fr"),
        ("The president said.", "en"),
        ("Die Börse fällt", "de"),
        ("Путин встретился с Си.", "ru"),
        ("El presidente", "es"),
        ("习近平今天会见", "zh"),
        ("東京で地震がありました", "ja"),
        ("الرئيس", "ar"),
        ("Els bombers han apagat el foc que cremava des de dilluns a prop de Manresa.", "ca"),
        ("Hasiči v noci na dnes zasahovali u požáru skladu v Ostravě.", "cs"),
    ],
)
def test_the_language_of_an_article_is_told_from_few_words(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("word", ["é ", "x", "新", "a.b ", "de la ", "Ж "])
def test_a_text_of_one_word_again_and_again_is_told(word: str) -> None:
    assert detect_language(word * 2_000, ("fr",)) in KNOWN_LANGUAGES


@given(st.text(max_size=60), st.sampled_from([(), ("fr",), ("ru", "en")]))
def test_any_text_has_a_known_language_or_none(text: str, expected: tuple[str, ...]) -> None:
    assert detect_language(text, expected) in KNOWN_LANGUAGES | {""}
