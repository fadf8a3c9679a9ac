"""What `articlebot doctor` asks others about: proxies, Telegram, the language model's server, the time."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from bot.doctor.local_checks import Case, Finding, State
from index.errors import ArticlebotError

_STEP_S = 4.0  # for a connection, or a byte
_TOTAL_S = 8.0  # for one answer
_MOST_BYTES = 100_000
_RELEASED = date(2026, 11, 1)  # no clock that is right tells an earlier day; raise it with the version
_SKEW_S = 120.0
_DAY_S = 86_400.0


class UnreachableError(ArticlebotError, ConnectionError):
    """A server did not answer; the message says why, without the address."""


def look_at_proxies(_: Case) -> Iterator[Finding]:
    """Yields each proxy that a variable names, and whether it is there."""
    from index.sources.web.proxies import Proxies, Proxy, ProxyError

    named = Proxies().named()
    if not named:
        yield Finding("proxies", "unset", "none; the web and Telegram are asked directly")
    for variable, written in named.items():
        try:
            proxy = Proxy.parse(written, variable)
        except ProxyError as error:
            yield Finding("proxies", "problem", str(error))
            continue
        host, port = proxy.address.partition("://")[2].rsplit(":", 1)
        try:
            socket.create_connection((host.strip("[]"), int(port)), _STEP_S).close()
            yield Finding("proxies", "ok", f"{variable}: {proxy}")
        except OSError as error:
            step = f"a proxy wanted; start it, or correct or unset {variable}"
            yield Finding("proxies", "problem", f"{variable}: {proxy} does not answer ({_why(error)})", step)


def look_at_telegram(case: Case) -> Iterator[Finding]:
    """Yields whether the Bot API knows the token, which nobody else is shown, and whether anybody may ask."""
    from bot.telegram.operating.token import find_token

    settings = case.settings
    if settings.telegram_token is None and settings.telegram_token_file is None:
        step = "get a token from @BotFather and set ARTICLEBOT_TELEGRAM_TOKEN, or try `articlebot bot --demo`"
        yield Finding("telegram", "unset", "no token", step)
        return
    token = find_token(settings)
    yield _known(case, token)
    if not (settings.admins or settings.allowed_users or settings.allowed_groups):
        step = "start the bot, write to it, and put the number that it tells into ARTICLEBOT_ADMINS"
        yield Finding("telegram", "warning", "nobody may ask", step)


def _known(case: Case, token: str) -> Finding:
    from index.sources.web.addresses import shown
    from index.sources.web.proxies import is_here

    api = case.settings.telegram_api.rstrip("/")
    try:
        direct = is_here(api)  # as the bot does it
        status, body = _ask(case, f"{api}/bot{token}/getMe", name=shown(api), direct=direct)
    except UnreachableError as error:
        step = "an answer wanted; check the network, the proxy and ARTICLEBOT_TELEGRAM_API"
        return Finding("telegram", "problem", f"{shown(api)} does not answer ({error})", step)
    if status in (401, 404):
        step = "a token that it knows wanted; get a new one from @BotFather and set ARTICLEBOT_TELEGRAM_TOKEN"
        if status == 404:
            step += ", or correct ARTICLEBOT_TELEGRAM_API"
        return Finding("telegram", "problem", f"{shown(api)} refuses the token ({status})", step)
    try:
        return Finding("telegram", "ok", f"@{json.loads(body)['result']['username']} at {shown(api)}")
    except (ValueError, KeyError, TypeError, RecursionError):
        step = "the answer of the Bot API wanted; try again later, or correct ARTICLEBOT_TELEGRAM_API"
        return Finding("telegram", "problem", f"{shown(api)} answers {status} and no bot", step)


def look_at_llm(case: Case) -> Iterator[Finding]:
    """Yields whether the language model's package and key are there, and whether its server, if of one's own, answers.

    A provider's own server is not asked.
    """
    from index.sources.web.addresses import shown
    from retrieval.llm.providers import check_model

    name = case.settings.llm
    if name is None:
        step = "--llm or ARTICLEBOT_LLM lets a model write them"
        yield Finding("llm", "unset", "none; answers are the articles' own sentences", step)
        return
    address = check_model(name, case.settings.llm_base_url)
    if not address:
        yield Finding("llm", "ok", f"{name}: its package is there, and its key or file")
        return
    try:
        status, _ = _ask(case, address, name=shown(address))
    except UnreachableError as error:
        step = "a server wanted; start it, or correct ARTICLEBOT_LLM_BASE_URL"
        yield Finding("llm", "problem", f"{name}: {shown(address)} does not answer ({error})", step)
        return
    if status >= 500:
        step = "an answer wanted; try again later, or look into its log"
        yield Finding("llm", "warning", f"{name}: {shown(address)} answers {status}", step)
    else:
        yield Finding("llm", "ok", f"{name}: {shown(address)} answers")


def look_at_clock(case: Case) -> Iterator[Finding]:
    """Yields how far the clock is from those of the servers that were asked; comes last."""
    now = datetime.now(UTC)
    found = f"{now:%Y-%m-%d %H:%M} UTC"
    if now.date() < _RELEASED:
        step = f"{_RELEASED} or later wanted, the day of this version; set the clock"
        yield Finding("clock", "problem", found, step)
    state: State
    for server, ahead in case.clocks.items():
        if abs(ahead) < _SKEW_S:
            continue
        by = f"{abs(ahead) / 60:,.0f} minutes {'ahead of' if ahead > 0 else 'behind'} {server}"
        state = "problem" if abs(ahead) > _DAY_S else "warning"
        yield Finding("clock", state, f"{found}, {by}", "at most 2 minutes wanted; set it, best by NTP")
    if now.date() >= _RELEASED and all(abs(ahead) < _SKEW_S for ahead in case.clocks.values()):
        yield Finding("clock", "ok", f"{found}, {'as the servers asked' if case.clocks else 'no server was asked'}")


def _ask(case: Case, address: str, *, name: str, direct: bool = False) -> tuple[int, bytes]:
    """Returns status and body of what a server answers; notes what time it has.

    Raises:
        UnreachableError: no answer, or none in time.
    """
    from index.sources.web.proxies import Proxies
    from retrieval.llm.deadline import in_time

    def ask() -> Iterator[tuple[int, bytes]]:
        import httpx2

        with (
            httpx2.Client(timeout=_STEP_S, trust_env=not direct) as client,
            client.stream("GET", address) as response,
        ):
            _note_time(case, name, response.headers.get("date", ""))
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > _MOST_BYTES:
                    break
            yield response.status_code, body

    try:
        return next(in_time(ask, time.monotonic() + _TOTAL_S))
    except TimeoutError:
        raise UnreachableError(f"no whole answer in {_TOTAL_S:g} s") from None
    except Exception as error:  # noqa: BLE001  whatever a client raises: its words may hold the address, and so the token
        if not direct:
            Proxies().check()  # a wrong one explains it
        raise UnreachableError(_why(error)) from None


def _note_time(case: Case, name: str, written: str) -> None:
    try:
        case.clocks[name] = time.time() - parsedate_to_datetime(written).timestamp()
    except (TypeError, ValueError, OverflowError):  # none, or no date
        return


def _why(error: BaseException) -> str:
    """Returns the system's words for what went wrong, else what kind of error it is: others may quote an address."""
    kind = type(error).__name__
    if kind.endswith("Timeout"):
        return f"silent for {_STEP_S:g} s"
    if kind in ("InvalidURL", "UnsupportedProtocol"):
        return "no address, http:// or https:// wanted"
    if kind == "ProxyError":  # "407 Proxy Authentication Required"
        return f"the proxy says {error}"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        cause = cause.__cause__ or cause.__context__
    return kind
