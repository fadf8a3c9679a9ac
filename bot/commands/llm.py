"""The command that says what language model is set up, and tries it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bot.commands.options import ContextOption, DeadlineOption, JsonOption, LLMOption, chosen_llm, plain_errors

if TYPE_CHECKING:
    from retrieval import Answer
    from retrieval.llm.model import LLM

_TRIAL = Path(__file__).with_name("trial.toml")
_SLOW_S = 25.0  # for one answer, that people still wait
_NONE = """\
language model: none; answers are the articles' own sentences.
To try one on this machine, with Ollama:
  ollama pull qwen2.5:3b
  articlebot llm --llm ollama:qwen2.5:3b
or with a file, no server needed:
  pip install 'articlebot[llamacpp]'
  articlebot llm --llm llamacpp:FILE.gguf
What else there is: docs/language-model.md"""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a model made of one question."""

    question: str
    answer: Answer
    right: bool
    own_words: bool  # whether anything of the model's was shown


def llm_(
    llm: LLMOption = None, deadline: DeadlineOption = None, context: ContextOption = None, as_json: JsonOption = False
) -> None:
    """Say what language model is set up, and try it on three questions: right or wrong, seconds, what to change."""
    with plain_errors():
        from bot.terminal.display import out, show_json

        model = chosen_llm(llm, deadline, context)
        if model is None:
            show_json({"llm": None}) if as_json else out.print(_NONE)
            return
        with ExitStack() as stack:
            stack.callback(model.close)
            if as_json:
                show_json({"llm": model.name, "tried": [_plain(one) for one in try_out(model)]})
                return
            out.print(_set_up(model))
            tried = []
            for one in try_out(model):
                tried.append(one)
                out.print(_line(one))
            out.print(advice(model.name, tried))


def try_out(model: LLM) -> Iterator[Tried]:
    """Yields what a model makes of each question, asked over an index of three short articles of our own."""
    from index import build_index
    from retrieval import ArticleQA
    from retrieval.learning.gold import is_right
    from retrieval.learning.sets import Question

    articles = tomllib.loads(_TRIAL.read_text(encoding="utf-8"))["articles"]
    with TemporaryDirectory(prefix="articlebot-llm-") as folder:
        (Path(folder) / "articles").mkdir()
        for number, article in enumerate(articles):
            head = "".join(f'{name}: "{article[name]}"\n' for name in ("title", "date", "language"))
            path = Path(folder) / "articles" / f"{number}.md"
            path.write_text(f"---\n{head}---\n{article['text']}\n", encoding="utf-8")
        build_index([Path(folder) / "articles"], Path(folder) / "index")
        with closing(ArticleQA.open(Path(folder) / "index", model)) as qa:
            for article in articles:
                answer = qa.ask(article["question"])
                gold = Question(article["question"], article["question"], tuple(article["answers"]), (), True, (), ())
                yield Tried(article["question"], answer, is_right(gold, answer.text), model.name not in answer.note)


def advice(name: str, tried: list[Tried]) -> str:
    """Returns what came of it, and what to change."""
    theirs, seconds = sum(one.right and one.own_words for one in tried), median(one.answer.seconds for one in tried)
    told = f"right in the model's own words: {theirs} of {len(tried)}; {seconds:.1f} s for an answer, the median"
    if seconds > _SLOW_S:
        return f"{told}\nslow: a smaller model, or fewer passages: --llm-context 500"
    if not theirs:
        return f"{told}\nof no use: what was shown are the articles' own sentences; try a larger model"
    if theirs < len(tried):
        return f"{told}\nthe rest was answered by the articles' own sentences; a larger model says more in its own"
    return f"{told}\nto use it: articlebot chat --llm {name}"


def _set_up(model: LLM) -> str:
    deadline = f"{model.deadline_s:g} s{' of silence' if model.counts_silence else ''}"
    return f"language model: {model.name}; {model.context_tokens:,} tokens of passages, gives up after {deadline}"


def _line(one: Tried) -> str:
    from bot.terminal.display import speed

    usage = one.answer.usage
    told = "right" if one.right else "wrong"
    parts = [f"{told}{'' if one.own_words else ', by the articles alone'}", f"{one.answer.seconds:.1f} s"]
    if usage:
        parts.append(f"{usage['input']} + {usage['output']} tokens")
        parts += filter(None, [speed(usage)])
    note = "" if one.own_words else f"\n  {one.answer.note}"
    return f"{one.question}\n  {'; '.join(parts)}\n  {one.answer.text}{note}"


def _plain(one: Tried) -> dict[str, Any]:
    return {
        "question": one.question, "right": one.right, "own_words": one.own_words, "seconds": one.answer.seconds,
        "usage": one.answer.usage, "text": one.answer.text, "note": one.answer.note,
    }  # fmt: skip
