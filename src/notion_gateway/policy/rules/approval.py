"""Asking the person of an MCP client whether one call may be made.

MCP 2026-07-28 asks in place of an answer, and gets the person's in the call that comes again (multi
round-trip requests). Two versions before it ask in the middle of an answer, with a request of the
server's own, and get the person's in a request of its own, perhaps at another gateway.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from notion_gateway.kernel.hidden_characters import written_out
from notion_gateway.policy.rules.guard import Judged
from notion_gateway.policy.rules.messages import Message
from notion_gateway.policy.rules.shown_call import shown_arguments

OUR_QUESTION: Final = "notion-gateway-approve"
"""The key of the gateway's own entry among ``inputRequests`` and ``inputResponses``."""
QUESTION_IDS: Final = "notion-gateway-approve:"
"""How the ids of the gateway's own requests begin. Notion's that begin so cannot be answered."""
ASKED_ON_STREAMS: Final = frozenset({"2025-06-18", "2025-11-25"})
CANCELLED: Final = "notifications/cancelled"
_CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
_RESPONSES, _STATE = "inputResponses", "requestState"


@dataclass(frozen=True, slots=True)
class Answered:
    """``state`` is what came back with it, whatever it is."""

    accepts: bool
    state: object


def can_ask(message: Message) -> bool:
    """Whether the client says in this call that it shows its person a form."""
    return shows_forms(_object(_object(message.params.get("_meta")).get(_CAPABILITIES)))


def shows_forms(capabilities: Mapping[str, Any]) -> bool:
    """Of a client, by its capabilities: elicitation without modes is by forms (2025-11-25)."""
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
    """The result in Notion's place, of a call that can be shown."""
    asked = {"method": "elicitation/create", "params": {"mode": "form", **_form(judged, space_id)}}
    return {
        "resultType": "input_required",
        "inputRequests": {OUR_QUESTION: asked},
        _STATE: state,
    }


def question_on_stream(judged: Judged, space_id: str, question_id: str) -> dict[str, Any]:
    """The request to the client, before Notion's answer, of a call that can be shown. It names no
    mode: 2025-06-18 has none.
    """
    form = _form(judged, space_id)
    return {"jsonrpc": "2.0", "id": question_id, "method": "elicitation/create", "params": form}


def our_question(message: Message) -> str | None:
    """The id of the gateway's question that this answers; None for any other message."""
    asked = message.call_id if message.method is None else None
    return asked if isinstance(asked, str) and asked.startswith(QUESTION_IDS) else None


def accepts(message: Message) -> bool:
    """Of an answer to a question."""
    return _object(message.result).get("action") == "accept"


def cancelled_call(message: Message) -> str | int | None:
    """The id of the call that a notification takes back; None for any other message."""
    if message.method != CANCELLED:
        return None
    call_id: object = message.params.get("requestId")
    if isinstance(call_id, bool) or not isinstance(call_id, (str, int)):
        return None
    return call_id


def can_be_shown(judged: Judged) -> bool:
    """Whether each value of the call has room in a question, cut where it is long, with how much is
    left: nobody approves what they are not told of.
    """
    return _shown(judged) is not None


def _shown(judged: Judged) -> str | None:
    return shown_arguments(_object(judged.message.params.get("arguments")), judged.decision.path)


def _form(judged: Judged, space_id: str) -> dict[str, Any]:
    rule = written_out(" ".join(judged.decision.rule.split()))
    said = f"Allow {judged.tool} in Notion, in the space {space_id}?\nRule of the policy: {rule}\n"
    shown = _shown(judged)
    assert shown is not None  # noqa: S101 - see can_be_shown
    return {
        "message": f"{said}With:\n{shown}" if shown else f"{said}Without arguments.",
        "requestedSchema": {"type": "object", "properties": {}},
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
