"""The proxy's route: plain ASGI, so that nothing stands between the two sockets."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any, final

import structlog
from starlette.types import Receive, Scope, Send

from notion_gateway.access.caller import principal_at_mcp
from notion_gateway.access.membership import Members
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space import Space
from notion_gateway.http.body import ClientLeft, read_body
from notion_gateway.http.called import called_of, note_called
from notion_gateway.http.gate import OUTCOME, SENT_AT
from notion_gateway.http.problems import log_fault
from notion_gateway.http.request_log import note_body
from notion_gateway.integration.access_tokens import LentToken
from notion_gateway.kernel.errors import (
    BodyNotAllowed,
    GatewayError,
    MethodNotAllowed,
    NotConnected,
    ReconnectRequired,
    RequestTooLarge,
    SpaceRequired,
)
from notion_gateway.kernel.identifiers import is_space_id
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.trace import current_trace
from notion_gateway.proxy.asked_first import AskedFirst
from notion_gateway.proxy.call import KeptAnswer
from notion_gateway.proxy.called_by import called_by
from notion_gateway.proxy.exchange import (
    METHODS,
    Exchange,
    ServerStops,
    only_listens,
    while_client_stays,
)
from notion_gateway.proxy.handed_over import HANDED_OVER, HandedOver
from notion_gateway.proxy.list_cache import ANSWERED_FROM_CACHE
from notion_gateway.proxy.not_connected_answer import (
    OwnAnswer,
    Question,
    end_of_session,
    is_space_endpoint,
)
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.own_session import require_no_session, with_session
from notion_gateway.proxy.policed import Policed
from notion_gateway.proxy.rules.grant_header import GRANT_HEADER, said_of
from notion_gateway.proxy.rules.headers import headers_upstream
from notion_gateway.proxy.rules.lists import head_of_question, list_question
from notion_gateway.proxy.rules.mcp_without_notion import CONNECT_TOOL, connect_call
from notion_gateway.proxy.rules.not_connected import Asked, elicitation_from_now, without_our_answer
from notion_gateway.proxy.rules.sessions import Caller
from notion_gateway.proxy.rules.space_of_call import agreeing_meta, named_space
from notion_gateway.proxy.rules.trace_meta import said_in
from notion_gateway.proxy.upstream import ProxyCall, UpstreamAnswer

log = structlog.stdlib.get_logger()

Opened = Callable[[UpstreamAnswer], None]


@final
class ProxyEndpoint:
    """``POST``, ``GET``, ``HEAD`` and ``DELETE`` of ``/mcp/notion/proxy``, where the principal, a
    header or the seed's ``meta`` names the space, and of ``/mcp/notion/{space_id}``, for MCP
    clients that were given nothing but that address.
    """

    def __init__(self, max_request_bytes: int) -> None:
        self._max_request_bytes = max_request_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        access: Access = scope["state"]["access"]
        proxy: Proxy = scope["state"]["proxy"]
        exchange = Exchange(scope, receive, send, access.own_address)
        try:
            _require_method(scope["method"])
            handed: HandedOver = scope.pop(HANDED_OVER, None) or HandedOver()
            await self._serve(access, proxy, exchange, handed)
        except ClientLeft:
            log.info("client_left", started=exchange.started)
        except ServerStops:
            await exchange.end_at_stop()
        except GatewayError as fault:
            if exchange.started:
                raise
            log_fault(fault)
            await exchange.answer_error(fault)
        except Exception:
            if exchange.started:
                raise
            log.exception("proxy_crashed")  # an MCP client is owed an error it can read
            await exchange.answer_error(GatewayError())

    async def _serve(
        self, access: Access, proxy: Proxy, exchange: "Exchange", handed: HandedOver
    ) -> None:
        """The caller, their place in the space, and their share of open calls come before the
        body: who may not call has nothing read, and who calls too much neither.
        """
        exchange.body = handed.body
        handed.require_unfinished()
        scope = exchange.scope
        principal = await principal_at_mcp(access, scope)
        in_path: str | None = scope["path_params"].get("space_id")
        space_id = named_space(principal, in_path)
        called = called_by(principal, space_id, scope["headers"])
        note_called(scope, called)
        space = None
        if space_id is not None:
            space = await _admit(access.members, principal, space_id)
        with access.limits.call(principal, space_id, is_counted=handed.is_counted) as held:
            if scope["method"] == "POST":
                exchange.body = await read_body(
                    scope, exchange.receive, self._max_request_bytes, held.take
                )
            else:
                await _require_no_body(scope, exchange.receive)
            _look_for_trace(exchange.body, proxy)
            meta = agreeing_meta(principal, in_path, exchange.body)
            if proxy.audit is not None:
                note_body(scope, meta.body)
                await proxy.audit.until_it_may_go_on()
            to_connect = connect_call(meta.body) if is_space_endpoint(scope) else None
            if principal.limits is not None and to_connect is None:
                tool = principal.limits.require(meta.body, scope["headers"])
                if tool is not None:
                    note_called(scope, called.with_tool(tool))
            if space is not None and to_connect is not None:
                note_called(scope, called.with_tool(CONNECT_TOOL))
                caller = await _caller(proxy, exchange, principal, space)
                await _asked_to_connect(proxy, exchange, caller, meta.body, to_connect)
                return
            if space is not None:
                caller = await _caller(proxy, exchange, principal, space)
                await _proxied(proxy, exchange, principal, caller, meta.body, handed.refused)
                return
            space_id = meta.space_id
            if space_id is None or not is_space_id(space_id):
                raise SpaceRequired
            note_called(scope, called_by(principal, space_id, scope["headers"]))
            space = await _admit(access.members, principal, space_id)
            with access.limits.call(principal, space_id):
                caller = await _caller(proxy, exchange, principal, space)
                await _proxied(proxy, exchange, principal, caller, meta.body)


async def _proxied(
    proxy: Proxy,
    exchange: Exchange,
    principal: Principal,
    caller: Caller,
    body: bytes,
    refused: LentToken | None = None,
) -> None:
    scope, sessions = exchange.scope, proxy.sessions
    method: str = scope["method"]
    said = headers_upstream(scope["headers"])
    if (trace := current_trace.get()) is not None:
        said = trace.among(said)
    asked = without_our_answer(body) if is_space_endpoint(scope) else Asked(body)
    headers, session = sessions.incoming(said, caller)
    guard = await proxy.policies.guard(principal, caller.space_id)
    policed: Policed | None = None
    if guard is not None:
        policed = Policed(guard, proxy.policies, principal, caller.space_id, exchange, session)
        stopped = await policed.stopped(headers, asked.body)
        if stopped is not None:
            await _relay_own(exchange, stopped)
            return
        said, headers = policed.headers(said), policed.headers(headers)
        asked = Asked(policed.body, asked.was_answered)
    if session.is_ours and method == "DELETE":
        await _relay_own(exchange, end_of_session())
        return
    declared = elicitation_from_now(body)
    question = None
    if proxy.lists is not None and method == "POST":
        of_question = head_of_question(said, scope["query_string"])
        question = list_question(asked.body, of_question, caller)
    call = ProxyCall(method, headers, asked.body, scope["query_string"])

    async def sent(opened: Opened = _nothing) -> UpstreamAnswer | OwnAnswer:
        try:
            answer = await proxy.calls.call(caller, call, refused, question)
        except (NotConnected, ReconnectRequired) as fault:
            if not is_space_endpoint(scope) and method != "DELETE":
                raise
            unsent = Question(scope, caller, asked, session, declared)
            return await proxy.without_notion.answer(unsent, fault)
        scope[SENT_AT] = answer.sent_at
        opened(answer)
        if isinstance(answer, KeptAnswer):
            scope[OUTCOME] = ANSWERED_FROM_CACHE
        if session.is_ours:
            require_no_session(answer, initializes=declared is not None)
        return answer if policed is None else await policed.answer(answer)

    async with while_client_stays(scope, exchange.receive):
        if policed is not None and policed.to_ask is not None:
            now = partial(proxy.policies.guard, principal, caller.space_id)
            first = AskedFirst(scope, proxy.policies, policed.asker, policed.to_ask, now, sent)
            await exchange.relay(first, _with_grant(exchange, first.headers))
            return
        with _ending_with_connection(proxy, scope, caller) as opened:
            answer = await sent(opened)
            if isinstance(answer, OwnAnswer):
                await _relay_own(exchange, answer)
                return
            bound = sessions.outgoing(answer.headers, caller, declared or session.asks)
            if policed is not None and declared is not None:
                bound = with_session(bound, sessions, caller, declared)
            await exchange.relay(answer, _with_grant(exchange, bound))


def _with_grant(exchange: Exchange, headers: RawHeaders) -> RawHeaders:
    return [*headers, (GRANT_HEADER, exchange.grant.encode())] if exchange.grant else headers


def _nothing(_: UpstreamAnswer) -> None:
    """Of an answer that does not only listen."""


@contextmanager
def _ending_with_connection(proxy: Proxy, scope: Scope, caller: Caller) -> Generator[Opened]:
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
    with proxy.watch.ending(caller, end):
        yield opened


async def _asked_to_connect(
    proxy: Proxy, exchange: Exchange, caller: Caller, body: bytes, call: dict[str, Any]
) -> None:
    """The gateway's own tool was called, which Notion does not have: nothing goes there."""
    scope = exchange.scope
    _, session = proxy.sessions.incoming(scope["headers"], caller)
    async with while_client_stays(scope, exchange.receive):
        try:
            await proxy.calls.require_connection(caller.grant_id)
            answer = proxy.without_notion.connected(scope, call)
        except (NotConnected, ReconnectRequired) as fault:
            question = Question(scope, caller, without_our_answer(body), session)
            answer = await proxy.without_notion.answer(question, fault)
        await _relay_own(exchange, answer)


async def _relay_own(exchange: Exchange, answer: OwnAnswer) -> None:
    await exchange.relay(answer, answer.headers)


def _look_for_trace(body: bytes, proxy: Proxy) -> None:
    """Where the call's headers name none."""
    trace = current_trace.get()
    if proxy.tracing is not None and trace is not None and not trace.parent_id:
        proxy.tracing.adopt(trace, said_in(body))


def _require_method(method: str) -> None:
    if method not in METHODS:
        raise MethodNotAllowed


async def _require_no_body(scope: Scope, receive: Receive) -> None:
    """Nobody agrees on what a body means there (RFC 9110 sections 9.3.1 and 9.3.5): what was
    judged here might be something else to whoever gets it. Raises BodyNotAllowed.
    """
    try:
        await read_body(scope, receive, 0)
    except RequestTooLarge:
        raise BodyNotAllowed from None


async def _admit(members: Members, principal: Principal, space_id: str) -> Space:
    known = members.remembered(principal, space_id)
    return (await members.require(principal, space_id)).space if known is None else known.space


async def _caller(proxy: Proxy, exchange: Exchange, principal: Principal, space: Space) -> Caller:
    """Who calls, and with which grant; raises ServiceTokenNotServed."""
    grant_id = await proxy.serving.of(principal, space)
    exchange.grant = said_of(space, grant_id)
    note_called(exchange.scope, called_of(exchange.scope).with_grant(exchange.grant))
    return Caller(space.space_id, principal.user_id, grant_id)
