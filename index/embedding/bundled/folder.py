"""The bundled model as a Sentence Transformers folder: settings, tokenizer, weights in 32 bits."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from index.embedding.bundled.data import MAX_TOKENS, PROMPTS, Data
from index.embedding.bundled.tokenizer import PIECES_FILE, SCORES_FILE, TABLE_FILE


def write_model_folder(data: Data, folder: Path, report: Callable[[float], None]) -> None:
    """Writes into `folder` what `SentenceTransformer` and our own tokenizer read; `report` is told the share done."""
    _write_settings(data, folder)
    _write_tokenizer(data, folder)
    _write_weights(data, folder / "model.safetensors", report)


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
    """Writes the tokenizer twice: for ours (`tokenizer`; loads in 0.1 s) and `tokenizer.json` (0.9 s)."""
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
