"""A language model to write answers: asking it within a deadline, what it costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from retrieval.llm.budget import Budget, BudgetError
from retrieval.llm.deadline import in_time
from retrieval.llm.tokens import count_tokens
from retrieval.llm.troubles import PASSING, ModelTrouble, trouble_at_end, trouble_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessageChunk

Message: TypeAlias = tuple[Literal["system", "human", "ai"], str]

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 8.0


@dataclass(slots=True)
class Usage:
    """What one answer takes: tokens, and time."""

    input: int = 0
    output: int = 0
    calls: int = 0
    until: float = 0.0  # time of the LLM's clock at which its deadline ends; 0: nothing was asked yet
    first_ms: int = 0  # from the last call to its first word, milliseconds; 0: none came
    writing_ms: int = 0  # from there to its end

    def to_dict(self) -> dict[str, int]:
        """Returns them as plain values; {} where nothing was asked."""
        if not self.calls:
            return {}
        told = {"input": self.input, "output": self.output, "calls": self.calls}
        return told | ({"first_ms": self.first_ms, "writing_ms": self.writing_ms} if self.first_ms else {})


@dataclass(frozen=True, slots=True)
class LLM:
    """A chat model with the limits of its use."""

    model: BaseChatModel = field(repr=False)  # some show the password in their address
    name: str = ""
    deadline_s: float = 60.0  # of one answer, all calls and all tries together
    counts_silence: bool = False  # whether the deadline begins anew with each word, as of a slow model beside us
    context_tokens: int = 4_000  # of passages in a prompt
    history_tokens: int = 800  # of earlier turns in a prompt
    # a JSON schema -> what the model is called with so that it writes that and nothing else; None: there is no way
    constrain: Callable[[dict[str, Any]], dict[str, Any]] | None = field(default=None, repr=False)
    budget: Budget = field(default_factory=Budget)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic  # that the deadline goes by
    close: Callable[[], None] = field(default=lambda: None, repr=False)  # stops a server of our own
    _unconstrained: Event = field(default_factory=Event, repr=False)  # set once the server knew no such constraint

    def ask(
        self,
        messages: Sequence[Message],
        usage: Usage,
        *,
        schema: dict[str, Any] | None = None,
        share: float = 1.0,
    ) -> Iterator[str]:
        """Yields the model's text as it comes; adds what it costs to `usage`.

        What passes (timeouts, 429, 5xx, cut connections) is tried again while nothing has come and there is time; what
        was refused with a schema is asked once without, and all that follows too. The deadline begins with the first
        call of a usage.

        Args:
            messages: what it is told.
            usage: is added to.
            schema: a JSON schema that the answer keeps to, where the model's server has a way; never to be relied on.
            share: of the deadline that this call may take, 0 to 1; the rest is left for those to come.

        Raises:
            ModelTrouble: it cannot answer.
        """
        now = self.clock()
        usage.until = usage.until or now + self.deadline_s
        until = now + (usage.until - now) * share
        wait = _FIRST_WAIT_S
        while True:
            if self.clock() >= until:
                raise ModelTrouble("timeout")
            self._check_budget()
            begun = False
            constraint = self._constraint(schema)
            try:
                for piece in self._once(messages, usage, until, constraint):
                    begun = True
                    yield piece
            except ModelTrouble as trouble:
                if constraint and trouble.kind == "refused" and not begun:
                    self._unconstrained.set()
                    continue
                pause = max(wait, trouble.wait_s)
                if begun or trouble.kind not in PASSING or self.clock() + pause >= until:
                    raise
                self.sleep(pause)
                wait = min(2 * wait, _LONGEST_WAIT_S)
            else:
                return

    def _constraint(self, schema: dict[str, Any] | None) -> dict[str, Any]:
        return self.constrain(schema) if self.constrain and schema and not self._unconstrained.is_set() else {}

    def _check_budget(self) -> None:
        try:
            room = self.budget.has_room()
        except BudgetError:
            raise ModelTrouble("uncounted") from None
        if not room:
            raise ModelTrouble("budget")

    def _once(
        self, messages: Sequence[Message], usage: Usage, until: float, constraint: dict[str, Any] | None = None
    ) -> Iterator[str]:
        whole: BaseMessageChunk | None = None
        # a lone surrogate, of a command line's odd byte, cannot be sent
        sent = [(role, text.encode("utf-8", "replace").decode()) for role, text in messages]
        usage.calls += 1
        silence_s = self.deadline_s if self.counts_silence else None
        begun, timed_out = self.clock(), False
        first: float | None = None
        try:
            for chunk in in_time(lambda: self.model.stream(sent, **(constraint or {})), until, self.clock, silence_s):
                whole = chunk if whole is None else whole + chunk
                if chunk.text:
                    first = self.clock() if first is None else first
                    yield str(chunk.text)
        except Exception as error:
            if _refuses_temperature(self.model, error):
                raise ModelTrouble("server") from error  # asked again without
            trouble = trouble_of(error)
            timed_out = trouble.kind == "timeout"
            raise trouble from error
        finally:
            if first is not None:
                usage.first_ms, usage.writing_ms = _ms(first - begun), _ms(self.clock() - first)
            with suppress(BudgetError):  # it stops the next call, not this answer
                self.budget.spend(_add_usage(usage, messages, whole, sent=timed_out))
        if trouble_there := trouble_at_end(whole):
            raise trouble_there


def _ms(seconds: float) -> int:
    return max(round(seconds * 1_000), 1)


def _refuses_temperature(model: Any, error: Exception) -> bool:  # noqa: ANN401  the field is each provider's own
    """Whether a model takes no temperature but its own; from then on it is told none."""
    if "temperature" not in str(error) or getattr(model, "temperature", None) is None:
        return False
    model.temperature = None
    return True


def _add_usage(usage: Usage, messages: Sequence[Message], whole: BaseMessageChunk | None, *, sent: bool) -> int:
    """Adds what the server counted, or what we count where it does not say; returns the tokens of this call.

    Where nothing came nothing is charged, unless the prompt was sent and time ran out: it was read, or still is.
    """
    if whole is None and not sent:
        return 0
    told: Any = getattr(whole, "usage_metadata", None) or {}
    came_in = told.get("input_tokens") or sum(count_tokens(text) for _, text in messages)
    came_out = told.get("output_tokens") or (count_tokens(whole.text) if whole else 0)
    usage.input += came_in
    usage.output += came_out
    return int(came_in + came_out)
