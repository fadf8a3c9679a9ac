"""The benchmarks of what a language model makes of our answers, on outputs and questions of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.models import replay, scripted
from tests.retrieval.llm.openai_server import answer_of, claim

SENTENCES = [
    "Le phare d'Argoël, haut de 41 mètres, a été rallumé le 3 mai 2025.",
    "Sa lanterne pèse\u00a02\u202f300 kilos.",
    "Le gardien, Hervé Tanguy, y monte deux fois par jour.",
]
TEXT = " ".join(SENTENCES)
HEIGHT = ("Quelle est la hauteur du phare d'Argoël ?", ["41 mètres"])
WEIGHT = ("Combien pèse la lanterne du phare d'Argoël ?", ["2 300 kilos"])
KEEPER = ("Qui est le gardien du phare d'Argoël ?", ["Hervé Tanguy"])
PRETTY = json.dumps({"answer": [{"source": 3, "text": SENTENCES[2]}]}, indent=2, ensure_ascii=False)
# (question and gold answers, protocol, what a model wrote, how it ended); the second sentence has number 2
OUTPUTS = {
    "a bare phrase": (HEIGHT, "numbers", answer_of(claim("41 mètres", 1)), "stop"),
    "other spaces": (WEIGHT, "numbers", answer_of(claim("Sa lanterne pèse 2 300 kilos.", 2)), "stop"),
    "pretty-printed": (KEEPER, "numbers", PRETTY, "stop"),
    "cut by a limit": (KEEPER, "numbers", PRETTY[: PRETTY.index("monte") + 5], "length"),
    "off by one": (HEIGHT, "numbers", answer_of(claim("Le phare d'Argoël a une hauteur de 41 mètres.", 2)), "stop"),
    "of nothing shown": (HEIGHT, "numbers", answer_of(claim("Le phare a 41 mètres.", 17)), "stop"),
    "false": (HEIGHT, "numbers", answer_of(claim("Le phare d'Argoël a une hauteur de 14 mètres.", 1)), "stop"),
    "beside the point": (WEIGHT, "numbers", answer_of(claim(SENTENCES[2], 3)), "stop"),
    "a refusal": (WEIGHT, "numbers", '{"answer": []}', "stop"),
    "no JSON": (KEEPER, "numbers", "Hervé Tanguy est le gardien.", "stop"),
    "a copied quote": (WEIGHT, "quotes", f'{{"id": "p1", "text": "2 300 kilos", "quote": "{SENTENCES[1]}"}}', "stop"),
}


def record(name: str) -> dict[str, Any]:
    (asked, answers), protocol, output, finish = OUTPUTS[name]
    sentences = [
        {"number": number, "text": text, "start": TEXT.index(text), "end": TEXT.index(text) + len(text)}
        for number, text in enumerate(SENTENCES, 1)
    ]
    passage = {
        "id": "p1", "title": "Le phare d'Argoël", "published": "2025-05-04", "language": "fr", "text": TEXT,
        "sentences": sentences,
    }  # fmt: skip
    return {
        "id": name, "asked": asked, "answers": answers, "answerable": True, "protocol": protocol, "model": "tiny",
        "passages": [passage], "output": output, "finish": finish,
    }  # fmt: skip


def written_to(folder: Path) -> Path:
    lines = [json.dumps(record(name), ensure_ascii=False) for name in OUTPUTS]
    (folder / "outputs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_no_form_of_an_output_makes_an_answer_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replay.main([str(written_to(tmp_path)), "--answers"])
    shown = capsys.readouterr().out
    head, *rows = shown.splitlines()[-3:]
    assert head.split("  ")[0] == "protocol, model"
    assert [row.split("  ")[0] for row in rows] == ["numbers, tiny", "quotes, tiny"]
    assert rows[0].split()[2:9] == ["10", "10", "of", "10", "10", "of", "10"]
    assert "14 mètres" not in "".join(line for line in shown.splitlines() if line.startswith("  with "))


def test_a_worse_answer_would_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay.Replayed, "right", lambda self, answer: answer is self.without)
    with pytest.raises(SystemExit, match="worse than without: numbers, tiny"):
        replay.main([str(written_to(tmp_path))])


def test_a_truthful_model_costs_no_right_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    articles = tmp_path / "phare" / "articles"
    articles.mkdir(parents=True)
    (articles / "phare.md").write_text(f"# Le phare d'Argoël\n\n{TEXT}", encoding="utf-8")
    asked = [
        {"id": f"q{n}", "question": question, "language": "fr", "answers": answers, "article": "phare.md"}
        for n, (question, answers) in enumerate([HEIGHT, WEIGHT, KEEPER])
    ]
    lines = [json.dumps({**one, "passage": TEXT, "answerable": True}, ensure_ascii=False) for one in asked]
    (articles.parent / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        scripted.main([str(articles.parent), "--work", str(tmp_path / "work")])
    assert ended.value.code == 0
    assert capsys.readouterr().out == "phare: right 3 of 3 without, 3 with\n"
