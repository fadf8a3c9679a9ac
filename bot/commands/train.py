"""articlebot train: makes the shipped files that are learned, from data that anyone can bring."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.options import WORK, SetsArgument, WorkOption

READER_WORK = Path(".articlebot/reader")
ReaderWorkOption = Annotated[Path, typer.Option("--reader-work", help="Where the readers are kept.")]

app = typer.Typer(help="Make the learned files anew: language means, the answerer's weights.", no_args_is_help=True)


@app.command()
def means(
    folder: Annotated[Path, typer.Argument(help="Holds passages.jsonl and questions.jsonl, in several languages.")],
    model: Annotated[str | None, typer.Option(help="As for `articlebot index`.", show_default=False)] = None,
) -> None:
    """Write index/embedding/language_means.npz: the mean vector of each language, which searching subtracts."""
    from bot.commands.options import plain_errors
    from bot.terminal.display import out, progress_bar
    from index import load_embedder
    from retrieval.learning.means import train_means

    with plain_errors("stopped; nothing was written"):
        with progress_bar() as progress:
            centring = train_means(folder, model=model, progress=progress)
        centring.save(load_embedder(model).fingerprint)
        out.print(f"means of {len(centring.languages)} languages: {', '.join(centring.languages)}")


@app.command()
def fusion(sets: SetsArgument, work: WorkOption = WORK) -> None:
    """Write retrieval/search/fusion.json: how far a search listens to vectors, to words, and to the passages beside."""
    from bot.commands.options import plain_errors
    from bot.terminal.display import out, progress_bar
    from retrieval.learning.ablation import choose_fusion

    with plain_errors("stopped; nothing was written"):
        with progress_bar() as progress:
            chosen, measure, before = choose_fusion(sets, work, progress)
        chosen.save()
        out.print(f"{measure:.4f}, with the constants of before {before:.4f}: 800 / (800 + characters read), mean")


@app.command()
def reader(
    folder: Annotated[Path, typer.Argument(help="Holds passages.jsonl and questions.jsonl with answers.")],
    work: ReaderWorkOption = READER_WORK,
) -> None:
    """Write retrieval/reader/reader.onnx: what sees where in a passage the answer stands. Hours on two cores.

    Another, without one half of the articles, is judged on that half and kept for `articlebot train answers`. Stopped,
    it goes on where it was.
    """
    from bot.commands.options import plain_errors
    from bot.terminal.display import out, progress_bar
    from retrieval.learning.reader.making import make_reader

    with plain_errors("stopped; run it again to go on"):
        with progress_bar() as progress:
            figures = make_reader(folder, work, progress=progress)
        apart = ", ".join(f"{kind} {share:.2f}" for kind, share in figures.apart.items())
        out.print(f"on articles left out: words {figures.words:.2f}, exact {figures.exact:.2f}; apart: {apart}")


@app.command()
def answers(
    sets: SetsArgument,
    work: WorkOption = WORK,
    learned: Annotated[
        Path | None,
        typer.Option(help="What the reader learned from; then also the weights of what it reads.", show_default=False),
    ] = None,
    reader_work: ReaderWorkOption = READER_WORK,
) -> None:
    """Write retrieval/answering/weights.json: what makes a sentence an answer, and when the articles do not say."""
    from bot.commands.options import plain_errors
    from bot.terminal.display import out, progress_bar
    from retrieval.answering.weights import WEIGHTS_FILE, Weights
    from retrieval.learning.reader.making import held_out
    from retrieval.learning.weights import balanced, save_weights, train_weights

    with plain_errors("stopped; nothing was written"):
        passage_reader = held_out(learned, reader_work) if learned else None
        with progress_bar() as progress:
            weights, found = train_weights(sets, work, Weights.load(), passage_reader, progress)
        save_weights(weights, WEIGHTS_FILE)
        last = weights.reading if passage_reader and weights.reading else weights
        out.print(f"threshold {last.threshold}")
        for name, share in balanced(found, last.answerable, last.threshold).items():
            out.print(f"{name}: balanced {share:.3f} on what was learned from")
