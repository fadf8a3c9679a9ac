"""The reader as a network to train: the bundled model's layers, the upper ones over question and passage together."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from index.embedding.bundled.prepare import SHARED_LAYERS

_DROPOUT = 0.1


class Layer(nn.Module):
    """A layer of BERT: attention and feed-forward, each with its residual and norm after it (Devlin et al., 2019)."""

    def __init__(self, hidden: int, heads: int, inner: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.ao = nn.Linear(hidden, hidden)
        self.aln = nn.LayerNorm(hidden, eps=epsilon)
        self.fi = nn.Linear(hidden, inner)
        self.fo = nn.Linear(inner, hidden)
        self.oln = nn.LayerNorm(hidden, eps=epsilon)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        """Returns the next state (texts, tokens, hidden); `mask` is true where a token may be looked at."""
        texts, tokens, hidden = state.shape
        parts = self.qkv(state).view(texts, tokens, 3, self.heads, hidden // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = self.ao(seen.transpose(1, 2).reshape(texts, tokens, hidden))
        state = self.aln(state + functional.dropout(seen, _DROPOUT, self.training))
        inner = self.fo(functional.gelu(self.fi(state)))
        out: Tensor = self.oln(state + functional.dropout(inner, _DROPOUT, self.training))
        return out

    def read(self, weights: dict[str, Tensor], prefix: str) -> None:
        """Takes the weights of a BertModel's layer."""
        attention = prefix + "attention.self."
        names = {"ao": "attention.output.dense", "aln": "attention.output.LayerNorm"}
        names |= {"fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm"}
        state = {
            f"{own}.{end}": weights[f"{prefix}{name}.{end}"]
            for own, name in names.items()
            for end in ("weight", "bias")
        }
        for end in ("weight", "bias"):
            state[f"qkv.{end}"] = torch.cat([weights[f"{attention}{part}.{end}"] for part in ("query", "key", "value")])
        self.load_state_dict(state)


class Lower(nn.Module):
    """Embeddings and the layers shared with the embedder: question and passage each by itself; never trained."""

    def __init__(self, weights: dict[str, Tensor], layers: list[Layer], epsilon: float) -> None:
        super().__init__()
        names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        word, place, kind = (weights[f"embeddings.{name}.weight"] for name in names)
        self.words = nn.Embedding(len(word), word.shape[1], _weight=word)
        self.places = nn.Embedding(len(place), place.shape[1], _weight=place + kind[0])
        self.norm = nn.LayerNorm(word.shape[1], eps=epsilon)
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

    def __init__(self, layers: list[Layer], hidden: int) -> None:
        super().__init__()
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


def load_network(folder: Path) -> tuple[Lower, Upper]:
    """Returns the two halves with the bundled model's weights; heads and sides begin anew."""
    weights = load_file(folder / "model.safetensors")
    hidden = weights["embeddings.word_embeddings.weight"].shape[1]
    inner = weights["encoder.layer.0.intermediate.dense.weight"].shape[0]
    count = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
    heads, epsilon = hidden // 32, 1e-12
    layers = []
    for number in range(count):
        layer = Layer(hidden, heads, inner, epsilon)
        layer.read(weights, f"encoder.layer.{number}.")
        layers.append(layer)
    lower = Lower(weights, layers[:SHARED_LAYERS], epsilon).eval().requires_grad_(requires_grad=False)
    return lower, Upper(layers[SHARED_LAYERS:], hidden)
