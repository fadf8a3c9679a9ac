-- a file of version 2, as that version wrote it (sqlite3 .dump), with one answer
BEGIN TRANSACTION;
CREATE TABLE allowed (kind TEXT, id INTEGER, by INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE answers (id INTEGER PRIMARY KEY, update_id INTEGER UNIQUE NOT NULL, place TEXT NOT NULL,
    chat_id INTEGER NOT NULL, user_id INTEGER NOT NULL, asked_in INTEGER NOT NULL, at REAL NOT NULL,
    content TEXT NOT NULL);
INSERT INTO "answers" VALUES(1,1,'5/0',5,5,1001,10000000000.0,'{"pages": [{"html": "Les 👩🏽‍🚀 ont coûté &lt;14&gt; &amp; plus. <a href=\"https://example.org/pont?a=1&amp;b=2\">[1]</a>\n\n<i>Voir </i><i><a href=\"https://example.org/pont?a=1&amp;b=2\">Le pont &lt;rouvre&gt;</a></i><i>.</i>\n\n<i>1 article · index du 23/11/2026 · 0,4 s</i>\n<blockquote expandable><b>[1] </b><b><a href=\"https://example.org/pont?a=1&amp;b=2\">Le pont &lt;rouvre&gt;</a></b> — Le Courrier, 12 février 2025\n« Les 👩🏽‍🚀 ont coûté &lt;14&gt; &amp; plus. »</blockquote>", "plain": "Les 👩🏽‍🚀 ont coûté <14> & plus. [1]\n\nVoir Le pont <rouvre>.\n\n1 article · index du 23/11/2026 · 0,4 s\n[1] Le pont <rouvre> — Le Courrier, 12 février 2025\n« Les 👩🏽‍🚀 ont coûté <14> & plus. »"}], "sources": [{"number": 1, "title": "Le pont <rouvre>", "source": "Le Courrier", "url": "https://example.org/pont?a=1&b=2", "published": "2025-02-12", "quote": "Les 👩🏽‍🚀 ont coûté <14> & plus.", "passage": "Avant. Les 👩🏽‍🚀 ont coûté <14> & plus."}], "language": "fr", "is_answer": true, "keyboard": true}');
CREATE TABLE edits (id INTEGER PRIMARY KEY, place TEXT NOT NULL, user_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL, text TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE feedback (answer_id INTEGER, user_id INTEGER, value INTEGER, words TEXT NOT NULL DEFAULT '',
    at REAL NOT NULL, PRIMARY KEY (answer_id, user_id));
CREATE TABLE inbox (update_id INTEGER PRIMARY KEY, received REAL NOT NULL, raw TEXT,
    state TEXT NOT NULL DEFAULT 'new', attempts INTEGER NOT NULL DEFAULT 0);
CREATE TABLE pairing (code TEXT PRIMARY KEY, kind TEXT NOT NULL, id INTEGER NOT NULL, expires REAL NOT NULL);
CREATE TABLE parts (update_id INTEGER, part INTEGER, chat_id INTEGER NOT NULL, message_id INTEGER NOT NULL,
    PRIMARY KEY (update_id, part));
CREATE TABLE people (user_id INTEGER PRIMARY KEY, language TEXT NOT NULL);
CREATE TABLE told (what TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE turns (id INTEGER PRIMARY KEY, place TEXT NOT NULL, user_id INTEGER NOT NULL, question TEXT NOT NULL,
    answer TEXT NOT NULL, at REAL NOT NULL, asked_in INTEGER NOT NULL DEFAULT 0, after INTEGER NOT NULL DEFAULT 0);
INSERT INTO "turns" VALUES(1,'5/0',5,'Combien ?','Les 👩🏽‍🚀 ont coûté <14> & plus. [1]',10000000000.0,1001,0);
CREATE TABLE usage (subject TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX unfinished ON inbox (update_id) WHERE state <> 'done';
CREATE INDEX answers_of_place ON answers (place, id);
CREATE INDEX turns_of_place ON turns (place, id);
CREATE INDEX usage_of_subject ON usage (subject, at);
COMMIT;
PRAGMA user_version=2;
