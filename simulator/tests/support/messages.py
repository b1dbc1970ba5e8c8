"""Messages of both eras, and streams read line by line."""

import json
from typing import Any

import aiohttp
import anyio

from support.caller import Answer, Caller

HANDSHAKE_VERSIONS = ["2025-03-26", "2025-06-18", "2025-11-25"]
MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}


def initialize(version: str) -> dict[str, Any]:
    params = {
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    return {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}


def stream_call(events: int, interval_ms: int) -> dict[str, Any]:
    arguments = {"events": events, "interval_ms": interval_ms}
    params = {
        "name": "simulator-stream",
        "arguments": arguments,
        "_meta": {**META, "progressToken": "t"},
    }
    return {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}


MODERN_HEADERS = {
    "MCP-Protocol-Version": MODERN,
    "Mcp-Method": "tools/call",
    "Mcp-Name": "simulator-stream",
}


def events_of(answer: Answer) -> list[dict[str, Any]]:
    return [
        json.loads(line.removeprefix("data: "))
        for line in answer.text.splitlines()
        if line.startswith("data: ")
    ]


async def open_call(
    caller: Caller, token: str, headers: dict[str, str], message: dict[str, Any]
) -> aiohttp.ClientResponse:
    sent = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        **headers,
    }
    return await caller.http.post(f"{caller.url}/mcp", json=message, headers=sent)


async def lines_until(response: aiohttp.ClientResponse, text: str) -> list[str]:
    """Returns the lines of a stream up to one that has `text` in it."""
    lines: list[str] = []
    with anyio.fail_after(5):
        while not lines or text not in lines[-1]:
            lines.append((await response.content.readline()).decode().strip())
    return lines
