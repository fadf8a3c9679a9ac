"""What a person sees on a terminal: answers, reports, tables, progress."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleDimensions, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from index.text.visible import json_text, one_line, visible

if TYPE_CHECKING:
    from index.article import Progress as ProgressCall
    from index.store.postgres.address import IndexPlace
    from index.updating.run import IndexReport
    from retrieval.answering.answer import Answer, Citation
    from retrieval.answering.showing.shown import CitedArticle

_UNWRAPPED = 1_000_000  # columns
_LISTED = 10  # ids of a list that a person is shown


class _Console(Console):
    """Shows nothing that steers a terminal but what is its own, and wraps lines on a terminal only.

    What goes to a file or a pipe keeps one line a quote.
    """

    @property  # type: ignore[misc]  # nobody here sets it
    def size(self) -> ConsoleDimensions:
        return super().size if self.is_terminal else ConsoleDimensions(_UNWRAPPED, 25)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Yields what is shown, whoever wrote it; colours and movements of the cursor are rich's own."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else visible(text), style, control)


# what articles and people write is shown as it is: "[1]" is no markup, ":key:" no emoji
out = _Console(highlight=False, markup=False, emoji=False)
err = _Console(highlight=False, markup=False, emoji=False, stderr=True)


def show_as_it_comes(pieces: Iterable[str | Answer], *, written: bool, passages: bool = False) -> Answer:
    """Prints an answer and returns it: on a terminal, one that a language model writes piece by piece, others at once.

    Args:
        pieces: as `ArticleQA.stream` yields them.
        written: whether a language model writes it.
        passages: whether each quote is shown among its neighbours.
    """
    begun = False
    for piece in pieces:
        if not isinstance(piece, str):
            if begun:
                out.print()
            show_answer(piece, text=not begun, passages=passages)
            answer = piece  # the last one
        elif written and out.is_terminal:
            out.print(visible(piece), end="", soft_wrap=True)
            begun = True
    return answer


def show_answer(answer: Answer, *, text: bool = True, passages: bool = False) -> None:
    """Prints the short answer, the answer, our note, then a line an article that is cited.

    Args:
        answer: what to print.
        text: whether its text too, which may be there already.
        passages: whether each quote among its neighbours; else those alone that the text does not hold.
    """
    from retrieval.answering.notes import understood
    from retrieval.answering.showing.shown import cited_articles, short_line

    if told := understood(answer):
        _print(_plain(told, "dim"))
    if text:
        if short := short_line(answer):
            _print(_plain(short, "bold"))
        _print(_text(answer))
    if answer.note:
        _print(_plain(answer.note, "dim"))
    if answer.usage:
        tokens = f"tokens: {answer.usage['input']} + {answer.usage['output']}"
        _print(Text("; ".join(filter(None, (tokens, speed(answer.usage)))), style="dim"))
    articles = cited_articles(answer)
    if articles:
        _print(Text())
    for article in articles:
        quotes = {each: _among_neighbours(answer, each) for each in article.citations} if passages else {}
        quotes = quotes or {each: _quoted(each, answer.language) for each in article.untold}
        _show_article(article, answer.language, article.first.url, quotes)


def speed(usage: Mapping[str, int]) -> str:
    """Returns how long a model's first word took and how fast the others came, "" where none came."""
    if not usage.get("first_ms"):
        return ""
    a_second = 1_000 * usage["output"] / usage["writing_ms"]
    return f"first word after {usage['first_ms'] / 1_000:.1f} s, then {a_second:.0f} tokens a second"


def show_sources(answer: Answer, console: Console | None = None) -> None:
    """Prints what is cited alone, each quote in full, with its address, or the id of its article."""
    from retrieval.answering.showing.shown import cited_articles

    for article in cited_articles(answer, alone=True):
        quotes = {each: _quoted(each, answer.language) for each in article.citations}
        _show_article(article, answer.language, article.first.url or article.first.article_id, quotes, console)


def _text(answer: Answer) -> Text:
    from retrieval.answering.showing.shown import Look, stretches

    styles = {Look.ANSWERS: "bold", Look.OURS: "dim", Look.MARKER: "bold cyan"}
    text = Text()
    for stretch in stretches(answer):
        plain = "" if answer.found or stretch.citation else "yellow"
        text.append_text(_plain(stretch.text, styles.get(stretch.look, plain)))
    return text


def _show_article(
    article: CitedArticle,
    language: str,
    address: str,
    quotes: Mapping[Citation, Text],
    console: Console | None = None,
) -> None:
    numbers = f"{article.numbers} "
    indent = " " * min(len(numbers), 4)
    line, where = _plain(article.line(language)), _plain(address, "dim")
    fits = Text.assemble(numbers, line, " — ", where).cell_len <= (console or out).width
    if address and fits:
        line = Text.assemble(line, " — ", where)
    _print(line, Text(numbers, style="bold cyan"), indent, console)
    if address and not fits:  # whole where it can be, to be clicked
        _print(where, Text(indent), indent, console)
    for citation, quote in quotes.items():
        before = (article.before_quote(citation, language), "dim")
        _print(Text.assemble(before, quote), Text(indent), indent, console)


def _plain(text: str, style: str = "") -> Text:
    """Returns the text as it is shown; `Text` would leave out some of what may not be, and move what follows."""
    return Text(visible(text), style)


def _among_neighbours(answer: Answer, citation: Citation) -> Text:
    before, after = answer.context(citation)
    parts = [_plain(before, "dim"), _quoted(citation, answer.language), _plain(after, "dim")]
    return Text(" ").join(part for part in parts if part.plain)


def _quoted(citation: Citation, language: str) -> Text:
    """Returns a quote in our quotation marks, the words in it that answer in bold."""
    from retrieval.answering.showing.shown import quote_in_line
    from retrieval.answering.words import quoted

    quote, spans = quote_in_line(citation)
    marked = _plain(quoted(quote, language))
    shift = marked.plain.index(visible(quote))
    for start, end in spans:
        marked.stylize("bold", shift + start, shift + end)
    return marked


def _print(text: Text, first: Text | None = None, rest: str = "", console: Console | None = None) -> None:
    """Prints the text wrapped, with `first` before its first line and `rest` before the others."""
    console = console or out
    width = max(console.width - max(len(rest), first.cell_len if first else 0), 20)
    for line in text.wrap(console, width) or [Text()]:
        line.rstrip()
        console.print(Text.assemble(first or rest, line), soft_wrap=True)
        first = None


def show_report(report: IndexReport) -> None:
    """Prints what an index run found and did."""
    for note in report.notes:
        _print(Text(one_line(note), style="yellow"))
    _print(Text(one_line(str(report))))
    for failure in report.failed[:_LISTED]:
        _print(Text(one_line(f"failed: {failure.id}: {failure.reason}"), style="yellow"))
    if len(report.failed) > _LISTED:
        _print(Text(f"… and {len(report.failed) - _LISTED} more; `articlebot status` lists them", style="yellow"))


def show_status(status: dict[str, Any]) -> None:
    """Prints what an index holds."""
    dates = f"{status['first_date']} to {status['last_date']}" if status["first_date"] else "none"
    languages = ", ".join(f"{language} {count}" for language, count in status["languages"].items())
    left = status["sentences_waiting"]
    waiting = f", {left} of them not embedded yet: the next `articlebot index` does it" if left else ""
    rows = [
        ("index", f"{status['index']}, generation {status['generation']}, made {status['created']}"),
        ("articles", f"{status['articles']} ({languages})"),
        ("passages", f"{status['passages']}, {status['sentences']} sentences{waiting}"),
        ("segments", f"{len(status['segments'])}, of {', '.join(map(str, status['segments'])) or 'no'} passages"),
        ("dates", dates),
        ("model", status["model"]),
        ("disk", f"{status['bytes'] / 1e6:.1f} MB"),
    ]
    for source in status["sources"]:
        gone = "" if source["there"] else "; NOT THERE NOW"
        others = ", ".join(f"{count} {suffix}" for suffix, count in source["passed_over"].items())
        passed_over = f"; passed over: {others}" if others else ""
        shown = f"{source['name']}: {source['path']} ({source['articles']} articles{gone}{passed_over})"
        rows.append(("source", shown))
    for generation in status["generations"]:
        live = ", live" if generation["live"] else ""
        made = f"made {generation['created']}, {generation['articles']} articles"
        rows.append(("state", f"generation {generation['name']}, {made}{live}"))
    rows += [("failed", f"{article_id}: {reason}") for article_id, reason in status["failures"].items()]
    for name, value in rows:
        _print(Text(one_line(str(value))), Text(f"{name:<10}", style="bold"), " " * 10)


def show_problems(place: IndexPlace, problems: Sequence[str]) -> None:
    """Prints what is wrong with an index, or that nothing is."""
    for line in problems:
        err.print(one_line(line), style="red", soft_wrap=True)
    if not problems:
        out.print(one_line(f"{place}: all is well"), soft_wrap=True)


def show_json(value: object) -> None:
    """Prints a value for machines, whatever its characters."""
    print(json_text(value, indent=1), flush=True)  # noqa: T201  not through a console, which would colour and wrap it


@contextmanager
def progress_bar() -> Iterator[ProgressCall]:
    """Yields a callback that moves a bar on a terminal, with the time that remains; silent elsewhere."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),  # names of files and addresses
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        tasks: dict[str, object] = {}

        def move(what: str, done: int, total: int) -> None:
            if what not in tasks:
                for task in bar.task_ids:
                    bar.remove_task(task)
                tasks.clear()
                tasks[what] = bar.add_task(one_line(what), total=total or None)
            for task in bar.task_ids:
                bar.update(task, completed=done, total=total or None)

        yield move
