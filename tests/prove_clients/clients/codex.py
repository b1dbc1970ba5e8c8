"""Codex. Its app server calls tools without a model."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.prove_clients.model import arguments_of
from tests.prove_clients.place import TOKEN_VARIABLE, Place
from tests.prove_clients.programs import Lines, by_lines, run
from tests.prove_clients.session import Session

_QUIET = """\
check_for_update_on_startup = false
cli_auth_credentials_store = "file"
mcp_oauth_credentials_store = "file"

[analytics]
enabled = false
"""


class Codex:
    name = "Codex"
    package = "@openai/codex"

    async def set_up(self, place: Place) -> None:
        server = ""
        if place.token is not None:
            server = (
                "\n[mcp_servers.notion]\n"
                f'url = "{place.address}"\n'
                f'bearer_token_env_var = "{TOKEN_VARIABLE}"\n'
            )
        place.write(".codex/config.toml", _QUIET + server)

    async def log_in(self, place: Place) -> None:
        said = await run(place, "codex", "mcp", "add", "notion", "--url", place.address)
        assert "Successfully logged in" in said, said
        said = await run(place, "codex", "mcp", "login", "notion")
        assert "Successfully logged in" in said, said

    @asynccontextmanager
    async def session(self, place: Place) -> AsyncGenerator[Session]:
        async with by_lines(place, "codex", "app-server") as lines:
            about = {"name": "proof", "title": "proof", "version": "1"}
            await lines.ask("initialize", {"clientInfo": about})
            lines.tell({"method": "initialized"})
            started = await lines.ask(
                "thread/start",
                {
                    "cwd": str(place.project),
                    "sandbox": "read-only",
                    "approvalPolicy": "never",
                },
            )
            yield _AppServer(lines, started["thread"]["id"])


@dataclass(frozen=True, slots=True)
class _AppServer:
    lines: Lines
    thread: str

    async def tools(self) -> Mapping[str, str]:
        answer = await self.lines.ask("mcpServerStatus/list", {"threadId": self.thread})
        (server,) = (one for one in answer["data"] if one["name"] == "notion")
        return {name: tool.get("description", "") for name, tool in server["tools"].items()}

    async def call(self, tool: str) -> str:
        answer = await self.lines.ask(
            "mcpServer/tool/call",
            {
                "threadId": self.thread,
                "server": "notion",
                "tool": tool,
                "arguments": arguments_of(tool),
            },
        )
        return "".join(block.get("text", "") for block in answer["content"])
