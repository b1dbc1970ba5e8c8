"""mcp-remote, which Claude Desktop and others start, in the place of a server on the machine."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.prove_clients.model import arguments_of
from tests.prove_clients.place import Place
from tests.prove_clients.programs import Lines, by_lines
from tests.prove_clients.session import Session


class McpRemote:
    name = "mcp-remote"
    package = "mcp-remote"

    async def set_up(self, place: Place) -> None:
        """All that it needs stands in the command."""

    async def log_in(self, place: Place) -> None:
        """It does so when it is started."""

    @asynccontextmanager
    async def session(self, place: Place) -> AsyncGenerator[Session]:
        header: tuple[str, ...] = ()
        variables: dict[str, str] = {}
        if place.token is not None:
            header = ("--header", "Authorization:${AUTHORIZATION}")
            variables = {"AUTHORIZATION": f"Bearer {place.token}"}
        command = ("mcp-remote", place.address, *header)
        async with by_lines(place, *command, **variables) as lines:
            await lines.ask(
                "initialize",
                {
                    "protocolVersion": "2025-06-18",
                    "capabilities": {},
                    "clientInfo": {"name": "proof", "version": "1"},
                },
            )
            lines.tell({"jsonrpc": "2.0", "method": "notifications/initialized"})
            yield _Bridge(lines)


@dataclass(frozen=True, slots=True)
class _Bridge:
    lines: Lines

    async def tools(self) -> Mapping[str, str]:
        listed = await self.lines.ask("tools/list", {})
        return {one["name"]: one.get("description", "") for one in listed["tools"]}

    async def call(self, tool: str) -> str:
        wish = {"name": tool, "arguments": arguments_of(tool)}
        answer = await self.lines.ask("tools/call", wish)
        return "".join(block.get("text", "") for block in answer["content"])
