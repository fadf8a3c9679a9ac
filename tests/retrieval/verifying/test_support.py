from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import frontmatter
import pytest

from index.text.sentences import split_sentences
from retrieval.facts.facts import Facts
from retrieval.facts.names import places
from retrieval.verifying.names import missing_names
from retrieval.verifying.support import needs_sentence_before, objection

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "articles"

FIGURE, ELSEWHERE = "figure not in the quote", "figure of something else"
NAME, PLACE, DENIAL = "name not in the quote", "at another place", "a negation"
UNIT, ORDER, DATE = "figure in another unit", "figures in another order", "figure of another date"

# (why not, language, sentence, language of the quote, quote)
LIES = [
    # figures altered
    (FIGURE, "fr", "Le pont mesure 240 mètres.", "fr", "Le pont mesure 204 mètres."),
    (FIGURE, "en", "The bridge is 240 metres long.", "fr", "Le pont mesure 204 mètres."),
    (FIGURE, "fr", "Deux personnes sont mortes.", "fr", "Trois personnes sont mortes."),
    (FIGURE, "en", "Two people died.", "fr", "Trois personnes sont mortes."),
    (FIGURE, "de", "Zwei Menschen starben.", "en", "Four people died."),
    (FIGURE, "es", "El puente mide 240 metros.", "de", "Die Brücke ist 204 Meter lang."),
    (FIGURE, "ru", "Погибли пять человек.", "fr", "Six personnes sont mortes."),
    (FIGURE, "ar", "قتل خمسة أشخاص.", "fr", "Six personnes sont mortes."),
    (FIGURE, "zh", "五人死亡。", "fr", "Six personnes sont mortes."),
    (FIGURE, "fr", "Les deux tiers des voix suffisent.", "fr", "Un tiers des voix suffit."),
    (FIGURE, "fr", "L'accord date du 18 mars 2017.", "fr", "L'accord date du 18 janvier 2017."),
    (FIGURE, "en", "It happened on Tuesday.", "fr", "C'était mercredi."),
    (FIGURE, "fr", "Le coût est de 1,6 million d'euros.", "en", "It cost 1.6 billion euros."),
    (FIGURE, "fr", "La part est de 12 %.", "fr", "La part est de 12 millions."),
    (FIGURE, "en", "At 6:04 a.m. it landed.", "fr", "Il s'est posé à 18 h 04."),
    (FIGURE, "fr", "Il fait 12 degrés.", "fr", "Il fait -12 degrés."),
    (FIGURE, "fr", "Des centaines de civils ont fui.", "fr", "Des dizaines de civils ont fui."),
    (FIGURE, "fr", "La seconde tentative a réussi.", "fr", "La première tentative a réussi."),
    (ELSEWHERE, "fr", "Une personne est morte.", "fr", "Deux personnes sont mortes, un chien a survécu."),
    # swapped
    (ELSEWHERE, "fr", "12 blessés et 3 morts ont été comptés.", "fr", "3 blessés et 12 morts ont été comptés."),
    (ELSEWHERE, "en", "The storm left 3 dead and 12 wounded.", "en", "The storm left 12 dead and 3 wounded."),
    (ELSEWHERE, "de", "Es gab 12 Tote und 3 Verletzte.", "de", "Es gab 3 Tote und 12 Verletzte."),
    (ELSEWHERE, "es", "Hubo 12 muertos y 3 heridos.", "es", "Hubo 3 muertos y 12 heridos."),
    (ELSEWHERE, "fr", "Trois soldats et douze civils.", "fr", "Douze soldats et trois civils."),
    (ELSEWHERE, "en", "The hall is 60 metres wide.", "en", "The hall is 60 metres long and 30 metres wide."),
    (ELSEWHERE, "fr", "La largeur du pont est de 41 mètres.", "fr", "Le pont a une longueur de 41 mètres et une largeur de 12 mètres."),
    (ELSEWHERE, "fr", "Le pont est large de 204 mètres.", "de", "Die Brücke ist 204 Meter lang."),
    (ELSEWHERE, "fr", "Le bassin fait 25 mètres de long.", "fr", "Le bassin, de 25 mètres sur 10, est moins grand que celui de 50 mètres de long."),
    (ORDER, "en", "There were 3 dead and 12 wounded.", "fr", "Il y a eu 12 morts et 3 blessés."),
    (ORDER, "de", "Es gab 3 Tote und 12 Verletzte.", "es", "Hubo 12 muertos y 3 heridos."),
    (ORDER, "de", "Rund 25 Helfer aus 300 Orten gaben 8 Millionen Euro.", "fr", "Quelque 300 bénévoles de 25 communes ont donné 8 millions d'euros."),
    (ORDER, "en", "Some 90,000 members gave 4 million euros.", "fr", "Les 4 millions de membres ont donné 90 000 euros."),
    (DATE, "fr", "La grève a commencé le 13 mars, 2 jours après le vote.", "es", "La huelga comenzó el 2 de marzo: habían pasado 2 días desde la votación del día 13."),
    (UNIT, "fr", "Le bail court 25 ans, puis il est prolongé par périodes de 49.", "fr", "Le bail court 49 ans, puis il est prolongé par périodes de 25."),
    (ELSEWHERE, "fr", "Elle compte 30 % de femmes et 70 % d'hommes.", "fr", "Elle compte 70 % de femmes et 30 % d'hommes."),
    (PLACE, "en", "Profit rose by 3% and sales by 12%.", "en", "Profit rose by 12% and sales by 3%."),
    (PLACE, "fr", "Homs est tombée le 5 décembre.", "fr", "Hama est tombée le 5 décembre, puis Homs a cédé dans la nuit du 7 au 8."),
    (PLACE, "en", "Nicole hit the coast in August and Ian came later.", "en", "Ian hit the coast in August and Nicole came later."),
    (PLACE, "fr", "Il dirigea la Nasa de 1968 à 1961.", "fr", "Il dirigea la Nasa de 1961 à 1968."),
    (NAME, "fr", "Après la perte d'un avion Su-400, des missiles S-24 sont venus.", "fr", "Après la perte d'un avion Su-24, des missiles S-400 sont venus."),
    (NAME, "de", "Nach dem Verlust einer Su-400 kamen Raketen vom Typ S-24.", "fr", "Après la perte d'un avion Su-24, des missiles S-400 sont venus."),
    (NAME, "en", "S-24 missiles came after a Su-400 plane was lost.", "fr", "Les missiles S-400 sont venus après la perte d'un avion Su-24."),
    # units and currencies
    (UNIT, "fr", "Il dispose des lieux pour 49 jours.", "fr", "Il dispose des lieux pour 49 ans."),
    (UNIT, "en", "It is 130 miles away.", "fr", "C'est à 130 kilomètres."),
    (UNIT, "de", "Es dauerte 11 Wochen.", "fr", "Cela a duré onze jours."),
    (FIGURE, "fr", "Le billet coûte 12 dollars.", "fr", "Le billet coûte 12 euros."),
    (FIGURE, "en", "The ticket costs $12.", "fr", "Le billet coûte 12 euros."),
    (FIGURE, "ru", "Билет стоит 12 рублей.", "de", "Die Fahrkarte kostet 12 Euro."),
    (UNIT, "de", "Russland nutzt den Ort 18 Jahre lang seit 49 Tagen.", "fr", "La Russie dispose du lieu pour 49 ans depuis le 18."),
    (DATE, "de", "Seit dem 49. Januar 2017 gilt das 18 Mal.", "fr", "Depuis le 18 janvier 2017, cela vaut 49 fois."),
    (DATE, "en", "Since 18 January 49 it holds 2017 times.", "fr", "Depuis le 18 janvier 2017, cela vaut 49 fois."),
    (DATE, "zh", "2017年1月49日以来有18次。", "fr", "Depuis le 18 janvier 2017, cela vaut 49 fois."),
    (DATE, "ru", "С 3 мая до 12 марта.", "fr", "Du 12 mai au 3 mars."),
    # names
    (NAME, "fr", "Macron a signé l'accord.", "fr", "Poutine a signé l'accord."),
    (NAME, "fr", "Le ministre Jean Dupont a signé.", "fr", "Le ministre Jean Durand a signé."),
    (NAME, "en", "Macron signed the deal.", "fr", "Poutine a signé l'accord."),
    (NAME, "fr", "Martel a signé l'accord.", "en", "Martin signed the deal."),
    (NAME, "en", "Trump called al-Sharaa.", "ru", "Путин позвонил аш-Шараа."),
    (NAME, "fr", "Emmanuel Mairie a participé.", "fr", "Emmanuel Macron a participé."),
    (NAME, "fr", "L'accord a été signé à Bruxelles.", "fr", "L'accord a été signé à Paris."),
    (NAME, "en", "The deal was signed in Brussels.", "fr", "L'accord a été signé à Paris."),
    (NAME, "fr", "La Turquie a retiré ses troupes.", "fr", "La Grèce a retiré ses troupes."),
    (NAME, "en", "Turkey withdrew its troops.", "fr", "La Grèce a retiré ses troupes."),
    (NAME, "en", "Latvia joined in 2014.", "fr", "La Lituanie a adhéré en 2014."),
    (NAME, "fr", "La Lettonie a adhéré.", "en", "Lithuania has joined."),
    (NAME, "en", "Slovenia joined.", "de", "Die Slowakei trat bei."),
    (NAME, "de", "Österreich trat bei.", "en", "Australia joined."),
    (NAME, "de", "Frankreich zog seine Truppen ab.", "en", "Italy withdrew its troops."),
    (NAME, "fr", "L'armée turque est partie.", "fr", "L'armée russe est partie."),
    (NAME, "de", "Trump hat den Vertrag unterzeichnet.", "fr", "Poutine a signé l'accord."),
    (NAME, "de", "Der Vertrag wurde von Trump unterzeichnet.", "en", "Putin signed the deal."),
    (NAME, "de", "Am 7. Dezember hat Notre-Société wieder geöffnet.", "fr", "Le 7 décembre, Notre-Dame a rouvert."),
    (NAME, "de", "Am Abend hat Notre-Dame de Syrie geöffnet.", "fr", "Au soir, Notre-Dame de Paris a rouvert."),
    (NAME, "en", "The Mali base closed.", "fr", "La base de Malte a fermé."),
    (NAME, "ru", "Франция вывела войска.", "fr", "L'Italie a retiré ses troupes."),
    # a denial dropped or added
    (DENIAL, "fr", "Son entourage la rejette parce qu'elle veut manger de la viande.", "fr", "Son entourage la rejette parce qu'elle ne veut plus manger de la viande."),
    (DENIAL, "fr", "La flotte a d'autres bases.", "fr", "La flotte n'a pas d'autres bases."),
    (DENIAL, "fr", "La flotte n'a pas d'autres bases.", "fr", "La flotte a d'autres bases."),
    (DENIAL, "fr", "Le ministre a signé.", "fr", "Le ministre n'a jamais signé."),
    (DENIAL, "en", "Russia does not have the site for 49 years.", "fr", "La Russie dispose du site pour 49 ans, avec une prolongation si personne ne s'y oppose."),
    (DENIAL, "en", "The deal is extended if someone objects.", "fr", "L'accord est prolongé si personne ne s'y oppose."),
    (DENIAL, "fr", "Le port est ouvert aux civils.", "fr", "Le port n'est plus ouvert aux civils."),
    (DENIAL, "fr", "Des passagers étaient à bord.", "fr", "Aucun passager n'était à bord."),
    (DENIAL, "fr", "Quelqu'un a été blessé.", "fr", "Personne n'a été blessé."),
    (DENIAL, "fr", "L'accord a une limite de durée.", "fr", "L'accord est sans limite de durée."),
    (DENIAL, "fr", "Le ministre confirme l'accord.", "fr", "Le ministre dément l'accord."),
    (DENIAL, "fr", "Le ministre a signé l'accord.", "fr", "Le ministre a refusé de signer l'accord."),
    (DENIAL, "fr", "L'engin s'est posé.", "fr", "L'engin a échoué à se poser."),
    (DENIAL, "en", "It can carry people.", "en", "It cannot carry people."),
    (DENIAL, "en", "The company paid.", "en", "The company didn't pay."),
    (DENIAL, "en", "The company paid.", "en", "The company never paid."),
    (DENIAL, "en", "The lander reached the Moon.", "en", "The lander failed to reach the Moon."),
    (DENIAL, "en", "Smoking is allowed there.", "en", "Smoking is banned there."),
    (DENIAL, "en", "The minister did it.", "en", "The minister denied having done it."),
    (DENIAL, "es", "El volcán se ha apagado.", "es", "El volcán no se ha apagado."),
    (DENIAL, "es", "Hubo muertos.", "es", "No hubo ningún muerto."),
    (DENIAL, "es", "El ministro firmó.", "es", "El ministro se negó a firmar, y nunca firmó."),
    (DENIAL, "de", "Das Ticket ist übertragbar.", "de", "Das Ticket ist nicht übertragbar."),
    (DENIAL, "de", "Hunde brauchen einen Fahrschein.", "de", "Hunde brauchen keinen Fahrschein."),
    (DENIAL, "de", "Der Minister lehnte den Antrag ab.", "de", "Der Minister nahm den Antrag an."),
    (DENIAL, "ru", "Министр ответил.", "ru", "Министр не ответил."),
    (DENIAL, "ru", "Министр ответил.", "ru", "Министр отказался ответить."),
    (DENIAL, "ar", "وقع الوزير الاتفاق.", "ar", "لم يوقع الوزير الاتفاق."),
    (DENIAL, "zh", "部长签署了协议。", "zh", "部长没有签署协议。"),
    (DENIAL, "en", "The fleet has another base.", "fr", "La flotte n'a pas d'autre base."),
    (DENIAL, "en", "The fleet has no other base.", "fr", "La flotte a une autre base."),
    (DENIAL, "de", "Die Flotte hat keinen Stützpunkt.", "fr", "La flotte a une base."),
    (DENIAL, "ru", "Министр не подписал соглашение.", "fr", "Le ministre a signé l'accord."),
    (DENIAL, "fr", "Le ministre a signé l'accord.", "zh", "部长没有签署协议。"),
    (DENIAL, "es", "El ministro firmó el acuerdo.", "en", "The minister refused to sign the deal."),
    (DENIAL, "fr", "Le ministre a répondu.", "ar", "لم يرد الوزير."),
    (DENIAL, "fr", "La région du Pas-de-Calais n'est pas touchée.", "fr", "La région du Pas-de-Calais est touchée."),
    (DENIAL, "fr", "Le ministre n'a pas payé, mais la ville paie sans délai.", "fr", "Le ministre a payé, mais la ville paie sans délai."),
    (DENIAL, "en", "He did sign the treaty, and nobody left the room.", "en", "He did not sign the treaty, and nobody left the room."),
]  # fmt: skip

# (language, sentence, language of the quote, quote): what says the same
TRUE = [
    # in one language
    ("fr", "Le pont mesure 204 mètres.", "fr", "Long de 204 mètres, le pont enjambe la Loire : le pont est le plus grand."),
    ("fr", "3 blessés et 12 morts.", "fr", "On compte 12 morts et 3 blessés."),
    ("fr", "La flotte n'a qu'une base.", "fr", "La flotte n'a qu'une seule base en Méditerranée."),
    ("fr", "Elle ne sert qu'à la flotte.", "fr", "Elle sert seulement à la flotte."),
    ("fr", "Le Pas-de-Calais est touché.", "fr", "Les communes du Pas-de-Calais, touchées par la crue, attendent ; le Pas-de-Calais est touché."),
    ("fr", "Il n'est pas seulement ministre, il est aussi maire.", "fr", "Il est ministre et aussi maire."),
    ("fr", "Il fut le premier à faire un pas vers la paix.", "fr", "Il fut le premier à aller vers la paix."),
    ("fr", "Moscou tient deux bases en Syrie.", "fr", "Moscou tient en Syrie deux bases."),
    ("fr", "La Russie a deux bases.", "fr", "L'armée russe a deux bases."),
    ("fr", "L'Allemagne a voté.", "fr", "Le parlement allemand a voté."),
    ("fr", "L'accord date du 18 janvier 2017.", "fr", "Un accord conclu le 18 janvier 2017 en a précisé les conditions."),
    ("fr", "En 2017, un accord a été signé.", "fr", "Un accord a été signé en 2017."),
    ("fr", "Sans doute viendra-t-il.", "fr", "Il viendra probablement, sans doute."),
    ("en", "It was not only cheap but fast.", "en", "It was cheap and fast."),
    ("en", "No fewer than 12 ships came.", "en", "At least 12 ships came."),
    ("en", "No. 5 won.", "en", "It was No. 5 that won."),
    ("en", "The Russian fleet left.", "en", "Russia's fleet left."),
    ("de", "Nicht nur Berlin stimmte zu.", "de", "Berlin und Bonn stimmten zu: Berlin zuerst."),
    ("es", "Sin embargo, el acuerdo se firmó.", "es", "El acuerdo se firmó."),
    ("es", "No solo Madrid votó.", "es", "Votaron Madrid y Barcelona."),
    ("en", "The hall is 30 metres wide.", "en", "The hall is 60 metres long and 30 metres wide."),
    ("fr", "La piscine mesure 25 mètres de large.", "fr", "Le bassin mesure 50 mètres de long et 25 mètres de large."),
    ("fr", "Le pont est large de 12 mètres.", "de", "Die Brücke ist 204 Meter lang und 12 Meter breit."),
    ("fr", "Le pont fait 204 mètres de long.", "de", "Die Brücke misst 204 Meter."),
    # to French
    ("fr", "Orion est tombée dans l'océan Pacifique le 11 décembre 2022.", "en", "NASA's Orion capsule dropped into the Pacific Ocean on 11 December 2022."),
    ("fr", "Le projet a coûté environ 1,6 milliard d'euros.", "en", "The project cost about 1.6 billion euros."),
    ("fr", "Aucun vaisseau n'était jamais allé aussi loin.", "en", "No spacecraft had ever gone so far."),
    ("fr", "L'Estonie, la Lettonie et la Lituanie ne partagent plus de réseau avec la Russie.", "en", "Estonia, Latvia and Lithuania no longer share an electricity grid with Russia."),
    ("fr", "Le billet coûte 58 euros par mois depuis le 1er janvier 2025.", "de", "Seit dem 1. Januar 2025 kostet das Abonnement 58 Euro im Monat."),
    ("fr", "Le billet n'est pas transmissible.", "de", "Das Ticket ist nicht übertragbar."),
    ("fr", "La délégation est arrivée à Damas le mardi 28 janvier 2025.", "ru", "Во вторник, 28 января 2025 года, в Дамаск прибыла делегация."),
    ("fr", "Mikhaïl Bogdanov dirigeait la délégation.", "ru", "Делегацию возглавил Михаил Богданов."),
    ("fr", "Ahmed al-Charaa a reçu les invités.", "ru", "Гостей принял Ахмед аш-Шараа."),
    ("fr", "L'éruption a duré 85 jours.", "es", "La erupción duró 85 días."),
    ("fr", "La grève a cessé le 13 mars, 40 jours après le vote.", "es", "La huelga terminó el 13 de marzo: habían pasado 40 días desde la votación."),
    ("de", "Rund 300 Helfer aus 25 Orten gaben 8 Millionen Euro.", "fr", "8 millions d'euros ont été donnés par quelque 300 bénévoles de 25 communes."),
    ("fr", "Homs est tombée le 7 décembre.", "en", "Homs fell between 7 and 8 December."),
    ("fr", "Vladimir Poutine a appelé.", "de", "Wladimir Putin rief an."),
    ("fr", "Les trois quarts ont été payés par l'Union européenne.", "en", "Three quarters of it was paid by the European Union."),
    ("fr", "Le Maroc a fini quatrième.", "ar", "وأنهى المغرب البطولة في المركز الرابع."),
    ("fr", "La Chine a envoyé deux sondes.", "zh", "中国派出了两个探测器。"),
    ("fr", "Le président polonais Andrzej Duda était là.", "en", "The Polish president Andrzej Duda was there."),
    # to English
    ("en", "The port of Tartus is the older of the two.", "fr", "Le port de Tartous est le plus ancien des deux."),
    ("en", "Russia has the site for 49 years.", "fr", "La Russie dispose des lieux pour 49 ans."),
    ("en", "Nobody was on board.", "fr", "Personne n'était à bord."),
    ("en", "The minister failed to sign.", "fr", "Le ministre n'a pas pu signer."),
    ("en", "Vladimir Putin and Ahmed al-Sharaa spoke on Wednesday, 12 February 2025.", "fr", "Vladimir Poutine et Ahmed al-Charaa se sont parlé le mercredi 12 février 2025."),
    ("en", "The French president spoke.", "fr", "Le président français a parlé."),
    ("en", "The bombing began on 30 September 2015.", "fr", "C'est de là que sont partis les premiers bombardements, le 30 septembre 2015."),
    ("en", "Two hurricanes came.", "es", "Llegaron dos huracanes."),
    ("en", "The ticket costs 58 euros.", "de", "Das Ticket kostet 58 Euro."),
    ("en", "Assad lost power on 8 December.", "ru", "8 декабря Башар Асад потерял власть."),
    ("en", "France won 64 medals.", "fr", "La France remporte 64 médailles."),
    ("en", "Croatia joined on 1 January 2023.", "fr", "Le 1er janvier 2023, la Croatie est entrée."),
    ("en", "Five people died in Germany.", "de", "In Deutschland starben fünf Menschen."),
    ("en", "Russia has the site for 49 years.", "fr", "La Russie dispose du site pour 49 ans, avec une prolongation si personne ne s'y oppose."),
    ("en", "The deal is extended if nobody objects.", "fr", "L'accord est prolongé si personne ne s'y oppose."),
    # to German
    ("de", "Die Kathedrale wurde am 7. Dezember 2024 wiedereröffnet.", "fr", "La cathédrale a rouvert le 7 décembre 2024."),
    ("de", "Frankreich gewann 64 Medaillen.", "fr", "La France remporte 64 médailles."),
    ("de", "Niemand war an Bord.", "en", "Nobody was on board."),
    ("de", "Das Projekt kostete 1,6 Milliarden Euro.", "en", "The project cost 1.6 billion euros."),
    ("de", "Zwei Drittel stimmten zu.", "fr", "Les deux tiers ont voté pour."),
    ("de", "Kroatien führte den Euro ein.", "fr", "La Croatie a adopté l'euro."),
    ("de", "Putin hat den Vertrag unterzeichnet.", "fr", "Poutine a signé l'accord."),
    ("de", "Die russische Flotte hat keinen anderen Stützpunkt im Mittelmeer.", "fr", "La flotte russe n'a pas d'autre base en Méditerranée."),
    # to Spanish
    ("es", "La cápsula voló 25 días.", "en", "The capsule flew for 25 days."),
    ("es", "No había nadie a bordo.", "en", "Nobody was on board."),
    ("es", "Rusia dispone del lugar por 49 años.", "fr", "La Russie dispose des lieux pour 49 ans."),
    ("es", "Croacia adoptó el euro el 1 de enero de 2023.", "fr", "Le 1er janvier 2023, la Croatie a adopté l'euro."),
    ("es", "Putin llamó el miércoles 12 de febrero.", "fr", "Poutine a appelé le mercredi 12 février."),
    # to Russian
    ("ru", "Порт Тартус старше.", "fr", "Tartous est le plus ancien."),
    ("ru", "Россия получила объект на 49 лет.", "fr", "La Russie dispose du site pour 49 ans."),
    ("ru", "На борту никого не было.", "en", "Nobody was on board."),
    ("ru", "Хорватия ввела евро 1 января 2023 года.", "fr", "Le 1er janvier 2023, la Croatie a adopté l'euro."),
    ("ru", "Проект стоил 1,6 миллиарда евро.", "en", "The project cost 1.6 billion euros."),
    # to Arabic and Chinese
    ("ar", "استمر الاتفاق 49 عاما.", "fr", "L'accord dure 49 ans."),
    ("ar", "لم يكن أحد على متنها.", "en", "Nobody was on board."),
    ("ar", "في 12 فبراير 2025 تحدث الرئيسان.", "fr", "Les deux présidents se sont parlé le 12 février 2025."),
    ("zh", "协议为期49年。", "fr", "L'accord dure 49 ans."),
    ("zh", "机上没有人。", "en", "Nobody was on board."),
    ("zh", "2025年2月12日，两位总统通话。", "fr", "Les deux présidents se sont parlé le 12 février 2025."),
    ("zh", "该项目耗资16亿欧元。", "en", "The project cost 1.6 billion euros."),
]  # fmt: skip


@pytest.mark.parametrize(("why", "language", "sentence", "quote_language", "quote"), LIES)
def test_a_quote_that_says_something_else_supports_nothing(
    why: str, language: str, sentence: str, quote_language: str, quote: str
) -> None:
    assert objection(Facts.of(sentence, language), Facts.of(quote, quote_language)).startswith(why)


@pytest.mark.parametrize(("language", "sentence", "quote_language", "quote"), TRUE)
def test_a_truthful_sentence_is_supported(language: str, sentence: str, quote_language: str, quote: str) -> None:
    assert objection(Facts.of(sentence, language), Facts.of(quote, quote_language)) == ""


def test_every_sentence_of_the_starter_articles_supports_itself_alone_and_beside_the_next() -> None:
    for file in sorted(SEEDS.glob("*.md")):
        article = frontmatter.load(str(file))
        language, text = str(article["language"]), article.content
        spans = split_sentences(text, language)
        for (start, middle), (begin, end) in pairwise(spans):
            for sentence in (text[start:middle], text[begin:end]):
                assert objection(Facts.of(sentence, language), Facts.of(sentence, language)) == ""
            assert objection(Facts.of(text[start:middle], language), Facts.of(text[start:end], language)) in (
                "",
                "a negation on one side only",
            )


def test_only_what_is_about_the_same_must_deny_the_same() -> None:
    quote = "La ligne ouvrira en juin. Personne ne sait ce que coûtera le billet."
    assert objection(Facts.of("La ligne ouvrira en juin.", "fr"), Facts.of(quote, "fr")) == ""
    assert (
        objection(Facts.of("On sait ce que coûtera le billet.", "fr"), Facts.of(quote, "fr"))
        == "a negation on one side only"
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "le Pas-de-Calais"), ("fr", "un pas en avant"), ("fr", "pas à pas"), ("fr", "sans doute"),
        ("fr", "il n'a qu'une base"), ("fr", "non seulement cher"), ("fr", "un non-lieu"), ("fr", "de plus en plus"),
        ("fr", "il n'en faut pas moins de trois"), ("en", "not only cheap"), ("en", "no fewer than 3"),
        ("en", "No. 5"), ("es", "sin embargo"), ("es", "no solo"), ("de", "nicht nur"), ("de", "Nikolaus"),
        ("ru", "не только"), ("ru", "не менее трёх"), ("ar", "لا سيما"), ("ar", "لا يزال"), ("zh", "未来"), ("zh", "不仅"),
        ("zh", "非洲"),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_denial_is_none(language: str, text: str) -> None:
    assert Facts.of(text, language).denies is False


def test_a_denial_in_an_unknown_language_is_not_known() -> None:
    assert Facts.of("ez dut ikusi", "eu").denies is None


@pytest.mark.parametrize(
    ("one", "name", "other", "word"),
    [
        ("fr", "Poutine", "ru", "Путин"), ("en", "Putin", "ru", "Путиным"), ("fr", "Zelensky", "de", "Selenskyj"),
        ("fr", "Moscou", "en", "Moscow"), ("fr", "Moscou", "ru", "Москва"), ("fr", "Damas", "en", "Damas"),
        ("fr", "Assad", "ru", "Асад"), ("fr", "Assad", "ar", "الأسد"), ("en", "Sharaa", "fr", "Charaa"),
        ("en", "Vladimir", "de", "Wladimir"), ("fr", "Bruxelles", "de", "Brüssel"), ("fr", "Tartous", "ru", "Тартус"),
        ("en", "Alexander", "ru", "Александр"), ("fr", "Tchaïkovski", "de", "Tschaikowski"),
        ("en", "Khrushchev", "ru", "Хрущёв"), ("fr", "Bogdanov", "ru", "Богданов"), ("en", "Hmeimim", "ru", "Хмеймим"),
    ],
)  # fmt: skip
def test_one_name_in_another_script_or_spelling_is_the_same(one: str, name: str, other: str, word: str) -> None:
    assert missing_names(Facts.of(f"… {name} …", one), Facts.of(f"… {word} …", other)) == []


@pytest.mark.parametrize(
    ("one", "name", "other", "word"),
    [
        ("fr", "Poutine", "ru", "Петров"), ("en", "Trump", "fr", "Truman"), ("fr", "Martin", "en", "Martel"),
        ("fr", "Homs", "en", "Hama"), ("en", "Kiev", "fr", "Kazan"), ("fr", "Macron", "ru", "Марченко"),
        ("fr", "Georgelin", "en", "Georgescu"), ("en", "Vilnius", "fr", "Villeurbanne"),
        ("en", "Notre-Dame de Villeneuve", "fr", "Notre-Dame de Paris dans la ville"),
    ],
)  # fmt: skip
def test_two_names_are_two(one: str, name: str, other: str, word: str) -> None:
    assert missing_names(Facts.of(f"… {name} …", one), Facts.of(f"… {word} …", other))


def test_countries_are_known_by_their_code_in_every_language() -> None:
    texts = {
        "fr": "l'Allemagne",
        "en": "Germany",
        "es": "Alemania",
        "de": "Deutschlands",
        "ru": "Германии",
        "ar": "ألمانيا",
        "zh": "德国",
    }
    for language, text in texts.items():
        assert "DE" in places(text, language), language


def test_what_people_and_things_of_a_country_are_called_names_it() -> None:
    assert "RU" in places("la flotte russe", "fr")
    assert "DE" in places("das deutsche Parlament", "de")
    assert "FR" in places("the French president", "en")
    assert "PL" in places("польский президент", "ru")
    assert places("la ligne 14", "fr") == {}


def test_a_pronoun_asks_for_the_sentence_before() -> None:
    assert needs_sentence_before(Facts.of("Il est mort en 2023.", "fr"))
    assert needs_sentence_before(Facts.of("She resigned.", "en"))
    assert not needs_sentence_before(Facts.of("Georgelin est mort en 2023.", "fr"))
    assert not needs_sentence_before(Facts.of("他辞职了。", "zh"))
