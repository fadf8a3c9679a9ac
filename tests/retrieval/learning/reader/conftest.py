"""A folder of a few questions in two languages, and a reader that learned from it for four steps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

PARAGRAPHS = {
    ("pont", "fr"): (
        "Le pont de Morvan a été ouvert en 1932 par la mairie. Il mesure 240 mètres. "
        "Les péniches passent sous son arche. Un péage y fut perçu."
    ),
    ("pont", "en"): (
        "The Morvan bridge was opened in 1932 by the town hall. It is 240 metres long. "
        "Barges pass under its central arch. A toll was taken there by the canal company."
    ),
    ("bac", "fr"): (
        "Avant le pont, un bac reliait les deux rives de la rivière. Le passeur, Jean Tillac, habitait sur la berge. "
        "Il sonnait une cloche le matin."
    ),
    ("bac", "en"): (
        "Before the bridge, a ferry linked the two banks of the river. The ferryman, Jean Tillac, lived on the shore. "
        "He rang a bell in the morning."
    ),
    ("moulin", "fr"): (
        "Le moulin de Kerlou broyait le sarrasin des fermes. Son meunier payait un loyer de trois sacs par mois. "
        "La roue fut emportée par la crue de 1910."
    ),
}
TITLES = {"pont": "Pont de Morvan", "bac": "Pont de Morvan", "moulin": "Le moulin de Kerlou"}
ASKED = [
    ("q1", "pont", "fr", "En quelle année le pont de Morvan a-t-il été ouvert ?", "1932"),
    ("q1", "pont", "en", "In which year was the Morvan bridge opened?", "1932"),
    ("q2", "pont", "fr", "Combien de mètres mesure le pont ?", "240 mètres"),
    ("q2", "pont", "en", "How long is the bridge?", "240 metres"),
    ("q3", "bac", "fr", "Qui était le passeur ?", "Jean Tillac"),
    ("q3", "bac", "en", "Who was the ferryman?", "Jean Tillac"),
    ("q4", "moulin", "fr", "Que broyait le moulin de Kerlou ?", "le sarrasin"),
    ("q5", "moulin", "fr", "Quelle crue emporta la roue ?", "la crue de 1910"),
]


MISSED = [  # people wrote them against the paragraph
    ("m1", "pont", "fr", "Combien de mètres de large mesure le pont de Morvan ?"),
    ("m2", "bac", "fr", "Qui a vendu la cloche du passeur ?"),
    ("m3", "moulin", "fr", "Quelle crue emporta le toit du moulin ?"),
]


def write_people(folder: Path) -> Path:
    """Writes a folder of questions that people answered and others that they made to mislead, and silver.jsonl."""
    write_folder(folder)
    lines = (folder / "passages.jsonl").read_text(encoding="utf-8").splitlines()
    write_records(folder / "passages.jsonl", [json.loads(line) | {"source": "people"} for line in lines])
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    held = [json.loads(line) | {"source": "people"} for line in lines]
    missed = [
        {
            "id": number, "question": text, "language": language, "passage": f"{name}-{language}", "answers": [],
            "answerable": False, "source": "people", "plausible": [{"text": "Le", "start": 0}],
        }
        for number, name, language, text in MISSED
    ]  # fmt: skip
    write_records(folder / "questions.jsonl", held + missed)
    silver = {"id": "people-silver-1", "question": "Qui payait le loyer ?", "language": "fr", "title": "Le moulin"}
    write_records(folder / "silver.jsonl", [silver | {"text": PARAGRAPHS["moulin", "fr"]}])
    return folder


def write_records(file: Path, records: Sequence[object]) -> None:
    """Writes a record a line."""
    file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")


def write_folder(folder: Path) -> Path:
    """Writes passages.jsonl and questions.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    passages = [
        {"id": f"{name}-{language}", "paragraph": name, "title": TITLES[name], "language": language, "text": text}
        for (name, language), text in PARAGRAPHS.items()
    ]
    questions = [
        {
            "id": number, "question": text, "language": language, "passage": f"{name}-{language}", "paragraph": name,
            "answers": [{"text": answer, "start": PARAGRAPHS[name, language].index(answer)}],
        }
        for number, name, language, text, answer in ASKED
    ]  # fmt: skip
    write_records(folder / "passages.jsonl", passages)
    write_records(folder / "questions.jsonl", questions)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder, to be changed at will."""
    return write_folder(tmp_path / "learn")
