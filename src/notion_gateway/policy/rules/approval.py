"""Asking the person of an MCP client whether one call may be made: a question to them in place of
an answer, and theirs in the call that comes again (MCP 2026-07-28, multi round-trip requests).

Earlier generations ask in the middle of an answer, and get theirs in another request, perhaps to
another gateway: there nobody is asked.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from notion_gateway.policy.rules.guard import Judged
from notion_gateway.policy.rules.messages import Message

OUR_QUESTION: Final = "notion-gateway-approve"
"""The key of the gateway's own entry among ``inputRequests`` and ``inputResponses``."""
_CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
_RESPONSES, _STATE = "inputResponses", "requestState"
_MOST_SHOWN_CHARACTERS: Final = 1000


@dataclass(frozen=True, slots=True)
class Answered:
    """``state`` is what came back with it, whatever it is."""

    accepts: bool
    state: object


def can_ask(message: Message) -> bool:
    """Whether the client says in this call that it shows its person a form."""
    capabilities = _object(_object(message.params.get("_meta")).get(_CAPABILITIES))
    asks: object = capabilities.get("elicitation")
    if not isinstance(asks, dict):
        return False
    modes = cast("dict[str, Any]", asks)
    return not modes or isinstance(modes.get("form"), dict)


def subject(judged: Judged, *who: str | None) -> str:
    """Names one call by one caller; another tool or argument is another."""
    arguments = judged.message.params.get("arguments", {})
    covered = json.dumps([judged.tool, arguments, *who], sort_keys=True)
    return hashlib.sha256(covered.encode()).hexdigest()


def question(judged: Judged, space_id: str, state: str) -> dict[str, Any]:
    """The result in Notion's place."""
    arguments = json.dumps(judged.message.params.get("arguments", {}), ensure_ascii=False, indent=1)
    shown = arguments[:_MOST_SHOWN_CHARACTERS]
    more = "\n…" if len(arguments) > len(shown) else ""
    form: dict[str, Any] = {
        "mode": "form",
        "message": f"Allow {judged.tool} in Notion, in the space {space_id}? With:\n{shown}{more}",
        "requestedSchema": {"type": "object", "properties": {}},
    }
    asked: dict[str, Any] = {"method": "elicitation/create", "params": form}
    return {
        "resultType": "input_required",
        "inputRequests": {OUR_QUESTION: asked},
        _STATE: state,
    }


def of_notion(message: Message) -> dict[str, Any]:
    """What the call answers to Notion, which a question of ours must not lose."""
    return {name: message.params[name] for name in (_RESPONSES, _STATE) if name in message.params}


def answered(message: Message) -> Answered | None:
    responses = _object(message.params.get(_RESPONSES))
    if OUR_QUESTION not in responses:
        return None
    action: object = _object(responses[OUR_QUESTION]).get("action")
    return Answered(action == "accept", message.params.get(_STATE))


def body_for_notion(body: bytes, for_notion: Mapping[str, Any]) -> bytes:
    """A call's body without the answer to our question, and with what it had said to Notion."""
    call = _object(json.loads(body))
    params = _object(call.get("params"))
    for name in (_RESPONSES, _STATE):
        params.pop(name, None)
    params |= for_notion
    return json.dumps(call, separators=(",", ":")).encode()


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
