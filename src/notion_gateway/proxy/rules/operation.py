"""What a call asks for, as its headers say it: MCP 2026-07-28 repeats method and name there.

Nothing is decided by it: it is for the log and the metrics, which are not worth looking into a
body for. Older versions have no such headers, and then it is not known.
"""

import re
from typing import Final

from notion_gateway.kernel.outbound.messages import RawHeaders

OTHER: Final = "_OTHER"
"""As OpenTelemetry spells it."""
_METHODS: Final = frozenset(
    f"{prefix}/{name}" if prefix else name
    for prefix, names in {
        "": ("initialize", "ping"),
        "completion": ("complete",),
        "elicitation": ("create",),
        "logging": ("setLevel",),
        "notifications": (
            "cancelled",
            "initialized",
            "message",
            "progress",
            "prompts/list_changed",
            "resources/list_changed",
            "resources/updated",
            "roots/list_changed",
            "tools/list_changed",
        ),
        "prompts": ("get", "list"),
        "resources": ("list", "read", "subscribe", "templates/list", "unsubscribe"),
        "roots": ("list",),
        "sampling": ("createMessage",),
        "server": ("discover",),
        "subscriptions": ("listen",),
        "tasks": ("cancel", "get", "list", "result", "update"),
        "tools": ("call", "list"),
    }.items()
    for name in names
)
_CALL: Final = "tools/call"
_TOOL: Final = re.compile(r"[A-Za-z0-9_./-]{1,128}")
"""Of which a tool's name consists, by MCP's rules."""


def named_operation(headers: RawHeaders) -> tuple[str, str]:
    """Method and tool, each empty where it is not named, and OTHER where MCP has none such. What
    other methods name, such as the address of a resource, is left out.
    """
    method = tool = ""
    for name, value in headers:
        if name == b"mcp-method":
            method = value.decode("latin-1")
        elif name == b"mcp-name":
            tool = value.decode("latin-1")
    if method and method not in _METHODS:
        method = OTHER
    if method != _CALL:
        return method, ""
    return method, tool if not tool or _TOOL.fullmatch(tool) else OTHER
