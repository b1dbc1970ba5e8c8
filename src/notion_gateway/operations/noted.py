"""What is noted of a request, as metrics and traces name it."""

from typing import Final

from notion_gateway.proxy.list_cache import ANSWERED_FROM_CACHE
from notion_gateway.proxy.rules.operation import OTHER

_CALLS: Final = "/mcp/notion/"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAILURES: Final = 400
_WELL: Final = frozenset({"answered", ANSWERED_FROM_CACHE})


def is_call(path: str) -> bool:
    """To Notion, rather than a request to another of the gateway's routes."""
    return path.startswith(_CALLS)


def method_of(method: str) -> str:
    """A method is a stranger's to choose: what HTTP does not have is OTHER."""
    return method if method in _METHODS else OTHER


def error_of(status: int, outcome: str, reason: str) -> str:
    """What a call ended with: the gateway's reason, how it broke off, or Notion's status. Empty
    where all went well.
    """
    error = reason or ("" if outcome in _WELL else outcome)
    return str(status) if not error and status >= _FAILURES else error
