"""Writes the trained half as what ships: an ONNX file in int8, and its checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedding.bundled.graph import Graph, add_layer
from retrieval.learning.reader.network import Layer, Upper


class TrainedWeights:
    """The weights of `Upper` under the names that `index.embedding.bundled.graph` asks for."""

    epsilon = 1e-12

    def __init__(self, upper: Upper) -> None:
        self._arrays: dict[str, NDArray[np.float32]] = {
            name: value.detach().float().numpy() for name, value in upper.state_dict().items()
        }
        first = upper.layers[0]
        assert isinstance(first, Layer)  # noqa: S101  for mypy: ModuleList has no type of its own
        self.hidden, self.heads, self.layers = upper.sides.shape[1], first.heads, len(upper.layers)

    def values(self, name: str, /) -> NDArray[np.float32]:
        """Returns `l0.q.w` and the like."""
        layer, part, end = name.split(".")
        kind = {"w": "weight", "b": "bias"}[end]
        if part in "qkv":
            whole = self._arrays[f"layers.{layer[1:]}.qkv.{kind}"]
            thirds: list[NDArray[np.float32]] = np.split(whole, 3)
            return thirds["qkv".index(part)]
        return self._arrays[f"layers.{layer[1:]}.{part}.{kind}"]

    def own(self, name: str) -> NDArray[np.float32]:
        """Returns what is not of a layer, such as `span.weight`."""
        return self._arrays[name]


def export(upper: Upper, path: Path) -> str:
    """Writes the graph and returns its sha256.

    `question` (1, n, hidden) and `passage` (1, m, hidden), both states of the shared layers, to `span`
    (1, n + m, 2), logits of start and end, and `answerable` (1, 1), a logit.
    """
    weights, graph = TrainedWeights(upper), Graph()
    named = zip(("question", "passage"), weights.own("sides"), strict=True)
    state = graph.add("Concat", *(graph.add("Add", name, graph.constant(side)) for name, side in named), axis=1)
    for layer in range(weights.layers):
        state = add_layer(graph, weights, state, f"l{layer}.")
    begin, end = (graph.constant([at], "int64") for at in (0, 1))
    first = graph.add("Reshape", graph.add("Slice", state, begin, end, end), graph.constant([1, -1], "int64"))
    for name, read in (("span", state), ("answerable", first)):
        product = graph.add("MatMul", read, graph.constant(weights.own(f"{name}.weight").T))
        graph.rename(graph.add("Add", product, graph.constant(weights.own(f"{name}.bias"))), name)
    hidden = weights.hidden
    inputs = {name: ("FLOAT", [1, f"{name} tokens", hidden]) for name in ("question", "passage")}
    model = graph.model(inputs, {"span": [1, "tokens", 2], "answerable": [1, 1]})  # type: ignore[arg-type]
    content = model.SerializeToString()
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()
