"""Numbers and health over HTTP: the bot's own, and nothing of the process or the machine."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.telegram.operating.metrics import HealthPortError, Metrics, serve_health

COUNTERS = {
    "updates", "questions", "not_found", "apologies", "refusals", "gone", "poison", "sends", "edits", "retries",
    "waits", "polls", "news",
}  # fmt: skip


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def objections() -> list[str]:
    return []


@pytest.fixture
def address(metrics: Metrics, objections: list[str]) -> Iterator[str]:
    """Of the bot's health, on a free port."""
    server = serve_health(0, metrics.registry, lambda: objections)
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  our own server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_metrics_are_ours_alone_with_the_names_that_they_had(address: str, metrics: Metrics) -> None:
    metrics.add("sends", 3)
    metrics.answer_seconds.observe(0.5)
    metrics.answers_from("00000001", "2025-03-04T10:00:00+00:00", 1)
    metrics.answers_from("00000002", datetime.now(UTC).isoformat(), 2)
    families = text_string_to_metric_families(get(f"{address}/metrics")[1])
    samples = {sample.name: sample for family in families for sample in family.samples}
    seconds = {f"answer_seconds_{part}" for part in ("bucket", "count", "sum")}
    others = seconds | {"silence_seconds", "uptime_seconds", "index_age_seconds", "index", "waiting", "failed", "build"}
    assert set(samples) == {f"articlebot_{name}" for name in {f"{name}_total" for name in COUNTERS} | others}
    assert (samples["articlebot_sends_total"].value, samples["articlebot_answer_seconds_sum"].value) == (3, 0.5)
    assert samples["articlebot_index"].labels == {"generation": "00000002"}
    assert samples["articlebot_failed"].value == 2
    assert 0 <= samples["articlebot_index_age_seconds"].value < 3600
    assert metrics.total("sends") == 3


def test_two_bots_in_a_process_count_apart(metrics: Metrics) -> None:
    metrics.add("polls")
    assert Metrics().total("polls") == 0
    with pytest.raises(KeyError):
        metrics.add("nonsense")


def test_bot_that_is_not_ready_tells_why(address: str, objections: list[str]) -> None:
    assert get(f"{address}/ready") == (200, "ready\n")
    objections += ["one", "two"]
    assert get(f"{address}/ready") == (503, "one\ntwo\n")
    assert get(f"{address}/live") == (200, "alive\n")


def test_port_that_is_taken_is_told(address: str, metrics: Metrics) -> None:
    with pytest.raises(HealthPortError, match="set ARTICLEBOT_HEALTH_PORT to a free one"):
        serve_health(int(address.rsplit(":", 1)[1]), metrics.registry, list)
