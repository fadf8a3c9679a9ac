from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index import IndexReport
from index.reading import SUFFIXES
from retrieval import Answer

if TYPE_CHECKING:
    from tests.bot.conftest import Run

FRENCH = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
CAPITAL = "Quelle est la capitale de l’Australie ?"
ENGLISH = "Why was the ferry to Tarsey cancelled?"


# Asking


def test_ask_prints_the_answer_and_the_passages_of_its_verbatim_quotes(run: Run, index: Path, articles: Path) -> None:
    done = run("ask", FRENCH, "--index", index, "--passages")
    assert done.code == 0
    assert done.err == ""
    answer, sources = done.out.split("\n\n", maxsplit=1)
    assert "14 mois" in answer
    assert "[1]" in answer
    first, *_ = sources.splitlines()
    assert first.startswith("[1] Le pont de Saint-Aubin rouvre aux voitures — Le Courrier, 4 mars 2025")
    text = (articles / "pont.md").read_text()
    quotes = re.findall("«\u202f(.*?)\u202f»", sources)
    assert quotes
    assert all(quote in text for quote in quotes)


def test_ask_answers_in_the_language_of_the_question(run: Run, index: Path) -> None:
    english = run("ask", ENGLISH, "--index", index).out
    assert "because of a storm. [1]" in english
    assert "Storm stops the Tarsey ferry — The Tarsey Post, 17 January 2025 — https://example.org/ferry\n" in english
    crossed = run("ask", "Pourquoi le ferry pour Tarsey a-t-il été annulé ?", "--index", index).out
    assert "(en anglais) " in crossed
    assert "because of a storm. [1]" in crossed
    assert "17 janvier 2025" in crossed


def test_what_the_articles_do_not_hold_is_refused_with_exit_0(run: Run, index: Path) -> None:
    done = run("ask", CAPITAL, "--index", index)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Les articles ne le disent pas.\n")
    assert "[1]" not in done.out


def test_whole_output_of_ask(run: Run, phare: Path) -> None:
    run("index", phare)
    assert run("ask", "En quelle année le phare de Kerbrat a-t-il été automatisé ?").out == (
        "Le phare de Kerbrat a été automatisé en 1987. [1]\n\n[1] Un phare — 1er décembre 2024\n"
    )


def test_ask_as_json_has_the_fields_of_an_answer(run: Run, index: Path, articles: Path) -> None:
    answer = json.loads(run("ask", FRENCH, "--index", index, "--json").out)
    assert list(answer) == [field.name for field in fields(Answer)]
    assert answer["found"] is True
    assert (answer["language"], answer["question"]) == ("fr", FRENCH)
    citation = answer["citations"][0]
    assert citation["published"] == "2025-03-04"
    assert citation["article_id"] == "articles/pont.md"
    body = (articles / "pont.md").read_text().split("---\n", 2)[2]
    assert body[citation["start"] : citation["end"]] == citation["quote"]


# Indexing


def test_index_reports_what_it_did(run: Run, phare: Path) -> None:
    first = run("index", phare)
    assert first.code == 0
    assert first.err == ""
    assert re.fullmatch(r"1 added; 1 passages, 1 embedded in this run; \d+\.\d s; generation \d+\n", first.out), (
        first.out
    )
    assert Path(".articlebot/index/CURRENT").exists()
    (phare / "empty.md").touch()
    again = run("index")
    assert re.match(r"1 unchanged, 1 failed; 1 passages, 0 embedded in this run; ", again.out)
    assert "failed: phare/empty.md: an empty file" in again.out


def test_index_as_json_has_the_fields_of_a_report(run: Run, phare: Path) -> None:
    (phare / "empty.md").touch()
    report = json.loads(run("index", phare, "--json", "--index", "elsewhere").out)
    assert list(report) == [field.name for field in fields(IndexReport)]
    assert report["added"] == ["phare/phare.md"]
    (failure,) = report["failed"]
    assert failure["id"] == "phare/empty.md"
    assert "an empty file" in failure["reason"]


def test_forgotten_source_is_gone_from_answers(run: Run, copy: Path, phare: Path) -> None:
    question = "En quelle année le phare de Kerbrat a-t-il été automatisé ?"
    run("index", phare, "--index", copy)
    assert "1987" in run("ask", question, "--index", copy).out
    report = json.loads(run("forget", "phare", "--index", copy, "--json").out)
    assert report["removed"] == ["phare/phare.md"]
    assert "1987" not in run("ask", question, "--index", copy).out
    again = run("forget", phare, "--index", copy)
    assert again.code == 1
    assert "not a remembered source; remembered: articles (" in again.err


def test_a_file_that_is_too_large_is_listed_with_both_sizes(
    run: Run, phare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (phare / "large.md").write_text("Une phrase de plus. " * 100)
    monkeypatch.setenv("ARTICLEBOT_MAX_FILE_BYTES", "1000")
    done = run("index", phare)
    assert done.code == 0
    assert "failed: phare/large.md: 2,000 bytes, at most 1,000" in done.out


# Status and verify


def test_status_tells_what_the_index_holds(run: Run, index: Path) -> None:
    done = run("status", "--index", index)
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^articles  3 \(fr 2, en 1\)$", done.out, re.MULTILINE)
    assert re.search(r"^dates     2025-01-17 to 2025-03-04$", done.out, re.MULTILINE)
    assert re.search(r"^source    articles: /.*/articles \(3 articles\)$", done.out, re.MULTILINE)


def test_status_as_json_has_its_fields(run: Run, index: Path) -> None:
    status = json.loads(run("status", "--index", index, "--json").out)
    assert set(status) >= {
        "index", "generation", "created", "model", "articles", "passages", "sentences", "failed",
        "first_date", "last_date", "languages", "sources", "failures", "bytes",
    }  # fmt: skip
    assert status["languages"] == {"fr": 2, "en": 1}
    assert [source["name"] for source in status["sources"]] == ["articles"]


def test_verify_of_a_good_index_is_clean(run: Run, index: Path) -> None:
    done = run("verify", "--index", index)
    assert (done.code, done.out, done.err) == (0, f"{index}: all is well\n", "")
    assert json.loads(run("verify", "--json", "--index", index).out) == {"index": str(index), "problems": []}


def test_verify_names_the_damaged_file_with_exit_1(run: Run, copy: Path) -> None:
    path = next((copy / "generations" / (copy / "CURRENT").read_text().strip()).rglob("vectors.faiss"))
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)
    done = run("verify", "--index", copy)
    assert (done.code, done.out) == (1, "")
    assert "vectors.faiss" in done.err
    as_json = run("verify", "--json", "--index", copy)
    assert as_json.code == 1
    assert len(json.loads(as_json.out)["problems"]) == 1


def test_repair_names_what_was_wrong_and_makes_it_anew(run: Run, copy: Path) -> None:
    next((copy / "generations" / (copy / "CURRENT").read_text()).rglob("vectors.faiss")).unlink()
    done = run("verify", "--repair", "--index", copy)
    assert done.code == 0
    assert "vectors.faiss: missing" in done.err
    assert re.search(r"\b(\d+) passages, \1 embedded", done.out)  # nothing else had their vectors
    assert "made of the articles of generation 00000001" in done.out + done.err
    assert run("verify", "--index", copy).out == f"{copy}: all is well\n"
    assert run("verify", "--repair", "--index", copy).out == f"{copy}: all is well\n"  # nothing to do


def test_rollback_says_what_is_live_and_refuses_what_is_not_there(run: Run, phare: Path) -> None:
    run("index", phare)
    done = run("rollback")
    assert (done.code, done.out) == (1, "")
    assert done.err == ("articlebot: .articlebot/index: no generation made before 00000001; there are: none\n")
    (phare / "pont.md").write_text("# Le pont\n\nLe pont de Saint-Aubin a rouvert.\n", encoding="utf-8")
    run("index")
    done = run("rollback")
    assert (done.code, done.err) == (0, "")
    assert done.out == ".articlebot/index: generation 00000003 is live, as the one before was\n"
    assert len(json.loads(run("status", "--json").out)["sources"]) == 1
    assert run("rollback", "2").out == ".articlebot/index: generation 00000004 is live, as 2 was\n"
    assert run("index", "--json").code == 0


def test_forgetting_and_repairing_keep_as_many_generations_as_the_settings_say(
    run: Run, phare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTICLEBOT_GENERATIONS", "5")
    (tmp_path / "more").mkdir()
    for number in range(3):
        (tmp_path / "more" / f"{number}.md").write_text(f"# Un titre\n\nLe numéro {number} gagne.\n")
        run("index", phare, tmp_path / "more")
    assert run("forget", "more").code == 0
    next(Path(".articlebot/index/generations/00000004").rglob("sentences.f16")).unlink()
    assert run("verify", "--repair").code == 0
    assert len(list(Path(".articlebot/index/generations").iterdir())) == 5


# Evaluation


def test_eval_measures_a_set(run: Run, labelled: Path) -> None:
    done = run("eval", labelled, "--json")
    assert (done.code, done.err) == (0, "")
    metrics = json.loads(done.out)["labelled"]
    assert list(metrics) == [
        "questions", "answerable", "hit@4000", "answer@600", "cited", "answered", "refused", "balanced", "second",
        "valid", "characters", "p50", "p95", "first", "@150", "useful", "shown", "words precision", "words recall",
        "words F1", "short F1", "short EM", "short F1 answerable",
    ]  # fmt: skip
    assert (metrics["questions"], metrics["answerable"]) == (3, 2)
    assert metrics["hit@4000"] == metrics["valid"] == metrics["refused"] == 1
    assert Path(".articlebot/eval").is_dir()
    table = run("eval", labelled, "--limit", "1").out
    assert re.search(r"^questions +1$", table, re.MULTILINE)
    assert re.search(r"^hit@4000 +1\.000$", table, re.MULTILINE)
    assert re.search(r"^refused +–$", table, re.MULTILINE)
    assert re.search(r"^p95 +\d+ ms$", table, re.MULTILINE)


def test_missed_floor_is_said_with_exit_1(run: Run, labelled: Path) -> None:
    assert run("eval", labelled, "--floor", "valid=1", "--floor", "hit@4000=1").code == 0
    done = run("eval", labelled, "--floor", "valid=1", "--floor", "questions=4", "--json")
    assert done.code == 1
    assert json.loads(done.out)["labelled"]["questions"] == 3
    assert done.err == "articlebot: labelled: questions 3.000, floor 4.0\n"


def test_help_names_every_kind_of_file_that_is_read(run: Run) -> None:
    done = run("index", "--help")
    assert [suffix for suffix in SUFFIXES if suffix not in done.out] == [".markdown"]  # another name of .md
