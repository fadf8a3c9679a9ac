"""What people say to a bot that is no question about the articles."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from index.text.folding import fold

Smalltalk: TypeAlias = Literal["hello", "thanks", "help", "newest", "empty"]

_END = r"[\s!.,;:?¡¿…)(\u061f\u3002\uff01\uff1f\U0001f300-\U0001faff\u2600-\u27bf]*"
_BOT = r"(?: (?:a tous|tout le monde|le bot|bot|there|everyone|all|beaucoup|bcp|bien|infiniment|very much|a lot|so much|schon|sehr|vielmals|большое|جزيلا))*"
_PATTERNS: list[tuple[Smalltalk, str]] = [
    (
        "hello",
        r"(?:bonjour|bonsoir|bjr|bsr|salut|slt|coucou|cc|yo|wesh|hello|hi|hey|good (?:morning|evening|afternoon)|hola|buen[oa]s(?: (?:dias|tardes|noches))?"
        r"|hallo|guten (?:tag|morgen|abend)|привет|здравствуи\w*|здравствуй\w*|добрый (?:день|вечер)|مرحبا|السلام عليكم|اهلا|你好|您好)",
    ),
    (
        "thanks",
        r"(?:(?:(?:ok|super|parfait|genial|d'accord|bien|tres bien|un grand|mille|great|ok,?|perfect|vielen|besten|muchas) )?(?:mercis?|mrc|thanks?(?: you)?|thx|cheers|gracias|danke|спасибо|شكرا|谢谢)(?: (?:pour|for|fur|por|за) ?(?:\w+ ?){1,4})?|je (?:vous|te) remercie|d'accord|ok(?:ay)?|(?:c'est |bien )?(?:note|compris|recu|clair)|got it|i see|verstanden|entendido|понятно|ясно|明白了?|فهمت)",
    ),
    (
        "help",
        r"(?:aide|aide(?:z)?[- ]moi|help(?: me)?|sos|au secours|ayuda(?:me)?|hilf(?: mir)?|hilfe|помощь|مساعدة|帮助|que (?:peux|sais)[- ]tu faire|que pouvez[- ]vous faire|qu'est[- ]ce que (?:tu (?:peux|sais)|vous pouvez) faire"
        r"|a quoi (?:sers[- ]tu|servez[- ]vous)|(?:qui|tu) es[- ]tu|qui etes[- ]vous|what can you do|who are you|what do you do"
        r"|(?:comment (?:tu )?t'appelles?(?:[- ]tu)?|(?:quel est|c'est quoi) ton nom|what(?:'s| is) your name|wie heisst du|como te llamas|как тебя зовут|ты кто|你叫什么(?:名字)?|ما اسمك)"
        r"|(?:(?:quel age as[- ]tu|(?:tu|t)(?: |')as quel age|how old are you|wie alt bist du|cuantos anos tienes|сколько тебе лет)|(?:tu fais quoi|que fais[- ]tu|what are you(?: doing)?))"
        r"|(?:est-ce que )?(?:tu es|es[- ]tu|t'es|etes[- ]vous|vous etes|are you|bist du|sind sie|eres|ты) (?:une? |an? |eine? )?(?:vraie? |real |echter )?(?:robot|bot|ia|ai|humain\w*|human|personne|person|machine|programme|program|chatgpt|mensch|maschine|humano|maquina|бот|робот|человек)"
        r"|que puedes hacer|quien eres|was kannst du(?: alles)?|wer bist du|что ты умеешь|кто ты|ماذا يمكنك ان تفعل|من انت|你能做什么|你是谁)",
    ),
    (
        "newest",
        r"(?:quoi de neuf|quoi de nouveau|quelles sont les (?:dernieres )?(?:nouvelles|actualites|infos)|les dernieres (?:nouvelles|actualites|infos)|dernieres (?:nouvelles|actualites)"
        r"|les derniers articles|quels sont les (?:derniers|nouveaux) articles|what(?:'s| is) new|what(?:'s| is) the (?:latest )?news|(?:the )?latest (?:news|articles)"
        r"|que hay de nuevo|(?:las )?ultimas noticias|was gibt es neues|was gibt's neues|neueste artikel|что нового|последние новости|ما الجديد|اخر الاخبار|有什么新消息|最新消息)",
    ),
]  # fmt: skip
# What people say to a bot, or about its answer, and ask nothing: a laugh, praise, abuse, a yes, an order to stop.
_NOISE = (
    r"(?:(?:a?h[aeiou]){2,}h?|l+o+l+|mdr+|ptdr+|x+d+|(?:ja){2,}|(?:ах|ха){2,}\w*|哈{2,}|ه{3,}|rofl|lmao|h+m+|e+u+h+|u+h+m*|hein|bof|wow|ouah|oups|oops|ah(?: bon| oui| non)?|oh)"
    r"|(?:oui|non|si|ouais|nan|yes|yep|yeah|no|nope|ja|nein|doch|si|да|нет|نعم|لا|是的?|不是?)(?: merci| thanks| danke| gracias| спасибо)?"
    r"|[a-z]|test(?:ing)?|pourquoi pas|why not|warum nicht|por que no|(?:et|and|und|y) (?:toi|vous|you|du|tu)|quoi|pardon|what|wie bitte|que|как|я не понимаю|peut-etre|maybe|perhaps|vielleicht|quizas?|vale|ca marche|je vois|i see"
    r"|je (?:ne |n'ai )?(?:comprends|compris) (?:pas|rien)|(?:je n'ai|j'ai) rien compris|i (?:don't|do not|didn't) (?:understand|get it|know)|ich verstehe (?:das )?nicht|no entiendo"
    r"|(?:tu|vous|you)(?: (?:ne|te|vous|are|'re))? ?(?:sers|servez|trompes?|trompez|dis|dites|as|avez|wrong|talk)(?: (?:a rien|n'importe quoi|tort|wrong|nonsense))?|(?:you are|you're|du irrst dich|te equivocas|ты ошибаешься)(?: wrong)?"
    r"|(?:tres |super |vraiment |very |really )?(?:bonne|mauvaise|belle|super|great|good|bad|wrong|nice|gute|schlechte|falsche|buena|mala) (?:reponse|answer|antwort|respuesta)"
    r"|(?:ce n'est pas|c'est pas|that(?:'s| is) not|das ist nicht|eso no es) (?:la bonne reponse|ma question|ce que (?:je|j'ai) (?:demande|voulais|veux|cherche)\w*|the (?:right )?answer|what i (?:asked|meant|want)|was ich (?:gefragt habe|meinte)|lo que pregunte)"
    r"|(?:connard|connasse|merde|putain|idiot\w*|imbecile|debile|cretin\w*|inutile|bouffon|va te faire \w+|fuck(?: you| off)?|shit|damn|stupid(?: bot)?|dumb(?: bot)?|useless|moron|scheisse|arschloch|dummkopf|mierda|joder|tonto|дурак|блин)"
    r"|(?:stop|stopp)(?: (?:it|stp|svp|please|ca|bitte))?|(?:arrete[rz]?(?: ca| toi)?|annule[rz]?|cancel|quit|exit|abbrechen|para|parar|basta|tais-toi|ta gueule|silence|shut up|be quiet|стоп|хватит|停|停止|توقف)"
    r"|(?:c'est|ce n'est pas|c'est pas|c'etait|that(?:'s| is)(?: not)?|this is(?: not)?|it's(?: not)?|das ist|das stimmt|eso (?:es|no es)|это) ?(?:\w+ )?(?:faux|vrai|juste|exact|nul|bien|super|genial|bon|mauvais|drole|mieux|absurde|n'importe quoi|pas ca"
    r"|wrong|false|true|right|correct|great|good|bad|nonsense|funny|not true|falsch|richtig|nicht|gut|super|toll|schlecht|quatsch|falso|verdad|cierto|mentira|неправда|правда|неверно|верно)(?: ca)?"
    r"|(?:faux|pas vrai|n'importe quoi|wrong|falsch|quatsch|falso|неправда|неверно)"
    r"|(?:t(?:u )?'?(?:es|est)|vous etes|you(?:'re| are)|du bist|eres|ты) (?:\w+ ){0,2}(?:nul+e?|bete|con|idiot\w*|stupide|genial\w*|super|fort\w*|gentil\w*|le meilleur|mauvais\w*|stupid|dumb|useless|great|awesome|amazing|the best|bad|good|dumm|toll|blod|doof|tonto|inutil|genial|туп\w+|глуп\w+|молодец|лучш\w+)(?: \w+)?"
    r"|(?:bravo|super|genial|cool|top|parfait|excellent|nickel|bien joue|pas mal|nul|great|awesome|perfect|nice|well done|good (?:bot|job)|toll|prima|perfekt|genial|perfecto|отлично|супер|太好了|ممتاز)"
    r"|(?:(?:comment )?(?:ca|tu) (?:va|vas)(?: bien| toi)?|(?:comment|how) (?:allez[- ]vous|vas[- ]tu|are you(?: doing)?)|what'?s up|wie geht'?s?(?: es)?(?: (?:dir|ihnen))?|que tal|como estas|как дела|你好吗|كيف حالك)"
    r"|(?:au revoir|a bientot|a plus|a demain|bonne (?:nuit|journee|soiree)|ciao|bye(?: bye)?|good ?(?:bye|night)|see you|tschuss|auf wiedersehen|adios|hasta luego|пока|до свидания|再见|مع السلامة)"
    r"|(?:ah bon|vraiment|serieux|serieusement|sans blague|et alors|really|seriously|so what|echt|wirklich|na und|de verdad|en serio|правда|серьезно|真的吗?)"
)
_AH = r"(?:(?:ok(?:ay)?|ah|oh|bon|bah|ben|bof|oui|non|cool|super|well|so|ja|nein|si|no|ну),? ){0,2}"
_COMPILED = [
    (kind, re.compile(rf"{_END}{_AH}{pattern}{_BOT}{_END}"))
    for kind, pattern in (*_PATTERNS, ("empty", f"(?:{_NOISE})"))
]
_CLAUSES = re.compile(r"[,.;:!?…]+|(?: et | and | und | y )")
_FIRST: tuple[Smalltalk, ...] = ("help", "newest", "thanks", "hello", "empty")  # what a message of several is
_LINK = re.compile(r"(?:(?:https?://|www\.)\S+\s*)+")  # alone: nothing is asked


# These call for help as the first words of a chat; after a question they ask on about its subject.
_VAGUE_HELP = re.compile(rf"{_END}(?:comment (?:ca|cela) (?:marche|fonctionne)|how does (?:this|it) work){_END}")
# With a time, or as the first words, these ask for the news; after a question they ask on about its subject.
_VAGUE_NEWS = re.compile(
    rf"{_END}(?:que s'est[- ]il passe|qu'est[- ]ce qui s'est passe|il s'est passe quoi|quoi de neuf|quelles nouvelles"
    rf"|les (?:articles|nouvelles|infos)|quels articles|what(?:'s| has| is)? happen(?:ed|ing)|what (?:was|is) in the news|the news|news"
    rf"|que (?:ha pasado|paso)|was ist passiert|что (?:случилось|произошло)|ماذا (?:حدث|حصل)|发生了什么){_END}"
)


def smalltalk(message: str, *, first: bool = True) -> Smalltalk | None:
    """Returns what a message is when it is nothing but a greeting, thanks, a call for help, or "what is new".

    "empty" is what asks nothing at all: a laugh, a yes, abuse, a link.

    Args:
        message: what was typed.
        first: whether nothing was asked before it in this conversation, or it names a time of its own.
    """
    folded = fold(message.strip())
    if _LINK.fullmatch(folded):
        return "empty"
    if len(folded) > 80:
        return None
    if first and _VAGUE_HELP.fullmatch(folded):
        return "help"
    if first and _VAGUE_NEWS.fullmatch(folded):
        return "newest"
    said = {_said(clause) for clause in _CLAUSES.split(folded) if clause.strip()}
    return _said(folded) or (None if None in said else next((kind for kind in _FIRST if kind in said), None))


def _said(folded: str) -> Smalltalk | None:
    return next((kind for kind, pattern in _COMPILED if pattern.fullmatch(folded)), None)
