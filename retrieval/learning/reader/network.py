"""The reader as a network to train, the bundled model's layers, and its trained half as the file that ships."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from index.embedding.bundled.graph import Graph, add_layer
from index.embedding.bundled.prepare import SHARED_LAYERS, bundled_folder

_DROPOUT = 0.1
_EPSILON = 1e-12  # of the norms
_KEPT_OF_BEFORE = 0.3  # share of the weights that training went on from: half gave up near misses, none other languages


class Layer(nn.Module):
    """A layer of BERT: attention and feed-forward, each with its residual and norm after it (Devlin et al., 2019)."""

    def __init__(self, hidden: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v = (nn.Linear(hidden, hidden) for _ in range(3))
        self.ao = nn.Linear(hidden, hidden)
        self.aln = nn.LayerNorm(hidden, eps=_EPSILON)
        self.fi = nn.Linear(hidden, inner)
        self.fo = nn.Linear(inner, hidden)
        self.oln = nn.LayerNorm(hidden, eps=_EPSILON)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        """Returns the next state (texts, tokens, hidden); `mask` is true where a token may be looked at."""
        texts, tokens, hidden = state.shape
        parts = (part(state).view(texts, tokens, self.heads, -1) for part in (self.q, self.k, self.v))
        query, key, value = (part.transpose(1, 2) for part in parts)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = self.ao(seen.transpose(1, 2).reshape(texts, tokens, hidden))
        state = self.aln(state + functional.dropout(seen, _DROPOUT, self.training))
        inner = self.fo(functional.gelu(self.fi(state)))
        out: Tensor = self.oln(state + functional.dropout(inner, _DROPOUT, self.training))
        return out

    def read(self, weights: dict[str, Tensor], prefix: str) -> None:
        """Takes the weights of a BertModel's layer."""
        names = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value"}
        names |= {"ao": "attention.output.dense", "aln": "attention.output.LayerNorm"}
        names |= {"fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm"}
        ends = ("weight", "bias")
        self.load_state_dict(
            {f"{own}.{e}": weights[f"{prefix}{name}.{e}"] for own, name in names.items() for e in ends}
        )


class Lower(nn.Module):
    """Embeddings and the layers shared with the embedder: question and passage each by itself; never trained."""

    def __init__(self, weights: dict[str, Tensor], layers: list[Layer]) -> None:
        super().__init__()
        names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        word, place, kind = (weights[f"embeddings.{name}.weight"] for name in names)
        self.words = nn.Embedding(len(word), word.shape[1], _weight=word)
        self.places = nn.Embedding(len(place), place.shape[1], _weight=place + kind[0])
        self.norm = nn.LayerNorm(word.shape[1], eps=_EPSILON)
        self.norm.load_state_dict({end: weights[f"embeddings.LayerNorm.{end}"] for end in ("weight", "bias")})
        self.layers = nn.ModuleList(layers)

    def forward(self, ids: Tensor, places: Tensor, mask: Tensor) -> Tensor:
        """Returns states (texts, tokens, hidden) of ids and places (texts, tokens); `mask` keeps the two apart."""
        state: Tensor = self.norm(self.words(ids) + self.places(places))
        for layer in self.layers:
            state = layer(state, mask)
        return state


class Upper(nn.Module):
    """The trained layers over question and passage together, and what is read off them."""

    epsilon = _EPSILON

    def __init__(self, layers: list[Layer], hidden: int) -> None:
        super().__init__()
        self.hidden, self.heads = hidden, layers[0].heads
        self.sides = nn.Parameter(torch.zeros(2, hidden))  # added to tokens of the question, of the passage
        self.layers = nn.ModuleList(layers)
        self.span = nn.Linear(hidden, 2)  # start and end, of each token
        self.answerable = nn.Linear(hidden, 1)  # of the first token
        for head in (self.span, self.answerable):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def forward(self, state: Tensor, side: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Returns (texts, tokens, 2) logits of start and end, and (texts,) of answerable."""
        state = state + self.sides[side]
        for layer in self.layers:
            state = layer(state, mask)
        return self.span(state), self.answerable(state[:, 0]).squeeze(-1)

    def values(self, name: str, /) -> NDArray[np.float32]:
        """Returns `l0.q.w` and the like, by which names `index.embedding.bundled.graph` asks."""
        layer, part, end = name.split(".")
        return self.array(f"layers.{layer[1:]}.{part}.{'weight' if end == 'w' else 'bias'}")

    def array(self, name: str) -> NDArray[np.float32]:
        """Returns a parameter by its own name."""
        return self.get_parameter(name).detach().float().numpy()


def load_network(folder: Path) -> tuple[Lower, Upper]:
    """Returns the two halves with the bundled model's weights; heads and sides begin anew."""
    weights = load_file(folder / "model.safetensors")
    hidden = weights["embeddings.word_embeddings.weight"].shape[1]
    inner = weights["encoder.layer.0.intermediate.dense.weight"].shape[0]
    count = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
    layers = []
    for number in range(count):
        layer = Layer(hidden, hidden // 32, inner)
        layer.read(weights, f"encoder.layer.{number}.")
        layers.append(layer)
    lower = Lower(weights, layers[:SHARED_LAYERS]).eval().requires_grad_(requires_grad=False)
    return lower, Upper(layers[SHARED_LAYERS:], hidden)


def load_exported(upper: Upper, path: Path) -> None:
    """Takes back the weights of a file that `export` wrote, as well as 7 bits hold them, to go on from."""
    import onnx

    constants = [onnx.numpy_helper.to_array(constant) for constant in onnx.load(path).graph.initializer]
    of_weights = (array for array in constants if array.dtype in (np.int8, np.float32) and array.size > 1)
    found = {"sides": np.stack([next(of_weights), next(of_weights)])}
    for number in range(len(upper.layers)):
        name = f"layers.{number}."
        for parts in (("q", "k", "v"), ("ao",), ("aln",), ("fi",), ("fo",), ("oln",)):
            weight = next(of_weights)
            if weight.dtype == np.int8:
                weight = (weight * next(of_weights)).T
            both = {"weight": weight, "bias": next(of_weights)}
            for end, value in both.items():
                split = np.split(value, len(parts))
                found |= {f"{name}{part}.{end}": of_part for part, of_part in zip(parts, split, strict=True)}
    found |= {"span.weight": next(of_weights).T, "span.bias": next(of_weights), "answerable.weight": next(of_weights).T}
    found["answerable.bias"] = constants[-1]
    upper.load_state_dict({name: torch.tensor(value) for name, value in found.items()})


def average(upper: Upper, start: Path) -> None:
    """Takes a mean of the weights and of those that training began with (WiSE-FT: Wortsman et al., 2022).

    What was learned last stays nearly whole, and what the last examples had little of comes back: answers in another
    language than the question's.
    """
    before = load_network(bundled_folder())[1]
    load_exported(before, start)
    with torch.no_grad():
        for name, value in before.named_parameters():
            upper.get_parameter(name).lerp_(value, _KEPT_OF_BEFORE)


def export(upper: Upper, path: Path) -> str:
    """Writes the graph and returns its sha256.

    `question` (1, n, hidden) and `passage` (1, m, hidden), both states of the shared layers, to `span`
    (1, n + m, 2), logits of start and end, and `answerable` (1, 1), a logit.
    """
    graph = Graph()
    named = zip(("question", "passage"), upper.array("sides"), strict=True)
    state = graph.add("Concat", *(graph.add("Add", name, graph.constant(side)) for name, side in named), axis=1)
    for layer in range(len(upper.layers)):
        state = add_layer(graph, upper, state, f"l{layer}.")
    begin, end = (graph.constant([at], "int64") for at in (0, 1))
    first = graph.add("Reshape", graph.add("Slice", state, begin, end, end), graph.constant([1, -1], "int64"))
    for name, read in (("span", state), ("answerable", first)):
        product = graph.add("MatMul", read, graph.constant(upper.array(f"{name}.weight").T))
        graph.rename(graph.add("Add", product, graph.constant(upper.array(f"{name}.bias"))), name)
    inputs = {name: ("FLOAT", [1, f"{name} tokens", upper.hidden]) for name in ("question", "passage")}
    model = graph.model(inputs, {"span": [1, "tokens", 2], "answerable": [1, 1]})  # type: ignore[arg-type]
    content = model.SerializeToString()
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()
