"""The proxy's route: plain ASGI, so that nothing stands between the two sockets."""

from typing import Any, final

import structlog
from starlette.types import Receive, Scope, Send

from notion_gateway.access.caller import principal_at_mcp
from notion_gateway.access.membership import Members
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.tool_calls import may_call_tool
from notion_gateway.http.body import ClientLeft, read_body
from notion_gateway.http.called import called_of, note_called
from notion_gateway.http.problems import log_fault
from notion_gateway.http.recorded_call import HeldAnswer
from notion_gateway.integration.errors import NotConnected, ReconnectRequired
from notion_gateway.integration.rules.serving import kind_of
from notion_gateway.kernel.errors import (
    BodyNotAllowed,
    GatewayError,
    MethodNotAllowed,
    RequestTooLarge,
    SpaceNotAccessible,
    SpaceRequired,
)
from notion_gateway.kernel.identifiers import is_space_id
from notion_gateway.kernel.trace import current_trace
from notion_gateway.proxy.called_by import called_by
from notion_gateway.proxy.exchange import (
    METHODS,
    Exchange,
    ServerStops,
    while_client_stays,
)
from notion_gateway.proxy.handed_over import HANDED_OVER, HandedOver
from notion_gateway.proxy.not_connected_answer import (
    Question,
    is_space_endpoint,
)
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.proxied_call import relay_own, serve_call
from notion_gateway.proxy.rules.grant_header import logged_of
from notion_gateway.proxy.rules.mcp_without_notion import CONNECT_TOOL, connect_call
from notion_gateway.proxy.rules.not_connected import without_our_answer
from notion_gateway.proxy.rules.sessions import Caller
from notion_gateway.proxy.rules.space_of_call import agreeing_meta, named_space
from notion_gateway.proxy.rules.trace_meta import said_in

log = structlog.stdlib.get_logger()


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
        if proxy.audit is not None:
            exchange.keep_record()
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
        access.authentication.used(principal, called.client)
        space = None
        if space_id is not None:
            space = await _admit(access.members, exchange, principal, space_id)
            exchange.record()
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
                exchange.record(meta.body)
                await _record_contents(proxy, exchange, space_id)
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
                await serve_call(proxy, exchange, principal, caller, meta.body, handed.refused)
                return
            space_id = meta.space_id
            if space_id is None or not is_space_id(space_id):
                raise SpaceRequired
            note_called(scope, called_by(principal, space_id, scope["headers"]))
            space = await _admit(access.members, exchange, principal, space_id)
            await _record_contents(proxy, exchange, space_id)
            with access.limits.call(principal, space_id):
                caller = await _caller(proxy, exchange, principal, space)
                await serve_call(proxy, exchange, principal, caller, meta.body)


async def _record_contents(proxy: Proxy, exchange: Exchange, space_id: str | None) -> None:
    """Where the space asks for what is said in calls of tools."""
    recorded = exchange.recorded
    if proxy.contents is None or recorded is None or space_id is None:
        return
    wanted = await proxy.contents.wanted(space_id)
    if wanted.any and may_call_tool(recorded.body):
        recorded.wants_arguments = wanted.arguments
        recorded.answer = HeldAnswer(proxy.held_answers) if wanted.results else None


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
        await relay_own(exchange, answer)


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


async def _admit(
    members: Members, exchange: Exchange, principal: Principal, space_id: str
) -> Space:
    """A stranger's call is recorded where there is a space whose owners can look it up."""
    known = members.remembered(principal, space_id)
    if known is not None:
        return known.space
    try:
        return (await members.require(principal, space_id)).space
    except SpaceNotAccessible:
        if members.knows(space_id):
            exchange.record(exchange.body)
        raise


async def _caller(proxy: Proxy, exchange: Exchange, principal: Principal, space: Space) -> Caller:
    """Who calls, and with which grant; raises ServiceTokenNotServed."""
    grant_id = await proxy.serving.of(principal, space)
    exchange.grant = kind_of(grant_id)
    if exchange.recorded is not None:
        exchange.recorded.grant = exchange.grant
    logged = logged_of(space, grant_id)
    note_called(exchange.scope, called_of(exchange.scope).with_grant(logged))
    return Caller(space.space_id, principal.user_id, grant_id)
