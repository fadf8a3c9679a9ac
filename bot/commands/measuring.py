"""The commands that measure, and those that make the learned files anew: eval, ablate, train."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.options import (
    WORK,
    ContextOption,
    DeadlineOption,
    DeviceOption,
    JsonOption,
    LLMOption,
    ModelOption,
    RerankerOption,
    SetsArgument,
    WorkOption,
    chosen_llm,
    plain_errors,
)
from index.errors import ArticlebotError, why

if TYPE_CHECKING:
    from index.article import Progress
    from retrieval.learning.sets import Options

LEARNED = Path(".articlebot/learned")
READERS = Path(".articlebot/reader")

LimitOption = Annotated[
    int | None, typer.Option(min=1, help="Ask the first so many questions of each set.", show_default=False)
]
FloorOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="METRIC=VALUE",
        help="For instance hit@4000=0.9; exit 1 where a set is below. Repeatable.",
        show_default=False,
    ),
]
OutOption = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FOLDER",
        file_okay=False,
        help="Where it is written; copy it over the one that ships to use it.",
    ),
]
DetailsOption = Annotated[
    bool, typer.Option("--details", help="Also 95 % intervals, the whole curve of refusing, and reliability tables.")
]
TogetherOption = Annotated[
    bool, typer.Option("--together", help="Ask each set over the articles of all: refusing is harder among many.")
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html",
        help="Also a page with all of that, and every wrong answer beside the passage that holds the right one.",
        show_default=False,
    ),
]


@contextmanager
def _working(if_stopped: str, out: Path | None = None) -> Iterator[Progress]:
    """Yields what shows progress; what goes wrong becomes one line."""
    from bot.terminal.display import progress_bar

    with plain_errors(if_stopped), progress_bar() as progress:
        try:
            if out:  # now, not after hours
                out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArticlebotError(f"{out}: no folder can be made there ({why(error)}); name one: --out") from error
        yield progress


def evaluate(
    sets: SetsArgument,
    work: WorkOption = WORK,
    model: ModelOption = None,
    device: DeviceOption = None,
    llm: LLMOption = None,
    deadline: DeadlineOption = None,
    context: ContextOption = None,
    reranker: RerankerOption = None,
    limit: LimitOption = None,
    floor: FloorOption = None,
    together: TogetherOption = False,
    details: DetailsOption = False,
    page: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure search and answers on sets of labelled questions."""
    with _working("stopped; nothing was measured") as progress:
        from bot.settings import load_settings
        from retrieval.learning import evaluation, report
        from retrieval.learning.page.page import check_place

        if page:
            check_place(page)  # now, not after hours
        floors, settings = report.read_floors(floor or []), load_settings()
        options: Options = {
            "model": model, "device": device or settings.device, "llm": chosen_llm(llm, deadline, context),
            "reranker": reranker, "reader": settings.reader, "among": sets if together else [], "progress": progress,
        }  # fmt: skip
        reports = [evaluation.evaluate(folder, work, limit=limit, **options) for folder in sets]
    for of_set in reports:
        of_set.prices = (settings.llm_price_in, settings.llm_price_out)
    from bot.commands.reports import show_reports, write_report

    show_reports(reports, details=details, as_json=as_json)
    if page:
        write_report(page, reports)
    _tell_missed(report.below_floors(reports, floors))


def _tell_missed(lines: Sequence[str]) -> None:
    """Prints what is below its floor; ends with exit code 1 where anything is."""
    from bot.terminal.display import err
    from index.text.visible import one_line

    for line in lines:
        err.print(one_line(f"articlebot: {line}"), soft_wrap=True)
    if lines:
        raise typer.Exit(1)


def ablate(sets: SetsArgument, work: WorkOption = WORK, as_json: JsonOption = False) -> None:
    """Measure what each part of the search gives, and what slips in a question cost: hit@4000."""
    from bot.terminal.display import out, show_json
    from bot.terminal.figures import show_shares

    with _working("stopped; nothing was measured") as progress:
        from retrieval.learning import ablation

        parts = {folder.resolve().name: ablation.ablate(folder, work, progress) for folder in sets}
        slips = {folder.resolve().name: ablation.mangle(folder, work, progress) for folder in sets}
    if as_json:
        show_json({"parts": parts, "slips": slips})
    else:
        show_shares("searched with", parts)
        out.print()
        show_shares("questions", slips)


# Making the learned files anew -----------------------------------------------------------------------------------

train = typer.Typer(
    help="Make the learned files anew: language means, the search's constants, the reader, the answerer's weights.\n\n"
    "They go where --out says. What ships is used as it is, until you copy one of them over it.",
    no_args_is_help=True,
)


def _tell(lines: Sequence[str], folder: Path, *shipped: Path) -> None:
    """Prints these lines, and where files like these were written."""
    from bot.terminal.display import out
    from index.text.visible import one_line

    for line in lines:
        out.print(line)
    for file in shipped:
        out.print(one_line(f"written: {folder / file.name}; to use it, copy it to {file}"), soft_wrap=True)


@train.command()
def means(
    folder: Annotated[Path, typer.Argument(help="Holds passages.jsonl and questions.jsonl, in several languages.")],
    model: Annotated[str | None, typer.Option(help="As for `articlebot index`.", show_default=False)] = None,
    to: OutOption = LEARNED,
) -> None:
    """Make index/embedding/language_means.npz: the mean vector of each language, which searching subtracts."""
    from index.embedding.centring import MEANS_FILE

    with _working("stopped; nothing was written", to) as progress:
        from index import load_embedder
        from retrieval.learning.means import train_means

        centring = train_means(folder, model=model, progress=progress)
        centring.save(load_embedder(model).fingerprint, to / MEANS_FILE.name)
    _tell([f"means of {len(centring.languages)} languages: {', '.join(centring.languages)}"], to, MEANS_FILE)


@train.command()
def fusion(sets: SetsArgument, work: WorkOption = WORK, to: OutOption = LEARNED) -> None:
    """Make retrieval/search/fusion.json: how far a search listens to vectors, to words, and to the passages beside."""
    from retrieval.search.fusion import FUSION_FILE

    with _working("stopped; nothing was written", to) as progress:
        from retrieval.learning.ablation import choose_fusion

        chosen, measure, before = choose_fusion(sets, work, progress)
        chosen.save(to / FUSION_FILE.name)
    told = f"{measure:.4f}, with the constants of before {before:.4f}: 800 / (800 + characters read), mean"
    _tell([told], to, FUSION_FILE)


@train.command()
def reader(
    folder: Annotated[
        Path, typer.Argument(help="Holds passages.jsonl and questions.jsonl with answers, or folders that do.")
    ],
    start: Annotated[
        Path | None,
        typer.Option(
            help="A reader to go on from, such as the one that ships; then one is made, in an hour or two.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn: two readers differ by what is luck.")] = 0,
    to: OutOption = READERS,
) -> None:
    """Make retrieval/reader/reader.onnx: what sees where in a passage the answer stands. Hours on two cores.

    A fifth of the articles is left out, and judged on at the end. Stopped, it goes on where it was.
    """
    from retrieval.reader.reading import READER_FILE

    with _working("stopped; run it again to go on", to) as progress:
        from retrieval.learning.reader.making import go_on, make_reader

        make = partial(go_on, start=start) if start else make_reader
        figures = make(folder, out=to, seed=seed, progress=progress)
    apart = ", ".join(f"{kind} {share:.2f}" for kind, share in figures.apart.items())
    told = f"on articles left out: words {figures.words:.2f}, exact {figures.exact:.2f}; apart: {apart}"
    _tell([told], to, READER_FILE, READER_FILE.with_suffix(".json"))


@train.command()
def answers(
    sets: SetsArgument,
    work: WorkOption = WORK,
    learned: Annotated[
        Path | None,
        typer.Option(
            help="What the reader learned from: those questions are passed over, it knows too much of them.",
            show_default=False,
        ),
    ] = None,
    to: OutOption = LEARNED,
) -> None:
    """Make retrieval/answering/weights.json: what makes a sentence an answer, and when the articles do not say."""
    from retrieval.answering.weights import WEIGHTS_FILE, Weights

    with _working("stopped; nothing was written", to) as progress:
        from retrieval.answering.readings import Kept
        from retrieval.learning.reader.questions import read_folder
        from retrieval.learning.weights import balanced, save_weights, train_weights
        from retrieval.reader.reading import load_reader

        shipped = load_reader()
        passage_reader = Kept(shipped) if shipped else None
        known = {question.text for question in read_folder(learned)} if learned else set()
        weights, found = train_weights(sets, work, Weights.load(), passage_reader, known, progress)
        save_weights(weights, to / WEIGHTS_FILE.name)
        last = weights.reading if passage_reader and weights.reading else weights
        shares = balanced(found, last)
    told = [f"{name}: balanced {share:.3f} on what was learned from" for name, share in shares.items()]
    _tell([f"threshold {last.threshold}", *told], to, WEIGHTS_FILE)
