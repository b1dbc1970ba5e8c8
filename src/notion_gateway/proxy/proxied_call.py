"""One call that may be made: to Notion and back, by a coroutine."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import final

from starlette.types import Scope

from notion_gateway.access.rules.principal import Principal
from notion_gateway.audit.rules.calls import program_from_now
from notion_gateway.budget.errors import BudgetExhausted
from notion_gateway.budget.rules.pace import Sharer
from notion_gateway.http.gate import OUTCOME, SENT_AT
from notion_gateway.integration.access_tokens import LentToken
from notion_gateway.integration.errors import NotConnected, ReconnectRequired
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.trace import current_trace
from notion_gateway.proxy.asked_first import AskedFirst
from notion_gateway.proxy.call import KeptAnswer
from notion_gateway.proxy.exchange import Exchange, only_listens, while_client_stays
from notion_gateway.proxy.list_cache import ANSWERED_FROM_CACHE
from notion_gateway.proxy.no_turn import no_turn
from notion_gateway.proxy.not_connected_answer import (
    OwnAnswer,
    Question,
    end_of_session,
    is_space_endpoint,
)
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.own_session import require_no_session, with_session
from notion_gateway.proxy.policed import Policed
from notion_gateway.proxy.rules.grant_header import GRANT_HEADER
from notion_gateway.proxy.rules.headers import asked_as_it_is, asked_readably, headers_upstream
from notion_gateway.proxy.rules.lists import ListQuestion, head_of_question, list_question
from notion_gateway.proxy.rules.not_connected import Asked, elicitation_from_now, without_our_answer
from notion_gateway.proxy.rules.sessions import Caller, Elicitation, Session
from notion_gateway.proxy.upstream import ProxyCall, UpstreamAnswer

Opened = Callable[[UpstreamAnswer], None]


async def serve_call(
    proxy: Proxy,
    exchange: Exchange,
    principal: Principal,
    caller: Caller,
    body: bytes,
    refused: LentToken | None = None,
) -> None:
    """``refused``: the token that the call was sent with before, and that Notion answered with 401.

    Raises what ``NotionCalls.call`` raises, where the answer has to say it.
    """
    scope, sessions = exchange.scope, proxy.sessions
    method: str = scope["method"]
    said = headers_upstream(scope["headers"])
    if proxy.budgets is not None:
        said = asked_readably(said)
    if (trace := current_trace.get()) is not None:
        said = trace.among(said)
    asked = without_our_answer(body) if is_space_endpoint(scope) else Asked(body)
    headers, session = sessions.incoming(said, caller)
    if exchange.recorded is not None:
        exchange.recorded.mcp_client = session.client
    guard = await proxy.policies.guard(principal, caller.space_id)
    policed: Policed | None = None
    if guard is not None:
        policed = Policed(guard, proxy.policies, principal, caller.space_id, exchange, session)
        stopped = await policed.stopped(headers, asked.body)
        if stopped is not None:
            await relay_own(exchange, stopped)
            return
        said, headers = policed.headers(said), policed.headers(headers)
        asked = Asked(policed.body, asked.was_answered)
    if exchange.recorded is not None and exchange.recorded.answer is not None:
        said, headers = asked_as_it_is(said), asked_as_it_is(headers)
    if session.is_ours and method == "DELETE":
        await relay_own(exchange, end_of_session())
        return
    question = None
    if proxy.lists is not None and method == "POST":
        of_question = head_of_question(said, scope["query_string"])
        question = list_question(asked.body, of_question, caller)
    proxied = _ProxiedCall(
        proxy=proxy,
        scope=scope,
        principal=principal,
        caller=caller,
        asked=asked,
        call=ProxyCall(method, headers, asked.body, scope["query_string"]),
        session=session,
        declared=elicitation_from_now(body),
        client="" if proxy.audit is None else program_from_now(body),
        policed=policed,
        question=question,
        refused=refused,
    )
    async with while_client_stays(scope, exchange.receive):
        if policed is not None and policed.to_ask is not None:
            now = partial(proxy.policies.guard, principal, caller.space_id)
            first = AskedFirst(
                scope, proxy.policies, policed.asker, policed.to_ask, now, proxied.sent
            )
            await exchange.relay(first, _with_grant(exchange, first.headers))
            return
        with _ending_with_connection(proxy, scope, principal, caller) as opened:
            answer = await proxied.sent(opened)
            if isinstance(answer, OwnAnswer):
                await relay_own(exchange, answer)
            else:
                await exchange.relay(answer, _with_grant(exchange, proxied.bound(answer)))


async def relay_own(exchange: Exchange, answer: OwnAnswer) -> None:
    await exchange.relay(answer, answer.headers)


def _nothing(_: UpstreamAnswer) -> None:
    """Of an answer that does not only listen."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _ProxiedCall:
    """``declared``: how a client that begins a session with it can be asked. ``client``: what it
    says then that it is, where calls are recorded.
    """

    proxy: Proxy
    scope: Scope
    principal: Principal
    caller: Caller
    asked: Asked
    call: ProxyCall
    session: Session
    declared: Elicitation | None
    client: str
    policed: Policed | None
    question: ListQuestion | None
    refused: LentToken | None

    async def sent(self, opened: Opened = _nothing) -> UpstreamAnswer | OwnAnswer:
        """Notion's answer, of which ``opened`` is told, or what the gateway has to say instead."""
        scope = self.scope
        sharer = Sharer(self.principal.user_id, self.principal.revocable_id or "")
        try:
            answer = await self.proxy.calls.call(
                self.caller, self.call, self.refused, self.question, sharer
            )
        except BudgetExhausted as fault:
            return no_turn(scope, self.asked.body, fault)
        except (NotConnected, ReconnectRequired) as fault:
            if not is_space_endpoint(scope) and self.call.method != "DELETE":
                raise
            unsent = Question(scope, self.caller, self.asked, self.session, self.declared)
            return await self.proxy.without_notion.answer(unsent, fault)
        scope[SENT_AT] = answer.sent_at
        opened(answer)
        if self.declared is not None and answer.status == HTTPStatus.OK:
            self.proxy.tools_listed(self.caller.grant_id)
        if isinstance(answer, KeptAnswer):
            scope[OUTCOME] = ANSWERED_FROM_CACHE
        if self.session.is_ours:
            require_no_session(answer, initializes=self.declared is not None)
        return answer if self.policed is None else await self.policed.answer(answer)

    def bound(self, answer: UpstreamAnswer) -> RawHeaders:
        """The answer's headers, with the session bound to who calls."""
        sessions, declared = self.proxy.sessions, self.declared
        asks, client = declared or self.session.asks, self.client or self.session.client
        bound = sessions.outgoing(answer.headers, self.caller, asks, client)
        if self.policed is not None and declared is not None:
            bound = with_session(bound, sessions, self.caller, declared, client)
        return bound


@contextmanager
def _ending_with_connection(
    proxy: Proxy, scope: Scope, principal: Principal, caller: Caller
) -> Generator[Opened]:
    """A stream that only listens is cut when its grant ends, even before it has
    opened. What is yielded is told of the answer.
    """
    streams: list[UpstreamAnswer] = []
    has_ended = False

    def end() -> None:
        nonlocal has_ended
        has_ended = True
        for stream in streams:
            stream.close()

    def opened(answer: UpstreamAnswer) -> None:
        streams.append(answer)
        if has_ended:
            answer.close()

    if not only_listens(scope["method"], scope["headers"]):
        yield opened
        return
    with proxy.watch.ending(principal, caller, end):
        yield opened


def _with_grant(exchange: Exchange, headers: RawHeaders) -> RawHeaders:
    return [*headers, (GRANT_HEADER, exchange.grant.encode())]
