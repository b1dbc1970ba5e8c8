"""MCP clients of the generations that are asked in the middle of an answer."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from notion_gateway.policy.rules.approval import QUESTION_IDS
from tests.policy.documents import PAGE
from tests.support.gateway import Answer, Caller

FORMS: Mapping[str, Any] = {"elicitation": {}}
ACCEPT: dict[str, Any] = {"action": "accept", "content": {}}
TOOL = "notion-create-comment"


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that is open."""

    response: aiohttp.ClientResponse

    async def event(self) -> dict[str, Any] | None:
        """The next one's message; None at the end."""
        found = b""
        async for line in self.response.content:
            if line == b"\n" and found:
                document: dict[str, Any] = json.loads(found)
                return document
            name, _, value = line.rstrip(b"\n").partition(b":")
            if name == b"data":
                found += value.removeprefix(b" ")
        return None

    async def question(self) -> dict[str, Any]:
        asked = await self.event()
        assert asked is not None
        assert asked["method"] == "elicitation/create"
        assert asked["id"].startswith(QUESTION_IDS)
        return asked

    async def says(self) -> str:
        """What the model is told instead of a result."""
        told = await self.event()
        assert told is not None
        assert told["result"]["isError"] is True
        text: str = told["result"]["content"][0]["text"]
        return text


@dataclass(frozen=True, slots=True)
class AskingClient:
    """``caller`` is whose gateway it speaks to."""

    caller: Caller
    bearer: str
    space: str
    version: str = "2025-11-25"
    session: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        found = {
            "Authorization": f"Bearer {self.bearer}",
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": self.version,
        }
        return found if self.session is None else {**found, "Mcp-Session-Id": self.session}

    async def send(self, message: Any, **headers: str) -> Answer:
        return await self.caller.send(
            "POST",
            f"/mcp/notion/{self.space}",
            user=None,
            headers=self.headers | headers,
            data=json.dumps({"jsonrpc": "2.0", **message}),
        )

    async def initialized(self, capabilities: Mapping[str, Any] = FORMS) -> "AskingClient":
        params = {
            "protocolVersion": self.version,
            "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"},
        }
        answer = await self.send({"id": 0, "method": "initialize", "params": params})
        assert answer.status == 200, answer.body
        return replace(self, session=answer.headers.get("Mcp-Session-Id"))

    @asynccontextmanager
    async def calling(self, text: str = "x", call_id: object = 1) -> AsyncGenerator[Stream]:
        async with self.caller.http.post(
            f"{self.caller.url}/mcp/notion/{self.space}",
            headers=self.headers,
            data=json.dumps(a_call(text, call_id)),
        ) as response:
            assert response.status == 200
            assert response.headers["Content-Type"] == "text/event-stream"
            yield Stream(response)

    async def answer(self, question: Mapping[str, Any], result: object = ACCEPT) -> Answer:
        return await self.send({"id": question["id"], "result": result})


def a_call(text: str = "x", call_id: object = 1) -> dict[str, Any]:
    params = {"name": TOOL, "arguments": {"page_id": PAGE, "markdown": text}}
    return {"jsonrpc": "2.0", "id": call_id, "method": "tools/call", "params": params}
