"""The bundled model as an ONNX graph in int8, built by hand of standard operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.bundled.data import BLOCK, Data

if TYPE_CHECKING:
    from onnx import ModelProto


class LayerWeights(Protocol):
    """Weights of layers by name: `l{i}.{q,k,v,ao,fi,fo}.{w,b}`, `l{i}.{aln,oln}.{w,b}`; matrices are (out, in)."""

    @property
    def hidden(self) -> int:
        """Width of a token's state."""
        ...

    @property
    def heads(self) -> int:
        """Heads of attention."""
        ...

    @property
    def epsilon(self) -> float:
        """What keeps the norms from dividing by nothing."""
        ...

    def values(self, name: str, /) -> NDArray[np.float32]:
        """Returns the tensor of this name."""
        ...


class Graph:
    """Nodes and constants of an ONNX graph in the making; every method returns the name of its result."""

    def __init__(self) -> None:
        from onnx import helper, numpy_helper

        self._helper, self._from_array = helper, numpy_helper.from_array
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: object, kind: str = "float32") -> str:
        """Adds a constant."""
        name = f"c{len(self.constants)}"
        self.constants.append(self._from_array(np.ascontiguousarray(np.asarray(value, kind)), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: int | float | str | list[int]) -> str:
        """Adds a node of one result."""
        return self.add_several(operator, *inputs, **attributes, outputs=1)[0]

    def add_several(
        self, operator: str, *inputs: str, outputs: int = 3, **attributes: int | float | str | list[int]
    ) -> list[str]:
        """Adds a node of several results."""
        names = [f"n{len(self.nodes)}.{i}" for i in range(outputs)]
        self.nodes.append(self._helper.make_node(operator, list(inputs), names, **attributes))  # type: ignore[arg-type]  # mypy takes them for its own options
        return names

    def rename(self, result: str, name: str) -> None:
        """Calls the result of the node that was added last by another name: the graph's output."""
        outputs = self.nodes[-1].output
        outputs[list(outputs).index(result)] = name

    def model(self, inputs: dict[str, tuple[str, list[int | str]]], outputs: dict[str, list[int | str]]) -> ModelProto:
        """Returns the graph as a model; inputs by name with type and shape, outputs (all float) with shape."""
        from onnx import TensorProto

        described = self._helper.make_tensor_value_info
        came_in = [described(name, getattr(TensorProto, kind), shape) for name, (kind, shape) in inputs.items()]
        came_out = [described(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
        graph = self._helper.make_graph(self.nodes, "multilingual-e5-small", came_in, came_out, self.constants)
        return self._helper.make_model(graph, opset_imports=[self._helper.make_opsetid("", 20)], ir_version=9)


def build_lower(data: Data, layers: int) -> ModelProto:
    """Returns embeddings and the first layers as an ONNX graph: `ids` (1, n) int64 to `states` (1, n, hidden).

    Built by hand, of standard operators alone: no torch and no exporter at first use, the word embeddings stay in
    their 4 bits, and the three projections of attention share one product.
    """
    graph = Graph()
    state = _embed(graph, data)
    for layer in range(layers):
        state = add_layer(graph, data, state, f"l{layer}.")
    graph.rename(state, "states")
    return graph.model({"ids": ("INT64", [1, "tokens"])}, {"states": [1, "tokens", data.hidden]})


def build_upper(data: Data, layers: int) -> ModelProto:
    """Returns the layers from number `layers` on: `states` to `vector` (1, hidden), mean over tokens, unit length."""
    graph = Graph()
    state = "states"
    for layer in range(layers, data.layers):
        state = add_layer(graph, data, state, f"l{layer}.")
    mean = graph.add("ReduceMean", state, graph.constant([1], "int64"), keepdims=0)
    graph.rename(graph.add("LpNormalization", mean, axis=-1, p=2), "vector")
    return graph.model({"states": ("FLOAT", [1, "tokens", data.hidden])}, {"vector": [1, data.hidden]})


def _embed(graph: Graph, data: Data) -> str:
    """Adds word, position and type embeddings; the 4 bits of the few words of a text are unpacked when it is run."""
    scales, nibbles = data.blocks("emb.word")
    groups = data.hidden // BLOCK
    packed = graph.add("Gather", graph.constant(nibbles.reshape(-1, groups, BLOCK // 2), "uint8"), "ids")
    scale = graph.add("Gather", graph.constant(scales.reshape(-1, groups, 1), "float16"), "ids")
    low = graph.add("Mod", packed, graph.constant(16, "uint8"))
    high = graph.add("BitShift", packed, graph.constant(4, "uint8"), direction="RIGHT")
    values = graph.add("Cast", graph.add("Concat", low, high, axis=-1), to=1)
    values = graph.add("Sub", values, graph.constant(BLOCK // 4))
    values = graph.add("Mul", values, graph.add("Cast", scale, to=1))
    words = graph.add("Reshape", values, graph.constant([1, -1, data.hidden], "int64"))
    count = graph.add("Shape", "ids", start=1, end=2)
    zero = graph.constant([0], "int64")
    places = graph.constant(data.values("emb.pos") + data.values("emb.type")[0])
    return _normalise(graph, data, graph.add("Add", words, graph.add("Slice", places, zero, count, zero)), "emb.ln.")


def add_layer(graph: Graph, data: LayerWeights, state: str, name: str) -> str:
    """Adds one layer: attention and feed-forward, each with its residual and norm."""
    heads, width = data.heads, data.hidden // data.heads
    parts = graph.constant([1, -1, heads, width], "int64")
    projected = _dense(graph, data, state, [name + part for part in "qkv"])
    thirds = graph.add_several("Split", projected, axis=-1, num_outputs=3)
    query, key, value = (graph.add("Reshape", each, parts) for each in thirds)
    query, value = (graph.add("Transpose", each, perm=[0, 2, 1, 3]) for each in (query, value))
    fit = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 2, 3, 1]))
    share = graph.add("Softmax", graph.add("Mul", fit, graph.constant(width**-0.5)), axis=-1)
    seen = graph.add("Transpose", graph.add("MatMul", share, value), perm=[0, 2, 1, 3])
    seen = graph.add("Reshape", seen, graph.constant([1, -1, data.hidden], "int64"))
    state = graph.add("Add", state, _dense(graph, data, seen, [name + "ao"]))
    state = _normalise(graph, data, state, name + "aln.")
    inner = graph.add("Gelu", _dense(graph, data, state, [name + "fi"]))
    state = graph.add("Add", state, _dense(graph, data, inner, [name + "fo"], by_token=True))
    return _normalise(graph, data, state, name + "oln.")


def _normalise(graph: Graph, data: LayerWeights, state: str, name: str) -> str:
    weight, bias = (graph.constant(data.values(name + end)) for end in "wb")
    return graph.add("LayerNormalization", state, weight, bias, epsilon=data.epsilon)


def _dense(graph: Graph, data: LayerWeights, state: str, names: list[str], *, by_token: bool = False) -> str:
    """Adds int8 products with weights scaled by column and activations scaled over the text, or by token.

    Weights use 7 bits: in 8, AVX2 would overflow 16-bit sums. Scaling by token is slower and only felt in the
    second feed-forward layer, where few tokens have values far beyond the rest (cosine to fp32 0.9986, else 0.9964).
    """
    weights = np.concatenate([data.values(name + ".w") for name in names])
    scales = np.abs(weights).max(axis=1) / np.float32(64)
    whole = graph.constant(np.rint(weights / scales[:, None]).T, "int8")
    if by_token:
        largest = graph.add("ReduceMax", graph.add("Abs", state), graph.constant([-1], "int64"), keepdims=1)
        scale = graph.add("Mul", graph.add("Max", largest, graph.constant(1e-9)), graph.constant(1 / 127))
        middle = graph.constant(128, "uint8")
        rounded = graph.add("QuantizeLinear", graph.add("Div", state, scale), graph.constant(1), middle)
    else:
        rounded, scale, middle = graph.add_several("DynamicQuantizeLinear", state)
    product = graph.add("Cast", graph.add("MatMulInteger", rounded, whole, middle), to=1)
    if by_token:  # one after the other: ONNX Runtime would fuse a product of both and read the first token's alone
        product = graph.add("Mul", graph.add("Mul", product, scale), graph.constant(scales))
    else:
        product = graph.add("Mul", product, graph.add("Mul", scale, graph.constant(scales)))
    return graph.add("Add", product, graph.constant(np.concatenate([data.values(name + ".b") for name in names])))
