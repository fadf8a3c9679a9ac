"""Function and question words of languages, folded: they tell a language from few words."""

from __future__ import annotations

# A word may stand in several lists: the sums decide. These weigh little in a question too (`retrieval`).
FUNCTION_WORDS = {
    "fr": "a ai as au aux avec avant bonjour bonsoir c'est ce ces cet cette combien comment contre d' dans de depuis des dit donc du elle elles en est est-ce et eu fait il ils j'ai je l' la le les leur lui lequel laquelle lesquelles lesquels ma mais me merci moi mon ne nous n' on ont ou par parle pas pendant plus pour pourquoi puis qu'a qu'est-ce qu'il quand que quel quelle quelles quels qui quoi sa salut sans se selon ses si son sont sous sur t-elle t-il ta te tes toi ton tous tout tu un une va vers vont vos votre vous y etait ete a-t-il a-t-elle neuf dernieres nouvelles",
    "en": "a about after all an and any are as at be been before but by can could did do does for from had has have he hello her hi him his how i if in into is it its last many me more most much my new news no not of on or our over she so some tell than thank thanks that the their them there these they this those to under until us was we were what what's when where which while who whom whose why will with would you your",
    "es": "a al ante bajo como con cual cuales cuando cuanta cuantas cuanto cuantos de del desde donde dos el ella ellos en entre era es esta este esto fue fueron gracias ha han hasta hola la las lo los mas me mi muy no nos o para pero por porque que quien quienes se ser si sin sobre son su sus tiene todo un una y ya",
    "de": "ab aber alle als am an auch auf aus bei bis da danke das dass dem den der des die durch ein eine einem einen einer eines er es fur gegen gibt guten hallo hat hatte hatten ich ihm ihr ihre im in ist ja kann man mit nach nicht noch oder seit sich sie sind so uber um und uns unter vom von vor wann war waren warum was welche welchem welchen welcher welches wem wen wenn wer werden wessen wie wird wo wohin woher wurde wurden zu zum zur",
    "it": "a al alla anche che chi ci come con cosa da dal dalla dei del della delle di dove e era fu gli grazie ha hanno i il in la le lo ma nel nella non o per perche piu qual quale quali quando quanta quante quanti quanto si sono stata stato su sul sulla un una",
    "pt": "a ao aos as com como da das de do dos e ela ele em era foi foram ha na nas nao no nos o obrigado onde os ou para pela pelo por porque quais qual quando quanto quantos que quem se sao seu sua um uma",
    "ro": "a al ale au ca care cat cate ce cine cu cum cand de despre din e este fi fost in la mai multumesc nu o pe pentru sa sau se si sunt un una unde",
    "nl": "aan als bij dat de die dit door een en er het hoe hoeveel ik in is kan maar met naar niet of om onder op over te tot uit van voor waar waarom wanneer was wat welke werd wie wordt zijn",
}  # fmt: skip
# These only tell the language.
TELLING_WORDS = {
    "fr": "ca fait faire veut peut doit apres lors chez aussi tres avoir etre sera seront aura deja car comme toujours encore meme annee ans jour janvier fevrier avril mai juin juillet aout septembre octobre novembre decembre qu' c' j' quelqu' jusqu' lorsqu' -il -elle -ils -elles -on -ce -je -tu -vous -nous",
    "en": "called made make used happen happened during between both each only other also because first name year years old long who's where's being then there",
    "de": "wieviel wieso weshalb wozu womit viele bedeutet heisst hiess her zwischen wahrend habe haben sein seine seiner seinen ihren dieser diese dieses jahr jahre lange gab sagt sagte dazu davon damit konnte soll sollte muss",
    "es": "estaba estan hay hizo hace tuvo tienen puede pueden ano anos durante despues antes llama otro otra cada tambien nombre paso pasa dijo dice enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "viene vengono aveva erano essere fatto nei negli nelle dagli dalle ai agli alle anno anni dopo prima ogni chiama degli suo sua loro questo questa gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre l' d' c' un' dell' all' dall' nell' sull' dov' com' quest'",
    "pt": "ser deve devem pode podem entre sobre ate muito esta este isso pelos pelas quantas quantos ano anos durante depois antes cada tambem tem tinha nome janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro -se",
    "ro": "era erau are cati cata catre lui lor care cel cea cei prin dintre intre anul ani face facut poate trebuie ai ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "nl": "heet heeft hebben had deze worden hun haar zijn jaar tussen tijdens waarvoor waarin wiens veel januari februari maart april mei juni juli augustus september oktober november december",
    "pl": "kto co gdzie kiedy jak jaki jaka jakie jakiego jakiej jakim jest ile dlaczego czy ktory ktora ktore ktorym ktorego w z na do od sie był była było byl byla bylo sa i o po nie to za przez kim czym kogo roku",
    "cs": "kdo co kde kdy jak jaky jaka jake jakeho je kolik proc ktery ktera ktere kterem kterym v z na do od se byl byla bylo jsou i o po ne to za pro ve jmenuje roce roku",
    "sk": "kto co kde kedy ako aky aka ake je kolko preco ktory ktora ktore ktorom v z na do od sa bol bola bolo su i o po nie to za pre vo roku",
    "hu": "a ki mi hol mikor hogyan hany mennyi miert melyik milyen volt van az es nem egy hogy kit mit kinek kik meg lett honnan hova",
    "tr": "kim ne nerede nereden nasil nasıl kac kaç hangi neden nicin mi mı mu bu ve ile icin bir da de olan oldu var kimdir nedir zaman kadar olarak en",
    "vi": "ai gi đau nao khi bao nhieu nhu the tai sao cua nhung cac đuoc trong nam va co la khong nguoi o đa nhat may dau duoc mot ten ong noi bang theo loai tren sau truoc",
    "id": "siapa siapakah apa apakah di dimana dimanakah mana manakah kapan kapankah bagaimana berapa berapakah mengapa kenapa yang dan dari dalam adalah ada ini itu pada untuk dengan oleh ke nama tahun jumlah",
    "sv": "vem vad var nar hur varfor vilken vilket vilka ar och i pa av for som det den en ett att med till fran har heter manga inte finns ut om mest",
    "da": "hvem hvad hvor hvornar hvordan hvorfor hvilken hvilket hvilke er og i pa af for som det den en et at med til fra har hedder mange ikke blev om",
    "no": "hvem hva hvor nar hvordan hvorfor hvilken hvilket hvilke er og i pa av for som det den en et at med til fra har heter mange ikke ble om",
    "fi": "kuka mika missa milloin miten miksi kuinka mita minka mista on ja oli ei monta paljon mihin kenen onko",
    "ca": "quan com per quin quina quins quines es el els dels i amb va son quant quants d' l'",
    "ru": "кто что где когда как какой какая какое какие каком каких какую какого каким сколько скольких почему зачем ли у в на с по из и не был была было были за до от о об к для это кем чем чей куда откуда кого кому чему его ее их году года лет является",
    "uk": "хто що де коли як який яка яке які якого яку якій якому скільки чому чи у в на з та і й є був була було були за до від про для це ким чим кого кому куди році року",
    "bg": "кой коя кое кои какво къде кога как колко защо е в на с по от и не беше за до ли се са",
}  # fmt: skip
ALL = frozenset(word for listed in FUNCTION_WORDS.values() for word in listed.split())  # of every language
