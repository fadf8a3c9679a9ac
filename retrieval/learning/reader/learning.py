"""Trains the reader: rounds of examples, resumed where they were stopped."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from index.article import Progress, no_progress
from index.embedding.bundled.prepare import bundled_folder
from index.embedding.bundled.tokenizer import Tokenizer
from retrieval.learning.reader.near_misses import Example, Examples
from retrieval.learning.reader.network import Lower, Upper, load_exported, load_network
from retrieval.reader.pairs import Pair, encode_pair

ROUNDS = 3
_BATCH = 16
_RATE, _HEAD_RATE, _DECAY = 1.5e-4, 1e-3, 0.01
_WARM_UP = 0.06  # share of the steps
_NORM = 1.0  # of the gradient at most
_ANSWERABLE = 1.0  # weight of its loss beside the mean of start's and end's
_SORTED = 40  # batches whose examples are put in order of length, so that little is padded
_SAVE_EVERY = 100  # steps


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded pairs as tensors; (texts, tokens) unless said otherwise."""

    ids: Tensor
    places: Tensor
    side: Tensor  # 0 question, 1 passage
    apart: Tensor  # (texts, 1, tokens, tokens): of the same side
    together: Tensor  # (texts, 1, 1, tokens): no padding
    choices: Tensor  # tokens a start or end may be: the first for "none", and the passage's text
    starts: Tensor  # right ones
    ends: Tensor
    answerable: Tensor  # (texts,)
    is_marked: Tensor  # (texts,): it is known where it is answered, or that it is not

    @classmethod
    def of(cls, pairs: Sequence[Pair], unmarked: Sequence[bool] = ()) -> Batch:
        """Pads pairs to a common length; `unmarked` are answered, nobody knows where."""
        longest = max(len(pair.ids) for pair in pairs)
        tokens = -(-longest // 16) * 16  # few different shapes
        shape = (len(pairs), tokens)
        ids, places = torch.full(shape, 1), torch.zeros(shape, dtype=torch.long)
        side = torch.full(shape, 2)
        choices, starts, ends = (torch.zeros(shape, dtype=torch.bool) for _ in range(3))
        for row, pair in enumerate(pairs):
            count, question = len(pair.ids), pair.question_tokens
            ids[row, :count] = torch.tensor(pair.ids)
            places[row, :question] = torch.arange(question)
            places[row, question:count] = torch.arange(count - question)
            side[row, :question], side[row, question:count] = 0, 1
            choices[row, 0] = True
            choices[row, pair.first_token : count - 1] = True
            for start, end in pair.answers or ((0, 0),):
                starts[row, start], ends[row, end] = True, True
        apart = (side[:, :, None] == side[:, None, :])[:, None]
        is_marked = ~torch.tensor(list(unmarked) or [False] * len(pairs))
        answerable = torch.tensor([float(bool(pair.answers)) for pair in pairs]).masked_fill(~is_marked, 1.0)
        together = (side < 2)[:, None, None, :]
        return cls(ids, places, side.clamp(max=1), apart, together, choices, starts, ends, answerable, is_marked)


def train(
    examples: Examples,
    *,
    start: Path | None = None,
    rounds: int = ROUNDS,
    seed: int = 0,
    kept: Path | None = None,
    progress: Progress = no_progress,
) -> Upper:
    """Returns the trained half: cross-entropy of start and end over the tokens and "none", and of answerable.

    Args:
        examples: what is learned from.
        start: a reader's file to go on from; None: from the bundled model.
        rounds: how often each question is seen, with other near misses each time.
        seed: of everything that is drawn.
        kept: a file for what was learned so far; training goes on from it, and removes it at the end.
        progress: called with (what is being done, steps done, in all).
    """
    torch.manual_seed(seed)  # of the heads
    folder = bundled_folder()
    lower, upper = load_network(folder)
    if start:
        load_exported(upper, start)
    drawn = [examples.round(number, seed) for number in range(rounds)]
    steps = sum(-(-len(of_round) // _BATCH) for of_round in drawn)
    step = _Step(lower, upper)
    optimizer = _optimizer(upper)
    done = _resume(kept, upper, optimizer)
    upper.train()
    for number, batch in enumerate(_batches(drawn, Tokenizer(folder), seed, done), done):
        progress("training", number, steps)
        torch.manual_seed((seed << 32) + number)  # the same also after a stop
        loss = step.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
        torch.nn.utils.clip_grad_norm_(upper.parameters(), _NORM)
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * _pace(number, steps)
        optimizer.step()
        optimizer.zero_grad()
        if kept and (number + 1) % _SAVE_EVERY == 0:
            _keep(kept, upper, optimizer, number + 1)
    if kept:
        kept.unlink(missing_ok=True)
    return upper.cpu().eval()


class _Step:
    """The loss of a batch, on an accelerator where there is one; in bfloat16 where that is faster (1.6 times here)."""

    def __init__(self, lower: Lower, upper: Upper) -> None:
        found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        self._device = found or torch.device("cpu")
        half = ("avx512_bf16", "amx_bf16")
        self._half = found is not None or any(torch.cpu.get_capabilities().get(name) for name in half)
        self._lower, self._upper = lower.to(self._device), upper.to(self._device)

    def loss(self, batch: Batch) -> Tensor:
        batch = Batch(*(getattr(batch, field.name).to(self._device) for field in fields(batch)))
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=self._half):
            with torch.no_grad():
                state = self._lower(batch.ids, batch.places, batch.apart)
            span, answerable = self._upper(state, batch.side, batch.together)
        span, answerable = span.float(), answerable.float()
        losses = [
            _likelihood(span[:, :, at], batch.choices, right)[batch.is_marked].sum() / len(batch.ids)
            for at, right in enumerate((batch.starts, batch.ends))
        ]
        told = functional.binary_cross_entropy_with_logits(answerable, batch.answerable)
        return (losses[0] + losses[1]) / 2 + _ANSWERABLE * told


def _likelihood(logits: Tensor, choices: Tensor, right: Tensor) -> Tensor:
    """Returns (texts,), minus the log of the share that the right tokens get of all that may be chosen."""
    logits = logits.masked_fill(~choices, -1e4)
    return logits.logsumexp(-1) - logits.masked_fill(~right, -1e4).logsumexp(-1)


def _batches(drawn: Sequence[Sequence[Example]], tokenizer: Tokenizer, seed: int, done: int) -> Iterator[Batch]:
    """Yields batches of like length, in an order that is drawn, but for the first that are done; read as they come."""
    for number, examples in enumerate(drawn):
        chance = random.Random(f"{seed}/{number}/order")  # noqa: S311  a fixed draw, no secret
        for begin in range(0, len(examples), _SORTED * _BATCH):
            some = examples[begin : begin + _SORTED * _BATCH]
            places = list(range(-(-len(some) // _BATCH)))
            chance.shuffle(places)
            if len(places) <= done:
                done -= len(places)
                continue
            pairs = [(encode(e, tokenizer), e.near_miss is None and not e.answers) for e in some]
            pairs.sort(key=lambda pair: len(pair[0].ids))
            for place in places[done:]:
                yield Batch.of(*zip(*pairs[place * _BATCH : (place + 1) * _BATCH], strict=True))
            done = 0


def encode(example: Example, tokenizer: Tokenizer) -> Pair:
    """Returns an example as the network sees it."""
    return encode_pair(tokenizer, example.question, example.title, example.text, example.answers)


def _optimizer(upper: Upper) -> torch.optim.AdamW:
    """Returns AdamW (Loshchilov and Hutter, 2019); each group has the `rate` that `_pace` is a share of."""
    new = [upper.sides, *upper.span.parameters(), *upper.answerable.parameters()]
    others = list(upper.layers.parameters())
    plain = [p for p in others if p.ndim == 1]
    decayed = [p for p in others if p.ndim > 1]
    groups = [
        {"params": new, "rate": _HEAD_RATE, "weight_decay": 0.0},
        {"params": plain, "rate": _RATE, "weight_decay": 0.0},
        {"params": decayed, "rate": _RATE, "weight_decay": _DECAY},
    ]
    return torch.optim.AdamW(groups, fused=True)


def _pace(step: int, steps: int) -> float:
    """Returns the share of the rate at a step: up in a line, then down to nothing in a line."""
    warm = max(int(_WARM_UP * steps), 1)
    return min((step + 1) / warm, max(steps - step, 0) / max(steps - warm, 1))


def _keep(path: Path, upper: Upper, optimizer: torch.optim.AdamW, done: int) -> None:
    """Writes weights and the optimizer's means as safetensors; a kill leaves the file of before."""
    tensors = {f"upper.{name}": value for name, value in upper.state_dict().items()}
    for number, means in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in means.items()}
    partial = path.with_suffix(".partial")
    save_file({name: value.cpu().contiguous() for name, value in tensors.items()}, partial, {"done": str(done)})
    partial.replace(path)


def _resume(path: Path | None, upper: Upper, optimizer: torch.optim.AdamW) -> int:
    """Takes up what was kept, and returns the steps that are done."""
    if path is None or not path.exists():
        return 0
    weights: dict[str, Tensor] = {}
    means: dict[int, dict[str, Tensor]] = defaultdict(dict)
    with safe_open(path, "pt") as file:
        done = int(file.metadata()["done"])
        for name in file.keys():  # noqa: SIM118  no mapping
            kind, _, rest = name.partition(".")
            if kind == "upper":
                weights[rest] = file.get_tensor(name)
            else:
                number, _, mean = rest.partition(".")
                means[int(number)][mean] = file.get_tensor(name)
    upper.load_state_dict(weights)
    optimizer.load_state_dict({"state": dict(means), "param_groups": optimizer.state_dict()["param_groups"]})
    return done
