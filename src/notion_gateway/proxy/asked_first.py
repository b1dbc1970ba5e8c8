"""A call that its person approves in the middle of the answer (MCP 2025-06-18 and 2025-11-25).

The answer is a stream: it begins with the question, and goes on with what Notion answers to the
call, which is sent there once the person has approved it. Their answer comes in another request.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from http import HTTPStatus
from typing import Final, final

import structlog
from starlette.types import Scope

from notion_gateway.http.gate import REQUEST_ID
from notion_gateway.http.problems import JSON_RPC_CODE, log_fault, rpc_error
from notion_gateway.http.request_log import note_reason
from notion_gateway.http.stopping import when_stopping
from notion_gateway.kernel.errors import GatewayError, UpstreamUnsuitable
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.policy.questions import Asker, Question, Said
from notion_gateway.policy.rules.approval import question_on_stream
from notion_gateway.policy.rules.document import Effect
from notion_gateway.policy.rules.guard import Guard, Judged
from notion_gateway.policy.rules.messages import Body
from notion_gateway.policy.rules.refusals import Unapproved, answer, reason_of
from notion_gateway.proxy.not_connected_answer import EVENT_STREAM, OwnAnswer
from notion_gateway.proxy.policed import SpacePolicies
from notion_gateway.proxy.rules.answer_form import EVENTS, form_of
from notion_gateway.proxy.rules.mcp_without_notion import event
from notion_gateway.proxy.upstream import UpstreamAnswer

log = structlog.stdlib.get_logger()

STILL_HERE_SECONDS: Final = 15.0
"""Below what proxies between a client and the gateway allow a silent stream. So late an answer is
found of which no notice came."""
_JSON: Final = b"application/json"
_STILL_HERE: Final = b": waiting for your person's approval\n\n"
_APPROVED: Final = "Your person approved the call, and it was sent to Notion; of its answer,"
_LONGEST_FAULT_BYTES: Final = 64 * 1024
_WHY: Final = {Said.DECLINED: Unapproved.DECLINED, Said.LATE: Unapproved.LATE}

Send = Callable[[], Awaitable[UpstreamAnswer | OwnAnswer]]


@final
class AskedFirst:
    """In the form of Notion's answer. ``send`` has the call sent to Notion, which happens once, or
    not at all. ``guard``: what this caller's calls have to pass now.
    """

    status = int(HTTPStatus.OK)
    sent_at = 0.0
    headers: RawHeaders = EVENT_STREAM

    def __init__(
        self,
        scope: Scope,
        policies: SpacePolicies,
        asker: Asker,
        judged: Judged,
        guard: Callable[[], Awaitable[Guard | None]],
        send: Send,
    ) -> None:
        self._scope = scope
        self._questions = policies.questions
        self._asker = asker
        self._judged = judged
        self._guard = guard
        self._send = send
        self._is_stopping = False
        self._held = ExitStack()

    async def chunks(self) -> AsyncGenerator[bytes]:
        call_id = self._judged.message.call_id
        assert call_id is not None  # noqa: S101 - a call without an id is refused before
        question = self._held.enter_context(self._questions.asked(self._asker, call_id))
        when_stopping(self._scope, lambda: self._stop(question))
        log.info("call_asked_about", tool=self._judged.tool, rule=self._judged.decision.rule)
        asked = question_on_stream(self._judged, self._asker.space_id, question.question_id)
        yield event(asked)
        try:
            while (told := await self._told(question)) is None:
                if not await happens_within(question.heard, STILL_HERE_SECONDS):
                    yield _STILL_HERE
            if told:
                yield told
                return
            found = await self._sent()
        except GatewayError as fault:
            log_fault(fault)
            note_reason(self._scope, fault.reason)
            yield _as_event(rpc_error(fault, self._scope[REQUEST_ID], call_id)[2])
            return
        async for part in found:
            yield part

    async def _told(self, question: Question) -> bytes | None:
        """How the stream ends without Notion; empty where the call goes on; None where neither is
        known. The policy may have changed while the person was thinking.
        """
        question.heard.clear()
        said = await self._questions.said(question)
        if said is Said.CANCELLED:
            return _STILL_HERE  # a call that was taken back has no answer
        if said is Said.DECLINED or said is Said.LATE:
            return self._refused(self._judged, _WHY[said])
        guard = await self._guard()
        if guard is None:
            return b""
        judged = guard.judge(Body([self._judged.message]))[0]
        if judged.decision.effect is Effect.BLOCK:
            return self._refused(judged)
        if judged.decision.effect is Effect.ALLOW or said is Said.ACCEPTED:
            log.info("call_approved", tool=judged.tool, rule=judged.decision.rule)
            return b""
        return self._refused(judged, Unapproved.STOPPING) if self._is_stopping else None

    def _refused(self, judged: Judged, unapproved: Unapproved | None = None) -> bytes:
        note_reason(self._scope, reason_of(judged.decision.effect))
        log.info("call_stopped_by_policy", tool=judged.tool, rule=judged.decision.rule)
        body, request_id = Body([judged.message]), self._scope[REQUEST_ID]
        said = answer(
            body,
            [judged],
            request_id,
            code=JSON_RPC_CODE,
            stateless=False,
            unapproved=unapproved,
        )
        return _as_event(said)

    async def _sent(self) -> AsyncIterator[bytes]:
        """Notion's answer as events. Raises UpstreamUnsuitable for one that cannot be told in a
        stream that has begun.
        """
        found = await self._send()
        self._held.callback(found.close)
        form = form_of(found.headers)
        if form.is_encoded:
            raise UpstreamUnsuitable(f"{_APPROVED} it was compressed, and cannot be passed on.")
        if found.status == HTTPStatus.OK and form.media_type == EVENTS:
            return found.chunks()
        if found.status == HTTPStatus.OK and form.media_type == _JSON:
            return _one_event(found.chunks())
        whole = await _short(found.chunks())
        if form.media_type == _JSON and (json_object(whole) or {}).get("jsonrpc"):
            return _one_event(_only(whole))
        raise UpstreamUnsuitable(f"{_APPROVED} it was HTTP {found.status}.")

    def _stop(self, question: Question) -> None:
        self._is_stopping = True
        question.heard.set()

    def close(self) -> None:
        self._held.close()


async def _short(parts: AsyncIterator[bytes]) -> bytes:
    """Raises UpstreamUnsuitable where it is not."""
    found = bytearray()
    async for part in parts:
        found += part
        if len(found) > _LONGEST_FAULT_BYTES:
            raise UpstreamUnsuitable(f"{_APPROVED} it was too long for an error.")
    return bytes(found)


async def _only(part: bytes) -> AsyncGenerator[bytes]:
    yield part


async def _one_event(parts: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Of a JSON document, in which an end of a line is nothing but room between two values."""
    yield b"event: message\ndata: "
    async for part in parts:
        yield part.replace(b"\r", b" ").replace(b"\n", b" ")
    yield b"\n\n"


def _as_event(document: bytes) -> bytes:
    return b"event: message\ndata: " + document + b"\n\n"
