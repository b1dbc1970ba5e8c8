"""The answer where a space is not connected: the link to connect it, for an MCP client's person.

An HTTP error would not do. After a 401 clients log in at the gateway again and again, which
mends nothing; most others they do not show. So the answer is one to the call itself: where
the client can open links for its person (URL elicitation), the question to open this one,
else what ``mcp_without_notion.py`` has; and an error whose text carries the link for what only
Notion can answer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from notion_gateway.integration.rules.notion_server import NotionServer
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.policy.rules.approval import shows_forms
from notion_gateway.proxy.rules.mcp_without_notion import is_request, is_stateless, result_of
from notion_gateway.proxy.rules.sessions import Elicitation

URL_ELICITATION_REQUIRED = -32042
"""Of protocol 2025-11-25 (mcp_types.jsonrpc)."""
OUR_QUESTION = "notion-gateway-connect"
"""The key of the gateway's own entry among ``inputRequests`` and ``inputResponses``."""
_OUR_QUESTION = OUR_QUESTION.encode()
_ITS_VERSION = (b"mcp-protocol-version", b"2025-11-25")
"""As a header: the one version that has that error. To others its code says nothing."""

_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


@dataclass(frozen=True, slots=True)
class Asked:
    """A body that goes on to Notion, and whether the gateway's question was answered in it."""

    body: bytes = field(repr=False)
    was_answered: bool = False


def elicitation_from_now(body: bytes) -> Elicitation | None:
    """What an ``initialize`` says about it; None for any other message."""
    if body.find(b"initialize") < 0:  # cheaper than ``in``
        return None
    call = json_object(body)
    if call is None or call.get("method") != "initialize":
        return None
    capabilities = _object(_object(call.get("params")).get("capabilities"))
    return Elicitation(_opens_links(capabilities), shows_forms(capabilities))


def without_our_answer(body: bytes) -> Asked:
    """Takes the answer to the gateway's question out of a retried call: Notion never asked.

    Bodies without one stay the very bytes they were.
    """
    if body.find(_OUR_QUESTION) < 0:
        return Asked(body)
    call = json_object(body)
    params = _object((call or {}).get("params"))
    answers = _object(params.get("inputResponses"))
    if call is None or OUR_QUESTION not in answers:
        return Asked(body)
    del answers[OUR_QUESTION]
    if not answers:
        del params["inputResponses"]
    return Asked(json.dumps(call, separators=(",", ":")).encode(), was_answered=True)


@dataclass(frozen=True, slots=True)
class Situation:
    """Why a call cannot go on to Notion. ``error`` is the gateway's plain error object without
    its message; ``elicitation_id`` names the question, should one be asked.
    """

    message: str
    link: str
    error: Mapping[str, Any]
    elicitation_id: str
    server: NotionServer

    @property
    def text(self) -> str:
        return f"{self.message} Open {self.link} in a browser to connect it, then try again."


def answer(
    asked: Asked, headers: RawHeaders, situation: Situation, *, opens_links: bool
) -> bytes | None:
    """The JSON-RPC answer to a POST, or None where it held nothing that can be answered.

    A person who has been asked already and has not connected the space yet is not asked again
    and again.
    """
    document = read(asked.body)
    if isinstance(document, list):
        calls = [_object(one) for one in cast("list[object]", document)]
        answers = [_plain(one, headers, situation) for one in calls if is_request(one)]
        return json.dumps(answers).encode() if answers else None
    call = _object(document)
    if not is_request(call):
        return None
    question = None
    if call["method"] == "tools/call" and not asked.was_answered:
        question = _question(call, headers, situation, opens_links=opens_links)
    return json.dumps(question or _plain(call, headers, situation)).encode()


def read(body: bytes) -> object:
    """None where it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _question(
    call: Mapping[str, Any], headers: RawHeaders, situation: Situation, *, opens_links: bool
) -> dict[str, object] | None:
    """Whether the person wants to open the link, where the client can ask that."""
    question = {"mode": "url", "message": situation.message, "url": situation.link}
    if is_stateless(call["method"], headers):
        meta = _object(_object(call.get("params")).get("_meta"))
        if not _opens_links(_object(meta.get(_CAPABILITIES))):
            return None
        request = {"method": "elicitation/create", "params": question}
        result = {"resultType": "input_required", "inputRequests": {OUR_QUESTION: request}}
        return _response(call["id"], "result", result)
    if not opens_links or _ITS_VERSION not in headers:
        return None
    data = {"elicitations": [{**question, "elicitationId": situation.elicitation_id}]}
    required = {"code": URL_ELICITATION_REQUIRED, "message": situation.text, "data": data}
    return _response(call["id"], "error", required)


def _plain(call: Mapping[str, Any], headers: RawHeaders, situation: Situation) -> dict[str, object]:
    stateless = is_stateless(call["method"], headers)
    result = result_of(call, situation.server, situation.text, stateless=stateless)
    if result is not None:
        return _response(call["id"], "result", result)
    return _response(call["id"], "error", {**situation.error, "message": situation.text})


def _response(call_id: object, kind: str, value: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": call_id, kind: value}


def _opens_links(capabilities: Mapping[str, Any]) -> bool:
    return isinstance(_object(capabilities.get("elicitation")).get("url"), dict)


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
