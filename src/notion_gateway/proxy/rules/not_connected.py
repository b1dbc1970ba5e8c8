"""The answer where a space is not connected: the link to connect it, for an MCP client's person.

An HTTP error would not do. After a 401 clients log in at the gateway again and again, which
mends nothing; most others they do not show. So the answer is one to the call itself: where
the client can open links for its person (URL elicitation), the question to open this one,
else an error whose text carries it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import RawHeaders

URL_ELICITATION_REQUIRED = -32042
"""Of protocol 2025-11-25 (mcp_types.jsonrpc)."""
OUR_QUESTION = "notion-gateway-connect"
"""The key of the gateway's own entry among ``inputRequests`` and ``inputResponses``."""
STATELESS_VERSION = b"2026-07-28"

_VERSION_HEADER = b"mcp-protocol-version"
_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


@dataclass(frozen=True, slots=True)
class Asked:
    """A body that goes on to Notion, and whether the gateway's question was answered in it."""

    body: bytes = field(repr=False)
    was_answered: bool = False


def opens_links_from_now(body: bytes) -> bool | None:
    """What an ``initialize`` says about URL elicitation; None for any other message."""
    if b"initialize" not in body:
        return None
    call = json_object(body)
    if call is None or call.get("method") != "initialize":
        return None
    return _opens_links(_object(_object(call.get("params")).get("capabilities")))


def without_our_answer(body: bytes) -> Asked:
    """Takes the answer to the gateway's question out of a retried call: Notion never asked.

    Bodies without one stay the very bytes they were.
    """
    if OUR_QUESTION.encode() not in body:
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


def answer(
    asked: Asked,
    headers: RawHeaders,
    *,
    opens_links: bool,
    message: str,
    link: str,
    elicitation_id: str,
    error: Mapping[str, Any],
) -> bytes | None:
    """The JSON-RPC answer to a POST, or None where it held nothing that can be answered.

    ``error`` is the gateway's plain error object without its message. A person who has been
    asked already and has not connected the space yet is not asked again and again.
    """
    text = f"{message} Open {link} in a browser to connect it, then try again."
    plain = {**error, "message": text}
    try:
        document: object = json.loads(asked.body)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, list):
        calls = [_object(one) for one in cast("list[object]", document)]
        answers = [_response(one["id"], "error", plain) for one in calls if _is_request(one)]
        return json.dumps(answers).encode() if answers else None
    call = _object(document)
    if not _is_request(call):
        return None
    question = {"mode": "url", "message": message, "url": link}
    if call["method"] == "tools/call" and not asked.was_answered:
        if (_VERSION_HEADER, STATELESS_VERSION) in headers:
            meta = _object(_object(call.get("params")).get("_meta"))
            if _opens_links(_object(meta.get(_CAPABILITIES))):
                request = {"method": "elicitation/create", "params": question}
                result = {"resultType": "input_required", "inputRequests": {OUR_QUESTION: request}}
                return json.dumps(_response(call["id"], "result", result)).encode()
        elif opens_links:
            data = {"elicitations": [{**question, "elicitationId": elicitation_id}]}
            required = {"code": URL_ELICITATION_REQUIRED, "message": text, "data": data}
            return json.dumps(_response(call["id"], "error", required)).encode()
    return json.dumps(_response(call["id"], "error", plain)).encode()


def _response(call_id: object, kind: str, value: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": call_id, kind: value}


def _is_request(call: Mapping[str, Any]) -> bool:
    call_id = call.get("id")
    return (
        isinstance(call_id, (str, int))
        and not isinstance(call_id, bool)
        and isinstance(call.get("method"), str)
    )


def _opens_links(capabilities: Mapping[str, Any]) -> bool:
    return isinstance(_object(capabilities.get("elicitation")).get("url"), dict)


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
