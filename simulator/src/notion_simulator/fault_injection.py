"""The ASGI middleware that counts requests and carries ordered faults out."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import anyio
import anyio.lowlevel
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notion_simulator.faults import Fault, RequestFacts, merged, rpc_facts
from notion_simulator.json_answers import json_answer
from notion_simulator.simulator import Simulator
from notion_simulator.sockets import client_left, close_socket
from notion_simulator.tools.errors import OVERLOAD_STATUS, overload_document
from notion_simulator.watched_work import SLOWED_KEY

CONTROL_PREFIX = "/_simulator"
METADATA_PREFIX = "/.well-known/"
# White space goes on being valid JSON, so only a limit on size ends the reading.
BLANK = b" " * 65_536
GARBAGE = "<!doctype html><title>Bad gateway</title>"
COUNTED_PATHS = frozenset(
    {
        "/mcp",
        "/token",
        "/register",
        "/authorize",
        "/install-integration",
        "/callback",
        "/introspect",
        "/v1/chat/completions",
        "/v1/models",
    }
)


class FaultMiddleware:
    """Outermost of the application, so that a dropped request is still counted as received."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        known = path in COUNTED_PATHS or path.startswith(METADATA_PREFIX)
        self._simulator.counters.request(scope["method"], path if known else "other")
        if not self._simulator.faults.any_left:
            await self._app(scope, receive, send)
            return
        try:
            body, replay = await _read_ahead(scope, receive)
        except ClientDisconnect:
            return
        facts = request_facts(scope["method"], path, body)
        fault = None if facts is None else self._simulator.faults.take(facts)
        if fault is None:
            await self._app(scope, replay, send)
            return
        self._simulator.counters.fault(f"{fault.target}/{fault.kind}")
        await self._carry_out(fault, scope, receive, replay, send)

    async def _carry_out(
        self, fault: Fault, scope: Scope, receive: Receive, replay: Receive, send: Send
    ) -> None:
        match fault.kind:
            case "status":
                answer = Response(fault.body or "", fault.status or 500, fault.headers)
                await answer(scope, receive, send)
            case "overload":
                headers = {"Retry-After": "10", **fault.headers}
                answer = json_answer(overload_document(), OVERLOAD_STATUS, headers)
                await answer(scope, receive, send)
            case "delay":
                # A client that gives up meanwhile does not undo what the server goes on to do.
                await anyio.sleep(fault.delay_seconds or 0)
                await self._app(scope, replay, send)
            case "delay_after":
                start, body = await self._record(scope, replay)
                with anyio.move_on_after(fault.delay_seconds or 0):
                    await client_left(receive)
                await _answer(start, body, {}, send)
            case "drop_before":
                await close_socket(receive)
            case "drop_after":
                await self._record(scope, replay)
                await close_socket(receive)
            case "garbage" | "replace_body":
                start, _ = await self._record(scope, replay)
                start["status"] = fault.status or start["status"]
                text = fault.body if fault.body is not None else GARBAGE
                await _answer(start, text.encode(), fault.headers, send)
            case "patch_body":
                start, body = await self._record(scope, replay)
                await _answer(start, merged(body, fault.body or "{}"), fault.headers, send)
            case "slow":
                # The work is the MCP server's: only there it can be watched and cancelled.
                await self._app({**scope, SLOWED_KEY: fault.delay_seconds or 0.0}, replay, send)
            case "endless":
                await _endless(fault, receive, send)
            case "cut":
                await self._cut(fault.at_byte or 0, scope, receive, replay, send)

    async def _record(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """Lets the request happen and keeps its answer back."""
        start: Message = {"type": "http.response.start", "status": 200, "headers": []}
        body = bytearray()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self._app(scope, receive, keep)
        return start, bytes(body)

    async def _cut(
        self, at_byte: int, scope: Scope, receive: Receive, replay: Receive, send: Send
    ) -> None:
        left = at_byte
        ended = False
        with anyio.CancelScope() as running:

            async def send_until_cut(message: Message) -> None:
                nonlocal left, ended
                if ended:
                    return
                body: bytes = message.get("body", b"")
                if len(body) > left:
                    message = {**message, "body": body[:left], "more_body": True}
                left -= min(left, len(body))
                # A body of exactly `at_byte` bytes must not be finished either.
                if message["type"] == "http.response.body" and left == 0:
                    message = {**message, "more_body": True}
                await send(message)
                if left == 0:
                    ended = True
                    running.cancel()

            await self._app(scope, replay, send_until_cut)
        if ended:
            await close_socket(receive)


def request_facts(method: str, path: str, body: bytes) -> RequestFacts | None:
    """Returns what a request is about, None if no fault can be ordered for it."""
    if path == "/token" and method == "POST":
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        if "grant_type" not in form and "token" in form:
            return RequestFacts("revoke")
        return RequestFacts("token", grant_type=form.get("grant_type"))
    if path == "/register":
        return RequestFacts("register")
    if path.startswith(METADATA_PREFIX):
        return RequestFacts("metadata")
    if path == "/v1/chat/completions":
        return RequestFacts("model")
    if path == "/mcp" and method != "OPTIONS":
        return rpc_facts(body)
    return None


async def _read_ahead(scope: Scope, receive: Receive) -> tuple[bytes, Receive]:
    """Returns the whole body and a `receive` that hands it out once more."""
    body = await Request(scope, receive).body()
    replayed = False

    async def replay() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, replay


async def _endless(fault: Fault, receive: Receive, send: Send) -> None:
    async def watch(running: anyio.CancelScope) -> None:
        await client_left(receive)
        running.cancel()

    start: Message = {
        "type": "http.response.start",
        "status": fault.status or 200,
        "headers": [(b"content-type", b"application/json")],
    }
    MutableHeaders(raw=start["headers"]).update(fault.headers)
    await send(start)
    async with anyio.create_task_group() as group:
        group.start_soon(watch, group.cancel_scope)
        while True:
            await send({"type": "http.response.body", "body": BLANK, "more_body": True})
            await anyio.lowlevel.checkpoint()


async def _answer(start: Message, body: bytes, headers: Mapping[str, str], send: Send) -> None:
    start = {**start, "headers": list(start["headers"])}
    names = MutableHeaders(raw=start["headers"])
    names.update(headers)
    names["content-length"] = str(len(body))
    if "transfer-encoding" in names:
        del names["transfer-encoding"]
    start["headers"] = names.raw
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
