"""The one place where the gateway speaks MCP itself: while a space is not connected to Notion.

Chat clients drop a server that answers ``initialize`` or ``tools/list`` with an error, and then
nobody reads the link that connects the space. None of these needs a grant. Every answer that
has room for text carries the link, so that a dead connection is never hidden: there is one
tool, which says so, and every tool call is a tool error that says so.

Pure: what an answer holds. When and to whom, ``not_connected_answer.py`` decides.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from notion_gateway.integration.rules.notion_server import HANDSHAKE_VERSIONS, NotionServer
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import RawHeaders

CONNECT_TOOL = "notion-connect"
_CONNECT_TOOL = CONNECT_TOOL.encode()
CONNECTED = (
    "This space is connected to Notion. Ask for the list of tools again; if Notion's tools are"
    " not in it, have your person reload this MCP server."
)

_VERSION_HEADER = b"mcp-protocol-version"
_SERVER_INFO = "io.modelcontextprotocol/serverInfo"
_SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId"
_CAPABILITIES: Mapping[str, Any] = {
    "tools": {"listChanged": True},
    "resources": {"listChanged": True},
}
"""Those of Notion's that a client has to know from the beginning."""
_EMPTY_LISTS = {
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
    "prompts/list": "prompts",
}
_NOTHING: Sequence[object] = []
_CHANGES = {"tools": "toolsListChanged", "resources": "resourcesListChanged"}
"""What changes with the connection, and how a subscription asks for it."""

LISTEN = b"subscriptions/listen"
"""A stateless version's request whose answer is a stream that stays open."""


def is_stateless(method: object, headers: RawHeaders) -> bool:
    """Whether a call is of a version from 2026-07-28 on, which has no ``initialize``."""
    if method in ("server/discover", LISTEN.decode()):
        return True
    return any(
        name == _VERSION_HEADER and value.decode("latin-1") not in HANDSHAKE_VERSIONS
        for name, value in headers
    )


def result_of(
    call: Mapping[str, Any], server: NotionServer, text: str, *, stateless: bool
) -> dict[str, Any] | None:
    """The result of a request, or None for one that only Notion can answer."""
    method, params = call["method"], _object(call.get("params"))
    result: dict[str, Any]
    is_kept = False
    match method:
        case "initialize":
            spoken, asked = server.handshake_versions, params.get("protocolVersion")
            result = {
                "protocolVersion": asked if asked in spoken else spoken[-1],
                "capabilities": _CAPABILITIES,
                "serverInfo": _info(server),
                "instructions": text,
            }
        case "server/discover":
            versions = list(server.protocol_versions)
            result = {
                "supportedVersions": versions,
                "capabilities": _CAPABILITIES,
                "instructions": text,
            }
            is_kept = True
        case "ping":
            result = {}
        case "tools/list":
            result, is_kept = {"tools": [_connect_tool(text)]}, True
        case "tools/call":
            result = {"content": [{"type": "text", "text": text}], "isError": True}
        case _ if method in _EMPTY_LISTS:
            result, is_kept = dict.fromkeys([_EMPTY_LISTS[method]], _NOTHING), True
        case _:
            return None
    if stateless:
        result |= {"resultType": "complete", "_meta": {_SERVER_INFO: _info(server)}}
        if is_kept:
            result |= {"ttlMs": 0, "cacheScope": "private"}  # it changes with a click
    return result


def _info(server: NotionServer) -> dict[str, str]:
    return {"name": server.name, "version": server.version}


def _connect_tool(text: str) -> dict[str, Any]:
    return {
        "name": CONNECT_TOOL,
        "title": "Connect to Notion",
        "description": f"Notion's tools are not here yet. {text} Give your person this link, and"
        " call this tool again once they have opened it.",
        "inputSchema": {"type": "object", "properties": {}},
        "annotations": {
            "title": "Connect to Notion",
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": False,
        },
    }


# --- the space is connected, and a client still knows the one tool -------------------------


def connect_call(body: bytes) -> dict[str, Any] | None:
    """The call, where a body is nothing but one of the gateway's own tool. It is never sent on."""
    if body.find(_CONNECT_TOOL) < 0:
        return None
    call = json_object(body)
    if call is None or call.get("method") != "tools/call" or not is_request(call):
        return None
    return call if _object(call.get("params")).get("name") == CONNECT_TOOL else None


def connected_answer(call: Mapping[str, Any], *, stateless: bool, takes_events: bool) -> bytes:
    """The result, and before it the news that there are other tools now, where the answer may be
    a stream of events (``takes_events``) and the client's version has such news there.
    """
    result: dict[str, Any] = {"content": [{"type": "text", "text": CONNECTED}], "isError": False}
    if stateless:
        result["resultType"] = "complete"
    response = {"jsonrpc": "2.0", "id": call["id"], "result": result}
    if stateless or not takes_events:
        return json.dumps(response).encode()
    return changes() + event(response)


# --- streams --------------------------------------------------------------------------------


def event(message: Mapping[str, Any]) -> bytes:
    return b"event: message\ndata: " + json.dumps(message).encode() + b"\n\n"


def changes(kinds: Sequence[str] = tuple(_CHANGES), meta: Mapping[str, Any] | None = None) -> bytes:
    """``list_changed`` for what is listed otherwise without a connection."""
    params = {} if meta is None else {"params": {"_meta": meta}}
    return b"".join(
        event({"jsonrpc": "2.0", "method": f"notifications/{kind}/list_changed", **params})
        for kind in kinds
    )


def subscription(call: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """How the stream of a ``subscriptions/listen`` begins, and how it ends once the space is
    connected. It begins with the news as well: what was listed before may have been Notion's.
    """
    asked = _object(_object(call.get("params")).get("notifications"))
    kinds = [kind for kind, name in _CHANGES.items() if asked.get(name) is True]
    meta = {_SUBSCRIPTION_ID: call["id"]}
    honoured = {"notifications": {_CHANGES[kind]: True for kind in kinds}, "_meta": meta}
    acknowledged = {
        "jsonrpc": "2.0",
        "method": "notifications/subscriptions/acknowledged",
        "params": honoured,
    }
    result = {"resultType": "complete", "_meta": meta}
    ended = {"jsonrpc": "2.0", "id": call["id"], "result": result}
    news = changes(kinds, meta)
    return event(acknowledged) + news, news + event(ended)


def is_request(call: Mapping[str, Any]) -> bool:
    call_id = call.get("id")
    return (
        isinstance(call_id, (str, int))
        and not isinstance(call_id, bool)
        and isinstance(call.get("method"), str)
    )


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
