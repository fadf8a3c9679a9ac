"""What a test runs in another process, to ask while a writer is at work: reader.py INDEX STOP."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from retrieval import ArticleQA

QUESTION = "À quelle heure part le train 3 ?"


def ask(index: str, stop: str) -> None:
    """Asks again and again, a last time when the file `stop` is there; says for each question what it saw."""
    qa = ArticleQA.open(index)
    say("ready")
    is_last = False
    while not is_last:
        is_last = Path(stop).exists()
        qa.refresh()
        answer = qa.ask(QUESTION)
        generation = qa.generation
        texts = {article.id.removeprefix("news/"): article.text for article in generation.articles()}
        for citation in answer.citations:
            article = qa.article(citation.article_id)
            assert article is not None
            assert article.text[citation.start : citation.end] == citation.quote
        say(json.dumps({"generation": generation.name, "texts": texts, "cited": len(answer.citations)}))
    qa.close()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    ask(*sys.argv[1:])
