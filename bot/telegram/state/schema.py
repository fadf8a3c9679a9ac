"""The tables of the bot's state, and what brings those of an earlier version up to date."""

from __future__ import annotations

STATE_VERSION = 7  # of the tables; a file of an earlier version is brought up to it, one of a later version refused

_HANDED = """
-- the messages that stand for articles, which a reply to one of them asks; `articles` is JSON, their ids
CREATE TABLE handed (place TEXT, message_id INTEGER, user_id INTEGER NOT NULL, articles TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (place, message_id));
"""
_FOLLOWS = """
-- what is told by itself: a question to which there is news, or at an hour all that is new, where there is none;
-- `since` is the arrival in the index up to which it was told
CREATE TABLE follows (id INTEGER PRIMARY KEY, place TEXT NOT NULL, user_id INTEGER NOT NULL,
    language TEXT NOT NULL, question TEXT NOT NULL, hour INTEGER, since INTEGER NOT NULL, at REAL NOT NULL,
    UNIQUE (place, user_id, question));
"""
# the update that ended it, until that is told: a replay ends nothing else
_ENDED = "ALTER TABLE follows ADD COLUMN ended_by INTEGER;"
STATE_TABLES = f"""
-- an update as it came; `raw` is removed once it is done, the row stays to know a redelivery
CREATE TABLE inbox (update_id INTEGER PRIMARY KEY, received REAL NOT NULL, raw TEXT,
    state TEXT NOT NULL DEFAULT 'new', attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX unfinished ON inbox (update_id) WHERE state <> 'done';
-- the messages that an answer is put into, one a part
CREATE TABLE parts (update_id INTEGER, part INTEGER, chat_id INTEGER NOT NULL, message_id INTEGER NOT NULL,
    PRIMARY KEY (update_id, part));
-- what was answered, with the passages that its buttons show; `asked_in` is the message of the question
CREATE TABLE answers (id INTEGER PRIMARY KEY, update_id INTEGER UNIQUE NOT NULL, place TEXT NOT NULL,
    chat_id INTEGER NOT NULL, user_id INTEGER NOT NULL, asked_in INTEGER NOT NULL, at REAL NOT NULL,
    content TEXT NOT NULL);
CREATE INDEX answers_of_place ON answers (place, id);
-- `asked_in` is the message of the question; `after` the turn of somebody else's that it replies to, 0 for none
CREATE TABLE turns (id INTEGER PRIMARY KEY, place TEXT NOT NULL, user_id INTEGER NOT NULL, question TEXT NOT NULL,
    answer TEXT NOT NULL, at REAL NOT NULL, asked_in INTEGER NOT NULL DEFAULT 0, after INTEGER NOT NULL DEFAULT 0);
CREATE INDEX turns_of_place ON turns (place, id);
CREATE TABLE feedback (answer_id INTEGER, user_id INTEGER, value INTEGER, words TEXT NOT NULL DEFAULT '',
    at REAL NOT NULL, PRIMARY KEY (answer_id, user_id));
-- what a button offers to do with a message: answer it again, add what is in it
CREATE TABLE offers (id INTEGER PRIMARY KEY, place TEXT NOT NULL, user_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL, text TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE people (user_id INTEGER PRIMARY KEY, language TEXT NOT NULL);
CREATE TABLE allowed (kind TEXT, id INTEGER, by INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE pairing (code TEXT PRIMARY KEY, kind TEXT NOT NULL, id INTEGER NOT NULL, expires REAL NOT NULL,
    language TEXT NOT NULL DEFAULT '');
CREATE TABLE usage (subject TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX usage_of_subject ON usage (subject, at);
-- when something was last said, so that it is not said again too soon
CREATE TABLE told (what TEXT PRIMARY KEY, at REAL NOT NULL);
{_HANDED}{_FOLLOWS}{_ENDED}"""

# what brings a file from one version to the next
UPGRADES = {
    1: "ALTER TABLE turns ADD COLUMN asked_in INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE turns ADD COLUMN after INTEGER NOT NULL DEFAULT 0;",
    2: "UPDATE answers SET content = upgraded(content);",
    3: "ALTER TABLE edits RENAME TO offers; ALTER TABLE pairing ADD COLUMN language TEXT NOT NULL DEFAULT '';",
    4: _HANDED,
    5: _FOLLOWS,
    6: _ENDED,
}
