"""What every request passes first: its id, its host, its origin, its line in the log.

Pure ASGI: nothing is buffered, and the client's disconnect stays visible to whoever serves.
"""

import asyncio
import time
from typing import final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notion_gateway.http.allowed_callers import PROBES, AllowedCallers
from notion_gateway.http.called import called_of
from notion_gateway.http.problems import problem, rpc_error
from notion_gateway.http.recorded_call import recorded_of
from notion_gateway.http.request_log import (
    BEGAN,
    log_request,
    note_reason,
    reason_of,
    request_id_of,
    rule_of,
)
from notion_gateway.kernel.errors import (
    AccessEnded,
    GatewayError,
    GatewayStopping,
    UpstreamAborted,
)
from notion_gateway.kernel.trace import Trace, Tracing, current_trace, said_by

REQUEST_ID = "notion_gateway.request_id"
"""Where the scope holds the request's id."""
OUTCOME = "notion_gateway.outcome"
"""Where it holds how a request ended, if that is not plain: it is answered after its end, or from
memory."""
SENT_AT = "notion_gateway.sent_at"
"""Where it holds when a call was sent on to Notion, by ``perf_counter``."""
TRACE = "notion_gateway.trace"
"""Where it holds the request's trace, if it has one."""
TRACING = "tracing"
"""Where the application's state holds what begins them, if traces are on."""


@final
class Gate:
    """``for_browsers`` is the same app with what pages need besides."""

    def __init__(self, app: ASGIApp, for_browsers: ASGIApp, allowed: AllowedCallers) -> None:
        self._app = app
        self._for_browsers = for_browsers
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id: str = scope.get(REQUEST_ID) or request_id_of(scope["headers"])
        scope[REQUEST_ID] = request_id
        path: str = scope["path"]
        status = 0
        began: float = scope.get(BEGAN) or time.perf_counter()
        trace = None if path in PROBES else _trace_of(scope)

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        outcome: str | None = None
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                from_page = self._allowed.require(scope["headers"], path)
                app = self._for_browsers if from_page else self._app
                await app(scope, receive, answered)
            except asyncio.CancelledError:
                # By the server alone, which is stopping and has waited for as long as it waits.
                outcome = "stopped"
                if status:
                    raise UpstreamAborted("The gateway was stopped while it answered.") from None
                stopping = GatewayStopping()
                note_reason(scope, stopping.reason)
                await _refuse(stopping, request_id, path, answered)
            except UpstreamAborted as fault:
                outcome = "access_ended" if isinstance(fault, AccessEnded) else "aborted_upstream"
                raise  # the server cuts the connection: a clean end would be a lie
            except GatewayError as fault:
                note_reason(scope, fault.reason)
                await _refuse(fault, request_id, path, answered)
            finally:
                if path not in PROBES:
                    ended: str = outcome or scope.get(OUTCOME, "answered")
                    outcome = ended if status else "client_left"
                    log_request(
                        scope["method"],
                        path,
                        status,
                        outcome,
                        began,
                        request_id,
                        called_of(scope),
                        scope.get(SENT_AT, 0.0),
                        reason_of(scope),
                        getattr(scope.get("route"), "path", ""),
                        recorded_of(scope),
                        trace,
                        rule_of(scope),
                    )


def _trace_of(scope: Scope) -> Trace | None:
    """None where traces are off. A call that callbacks gave up has one already."""
    tracing: Tracing | None = scope.get("state", {}).get(TRACING)
    if tracing is None:
        return None
    trace: Trace = scope.get(TRACE) or tracing.begin(said_by(scope["headers"]))
    scope[TRACE] = trace
    current_trace.set(trace)
    return trace


async def _refuse(fault: GatewayError, request_id: str, path: str, send: Send) -> None:
    speaks_mcp = path.startswith("/mcp/")
    answer = rpc_error(fault, request_id, None) if speaks_mcp else problem(fault, request_id)
    status, headers, body = answer
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": int(status), "headers": raw})
    await send({"type": "http.response.body", "body": body})
