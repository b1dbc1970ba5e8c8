"""Which messages ask Notion to tell when resources change: for whoever limits what is read, that is
reading them. Limited gateway tokens and policies go by this one rule.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

READ: Final = "resources/read"
"""What such a message counts as."""
SUBSCRIBE: Final = "resources/subscribe"
"""Of MCP until 2025-11-25."""
LISTEN: Final = "subscriptions/listen"
"""From 2026-07-28 on: what Notion says by itself, which of it ``notifications`` says. Where it
names resources, it is what SUBSCRIBE was.
"""
LISTEN_MEMBERS: Final = frozenset({"notifications", "_meta"})
"""Whoever goes by what a LISTEN says requires these names to be exact."""
_RESOURCES: Final = "resourceSubscriptions"


def asks_for_resources(method: str | None, params: Mapping[str, Any]) -> bool | None:
    """None where nobody can tell, because ``notifications`` is no object. Resources are named in
    whatever spelling: a reader may take another for the member itself.
    """
    if method != LISTEN:
        return method == SUBSCRIBE
    wanted: object = params.get("notifications", {})
    if not isinstance(wanted, Mapping):
        return None
    return any(
        name.replace("_", "").casefold() == _RESOURCES.casefold() and value not in (None, [])
        for name, value in cast("Mapping[str, object]", wanted).items()
    )
