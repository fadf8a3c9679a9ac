"""The articles as tools of an assistant that speaks the Model Context Protocol."""

from __future__ import annotations

from index.errors import ArticlebotError


class SdkError(ArticlebotError, ImportError):
    """The protocol's package is not installed."""


def check_sdk() -> None:
    """Raises SdkError where the protocol's package is not installed."""
    try:
        import bot.mcp.server  # noqa: F401  an extra
    except ImportError as error:
        package = (error.name or "mcp").partition(".")[0]
        raise SdkError(f"MCP: the package {package} is missing; pip install 'articlebot[mcp]'") from error
