"""Many chats at once through a Telegram that enforces its limits: figures, and what must hold.

`python -m tests.bot.telegram.load` prints the figures of docs/speed.md.
"""

from __future__ import annotations

import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Settings
from index import build_index
from retrieval import ArticleQA
from tests.bot.telegram.person import Person
from tests.bot.telegram.server import TOKEN, Limiter, TelegramServer

FACTS = {
    "Combien de mois ont duré les travaux du pont de Kerbrat ?": "14 mois",
    "En quelle année le phare de Brenholm a-t-il été automatisé ?": "1987",
    "Combien d'étudiants seront recrutés à la médiathèque de Tarsey ?": "Cinq étudiants",
}
ARTICLES = {
    "pont": "Les travaux du pont de Kerbrat ont duré 14 mois.",
    "phare": "Le phare de Brenholm a été automatisé en 1987.",
    "media": "Cinq étudiants seront recrutés à la médiathèque de Tarsey.",
}
FIRST_PERSON = 10_000
PATIENCE_S = 600.0
CHATS, QUESTIONS, SEEN_EVERY = 10, 2_000, 200  # of the long run
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Load:
    """What came of it; seconds are from the first question to the last edit of an answer."""

    asked: int
    right: int
    in_order: bool
    median_s: float  # of the chats' last answers
    slowest_s: float
    all_s: float
    refused: int  # calls that were told to wait
    memory_mb: float  # the most that this process had, Telegram and people included


def measure(chats: int, folder: Path) -> Load:
    """Lets so many chats ask three questions each at the same moment."""
    from tests.bot.telegram.conftest import RunningBot

    index = _index(folder)
    telegram = TelegramServer()
    telegram.limiter = Limiter()
    telegram.is_checking = False  # the checks cost more than the bot
    people = [Person(telegram, FIRST_PERSON + number) for number in range(chats)]
    settings = Settings(
        telegram_token=SecretStr(TOKEN), index=index, state=folder / "bot.sqlite", telegram_api=telegram.api,
        telegram_timeout=45.0, allowed_users=tuple(person.id for person in people), quota_minute=100,
    )  # fmt: skip
    asked = {person.id: [person.say(question) for question in FACTS] for person in people}
    began = time.monotonic()
    bot = RunningBot(settings, lambda: ArticleQA.open(index))
    try:
        telegram.until(lambda: _answered(telegram) >= len(people) * len(FACTS) or None, PATIENCE_S)
        return _judge(telegram, people, asked, began)
    finally:
        bot.stop()
        telegram.close()


@dataclass(frozen=True)
class Held:
    """What the bot's process holds after so many answers."""

    answers: int
    memory_mb: float
    files: int
    threads: int

    @classmethod
    def of(cls, process: int, answers: int) -> Held:
        """Looks at a process, on Linux."""
        about = Path(f"/proc/{process}")
        told = dict(line.split(":", 1) for line in (about / "status").read_text().splitlines())
        files = len(list((about / "fd").iterdir()))
        return cls(answers, int(told["VmRSS"].split()[0]) / 1024, files, int(told["Threads"]))


def long_run(folder: Path, chats: int = CHATS, questions: int = QUESTIONS, every: int = SEEN_EVERY) -> list[Held]:
    """Lets some chats ask a bot that is a process of its own, each again when it has its answer."""
    telegram = TelegramServer()
    telegram.is_checking = False
    people = [Person(telegram, FIRST_PERSON + number) for number in range(chats)]
    given = {
        "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": telegram.api, "INDEX": str(_index(folder)),
        "STATE": str(folder / "bot.sqlite"), "ALLOWED_USERS": ",".join(str(person.id) for person in people),
        "QUOTA_MINUTE": "100000", "QUOTA_DAY": "100000",
    }  # fmt: skip
    variables = {"PYTHONPATH": str(ROOT), **{f"ARTICLEBOT_{name}": value for name, value in given.items()}}
    command = [sys.executable, "-c", "from bot.cli import app; app()", "bot"]
    held: list[Held] = []
    with (folder / "log.txt").open("wb") as log:
        bot = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **variables})
    try:
        for answers in range(chats, questions + 1, chats):
            question, words = list(FACTS.items())[answers // chats % len(FACTS)]
            for person, number in [(person, person.say(question)) for person in people]:
                person.wait_for_reply(number, words)
            if answers % every == 0:
                held.append(Held.of(bot.pid, answers))
        return held
    finally:
        bot.send_signal(signal.SIGTERM)
        bot.wait()
        telegram.close()


def _judge(telegram: TelegramServer, people: list[Person], asked: dict[int, list[int]], began: float) -> Load:
    right, in_order = 0, True
    for person in people:
        shown = {each.reply_to: each for each in person.shown()}
        wanted = zip(asked[person.id], FACTS.values(), strict=True)
        right += sum(words in shown[number].text for number, words in wanted)
        replies = [each.reply_to for each in person.shown() if each.reply_to]  # others tell of a late edit
        in_order = in_order and replies == asked[person.id]
    last = {
        int(call.fields["chat_id"]): call.at - began for call in telegram.named("editMessageText") if call.status == 200
    }
    return Load(
        asked=len(people) * len(FACTS), right=right, in_order=in_order, median_s=statistics.median(last.values()),
        slowest_s=max(last.values()), all_s=time.monotonic() - began,
        refused=sum(call.status == 429 for call in telegram.calls),
        memory_mb=_peak_mb(),
    )  # fmt: skip


def _peak_mb() -> float:
    """Returns the most memory this process held; not ru_maxrss, which begins with that of the one that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024


def _answered(telegram: TelegramServer) -> int:
    return sum(each.edits > 0 for each in list(telegram.emulator.screen.messages.values()))


def _index(folder: Path) -> Path:
    articles = folder / "articles"
    articles.mkdir()
    for name, words in ARTICLES.items():
        (articles / f"{name}.md").write_text(f"---\ntitle: {name}\nlanguage: fr\n---\n{words}\n", encoding="utf-8")
    build_index([articles], folder / "index")
    return folder / "index"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        load = measure(200, Path(name))
    print(f"{load.asked} questions of 200 chats at once: {load.right} right, in order: {load.in_order}")  # noqa: T201
    print(  # noqa: T201
        f"a chat's last answer: median {load.median_s:.1f} s, slowest {load.slowest_s:.1f} s; "
        f"{load.refused} calls told to wait; {load.memory_mb:.0f} MB"
    )
    with tempfile.TemporaryDirectory() as name:
        for held in long_run(Path(name)):
            print(  # noqa: T201
                f"{held.answers:,} answers in {CHATS} chats: {held.memory_mb:.0f} MB, {held.files} files, "
                f"{held.threads} threads"
            )
