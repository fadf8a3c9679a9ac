"""What people say to a bot that is no question about the articles."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from index.lexical import fold

Smalltalk: TypeAlias = Literal["hello", "thanks", "help", "newest"]

_END = r"[\s!.,;:?¡¿…)(\u061f\u3002\uff01\uff1f\U0001f300-\U0001faff\u2600-\u27bf]*"
_BOT = r"(?: (?:a tous|tout le monde|le bot|bot|there|everyone|all|beaucoup|bien|infiniment|very much|a lot|so much|schon|sehr|vielmals|большое|جزيلا))*"
_PATTERNS: list[tuple[Smalltalk, str]] = [
    (
        "hello",
        r"(?:bonjour|bonsoir|salut|coucou|hello|hi|hey|good (?:morning|evening|afternoon)|hola|buen[oa]s (?:dias|tardes|noches)"
        r"|hallo|guten (?:tag|morgen|abend)|привет|здравствуи\w*|здравствуй\w*|добрый (?:день|вечер)|مرحبا|السلام عليكم|اهلا|你好|您好)",
    ),
    (
        "thanks",
        r"(?:merci|thanks?(?: you)?|thx|gracias|danke|спасибо|شكرا|谢谢|je vous remercie|ok merci|super merci|parfait merci|d'accord|ok|okay)",
    ),
    (
        "help",
        r"(?:aide|help|ayuda|hilfe|помощь|مساعدة|帮助|que (?:peux|sais)[- ]tu faire|que pouvez[- ]vous faire|qu'est[- ]ce que (?:tu (?:peux|sais)|vous pouvez) faire"
        r"|a quoi (?:sers[- ]tu|servez[- ]vous)|(?:qui|tu) es[- ]tu|qui etes[- ]vous|what can you do|who are you|what do you do"
        r"|que puedes hacer|quien eres|was kannst du(?: alles)?|wer bist du|что ты умеешь|кто ты|ماذا يمكنك ان تفعل|من انت|你能做什么|你是谁)",
    ),
    (
        "newest",
        r"(?:quoi de neuf|quoi de nouveau|quelles sont les (?:dernieres )?(?:nouvelles|actualites|infos)|les dernieres (?:nouvelles|actualites|infos)|dernieres (?:nouvelles|actualites)"
        r"|les derniers articles|quels sont les (?:derniers|nouveaux) articles|what(?:'s| is) new|what(?:'s| is) the (?:latest )?news|(?:the )?latest (?:news|articles)"
        r"|que hay de nuevo|(?:las )?ultimas noticias|was gibt es neues|was gibt's neues|neueste artikel|что нового|последние новости|ما الجديد|اخر الاخبار|有什么新消息|最新消息)",
    ),
]  # fmt: skip
_COMPILED = [(kind, re.compile(rf"{_END}{pattern}{_BOT}{_END}")) for kind, pattern in _PATTERNS]


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

    Args:
        message: what was typed.
        first: whether nothing was asked before it in this conversation, or it names a time of its own.
    """
    folded = fold(message.strip())
    if len(folded) > 80:
        return None
    if first and _VAGUE_HELP.fullmatch(folded):
        return "help"
    if first and _VAGUE_NEWS.fullmatch(folded):
        return "newest"
    return next((kind for kind, pattern in _COMPILED if pattern.fullmatch(folded)), None)
