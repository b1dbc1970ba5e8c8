"""Sends a call of a grant that Notion has refused others of in its turn, and once more where Notion
refuses it; and looks what Notion's answers tell of its limit.

A call that Notion refuses for its limit, by status or in a tool's error, was not carried out, so
that it is safe to send again. Where that cannot be seen before the answer goes on, or the wait
would be too long, Notion's answer goes on as it is.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import final

from notion_gateway.access.rules.tool_calls import may_call_tool
from notion_gateway.budget.budgets import Budgets, Turn
from notion_gateway.budget.rules.exhausted import Grant
from notion_gateway.budget.rules.pace import Sharer
from notion_gateway.budget.rules.refusal import (
    LONGEST_FAULT_BYTES,
    STATUSES,
    Refusal,
    may_refuse,
    refusal_by_status,
    refusal_in,
)
from notion_gateway.integration.access_tokens import AccessTokens, LentToken
from notion_gateway.proxy.rules.headers import asked_as_it_is
from notion_gateway.proxy.rules.sessions import Caller
from notion_gateway.proxy.upstream import ProxyCall, UpstreamAnswer

Open = Callable[[ProxyCall, LentToken], Awaitable[UpstreamAnswer]]


@final
class PacedCalls:
    """``opens`` sends a call, once."""

    def __init__(self, budgets: Budgets, access_tokens: AccessTokens, opens: Open) -> None:
        self._budgets = budgets
        self._access_tokens = access_tokens
        self._opens = opens

    async def open(
        self, caller: Caller, call: ProxyCall, lent: LentToken, sharer: Sharer
    ) -> tuple[UpstreamAnswer, LentToken]:
        """Notion's answer, and the token that it was asked with. Raises BudgetExhausted, and what
        ``opens`` raises.
        """
        budgets = self._budgets
        grant = Grant(caller.space_id, lent.process_id, caller.grant_id)
        turn: Turn | None = None
        if not budgets.is_open(grant.process_id) and may_call_tool(call.body):
            turn = await budgets.turn(grant, sharer)
        while True:
            if turn is not None:  # the token may have been renewed while the call waited
                lent = self._access_tokens.cached(caller.grant_id) or lent
            answer, refusal = await self._asked(call, lent, turn)
            if refusal is None:
                return self._watched(answer, call, grant), lent
            if turn is not None:
                again = turn.refused(refusal)
            else:
                again = budgets.refused_there(grant, refusal) and may_call_tool(call.body)
            if not again:
                return answer, lent
            answer.close()
            if turn is None:
                turn = await budgets.turn(grant, sharer)
            else:
                await turn.comes()

    async def _asked(
        self, call: ProxyCall, lent: LentToken, turn: Turn | None
    ) -> tuple[UpstreamAnswer, Refusal | None]:
        """Of a call that has a turn the answer's first piece is waited for, and read: so it is
        asked for as it is, not compressed.
        """
        if turn is not None:
            call = replace(call, headers=asked_as_it_is(call.headers))
        try:
            answer = await self._opens(call, lent)
            refusal: Refusal | None = None
            if answer.status in STATUSES:
                answer = await _begun(answer, LONGEST_FAULT_BYTES)
                refusal = self._by_status(answer)
            elif turn is not None and answer.status == HTTPStatus.OK:
                answer = await _begun(answer, 1)
                refusal = refusal_in(answer.first)
        except BaseException:
            if turn is not None:
                turn.ended(counts=True)
            raise
        if turn is not None and refusal is None:
            if answer.status == HTTPStatus.UNAUTHORIZED:
                turn.ended(counts=False)
            else:
                turn.granted()
        return answer, refusal

    def _by_status(self, answer: "BegunAnswer") -> Refusal | None:
        now = self._budgets.clock.now()
        return refusal_by_status(answer.status, answer.headers, now, answer.first)

    def _watched(self, answer: UpstreamAnswer, call: ProxyCall, grant: Grant) -> UpstreamAnswer:
        """What goes on before it could be seen is learned from all the same."""
        if answer.status != HTTPStatus.OK or call.method != "POST":
            return answer
        if isinstance(answer, BegunAnswer) and may_refuse(answer.first):
            return answer
        return WatchedAnswer(answer, lambda refusal: self._budgets.refused_there(grant, refusal))


async def _begun(answer: UpstreamAnswer, least_bytes: int) -> "BegunAnswer":
    """With so many bytes of its body in hand, or all of it."""
    parts, first = answer.chunks(), bytearray()
    try:
        while len(first) < least_bytes:
            part = await anext(parts, b"")
            if not part:
                break
            first += part
    except BaseException:
        answer.close()
        raise
    return BegunAnswer(answer, bytes(first), parts)


@final
class BegunAnswer:
    """Notion's answer, of which some has come."""

    def __init__(self, answer: UpstreamAnswer, first: bytes, more: AsyncIterator[bytes]) -> None:
        self._answer = answer
        self._more = more
        self.first = first
        self.status = answer.status
        self.headers = answer.headers
        self.sent_at = answer.sent_at

    async def chunks(self) -> AsyncIterator[bytes]:
        if self.first:
            yield self.first
        async for part in self._more:
            yield part

    def close(self) -> None:
        self._answer.close()


@final
class WatchedAnswer:
    """Notion's answer, which may turn out to refuse the call while it goes on."""

    def __init__(self, answer: UpstreamAnswer, refused: Callable[[Refusal], object]) -> None:
        self._answer = answer
        self._refused = refused
        self.status = answer.status
        self.headers = answer.headers
        self.sent_at = answer.sent_at

    async def chunks(self) -> AsyncIterator[bytes]:
        async for part in self._answer.chunks():
            if may_refuse(part):
                refusal = refusal_in(part)
                if refusal is not None:
                    self._refused(refusal)
            yield part

    def close(self) -> None:
        self._answer.close()
