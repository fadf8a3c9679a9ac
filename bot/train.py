"""articlebot train: makes the shipped files that are learned, from data that anyone can bring."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.options import WORK, SetsArgument, WorkOption

app = typer.Typer(help="Make the learned files anew: language means, the answerer's weights.", no_args_is_help=True)


@app.command()
def means(
    folder: Annotated[Path, typer.Argument(help="Holds passages.jsonl and questions.jsonl, in several languages.")],
    model: Annotated[str | None, typer.Option(help="As for `articlebot index`.", show_default=False)] = None,
) -> None:
    """Write index/language_means.npz: the mean vector of each language, which searching subtracts."""
    from bot.cli import plain_errors
    from bot.display import out, progress_bar
    from index import load_embedder
    from retrieval.training import train_means

    with plain_errors("stopped; nothing was written"):
        with progress_bar() as progress:
            centring = train_means(folder, model=model, progress=progress)
        centring.save(load_embedder(model).fingerprint)
        out.print(f"means of {len(centring.languages)} languages: {', '.join(centring.languages)}")


@app.command()
def fusion(sets: SetsArgument, work: WorkOption = WORK) -> None:
    """Write retrieval/fusion.json: how far a search listens to vectors, to words, and to the passages beside."""
    from bot.cli import plain_errors
    from bot.display import out, progress_bar
    from retrieval.ablation import choose_fusion

    with plain_errors("stopped; nothing was written"):
        with progress_bar() as progress:
            chosen, measure, before = choose_fusion(sets, work, progress)
        chosen.save()
        out.print(f"{measure:.4f}, with the constants of before {before:.4f}: 800 / (800 + characters read), mean")


@app.command()
def answers(sets: SetsArgument, work: WorkOption = WORK) -> None:
    """Write retrieval/weights.json: what makes a sentence an answer, and when the articles do not say."""
    from bot.cli import plain_errors
    from bot.display import out, progress_bar
    from retrieval.evidence import WEIGHTS_FILE, Weights
    from retrieval.training import balanced, examples, foreign_examples, save_weights, small_examples, train_answerer

    with plain_errors("stopped; nothing was written"):
        before = Weights.load()
        with progress_bar() as progress:
            found = examples(sets, work, before, progress) + small_examples(sets, work, before, progress)
            found += foreign_examples(sets, work, before, progress)
        weights = train_answerer(found, before)
        save_weights(weights, WEIGHTS_FILE)
        out.print(f"threshold {weights.threshold}")
        for name, share in balanced(found, weights.answerable, weights.threshold).items():
            out.print(f"{name}: balanced {share:.3f} on what was learned from")
