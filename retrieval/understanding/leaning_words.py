"""The words by which a question leans on the one before, language by language; all folded."""

from __future__ import annotations

from dataclasses import dataclass

_NOW = r"annee|an|epoque|periode|date|annees|mois|semaine|jour|jours|nuit|matin|matinee|midi|soir|soiree|week|ete|hiver|automne|printemps|saison|trimestre|derni\w+|prochain\w*|temps|moment"
_NOW_EN = r"year|month|week|weekend|day|days|morning|afternoon|evening|night|summer|winter|spring|autumn|fall|season|quarter|time|past|last"
_NOW_DE = r"jahr\w*|monat\w*|woche\w*|tage?\w*|morgen|abend|nacht|sommer|winter|herbst|fruhling|mal|saison"
_NOW_ES = r"ano|mes|semana|dia|dias|manana|tarde|noche|verano|invierno|otono|primavera|temporada|vez|ultim\w+|fin"


@dataclass(frozen=True, slots=True)
class Speech:
    """Patterns of one language, for folded text; "" matches nothing.

    `asked` is a question word with the noun that belongs to it ("combien de morts"), which explains no pronoun.
    """

    pronoun: str  # stands for something that was said
    own: str  # "Qui prend sa retraite ?": whose it is may be who is asked for
    objects: str  # a pronoun that the subject of its own clause cannot explain: "avec lui ?", "play it?"
    clause: str  # begins another clause
    points: str  # "cette loi": leans unless the noun, its group, was said in the question itself
    empty: str  # looks like a pronoun and is none
    asked: str
    governs: str  # a word after it is a verb, and explains no pronoun
    continues: str  # begins a question that goes on
    others: str  # asks for more of the same
    corrects: str  # up to what was meant
    fresh: str  # says that it is about something else


_FR_IMPERSONAL = r"faut|fallait|faudra|faudrait|pleut|pleuvra|neige|s'agit|s'agissait|suffit|convient|semble|parait|existe|existait|reste|se passe|se passait|se produit|s'est (?:passe|produit)"

SPEECH = {
    "fr": Speech(
        pronoun=r"\b(?:ils?|elles?|eux|lui|leurs?|ceci|cela|sa|ses|son|la-bas|la-dedans|la-dessus)\b"
        r"|\b(?:celui|celles?|ceux)\b(?! (?:d[eu]s?|qui|que|dont)\b| d'| qu')|\b(?:lesquel(?:le)?s|laquelle|lequel)\b(?! d[eu]s?\b| d')"
        r"|\bca\b|\bc'(?:est|etait|sera) (?!qu|ou\b|comment|combien|vrai|ca\b|bien\b|en\b|a\b|au\b|pour|parce|par\b|d|l|un|sur\b|moi\b)\w{4,}"
        r"|(?<=s')en\b|\bcombien en\b|\ben (?:a|ai|as|avons|avez|ont|avait|aura|est|sont|etait|sera|reste|restent|parle|pense|dit|fait|sait)\b"
        r"|\bqui y\b|\bs'y\b|\by (?:vit|vivent|habite\w*|travaille\w*|participe\w*|va)\b"
        r"|^(?:et )?qui (?:le|la|les) \w+ ?(?:[?.!]|$)|\bl'(?:a|ont|avait|avaient|aura)\b"
        r"|^(?:le|la|les) (?:premiere?|deuxieme|seconde?|derniere?|autre|meme)s?(?= ?[,?]| ?$| elles?\b| ils?\b)",
        own=r"^(?:et |mais )?qui (?!est\b|sont\b|etait\b|etaient\b).*\b(?:sa|son|ses|leurs?)\b",
        objects=r"\b(?:avec|pour|contre|par|de|chez|sur|a|sans|selon|envers|entre) (?:lui|elles?|eux|cela|ca)(?= ?[?.!]| ?$)",
        clause=r"\bet\b|\bou\b|,|\bqui\b.*\bqui\b|\bqu[e']|\bquand\b.|\bdont\b|\bsi\b|\bparce\b|\blorsque\b|\bpendant\b|\bapres\b",
        points=r"(?<!-)\b(?:ce (?!que\b|qui\b|sont\b|fut\b|soit\b)|cet |cette |ces )(?!(?:" + _NOW + r")\b)(\w{3,})",
        empty=r"\b(?:n')?y[- ](?:a|avait|aura|aurait|eut)(?:-t)?-ils?\b|\bil (?:n'|ne )?y (?:a|avait|aura|aurait|eut)\b|\bqu'y a-t-il\b"
        r"|\b(?:est|etait|sera|serait|fait|faisait)(?:-| )il (?:vrai|possible|necessaire|question|interdit|obligatoire|permis|autorise|utile|temps|encore|prevu|exact|certain|normal|chaud|froid|beau|nuit|jour)\b"
        r"|\bil (?:est|etait|sera|serait) (?:vrai|possible|necessaire|interdit|obligatoire|permis|autorise|utile|question|prevu de)\b"
        rf"|\b(?:{_FR_IMPERSONAL})(?:-t)?-il\b|\bil (?:{_FR_IMPERSONAL})\b|\bs'est-il (?:passe|produit)\b|\btemps fait-il\b|\bqu'en est-il\b"
        r"|\bca (?:va|marche|y est|roule|gaze)\b|\bc'est ca\b|\bqu'est-ce que ca\b|\bheure est-il\b",
        asked=r"\b(?:a |de |en |dans |pour |avec |depuis |pendant )?(?:combien(?: d(?:e |')\w+)?|quel(?:le)?s? (?:est |sont |etait )?(?!est|sont|etait|la |le |les |l')\w+|quel(?:le)?s?|qui|quoi|que|qu'est-ce qu[ei']|qu'|ou|quand|comment|pourquoi|est-ce qu[e'])",
        governs=r"a|ai|as|ont|avait|avaient|aura|est|sont|etait|etaient|ete|fut|sera|s|n|ne|se|on|il|elle|ils|elles|qui|pas|va|vont|peut|doit|t|y|en|lui|leur|nous|vous|je|tu",
        continues=r"(?:et|mais|dont|ou bien|alors|donc|sinon|puis|et puis|ensuite|idem|pareil)\b",
        others=r"(?:et |mais |ou )?(?:(?:est-ce qu'il |il )?(?:y )?en a(?:-t-il|vait-il)? (?:encore )?d'autres?|(?:y a-t-il|il y a|est-ce qu'il y a|quel(?:le)?s? (?:sont )?)? ?(?:encore )?(?:d'autres?|les autres|quoi d'autre|autre chose|quelqu'un d'autre|qui d'autre|rien d'autre|c'est tout)(?: \w+)?|la suite|encore|quoi encore|quelque chose d'autre|(?:dis|dites)[- ]m'en plus)",
        corrects=r"(?:non|nan|pardon|desole|oups|euh|mais non)?[ ,.!:;-]*(?:(?:mais )?(?:(?:moi )?je|j') ?(?:ne |n')?(?:parle|parlais|voulais(?: parler| dire)?|veux(?: parler| dire)?|pensais|demandais)(?: pas)?(?: de | d'| du | des | a | au | pour )?|plutot )|non[ ,]+(?:pas [^,?]{2,40}, ?(?:mais )?)?(?=(?:le|la|les|l'|du|de|des|en|a|au|pour) )|pas [^,?]{2,40}, (?:mais )?(?=(?:le|la|les|l'|du|de|des|en|a|au|pour) )",
        fresh=r"(?:rien a voir|autre (?:question|sujet|chose)|question suivante|changeons de sujet|sinon rien a voir|nouvelle question)\b[ ,:.!]*(?:mais )?",
    ),
    "en": Speech(
        pronoun=r"\b(?:he|she|they|them|him|his|hers?|theirs?|its?)\b|\b(?:this|these|those)(?= ?[?.!,]| ?$| (?:is|are|was|were|do|does|did|has|have|had|and|or)\b)"
        r"|\b(?:of|like|about|do|did|does|is|was|for|at|after|before|with|from|all|by|to|on) that\b(?! (?:" + _NOW_EN + r"))|\bthat(?= ?(?:[?.!,]|$)| (?:cost|mean|happen|work|help|place|person|man|woman|company|one)\b)"
        r"|(?<!is )(?<!are )(?<!was )(?<!were )(?<!been )(?<!be )\bthere(?= ?[?.!,]| ?$)|\bwhich ones?\b|\bthe (?:first|last|latter|former|second|other|next|same)(?: ones?)?(?= ?[?.!,]| ?$)",
        own=r"^(?:and |but )?who (?!is\b|was\b|are\b|were\b|'s\b).*\b(?:his|her|their|its)\b",
        objects=r"\b(?:it|them|him)(?= ?[?.!]| ?$)",
        clause=r"\band\b|\bor\b|,|\bthat\b|\bif\b|\bbecause\b|\bwhile\b|\bafter\b|\bbefore\b|\bsince\b|\b(?:who|which|when|where)\b.+\b(?:who|which|when|where)\b|\b\w+ (?:who|which|when)\b",
        points=r"\b(?:this|these|those) (?!(?:" + _NOW_EN + r"|is|are|was|were|do|does|did|has|have|had|and|or)\b)(\w{3,})",
        empty=r"\b(?:is|was|will|would|isn't|wasn't) it (?:true|possible|likely|legal|illegal|safe|necessary|normal|ok|okay|correct|raining|snowing|time|the case)\b"
        r"|\b(?:does|did|will|would|do) it (?:take|cost|mean|rain|snow|matter)\b(?=.* to\b)|\bit gets? (?:dark|light|cold|hot|warm)|\btime is it\b|\bit (?:takes?|took|is (?:true|possible)|rains?|snows?)\b",
        asked=r"\b(?:in |on |at |from |with |for |to |by )?(?:how (?:many|much|long|far|old|big|tall|often|high|fast|large|deep)(?: away| ago)?(?: (?!did|do|does|is|are|was|were|has|have|had|will|would|can|could)\w+)?|(?:what|which|whose)(?: (?:is|are|was|were) (?=(?:he|she|it|they|his|her|its|their)\b))?(?: (?!did|do|does|is|are|was|were|has|have|had|will|would|can|could|the|a|an|about|if)\w+)?|who|whom|where|when|why|how|what|which)\b",
        governs=r"who|what|which|is|are|was|were|has|have|had|been|be|to|will|would|can|could|should|not|n't|he|she|it|they|you|i|we|also|ever|does",
        continues=r"(?:and|but|or|so|then|also|what about|how about|what else|same|likewise)\b",
        others=r"(?:and |but |or |so )?(?:are there|is there|were there|any|what|who|do you have|does it have|is that)? ?(?:any |some |the )?(?:others?|other ones?|anything else|something else|someone else|anyone else|else|more|the rest|all)(?: \w+)?",
        corrects=r"(?:no|nope|sorry|oops|well|actually)?[ ,.!:;-]*(?:i (?:mean|meant|was (?:talking|asking|thinking) (?:about|of)|am (?:talking|asking) about|wanted to (?:say|ask about))|i'm (?:talking|asking) about)(?: about| of| to say)? |(?:no|not) [^,?]{2,40}, (?:but )?(?=(?:the|in|at|for|a|about) )|no[ ,]+(?=(?:the|in|at|for|about) )",
        fresh=r"(?:different|another|other|new|next|unrelated) (?:question|subject|topic|thing)\b[ ,:.!]*|(?:by the way|on another note|changing (?:the )?subject)[ ,:.!]*",
    ),
    "de": Speech(
        pronoun=r"\b(?:er|sie|ihn|ihm|ihnen|ihre[rsnm]?|ihr|seine[rsnm]?|sein(?= \w)|jene[rsnm]?|dort|dorthin|deren|dessen|letztere\w*|da(?:r)?(?:von|fur|mit|gegen|bei|zu|uber|auf|nach|vor|aus|in))\b|\bdies(?:e[rsnm]?)?(?= ?[?.!,]| ?$)"
        r"|\b(?:wurde|kostet|liegt|steht|dauert|dauerte|kostete) es\b|\b(?:kostet|dauert|ist|war|geht|heisst|bedeutet|wurde|passiert|passierte|kostete|dauerte|ging|sagte|sagt|macht) das(?= ?[?.!,]| ?$)|^das(?= (?:ist|war|hat|kostet)\b)",
        own=r"^(?:und |aber )?wer (?!ist\b|war\b|sind\b).*\b(?:seine?[rsnm]?|ihre?[rsnm]?)\b",
        objects=r"\b(?:mit|von|fur|gegen|bei|zu|uber|ohne|an|auf|nach) (?:ihm|ihn|ihr|ihnen|sie)(?= ?[?.!]| ?$)",
        clause=r"\bund\b|\boder\b|,|\bdass\b|\bweil\b|\bwenn\b|\bals\b",
        points=r"\bdies(?:e[rsnm]?)? (?!(?:" + _NOW_DE + r")\b)(\w{3,})",
        empty=r"\b(?:gibt|gab|geht|ging|regnet|schneit) es\b|\bes (?:gibt|gab|geht|ging)\b|\bist es (?:wahr|moglich|richtig|erlaubt|verboten)\b|\bkann (?:das|es) sein\b",
        asked=r"\b(?:in |an |auf |von |mit |fur |seit |um |aus |zu )?(?:wie ?viele?[rn]?(?: \w+)?|wie (?:lange?|hoch|gross|alt|teuer|weit|schnell|oft|schwer|breit|tief)|welche[rsnm]?(?: \w+)?|wer|wen|wem|wessen|was|wo|wohin|woher|wann|warum|wieso|weshalb|wie|womit|wofur|woran|wozu)\b",
        governs=r"wer|was|ist|sind|war|waren|hat|haben|hatte|wird|wurde|wurden|nicht|zu|man|sich|er|sie|es|ihn|kann|soll|muss",
        continues=r"(?:und|aber|oder|also|dann|was ist mit|wie sieht es (?:mit|in|bei)|sonst)\b",
        others=r"(?:und |aber |oder )?(?:gibt es |gab es |was |wer |hast du |haben sie )?(?:noch |sonst )*(?:andere|weitere|mehr|welche|noch|sonst|sonst noch|noch was|noch jemand|alles|die anderen)(?: \w+)?",
        corrects=r"(?:nein|ne|sorry|entschuldigung|quatsch)?[ ,.!:;-]*(?:ich (?:mein(?:e|te)|sprach von|rede(?:te)? von|wollte (?:sagen|wissen))|gemeint (?:ist|war)) |nein[ ,]+(?:nicht [^,?]{2,40}, ?(?:sondern )?)?(?=(?:der|die|das|den|dem|in|im|fur) )|nicht [^,?]{2,40}, sondern ",
        fresh=r"(?:andere frage|anderes thema|nachste frage|was anderes|etwas anderes|neue frage|themenwechsel)\b[ ,:.!]*",
    ),
    "es": Speech(
        pronoun=r"\b(?:ella|ellos|ellas|ello|eso|suy[oa]s?|sus?|alli|ahi|esto)\b|\bquien (?:lo|la|los|las) \w+|^(?:lo|la) (?:dijo|hizo|mato)\b|\bcual(?:es)?(?= ?\?)",
        own=r"^[¿ ]*(?:y |pero )?quien(?:es)? (?!es\b|fue\b|era\b|son\b).*\bsus?\b", objects="", clause="",
        points=r"\b(?:es[eao]s?|est[eao]s?|aquel\w*) (?!(?:" + _NOW_ES + r")\b)(\w{3,})",
        empty=r"\bes (?:verdad|cierto|posible) que\b|\bse (?:le|les) (?:llama|conoce)\b|\besta (?=prohibid|permitid|previst|en |situad|ubicad|abiert|cerrad|hech)",
        asked=r"[¿ ]*\b(?:a |de |en |con |por |para |desde |hasta )?(?:cuant[oa]s?(?: \w+)?|que (?!es\b|son\b|fue\b)\w+|que|cual(?:es)?|quien(?:es)?|donde|adonde|cuando|como|por que)\b",
        governs=r"que|quien|es|son|fue|fueron|era|ha|han|habia|se|no|esta|estan|hay|cuando|donde|como|lo|le|les|va|van|puede",
        continues=r"[¿ ]*(?:y|e|pero|o|entonces|ademas|que hay de|que tal|y que pasa con)\b",
        others=r"[¿ ]*(?:y |pero |o )?(?:hay |habia |que |quien |cuales son )?(?:(?:algun[oa]?s? )?(?:otr[oa]s?|mas|algo mas|alguien mas|nada mas|lo demas|los demas|las demas)|otra cosa)(?: \w+)?",
        corrects=r"(?:no|perdon|disculpa)?[ ,.!:;-]*(?:(?:yo )?(?:me referia a|me refiero a|hablaba de|hablo de|queria decir|quise decir|preguntaba por)) ?|no[ ,]+(?:no [^,?]{2,40}, ?)?(?=(?:el|la|los|las|de|del|en) )",
        fresh=r"[¿ ]*(?:otra (?:pregunta|cosa)|otro tema|cambiando de tema|nueva pregunta|nada que ver)\b[ ,:.!]*(?:pero )?",
    ),
    "it": Speech(
        pronoun=r"\b(?:egli|ella|lui|lei|loro|suoi?|sua|sue|cio)\b|\bquest[oaie](?= ?[?.!,]| ?$)|\bchi (?:lo|la|li|le) \w+",
        own="", objects="", clause="",
        points=r"\bque(?:st[oaie]|ll[oaie]|gli) (?!(?:anno|mese|settimana|mattina|sera|notte|estate|inverno|volta)\b)(\w{3,})",
        empty=r"",
        asked=r"\b(?:a |di |in |con |per |da )?(?:quant[oaie](?: \w+)?|che \w+|qual[ei]?(?: \w+)?|chi|dove|quando|come|perche|cosa|che cosa)\b",
        governs=r"chi|che|e|sono|era|ha|hanno|fu|si|non|cosa|dove|quando|come|lo|viene",
        continues=r"(?:e|ed|ma|o|oppure|allora|invece)\b",
        others=r"(?:e |ma )?(?:ce ne sono |c'e |ci sono |che |chi |quali )?(?:alt?r[oaie]|dell'altro|qualcos'altro|qualcun altro|di piu|gli altri|le altre|nient'altro|ancora)(?: \w+)?",
        corrects=r"(?:no|scusa|scusi)?[ ,.!:;-]*(?:(?:io )?(?:intendevo|volevo dire|voglio dire|parlavo d(?:i|el|ella|ei|egli)|mi riferivo a\w*)) ",
        fresh=r"(?:altra domanda|un'altra domanda|altro argomento|cambiando (?:argomento|discorso))\b[ ,:.!]*",
    ),
    "pt": Speech(
        pronoun=r"\b(?:ele|ela|eles|elas|seus?|suas?|isso|isto|aquilo|dele|dela|deles|delas|nele|nela)\b",
        own="", objects="", clause="",
        points=r"\b(?:aquel[ea]s?|ess[ea]s?|est[ea]s?) (?!(?:ano|mes|semana|noite|manha|tarde|vez)\b)(\w{3,})",
        empty=r"",
        asked=r"\b(?:a |de |em |com |por |para )?(?:quant[oa]s?(?: \w+)?|que \w+|qual(?: \w+)?|quais(?: \w+)?|quem|onde|quando|como|por que|porque|o que)\b",
        governs=r"quem|que|e|sao|era|foi|foram|tem|se|nao|ha|onde|quando|como|esta",
        continues=r"(?:e|mas|ou|entao)\b",
        others=r"(?:e |mas )?(?:ha |existem |tem |que |quem |quais )?(?:outr[oa]s?|mais|mais alguma coisa|algo mais|mais alguem|os outros|as outras)(?: \w+)?",
        corrects=r"(?:nao|desculpa|desculpe)?[ ,.!:;-]*(?:(?:eu )?(?:queria dizer|quis dizer|falava d[eoa]s?|estava a? ?falar d[eoa]s?|me referia a[os]?|referia-me a[os]?)) ",
        fresh=r"(?:outra (?:pergunta|coisa)|outro assunto|mudando de assunto)\b[ ,:.!]*",
    ),
    "ru": Speech(
        pronoun=r"\b(?:он|она|оно|они|его|ее|ему|ей|им|их|него|нее|них|ней|нем|ними|там|туда|оттуда|тогда|это)\b",
        own="", objects="", clause="",
        points=r"\b(?:этот|эта|эти|этого|этой|этих|этом|эту|этому|это) (?!год|недел|месяц|день|дня|утр|вечер|раз|лет|зим|осен|весн)(\w{3,})",
        empty=r"\bправда ли\b",
        asked=r"\b(?:в |на |с |от |до |у |по |за |из |о |об |к )?(?:сколько(?: \w+)?|как(?:ой|ая|ое|ие|ого|ую|ом|их|им|ую)(?: \w+)?|кто|кого|кому|кем|ком|что|чего|чему|чем|где|куда|откуда|когда|почему|зачем|как)\b",
        governs=r"кто|что|не|был|была|было|были|есть|ли|бы|сколько|как|когда|где|почему|он|она|они",
        continues=r"(?:а|и|но|или|тогда|значит|что насчет|как насчет)\b",
        others=r"(?:а |и |но )?(?:есть |были |что |кто |какие )?(?:ли )?(?:еще|другие|другое|остальные|больше)(?: (?:что-нибудь|что-то|кто-нибудь|другие|\w+))?",
        corrects=r"(?:нет|извини\w*|прости\w*)?[ ,.!:;-]*(?:я (?:имел[аи]? в виду|говорил[аи]? (?:о|об|про)|хотел[аи]? сказать|спрашивал[аи]? (?:о|об|про)) )",
        fresh=r"(?:другой вопрос|еще вопрос|другая тема|следующий вопрос|сменим тему)\b[ ,:.!]*",
    ),
    "ar": Speech(
        pronoun=r"(?<!ما )(?<!من )(?:^|(?<=\s))(?:هو|هي|هم|هما|ذلك|تلك|هولاء)(?=\s|[?؟.!،]|$)|(?:^|(?<=\s))هذ[اه](?=\s|[?؟.!،]|$)(?! (?:العام|الشهر|الاسبوع|اليوم|السنه|السنة|الصباح|المساء))",
        own="", objects="", clause="",
        points=r"",
        empty=r"",
        asked=r"(?:^|(?<=\s))(?:كم(?: \w+)?|ما(?: (?:هو|هي))?|ماذا|من(?: (?:هو|هي))?|اين|متى|كيف|لماذا|اي \w+|هل)(?=\s|[?؟]|$)",
        governs=r"من|ما|متى|اين|كيف|لماذا|لم|لا|قد|هل|كان|كانت",
        continues=r"(?:و(?:متى|اين|من|ما|ماذا|كم|كيف|لماذا|هل|في|عن)\b|لكن\b|ثم\b|و\s|ماذا عن)",
        others=r"(?:و)?(?:هل )?(?:هناك |يوجد |ماذا |من )?(?:غيره|غيرها|غيرهم|اخر|اخرى|اخرون|ايضا|المزيد|البقيه|شيء اخر)(?: \w+)?",
        corrects=r"(?:لا|عفوا)?[ ,.!:؛،-]*(?:(?:كنت )?(?:اقصد|اعني|قصدت|اتحدث عن|تحدثت عن)) ",
        fresh=r"(?:سوال (?:اخر|مختلف|جديد)|موضوع اخر)[ ,:.!،]*",
    ),
    "zh": Speech(
        pronoun=r"[他她它](?:们)?|这(?!年|个?月|周|个?星期|次|天|里年)|那(?!么多?少)(?!年|天)|其中|此人|该(?=[\u4e00-\u9fff])",
        own="", objects="", clause="",
        points=r"",
        empty=r"",
        asked=r"什么时候|什么|哪[里儿个些一年天]?|为什么|为何|怎么样?|多少|多久|多长|多大|谁|几[\u4e00-\u9fff]?|何时|何地|吗",
        governs=r"",
        continues=r"(?:那么?|还有|另外|然后|但是?|可是|而且?|以及)|.{0,12}呢[?？]?$",
        others=r"(?:那么?)?(?:还有(?:别的|其他的?|其它的?|什么|谁|吗)*|其他的?呢?|别的呢?|更多)(?:吗|呢)?",
        corrects=r"(?:不|不是|不对|抱歉)?[ ,.!:，。、]*(?:我(?:是说|的意思是|指的是|说的是|想问的是|问的是)) ?",
        fresh=r"(?:另一个问题|换个(?:话题|问题)|别的问题)[ ,:.!，：。]*",
    ),
}  # fmt: skip
