"""One call to Notion with a grant's token; once more with a newer one after a 401."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final, final

import structlog

from notion_gateway.budget.budgets import Budgets
from notion_gateway.budget.rules.pace import NOBODY, Sharer
from notion_gateway.integration.access_tokens import AccessTokens, LentToken
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.kernel.errors import UpstreamUnauthorized
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.trace import current_trace
from notion_gateway.proxy.exchange import only_listens
from notion_gateway.proxy.list_cache import AnswerReader, AskedList, ListCache
from notion_gateway.proxy.paced_calls import PacedCalls
from notion_gateway.proxy.rules.answer_form import form_of
from notion_gateway.proxy.rules.lists import ListQuestion
from notion_gateway.proxy.rules.sessions import Caller
from notion_gateway.proxy.upstream import ProxyCall, Upstream, UpstreamAnswer

log = structlog.stdlib.get_logger()

UNAUTHORIZED: Final = 401


@final
class NotionCalls:
    """``lists``: what is answered from memory, where anything is. ``budgets``: where calls wait
    that Notion does not grant at once.
    """

    def __init__(
        self,
        access_tokens: AccessTokens,
        upstream: Upstream,
        lists: ListCache | None = None,
        budgets: Budgets | None = None,
    ) -> None:
        self.access_tokens = access_tokens
        self._upstream = upstream
        self._lists = lists
        self._paced = None if budgets is None else PacedCalls(budgets, access_tokens, self._once)

    async def require_connection(self, grant_id: str) -> None:
        """Raises what ``AccessTokens.lend`` raises; NotConnected or ReconnectRequired where there
        is no connection.
        """
        if self.access_tokens.cached(grant_id) is None:
            await self.access_tokens.lend(grant_id)

    async def call(
        self,
        caller: Caller,
        call: ProxyCall,
        refused: LentToken | None = None,
        question: ListQuestion | None = None,
        sharer: Sharer = NOBODY,
    ) -> UpstreamAnswer:
        """Notion's answer, open, whatever its status; the caller closes it. ``refused``: the
        token that the call was sent with before, and that Notion answered with 401. ``question``:
        the call asks for a list, which may be a KeptAnswer then. ``sharer``: whose share of the
        budget it takes.

        A 401 means that Notion did not act on the call, so it is safe to send again; so is what
        ``PacedCalls`` sends again, and nothing else ever is. Raises what ``AccessTokens``,
        ``PacedCalls`` and ``Upstream`` raise, and UpstreamUnauthorized when the second token is
        refused as well.
        """
        grant_id, space_id = caller.grant_id, caller.space_id
        if refused is None:
            lent = self.access_tokens.cached(grant_id) or await self.access_tokens.lend(grant_id)
            asked: AskedList | None = None
            if self._lists is not None and question is not None:
                kept = self._lists.find(question, lent)
                if kept is not None:
                    return KeptAnswer(*kept.answer(question))
                asked = self._lists.ask(question, lent)
            answer, lent = await self._opened(caller, call, lent, sharer)
            if answer.status != UNAUTHORIZED:
                return self._read(answer, space_id, call, asked)
            answer.close()
            refused = lent
        log.info("access_token_refused", **in_log(grant_id))
        lent = await self.access_tokens.replace(grant_id, refused)
        answer, lent = await self._opened(caller, call, lent, sharer)
        if answer.status == UNAUTHORIZED:
            answer.close()
            raise UpstreamUnauthorized
        return self._read(answer, space_id, call)

    async def _opened(
        self, caller: Caller, call: ProxyCall, lent: LentToken, sharer: Sharer
    ) -> tuple[UpstreamAnswer, LentToken]:
        """And the token that it was sent with."""
        if self._paced is None:
            return await self._once(call, lent), lent
        return await self._paced.open(caller, call, lent, sharer)

    async def _once(self, call: ProxyCall, lent: LentToken) -> UpstreamAnswer:
        if (trace := current_trace.get()) is not None:
            trace.sent()
        return await self._upstream.open(call, lent.access_token)

    def _read(
        self,
        answer: UpstreamAnswer,
        space_id: str,
        call: ProxyCall,
        asked: AskedList | None = None,
    ) -> UpstreamAnswer:
        if self._lists is None:
            return answer
        status, headers = answer.status, answer.headers
        listens = only_listens(call.method, call.headers)
        reader = AnswerReader(
            self._lists, space_id, asked, status, headers, form_of(headers), only_listens=listens
        )
        return ReadAnswer(answer, reader) if reader.is_needed else answer


@final
class ReadAnswer:
    """Notion's answer, read on its way."""

    def __init__(self, answer: UpstreamAnswer, reader: AnswerReader) -> None:
        self._answer = answer
        self._reader = reader
        self.status = answer.status
        self.headers = answer.headers
        self.sent_at = answer.sent_at

    async def chunks(self) -> AsyncIterator[bytes]:
        async for part in self._answer.chunks():
            self._reader.part_came(part)
            yield part
        self._reader.ended()

    def close(self) -> None:
        self._answer.close()


@final
class KeptAnswer:
    """A list from memory, in the form of Notion's answer; its call was not sent on."""

    status = int(HTTPStatus.OK)
    sent_at = 0.0

    def __init__(self, headers: RawHeaders, body: bytes) -> None:
        self.headers = headers
        self._body = body

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._body

    def close(self) -> None:
        """There is nothing behind it."""
