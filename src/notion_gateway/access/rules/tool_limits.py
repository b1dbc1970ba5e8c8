"""What a limited gateway token may call: judged by the request's body before it leaves.

Notion's own description of a tool (``readOnlyHint``) arrives in answers, which nothing
here goes by, so the tools that only read are named here. A tool that is not known to read
counts as writing, and a request that cannot be read with certainty is refused.
"""

from dataclasses import dataclass
from typing import Any, cast

from notion_gateway.access.rules.resource_news import (
    LISTEN,
    LISTEN_MEMBERS,
    READ,
    SUBSCRIBE,
    asks_for_resources,
)
from notion_gateway.kernel.errors import ToolNotAllowed
from notion_gateway.kernel.json import read_json
from notion_gateway.kernel.mcp_headers import decoded, repeatable_names
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
        "resources/unsubscribe",
        "prompts/list",
        "logging/setLevel",
        LISTEN,
    ]
)
"""Methods of MCP that neither change nor show what is in a workspace, but for a LISTEN that names
resources; notifications and answers pass as well."""

CONTENT_METHODS = frozenset({READ, "prompts/get", "completion/complete"})
"""Methods that show what is in a workspace by another way than a tool: where tools are listed,
these have to be listed as well. So has READ for whoever asks for news of resources
(``resource_news.py``)."""

_METHOD, _NAME = b"mcp-method", b"mcp-name"
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
        _require_agreement(document, headers)
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
        params: object = call.get("params", {})
        if method in (SUBSCRIBE, LISTEN):
            method = _read_or_not(method, params)
        if method.startswith("notifications/") or method in _HARMLESS_METHODS:
            return None
        if method in CONTENT_METHODS and (self.tools is None or method in self.tools):
            return None
        if method != "tools/call" or not isinstance(params, dict):
            raise ToolNotAllowed
        arguments = cast("dict[str, Any]", params)
        _require_exact_names(arguments, _CALL_MEMBERS)
        tool = arguments.get("name")
        if not isinstance(tool, str) or not self.allows(tool):
            raise ToolNotAllowed
        return tool


def _require_agreement(document: object, headers: RawHeaders) -> None:
    """Raises ToolNotAllowed where a header repeats another method or name than the body has."""
    repeated = [one for one in headers if one[0] in (_METHOD, _NAME)]
    if not repeated:
        return
    message = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    params = message.get("params")
    given = cast("dict[str, object]", params) if isinstance(params, dict) else {}
    names = repeatable_names(message.get("method"), given)
    for name, value in repeated:
        try:
            said = decoded(value)
        except ValueError:
            said = ""
        if said not in ([message.get("method")] if name == _METHOD else names):
            raise ToolNotAllowed(
                "This gateway token is limited, and its headers name something else than its call."
            )


def _read_or_not(method: str, params: object) -> str:
    """READ for who asks for news of resources. Raises ToolNotAllowed where nobody can tell."""
    if not isinstance(params, dict):
        raise ToolNotAllowed
    asked = cast("dict[str, Any]", params)
    _require_exact_names(asked, LISTEN_MEMBERS)
    asks = asks_for_resources(method, asked)
    if asks is None:
        raise ToolNotAllowed
    return READ if asks else method


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
