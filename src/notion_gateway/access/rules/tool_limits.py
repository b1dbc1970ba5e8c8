"""What a limited gateway token may call: judged by the request's body before it leaves.

Notion's own description of a tool (``readOnlyHint``) arrives in answers, which nothing
here goes by, so the tools that only read are named here. A tool that is not known to read
counts as writing, and a request that cannot be read with certainty is refused.
"""

from dataclasses import dataclass
from typing import Any, cast

from notion_gateway.kernel.errors import ToolNotAllowed
from notion_gateway.kernel.json import read_json
from notion_gateway.kernel.outbound.messages import RawHeaders

READING_TOOLS = frozenset(
    f"notion-{name}"
    for name in [
        "ai-search",
        "check-mcp-next-steps",
        "download-attachment",
        "download-skill",
        "fetch",
        "get-async-task",
        "get-comments",
        "get-session-status",
        "get-teams",
        "get-tool-access",
        "get-users",
        "list-favorite-pages",
        "list-private-pages",
        "list-recent-pages",
        "list-session-events",
        "list-shared-pages",
        "query-data-sources",
        "query-meeting-notes",
        "query-multiple-data-sources",
        "query-sessions",
        "read-session-event",
        "search",
        "search-agents",
        "search-sessions",
        "search-skills",
        "show-advanced-analysis-next-steps",
        "wait-session",
    ]
)

_HARMLESS_METHODS = frozenset(
    [
        "initialize",
        "ping",
        "server/discover",
        "tools/list",
        "resources/list",
        "resources/templates/list",
        "resources/subscribe",
        "resources/unsubscribe",
        "prompts/list",
        "logging/setLevel",
        "subscriptions/listen",
    ]
)
"""Methods of MCP that neither change nor show what is in a workspace; notifications and answers
pass as well."""

CONTENT_METHODS = frozenset({"resources/read", "prompts/get", "completion/complete"})
"""Methods that show what is in a workspace by another way than a tool: where tools are listed,
these have to be listed as well."""

_NO_HEADERS: RawHeaders = []
_ANSWER_MEMBERS = frozenset({"result", "error"})
_MESSAGE_MEMBERS = frozenset({"jsonrpc", "id", "method", "params"}) | _ANSWER_MEMBERS
_CALL_MEMBERS = frozenset({"name", "arguments"})


@dataclass(frozen=True, slots=True)
class ToolLimits:
    """``tools``: the only ones that may be called, and which of CONTENT_METHODS; None for all."""

    read_only: bool = False
    tools: frozenset[str] | None = None

    def allows(self, tool: str) -> bool:
        if self.tools is not None and tool not in self.tools:
            return False
        return not self.read_only or tool in READING_TOOLS

    def require(self, body: bytes, headers: RawHeaders = _NO_HEADERS) -> str | None:
        """The tool that the body calls, where it is one call of one.

        Raises ToolNotAllowed where a message of the body goes beyond these limits, or where
        a header has it read in another way than here.

        ``body`` may be one JSON-RPC message or, as 2025-03-26 has it, a batch of them.
        """
        if not body:
            return None
        if any(_reads_otherwise(name, value) for name, value in headers):
            raise ToolNotAllowed(
                "This gateway token is limited, so its calls must be plain JSON in UTF-8."
            )
        try:
            # Python would guess UTF-16 and UTF-32 too; who receives the body may not.
            document, doubled = read_json(body.decode())
        except ValueError:
            raise ToolNotAllowed("This gateway token is limited, and the body is not JSON.") from (
                None
            )
        if doubled:
            raise ToolNotAllowed("This gateway token is limited, and a member stands twice.")
        if not isinstance(document, list):
            return self._require(document)
        for message in cast("list[object]", document):
            self._require(message)
        return None

    def _require(self, message: object) -> str | None:
        if not isinstance(message, dict):
            raise ToolNotAllowed
        call = cast("dict[str, Any]", message)
        _require_exact_names(call, _MESSAGE_MEMBERS)
        if "method" not in call and _ANSWER_MEMBERS & call.keys():
            return None  # an answer to the server
        method = call.get("method")
        if not isinstance(method, str):
            raise ToolNotAllowed
        if method.startswith("notifications/") or method in _HARMLESS_METHODS:
            return None
        if method in CONTENT_METHODS and (self.tools is None or method in self.tools):
            return None
        params: object = call.get("params")
        if method != "tools/call" or not isinstance(params, dict):
            raise ToolNotAllowed
        arguments = cast("dict[str, Any]", params)
        _require_exact_names(arguments, _CALL_MEMBERS)
        tool = arguments.get("name")
        if not isinstance(tool, str) or not self.allows(tool):
            raise ToolNotAllowed
        return tool


def _require_exact_names(members: dict[str, Any], exact: frozenset[str]) -> None:
    """Raises ToolNotAllowed for a name that differs from one of these in its case alone: a
    reader that ignores case would take it for that one.
    """
    for name in members:
        if name not in exact and name.casefold() in exact:
            raise ToolNotAllowed(
                "This gateway token is limited, so members have their exact names."
            )


def _reads_otherwise(name: bytes, value: bytes) -> bool:
    """A body that is compressed, or in another character set: what was judged is not what a
    willing receiver would read.
    """
    value = value.strip().lower()
    if name == b"content-encoding":
        return value not in (b"", b"identity")
    if name != b"content-type" or b"charset" not in value:
        return False
    _, _, charset = value.partition(b"charset")
    return charset.strip(b" \t=\"';") not in (b"utf-8", b"utf8")
