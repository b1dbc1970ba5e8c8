"""A stand-in for Notion that costs next to nothing, so that what is measured is the proxy.

``python -m bench.upstream`` prints its port and serves until its standard input closes: it
cannot outlive whoever started it. Not a simulator: any token opens it and any consent is given.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import httptools
import uvloop

HOST = "127.0.0.1"
STREAM_METHOD = "bench/stream"
LARGE_METHOD = "bench/large"
OPEN_PATH = "/open/mcp"
"""An MCP server that asks for no token and answers calls with the id they have."""
TOOL = "notion-search"
ANSWER_BYTES = 1024
LARGE_ANSWER_BYTES = 100 * 1024
_TOKEN_SECONDS = 86_400


def rpc_answer(size: int = ANSWER_BYTES) -> bytes:
    """A tool's result of exactly so many bytes."""
    result: dict[str, Any] = {"content": [{"type": "text", "text": ""}], "isError": False}
    document = {"jsonrpc": "2.0", "id": 1, "result": result}
    padding = size - len(json.dumps(document))
    result["content"][0]["text"] = "x" * padding
    return json.dumps(document).encode()


def _http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _json(status: str, document: object, *headers: str) -> bytes:
    return _http(status, json.dumps(document).encode(), "content-type: application/json", *headers)


# About as many headers as Notion and the network before it send.
_COMMON = (
    "date: Thu, 01 Jan 2026 00:00:00 GMT",
    "server: bench",
    "cache-control: no-store",
    "x-notion-request-id: 00000000-0000-4000-8000-000000000000",
    "strict-transport-security: max-age=31536000",
)
_CALL_ANSWER = _http("200 OK", rpc_answer(), "content-type: application/json", *_COMMON)
_LARGE_ANSWER = _http(
    "200 OK", rpc_answer(LARGE_ANSWER_BYTES), "content-type: application/json", *_COMMON
)
_STREAM_HEAD = "\r\n".join(
    (
        "HTTP/1.1 200 OK",
        "content-type: text/event-stream",
        "transfer-encoding: chunked",
        *_COMMON,
        "\r\n",
    )
).encode()
_LAST_CHUNK = b"0\r\n\r\n"
_NOT_FOUND = _json("404 Not Found", {"error": "not_found"})


def _open_mcp(body: bytes) -> bytes:
    """For peers, which are MCP clients of their own: they initialize, and list the tools."""
    if not body:
        return _http("405 Method Not Allowed", b"", "allow: POST")
    call = json.loads(body)
    if "id" not in call:
        return _http("202 Accepted", b"")
    results: dict[str, Callable[[], dict[str, Any]]] = {
        "tools/call": lambda: _RESULT,
        "initialize": lambda: {
            "protocolVersion": call["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "bench", "version": "1"},
        },
        "tools/list": lambda: {"tools": [_TOOL]},
        "ping": dict,
    }
    answer: dict[str, Any] = {"jsonrpc": "2.0", "id": call["id"]}
    if call["method"] in results:
        answer["result"] = results[call["method"]]()
    else:
        answer["error"] = {"code": -32601, "message": "Method not found"}
    return _json("200 OK", answer, *_COMMON)


_RESULT: dict[str, Any] = json.loads(rpc_answer())["result"]
_TOOL: dict[str, Any] = {
    "name": TOOL,
    "description": "Searches.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "query": {"type": "string"},
            "query_type": {"type": "string"},
            "page_size": {"type": "integer"},
        },
    },
}


class FakeNotion(asyncio.Protocol):
    """One connection. The hot path is a parser, one comparison and one write."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._stream: asyncio.Task[None] | None = None
        self._url = b""
        self._body = b""
        self._has_token = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._stream is not None:
            self._stream.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._write(_http("400 Bad Request", b"", "connection: close"))

    # --- what the parser calls ---

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(name) == 13 and name.lower() == b"authorization":  # noqa: PLR2004 - cheap check
            self._has_token = value.startswith(b"Bearer ")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        url, body, has_token = self._url, self._body, self._has_token
        self._url, self._body, self._has_token = b"", b"", False
        if url == OPEN_PATH.encode():
            self._write(_open_mcp(body))
        elif url != b"/mcp":
            self._write(self._oauth(url.decode()))
        elif not has_token:
            self._write(self._challenge())
        elif STREAM_METHOD.encode() in body:
            self._stream = asyncio.create_task(self._events(json.loads(body)["params"]))
        elif LARGE_METHOD.encode() in body:
            self._write(_LARGE_ANSWER)
        else:
            self._write(_CALL_ANSWER)

    # --- answers ---

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def _events(self, params: dict[str, Any]) -> None:
        """Each event says when it was sent, on the machine's one monotonic clock."""
        began = time.monotonic()
        for number in range(int(params["events"])):
            due = began + number * float(params["interval_ms"]) / 1000
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            event = b'data: {"sent_ns":%d}\n\n' % time.monotonic_ns()
            chunk = b"%x\r\n%b\r\n" % (len(event), event)
            self._write(chunk if number else _STREAM_HEAD + chunk)
        self._write(_LAST_CHUNK)

    def _challenge(self) -> bytes:
        metadata = f"{self._origin}/.well-known/oauth-protected-resource/mcp"
        return _json(
            "401 Unauthorized",
            {"error": "invalid_token", "error_description": "Missing or invalid access token"},
            f'www-authenticate: Bearer realm="OAuth", resource_metadata="{metadata}"',
        )

    def _oauth(self, url: str) -> bytes:
        parts = urlsplit(url)
        answers: dict[str, Callable[[], bytes]] = {
            "/.well-known/oauth-protected-resource/mcp": self._protected_resource,
            "/.well-known/oauth-authorization-server": self._authorization_server,
            "/register": self._register,
            "/authorize": lambda: self._authorize(parts.query),
            "/token": self._token,
        }
        answer = answers.get(parts.path)
        return answer() if answer else _NOT_FOUND

    def _protected_resource(self) -> bytes:
        return _json(
            "200 OK",
            {
                "resource": f"{self._origin}/mcp",
                "authorization_servers": [self._origin],
                "scopes_supported": ["default"],
                "bearer_methods_supported": ["header"],
            },
        )

    def _authorization_server(self) -> bytes:
        return _json(
            "200 OK",
            {
                "issuer": self._origin,
                "authorization_endpoint": f"{self._origin}/authorize",
                "token_endpoint": f"{self._origin}/token",
                "registration_endpoint": f"{self._origin}/register",
                "revocation_endpoint": f"{self._origin}/token",
                "scopes_supported": ["default"],
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["plain", "S256"],
            },
        )

    @staticmethod
    def _register() -> bytes:
        return _json(
            "201 Created", {"client_id": "benchbenchbench1", "token_endpoint_auth_method": "none"}
        )

    @staticmethod
    def _authorize(query: str) -> bytes:
        asked = parse_qs(query)
        answer = urlencode({"code": "bench-code", "state": asked["state"][0]})
        return _http("302 Found", b"", f"location: {asked['redirect_uri'][0]}?{answer}")

    @staticmethod
    def _token() -> bytes:
        return _json(
            "200 OK",
            {
                "access_token": "bench-access",
                "token_type": "bearer",
                "expires_in": _TOKEN_SECONDS,
                "refresh_token": "bench-refresh",
                "scope": "default",
                "workspace_id": "bench-workspace",
                "workspace_name": "Bench",
            },
            "cache-control: no-store",
        )


async def serve() -> None:
    """Serves on a free port until standard input closes."""
    loop = asyncio.get_running_loop()
    origin = ""
    server = await loop.create_server(lambda: FakeNotion(origin), HOST, 0)
    port = server.sockets[0].getsockname()[1]
    origin = f"http://{HOST}:{port}"
    print(port, flush=True)
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    server.close()


if __name__ == "__main__":
    uvloop.run(serve())
