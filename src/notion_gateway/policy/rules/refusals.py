"""What a caller is told whose call a policy stops: words that a model can act on, and a code."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from notion_gateway.kernel.errors import Reason
from notion_gateway.policy.rules.document import Effect
from notion_gateway.policy.rules.guard import Judged
from notion_gateway.policy.rules.messages import CALL, Body, Message
from notion_gateway.policy.rules.shown_call import MOST_SHOWN_CHARACTERS

REFUSED: Final = "notion-gateway/refused"
"""The member of a result's ``_meta`` with the closed reason code and the rule."""
_NOT_SENT: Final = (
    "This was not sent to Notion, because another call of the same batch is stopped by the policy"
    " of this space. Send it by itself."
)


class Unapproved(StrEnum):
    """Why a call does not go on although its person can be asked."""

    DECLINED = (
        "Your person was asked, and did not approve it. Do not try again unless they ask you to."
    )
    LATE = (
        "Your person was asked, and did not answer in time. Tell them, and try again when they are"
        " there."
    )
    OF_ANOTHER = (
        "Your person's approval does not fit: it was used, is for other arguments, or is too old."
        " Call it once more without it, and they are asked anew."
    )
    STOPPING = (
        "Your person was asked, and had not answered when the gateway had to stop. Try again:"
        " another one will ask them."
    )
    TOO_LONG = (
        f"Your person was not asked: with more than {MOST_SHOWN_CHARACTERS:,} characters, its"
        " arguments cannot be shown in one question. Make several calls of it, each with less."
    )


def reason_of(effect: Effect) -> Reason:
    return Reason.APPROVAL_REQUIRED if effect is Effect.ASK else Reason.BLOCKED_BY_POLICY


def words(refused: Judged, unapproved: Unapproved | None = None) -> str:
    """``unapproved``: where its person can be asked."""
    tool, rule = refused.tool, refused.decision.rule
    by_arguments = " with these arguments" if refused.decision.by_arguments else ""
    if unapproved is not None and refused.decision.effect is Effect.ASK:
        return (
            f"The policy of this space wants a person to approve {tool}{by_arguments} first."
            f" {unapproved} Nothing was sent to Notion. (approval_required, rule: {rule})"
        )
    if refused.decision.effect is Effect.ASK:
        return (
            f"The policy of this space wants a person to approve {tool}{by_arguments} first, and"
            " this client cannot ask them. Nothing was sent to Notion. Tell your person: they can"
            " do it in the gateway's own chat, which asks them, or an owner of the space can allow"
            f" it. (approval_required, rule: {rule})"
        )
    return (
        f"The policy of this space does not allow {tool}{by_arguments}. Nothing was sent to Notion."
        " Trying again will not help: do without it, or tell your person that an owner of the"
        f" space can change the policy. (blocked_by_policy, rule: {rule})"
    )


def answer(
    body: Body,
    refused: Sequence[Judged],
    request_id: str,
    *,
    code: int,
    stateless: bool,
    unapproved: Unapproved | None = None,
) -> bytes:
    """In place of Notion's answer: a tool's error for a tool call, else a JSON-RPC error with
    ``code``. Of a batch nothing is sent, and each of its requests is answered. ``stateless``: of
    a version from 2026-07-28 on. ``unapproved``: why not, of one whose person can be asked.
    """
    by_id = {one.message.call_id: one for one in refused}
    answers = [
        _answer(
            one,
            by_id.get(one.call_id),
            request_id,
            code=code,
            stateless=stateless,
            unapproved=unapproved,
        )
        for one in body.messages
        if one.method is not None and one.call_id is not None
    ]
    return json.dumps(answers if body.is_batch else answers[0]).encode()


def _answer(
    message: Message,
    refused: Judged | None,
    request_id: str,
    *,
    code: int,
    stateless: bool,
    unapproved: Unapproved | None,
) -> dict[str, Any]:
    head = {"jsonrpc": "2.0", "id": message.call_id}
    if refused is None:
        data = {"reason": Reason.BLOCKED_BY_POLICY, "request_id": request_id}
        return {**head, "error": {"code": code, "message": _NOT_SENT, "data": data}}
    said, reason = words(refused, unapproved), reason_of(refused.decision.effect)
    told = {"reason": reason, "rule": refused.decision.rule, "request_id": request_id}
    if message.method != CALL:
        return {**head, "error": {"code": code, "message": said, "data": told}}
    result: dict[str, Any] = {
        "content": [{"type": "text", "text": said}],
        "isError": True,
        "_meta": {REFUSED: told},
    }
    if stateless:
        result["resultType"] = "complete"
    return {**head, "result": result}
