"""The bot's own words, in French and English; every language has every key (a test checks it)."""

from __future__ import annotations

LANGUAGES = ("fr", "en")

TEXTS: dict[str, dict[str, str]] = {
    "fr": {
        "start": "Bonjour ! Posez-moi une question sur les articles : je réponds par leurs phrases, chacune avec sa "
        "citation exacte.\n\nExemple : « {example} »\n\n/help dit tout ce que je sais faire.",
        "example": "Quoi de neuf ?",
        "help": "Écrivez votre question, puis enchaînez : « Et quand ? » est compris. Dans un groupe : /ask, une "
        "réponse à un de mes messages, ou une mention.\n\n{commands}",
        "ask": "poser une question : /ask Où est Tartous ?",
        "new": "changer de sujet",
        "sources": "les citations de la dernière réponse",
        "articles": "les articles que je connais",
        "lang": "choisir la langue : /lang fr ou /lang en",
        "feedback": "donner un avis : /feedback vos mots",
        "forget": "effacer vos mots, mes réponses et vos avis",
        "privacy": "ce que je garde, et combien de temps",
        "help_command": "cette aide",
        "add": "ajouter un article : /add adresse, ou en réponse à un document",
        "remove": "retirer un article : /remove code (voir /articles)",
        "reindex": "relire toutes les sources",
        "status": "état du bot et de l’index",
        "allow": "autoriser : /allow code, /allow numéro, ou /allow dans un groupe",
        "deny": "retirer l’autorisation : /deny numéro",
        "for_admins": "Pour les administrateurs :",
        "answered_above": "✓ répondu ci-dessus",
        "apology": "Désolé, je n’ai pas pu répondre à cette question. Reformulez-la, ou réessayez plus tard.",
        "wait": "Un instant : j’ai encore vos questions précédentes à traiter. Renvoyez celle-ci ensuite.",
        "too_many": "Vous avez atteint la limite de questions. Réessayez un peu plus tard.",
        "refused_user": "Je ne réponds qu’aux personnes autorisées. Votre numéro : {id}. Code pour un "
        "administrateur, valable une heure : {code}",
        "refused_group": "Ce groupe n’est pas autorisé. Son numéro : {id}. Code pour un administrateur, valable une "
        "heure : {code}",
        "admins_only": "Cette commande est réservée aux administrateurs.",
        "unknown_command": "Je ne connais pas cette commande ; /help les donne toutes.",
        "ask_what": "Que voulez-vous savoir ? Exemple : /ask {example}",
        "text_only": "Je ne lis que le texte : écrivez-moi votre question.",
        "new_subject": "Nouveau sujet.",
        "no_sources": "Il n’y a pas encore de réponse avec des citations ici.",
        "language_set": "Je parle français avec vous.",
        "which_language": "Langues : /lang fr, /lang en",
        "thanks": "Merci !",
        "feedback_what": "Merci d’ajouter vos mots : /feedback la date est fausse",
        "no_answer_yet": "Il n’y a pas encore de réponse ici.",
        "forgotten": "C’est effacé, aussi du disque : vos questions, mes réponses, vos avis et votre langue.",
        "forgotten_so_far": "C’est effacé, sauf ce qui est encore en cours : redites /forget dans une minute.",
        "privacy_text": "Je garde vos questions et mes réponses {days} jours, pour les boutons et pour comprendre la "
        "suite d’une conversation, ainsi que vos avis. Rien n’est transmis{llm}. Le journal ne contient ni vos mots "
        "ni les miens. /forget efface tout cela, aussi du disque, dès que vos questions en cours ont leur réponse ; "
        "les messages de cette conversation sont chez Telegram. Restent votre numéro, si vous êtes autorisé, et "
        "pendant un jour l’heure de vos questions, pour les limites.",
        "privacy_llm": ", sauf au modèle de langue configuré ({llm})",
        "edited": "Question modifiée. Dois-je y répondre de nouveau ?",
        "answer_again": "Répondre de nouveau",
        "new_topic": "🔁 Nouveau sujet",
        "gone": "Cette réponse n’est plus gardée.",
        "footer": "{articles} · index du {day} · {seconds} s",
        "one_article": "1 article",
        "many_articles": "{count} articles",
        "quote": "« {quote} »",
        "list_head": "{count} articles, du plus récent au plus ancien ({first} à {last}) :",
        "list_none": "L’index ne contient aucun article.",
        "add_what": "Donnez une adresse (/add https://…), ou envoyez un document avec /add en légende. "
        "Formats : {kinds}.",
        "too_large": "Le document fait {size} Mo ; Telegram n’en remet que {most}. Réduisez-le, ou "
        "indexez-le sur place.",
        "wrong_kind": "{name} : ce format n’est pas lu. Formats : {kinds}.",
        "indexed": "✓ {added} ajouté(s), {changed} modifié(s), {removed} retiré(s) ; {articles} articles en tout. "
        "Les prochaines questions en tiennent compte.",
        "nothing_new": "✓ Rien de nouveau.",
        "failed_article": "✗ {name} : {reason}",
        "remove_what": "Donnez le code de l’article, comme /articles le montre : /remove a1b2c3d4",
        "not_an_article": "Aucun article n’a le code {code} ; /articles les montre.",
        "not_added_here": "« {title} » vient de {source} ; retirez-le là-bas, puis /reindex.",
        "removed": "✓ « {title} » est retiré.",
        "allowed_list": "Autorisés, en plus des administrateurs : {who}",
        "nobody": "personne",
        "allowed": "✓ Autorisé : {who}",
        "denied": "✓ Autorisation retirée : {who}",
        "denied_settings": "{who} est autorisé par la configuration (ARTICLEBOT_ALLOWED_…) ; changez-la et "
        "relancez le bot.",
        "allow_what": "Le code {code} n’est pas ou plus valable. /allow code, ou /allow numéro.",
        "user": "personne {id}",
        "group": "groupe {id}",
        "status_text": "Index : {articles} articles, {passages} passages, génération {generation}\n"
        "Sources : {sources}\nEn échec : {failed}\n"
        "Questions depuis le démarrage : {questions}, en attente : {waiting}\n"
        "Dernière réception : il y a {silence} s\n{mentions}",
        "mentions_hidden": "Dans les groupes, Telegram me cache les mentions (mode privé, réglable chez @BotFather) ; "
        "/ask et les réponses à mes messages fonctionnent.",
        "mentions_seen": "Dans les groupes, je vois aussi les mentions.",
        "seconds_decimal": ",",
    },
    "en": {
        "start": "Hello! Ask me about the articles: I answer with their sentences, each with its exact quote.\n\n"
        "For instance: “{example}”\n\n/help tells all that I can do.",
        "example": "What is new?",
        "help": "Write your question, then ask on: “And when?” is understood. In a group: /ask, a reply to a message "
        "of mine, or a mention.\n\n{commands}",
        "ask": "ask a question: /ask Where is Tartus?",
        "new": "begin a new subject",
        "sources": "the citations of the last answer",
        "articles": "the articles that I know",
        "lang": "choose the language: /lang fr or /lang en",
        "feedback": "say what you think: /feedback your words",
        "forget": "erase your words, my answers and your feedback",
        "privacy": "what I keep, and how long",
        "help_command": "this help",
        "add": "add an article: /add address, or in reply to a document",
        "remove": "remove an article: /remove code (see /articles)",
        "reindex": "read all sources again",
        "status": "state of the bot and the index",
        "allow": "let in: /allow code, /allow number, or /allow in a group",
        "deny": "shut out: /deny number",
        "for_admins": "For admins:",
        "answered_above": "✓ answered above",
        "apology": "Sorry, I could not answer this question. Put it differently, or try again later.",
        "wait": "One moment: I still have your earlier questions to answer. Send this one again afterwards.",
        "too_many": "You have reached the limit of questions. Try again a little later.",
        "refused_user": "I answer only those who were let in. Your number: {id}. A code for an admin, good for one "
        "hour: {code}",
        "refused_group": "This group was not let in. Its number: {id}. A code for an admin, good for one hour: {code}",
        "admins_only": "This command is for admins.",
        "unknown_command": "I do not know this command; /help lists them all.",
        "ask_what": "What do you want to know? For instance: /ask {example}",
        "text_only": "I read only text: write me your question.",
        "new_subject": "New subject.",
        "no_sources": "There is no answer with citations here yet.",
        "language_set": "I speak English with you.",
        "which_language": "Languages: /lang fr, /lang en",
        "thanks": "Thank you!",
        "feedback_what": "Please add your words: /feedback the date is wrong",
        "no_answer_yet": "There is no answer here yet.",
        "forgotten": "Erased, from the disk too: your questions, my answers, your feedback and your language.",
        "forgotten_so_far": "Erased, but for what is still being worked on: say /forget again in a minute.",
        "privacy_text": "I keep your questions and my answers for {days} days, for the buttons and to understand how a "
        "conversation goes on, and your feedback. Nothing is passed on{llm}. The log holds neither your words nor "
        "mine. /forget erases all this, from the disk too, as soon as your questions under way are answered; the "
        "messages of this chat are with Telegram. What stays is your number, if you were let in, and for a day the "
        "times of your questions, for the limits.",
        "privacy_llm": ", except to the language model that is set up ({llm})",
        "edited": "Question edited. Shall I answer it again?",
        "answer_again": "Answer again",
        "new_topic": "🔁 New subject",
        "gone": "This answer is not kept any more.",
        "footer": "{articles} · index of {day} · {seconds} s",
        "one_article": "1 article",
        "many_articles": "{count} articles",
        "quote": "“{quote}”",
        "list_head": "{count} articles, newest first ({first} to {last}):",
        "list_none": "The index holds no articles.",
        "add_what": "Give an address (/add https://…), or send a document with /add as its caption. Kinds: {kinds}.",
        "too_large": "The document has {size} MB; Telegram hands out only {most}. Make it smaller, or "
        "index it on the spot.",
        "wrong_kind": "{name}: this kind is not read. Kinds: {kinds}.",
        "indexed": "✓ {added} added, {changed} changed, {removed} removed; {articles} articles in all. "
        "The next questions know it.",
        "nothing_new": "✓ Nothing new.",
        "failed_article": "✗ {name}: {reason}",
        "remove_what": "Give the code of the article, as /articles shows it: /remove a1b2c3d4",
        "not_an_article": "No article has the code {code}; /articles shows them.",
        "not_added_here": "“{title}” comes from {source}; remove it there, then /reindex.",
        "removed": "✓ “{title}” is removed.",
        "allowed_list": "Let in, besides the admins: {who}",
        "nobody": "nobody",
        "allowed": "✓ Let in: {who}",
        "denied": "✓ Shut out: {who}",
        "denied_settings": "{who} was let in by the settings (ARTICLEBOT_ALLOWED_…); change them and restart the bot.",
        "allow_what": "The code {code} is not or no longer good. /allow code, or /allow number.",
        "user": "person {id}",
        "group": "group {id}",
        "status_text": "Index: {articles} articles, {passages} passages, generation {generation}\nSources: {sources}\n"
        "Failed: {failed}\nQuestions since the start: {questions}, waiting: {waiting}\n"
        "Telegram last heard: {silence} s ago\n{mentions}",
        "mentions_hidden": "In groups, Telegram hides mentions from me (privacy mode, set at @BotFather); /ask and "
        "replies to my messages work.",
        "mentions_seen": "In groups, I see mentions too.",
        "seconds_decimal": ".",
    },
}


def text(key: str, language: str, **values: object) -> str:
    """Returns our words for `key`, in English where the language is neither."""
    return TEXTS[language if language in TEXTS else "en"][key].format(**values)


def spoken(tag: str) -> str:
    """Returns the language of ours for a person's IETF tag ("fr-CA" -> "fr")."""
    short = tag.lower().split("-")[0]
    return short if short in LANGUAGES else "en"
