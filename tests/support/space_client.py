"""An MCP client of a space's own endpoint, message by message."""

import json
from typing import Any

from notion_gateway.access.rules.sign_in import connect_path
from tests.support.gateway import Answer
from tests.support.mcp_login import Logins, bearer

CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
OPENS_LINKS: dict[str, Any] = {"elicitation": {"url": {}}}
STATELESS = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call"}


def rpc(method: str, params: Any = None, call_id: Any = 7) -> bytes:
    call: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    if call_id is not None:
        call["id"] = call_id
    if params is not None:
        call["params"] = params
    return json.dumps(call).encode()


def tool_call(capabilities: Any = None, **params: Any) -> bytes:
    meta = {} if capabilities is None else {"_meta": {CAPABILITIES: capabilities}}
    return rpc("tools/call", {"name": "notion-search", "arguments": {}, **meta, **params})


class SpaceClient:
    """An MCP client with a token of the space."""

    def __init__(self, logins: Logins, token: str) -> None:
        self.logins = logins
        self.token = token

    @classmethod
    async def of(cls, logins: Logins, user: str = "ada", **login: Any) -> "SpaceClient":
        return cls(logins, (await logins.log_in(user, **login))["access_token"])

    @property
    def link(self) -> str:
        return f"{self.logins.origin}{connect_path(self.logins.space)}"

    async def send(
        self, data: bytes, headers: dict[str, str] | None = None, *, method: str = "POST"
    ) -> Answer:
        return await self.logins.rig.caller.send(
            method,
            f"/mcp/notion/{self.logins.space}",
            user=None,
            headers=bearer(self.token) | (headers or {}),
            data=data,
        )

    async def connect(self) -> None:
        await self.logins.rig.caller.connect(self.logins.space)

    async def disconnect(self) -> None:
        await self.logins.rig.caller.disconnect(self.logins.space)

    async def initialize(
        self, version: str = "2025-11-25", capabilities: Any = None
    ) -> dict[str, str]:
        """The headers of a session's later calls."""
        params = {
            "protocolVersion": version,
            "capabilities": capabilities or {},
            "clientInfo": {"name": "birch", "version": "1"},
        }
        opened = await self.send(rpc("initialize", params))
        assert opened.status == 200, opened.body
        session = opened.headers.get("mcp-session-id")
        named = {} if session is None else {"Mcp-Session-Id": session}
        return {**named, "MCP-Protocol-Version": version}

    async def dies(self) -> None:
        """Notion ends the connection: whoever has it in memory hears of it with the next call."""
        notion = self.logins.rig.notion
        revoke = f"{notion.url}/_simulator/revoke-grants"
        await self.logins.rig.caller.send("POST", revoke, user=None)
        self.logins.rig.let_token_expire()
        self.token = (await self.logins.log_in())["access_token"]
