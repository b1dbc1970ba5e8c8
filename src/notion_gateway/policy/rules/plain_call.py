"""Calls that go on as they are under a policy, and whose answers do: nothing more is to be done."""

from notion_gateway.policy.rules.approval import answered
from notion_gateway.policy.rules.call_headers import CallHeaders
from notion_gateway.policy.rules.document import Effect
from notion_gateway.policy.rules.guard import Guard, Judged
from notion_gateway.policy.rules.messages import CALL, read_body


def plainly_allowed(guard: Guard, body: bytes, headers: CallHeaders) -> Judged | None:
    """What is said of the one call of a tool that the body holds, where that is allowed.

    None for everything else: a list, whose answer has to be read; a batch; a call that is refused
    or that a person is asked about; an answer to a question. Raises
    CallUnclear, as ``read_body`` does.
    """
    read = read_body(body, headers)
    if read.is_batch or read.messages[0].method != CALL or answered(read.messages[0]) is not None:
        return None
    (judged,) = guard.judge(read)
    return judged if judged.decision.effect is Effect.ALLOW else None
