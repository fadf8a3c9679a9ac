"""`articlebot doctor`: what is wrong with an installation, a line each, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TypeAlias

from rich.text import Text

from bot.commands.options import chosen_index, named_index
from bot.doctor import local_checks, network_checks
from bot.doctor.local_checks import Case, Finding
from bot.settings import Settings, SettingsError, load_settings, unknown_names
from bot.terminal.display import out, show_json
from index.errors import ArticlebotError
from index.store.postgres.address import IndexPlace
from index.text.visible import one_line

Check: TypeAlias = Callable[[Case], Iterator[Finding]]

# in the order in which they are told; the clock is compared with the servers that were asked before
CHECKS: dict[str, Check] = {
    "python": local_checks.look_at_python,
    "packages": local_checks.look_at_packages,
    "disk": local_checks.look_at_disk,
    "model": local_checks.look_at_model,
    "index": local_checks.look_at_index,
    "bot's file": local_checks.look_at_state,
    "proxies": network_checks.look_at_proxies,
    "telegram": network_checks.look_at_telegram,
    "llm": network_checks.look_at_llm,
    "clock": network_checks.look_at_clock,
}
_STYLES = {"ok": "green", "unset": "dim", "warning": "yellow", "problem": "bold red"}


def examine(index: str | IndexPlace | None = None) -> Iterator[Finding]:
    """Yields what each check found, as soon as it did; a check that fails is a finding too.

    Args:
        index: the one that was named; None: as for every command.
    """
    try:
        settings = load_settings()
    except SettingsError as error:
        yield Finding("settings", "problem", str(error))
        settings = Settings.model_construct()  # the others, as if nothing were set
        case = Case(settings, named_index(index, settings), index is not None)
    else:
        yield from _settings(settings)
        case = Case(settings, chosen_index(index), index is not None or "index" in settings.model_fields_set)
    for name, check in CHECKS.items():
        try:
            yield from check(case)
        except ArticlebotError as error:
            yield Finding(name, "problem", str(error))
        except Exception as error:  # noqa: BLE001  what nobody thought of must not keep the others from being told
            why = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else type(error).__name__
            yield Finding(name, "problem", f"could not be checked ({why})", "tell the authors, with this line")


def _settings(settings: Settings) -> Iterator[Finding]:
    from difflib import get_close_matches

    known = [f"ARTICLEBOT_{name.upper()}" for name in Settings.model_fields]
    for name in unknown_names():
        meant = " or ".join(get_close_matches(name, known, n=2)) or "one of docs/reference.md"
        yield Finding("settings", "warning", f"{name}: no setting of ours", f"{meant} wanted; correct or unset it")
    names = sorted(f"ARTICLEBOT_{name.upper()}" for name in settings.model_fields_set)
    if names:
        yield Finding("settings", "ok", f"set: {', '.join(names)}")
    else:
        yield Finding("settings", "unset", "none; the defaults hold")


def run_doctor(index: str | IndexPlace | None, *, as_json: bool) -> bool:
    """Prints what was found; returns whether there is no problem."""
    findings = []
    for finding in examine(index):
        findings.append(finding)
        if not as_json:
            text = f"{finding.check:<11} {finding.found}" + (f"; {finding.step}" if finding.step else "")
            out.print(Text.assemble((f"{finding.state:<8}", _STYLES[finding.state]), one_line(text)), soft_wrap=True)
    if as_json:
        show_json([asdict(finding) for finding in findings])
    return all(finding.state != "problem" for finding in findings)
