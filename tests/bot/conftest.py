import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from typer.testing import CliRunner

from bot.cli import app
from index import build_index

ARTICLES = {
    "pont.md": """---
title: Le pont de Saint-Aubin rouvre aux voitures
date: 2025-03-04
source: Le Courrier
language: fr
---
Le pont de Saint-Aubin a rouvert aux voitures mardi 4 mars 2025. Les travaux ont duré 14 mois.
Ils ont coûté 3,5 millions d’euros. M. Jean Dupont, le maire, a coupé le ruban devant deux cents habitants.

Les camions de plus de 12 tonnes restent interdits sur le pont jusqu’à l'été.
""",
    "mediatheque.md": """---
title: La médiathèque ouvrira le dimanche
date: 2025-02-20
source: Le Courrier
language: fr
---
La médiathèque ouvrira le dimanche à partir du mois de mai. Cinq étudiants seront recrutés pour tenir l'accueil.
""",
    "ferry.md": """---
title: Storm stops the Tarsey ferry
date: 2025-01-17
source: The Tarsey Post
language: en
url: https://example.org/ferry
---
The ferry between Brenholm and Tarsey was cancelled on Friday because of a storm.
About 300 passengers spent the night in the school hall of Brenholm.
""",
}
BRIDGE = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
CAPITAL = "Quelle est la capitale de l’Australie ?"
SENTENCE = "Le phare de Kerbrat a été automatisé en 1987."

Run: TypeAlias = Callable[..., "Output"]


class Output:
    """What a command left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


@pytest.fixture(scope="session")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three short articles, not to be changed."""
    folder = tmp_path_factory.mktemp("shared") / "articles"
    folder.mkdir()
    for name, content in ARTICLES.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def index(articles: Path) -> Path:
    """Their index, not to be changed."""
    folder = articles.parent / "index"
    build_index([articles], folder)
    return folder


@pytest.fixture
def copy(index: Path, tmp_path: Path) -> Path:
    """A copy of their index, to change or damage."""
    return Path(shutil.copytree(index, tmp_path / "copy"))


@pytest.fixture
def phare(tmp_path: Path) -> Path:
    """A folder with one article of one sentence."""
    folder = tmp_path / "phare"
    folder.mkdir()
    content = f"---\ntitle: Un phare\ndate: 2024-12-01\nlanguage: fr\n---\n{SENTENCE}\n"
    (folder / "phare.md").write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def labelled(articles: Path, tmp_path: Path) -> Path:
    """A set of three articles with a question, one that nothing answers, and a follow-up."""
    folder = tmp_path / "labelled"
    shutil.copytree(articles, folder / "articles")
    common = {"answerable": True, "article": "pont.md"}
    questions: list[dict[str, object]] = [
        {"id": "1", "question": BRIDGE, "answers": ["14 mois"], "passage": "Les travaux ont duré 14 mois.", **common},
        {"id": "2", "question": CAPITAL, "answers": [], "article": None, "answerable": False},
        {"id": "3", "question": "Et combien ont-ils coûté ?", "answers": ["3,5 millions"], **common},
    ]
    questions[2] |= {"passage": "3,5 millions", "history": [{"question": BRIDGE, "answer": "14 mois."}]}
    (folder / "questions.jsonl").write_text("".join(json.dumps(each) + "\n" for each in questions))
    return folder


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings, no .env, and a folder of one's own to stand in."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("ARTICLEBOT_") or name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def run() -> Run:
    """Runs the command line in this process, where the embedder is loaded once."""

    def run(*arguments: str | Path, typed: str | bytes | None = None) -> Output:
        result = CliRunner().invoke(app, [str(each) for each in arguments], input=typed)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Output(result.exit_code, result.stdout, result.stderr)

    return run
