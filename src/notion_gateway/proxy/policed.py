"""A call and its answer in a space that has a policy. Nobody else's passes here."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from http import HTTPStatus
from typing import Final, Protocol, final

import structlog

from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.http.called import called_of, note_called
from notion_gateway.http.gate import REQUEST_ID
from notion_gateway.http.problems import JSON_RPC_CODE
from notion_gateway.http.request_log import note_reason
from notion_gateway.kernel.errors import (
    ApprovalRequired,
    BlockedByPolicy,
    UpstreamAborted,
    UpstreamUnsuitable,
)
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.policy.rules.document import Effect
from notion_gateway.policy.rules.event_stream import LONGEST_EVENT_BYTES, JudgedEvents
from notion_gateway.policy.rules.guard import Guard, Judged, asks_for_list
from notion_gateway.policy.rules.lists import AnswerUnclear, ListFilter
from notion_gateway.policy.rules.messages import CALL, Body, read_body
from notion_gateway.policy.rules.refusals import answer, reason_of, words
from notion_gateway.proxy.exchange import Exchange, only_listens
from notion_gateway.proxy.not_connected_answer import OwnAnswer, own_json
from notion_gateway.proxy.rules.lists import EVENTS, is_encoded, media_type
from notion_gateway.proxy.rules.mcp_without_notion import is_stateless
from notion_gateway.proxy.upstream import UpstreamAnswer

log = structlog.stdlib.get_logger()

APPROVED: Final = b"x-user-approved-call"
"""With it an application says that its person has approved this very call: the SHA-256 of the
body, in hexadecimal digits. It never goes on to Notion."""

_CODING: Final = b"accept-encoding"
_IN_PIECES: Final = frozenset({b"range", b"if-range"})
_READABLE: Final = (_CODING, b"identity")
_OF_THE_BYTES: Final = frozenset(
    {b"content-length", b"content-digest", b"repr-digest", b"digest", b"content-md5", b"etag"}
)
_UNREADABLE: Final = (
    "This space has a policy, and Notion's answer could not be read, so that it is kept back."
)


class SpacePolicies(Protocol):
    """What each space lets its callers call."""

    def is_open(self, space_id: str) -> bool:
        """Whether memory knows that the space has no policy."""
        ...

    async def applies(self, space_id: str) -> bool:
        """Whether the space has one, read anew."""
        ...

    async def guard(self, principal: Principal, space_id: str) -> Guard | None:
        """What this caller's calls have to pass; None where the space has no policy. Raises a
        GatewayError where that cannot be told.
        """
        ...


@final
class Policed:
    """One call on its way. ``stopped`` comes first."""

    def __init__(self, guard: Guard, principal: Principal, exchange: Exchange) -> None:
        self._guard = guard
        self._principal = principal
        self._exchange = exchange
        self._may_list = True
        """The answer may hold a list, also of another request's."""
        self._is_open_ended = only_listens(exchange.scope["method"], exchange.scope["headers"])

    def stopped(self, headers: RawHeaders, body: bytes) -> OwnAnswer | None:
        """The answer in Notion's place, where the call does not go on. ``headers`` and ``body`` as
        they would. Raises CallUnclear, BlockedByPolicy and ApprovalRequired.
        """
        scope = self._exchange.scope
        if scope["method"] != "POST":
            return None
        read = read_body(body, headers)
        self._may_list = (
            self._is_open_ended
            or asks_for_list(read)
            or any(name == b"last-event-id" for name, _ in headers)
        )
        judged = self._guard.judge(read)
        if len(judged) == 1 and judged[0].message.method == CALL:
            note_called(scope, called_of(scope).with_tool(judged[0].tool))
        refused = [one for one in judged if not self._passes(one)]
        return self._refusal(read, refused, headers) if refused else None

    def _passes(self, judged: Judged) -> bool:
        effect = judged.decision.effect
        return effect is Effect.ALLOW or (effect is Effect.ASK and self._is_approved())

    def _is_approved(self) -> bool:
        """By an application, which proves who it is with each call. A token's bearer, whatever it
        says, is not the person.
        """
        if self._principal.means is not Means.APPLICATION:
            return False
        said = [value for name, value in self._exchange.scope["headers"] if name == APPROVED]
        digest = hashlib.sha256(self._exchange.body).hexdigest()
        return said == [digest.encode()]

    def _refusal(self, body: Body, refused: list[Judged], headers: RawHeaders) -> OwnAnswer:
        scope = self._exchange.scope
        reason = reason_of(refused[0].decision.effect)
        for one in refused:
            log.info(
                "call_stopped_by_policy",
                tool=one.tool,
                rule=one.decision.rule,
                reason=reason_of(one.decision.effect),
            )
        if not body.is_batch and refused[0].message.method != CALL:
            kind = {ApprovalRequired.reason: ApprovalRequired}.get(reason, BlockedByPolicy)
            raise kind(words(refused[0]))
        note_reason(scope, reason)
        stateless = is_stateless(CALL, headers)
        said = answer(body, refused, scope[REQUEST_ID], code=JSON_RPC_CODE, stateless=stateless)
        return own_json(said)

    def headers(self, headers: RawHeaders) -> RawHeaders:
        """As they go on: an answer that has to be read is asked for as it is."""
        if not self._may_list:
            return headers
        kept = [
            _READABLE if one[0] == _CODING else one for one in headers if one[0] not in _IN_PIECES
        ]
        return kept if _READABLE in kept else [*kept, _READABLE]

    async def answer(self, answer: UpstreamAnswer) -> UpstreamAnswer:
        """Without what the caller may not call. Raises UpstreamUnsuitable where it cannot be read;
        not a byte of it has gone on then.
        """
        if not self._may_list:
            return answer
        try:
            return await _filtered(answer, self._guard.filter, waits=not self._is_open_ended)
        except AnswerUnclear as why:
            answer.close()
            log.warning("answer_kept_back", why=str(why), status=answer.status)
            raise UpstreamUnsuitable(_UNREADABLE) from None
        except BaseException:
            answer.close()
            raise


async def _filtered(answer: UpstreamAnswer, lists: ListFilter, *, waits: bool) -> UpstreamAnswer:
    """``waits``: for the first event of a stream, before anybody is told that there is one."""
    if is_encoded(answer.headers):
        raise AnswerUnclear("it is compressed")
    if answer.status == HTTPStatus.OK and media_type(answer.headers) == EVENTS:
        parts = _judged(answer, JudgedEvents(lists.of_json))
        first = await anext(parts, b"") if waits else b""
        headers = [one for one in answer.headers if one[0] not in _OF_THE_BYTES]
        return _Filtered(answer, headers, first, parts)
    whole = await _whole(answer)
    kept = _kept(answer.status, whole, lists)
    if kept == whole:
        return _Filtered(answer, answer.headers, whole)
    headers = [one for one in answer.headers if one[0] not in _OF_THE_BYTES]
    return _Filtered(answer, [*headers, (b"content-length", b"%d" % len(kept))], kept)


def _kept(status: int, whole: bytes, lists: ListFilter) -> bytes:
    """Of a fault that is told in other words than JSON, its status alone."""
    if not whole.strip():
        return whole
    try:
        return lists.of_json(whole)
    except AnswerUnclear:
        if status < HTTPStatus.BAD_REQUEST:
            raise
        return b""


async def _whole(answer: UpstreamAnswer) -> bytes:
    found = bytearray()
    async for part in answer.chunks():
        found += part
        if len(found) > LONGEST_EVENT_BYTES:
            raise AnswerUnclear("it is too long")
    return bytes(found)


async def _judged(answer: UpstreamAnswer, events: JudgedEvents) -> AsyncGenerator[bytes]:
    async for part in answer.chunks():
        for event in events.part_came(part):
            yield event
    if rest := events.ended():
        yield rest


@final
class _Filtered:
    """Notion's answer, as the caller may see it."""

    def __init__(
        self,
        answer: UpstreamAnswer,
        headers: RawHeaders,
        first: bytes,
        more: AsyncGenerator[bytes] | None = None,
    ) -> None:
        self._answer = answer
        self._first = first
        self._more = more
        self.status = answer.status
        self.headers = headers
        self.sent_at = answer.sent_at

    async def chunks(self) -> AsyncIterator[bytes]:
        if self._first:
            yield self._first
        if self._more is None:
            return
        try:
            async for part in self._more:
                yield part
        except AnswerUnclear as why:
            log.warning("answer_kept_back", why=str(why), status=self.status)
            raise UpstreamAborted(_UNREADABLE) from None

    def close(self) -> None:
        self._answer.close()
