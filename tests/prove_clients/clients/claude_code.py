"""Claude Code. The model that it talks to is the scripted one."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.prove_clients.place import TOKEN_VARIABLE, Place
from tests.prove_clients.programs import by_lines, in_a_terminal, run
from tests.prove_clients.session import Session, WithModel

_HEADLESS = ("-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose")


class ClaudeCode:
    name = "Claude Code"
    package = "@anthropic-ai/claude-code"

    async def set_up(self, place: Place) -> None:
        await run(place, *_ADD, place.address, *self._headers(place))
        expected = "Needs authentication" if place.token is None else "Connected"
        said = await run(place, "claude", "mcp", "list")
        assert expected in said, said

    async def log_in(self, place: Place) -> None:
        async with in_a_terminal(place, "claude", "mcp", "login", "notion") as terminal:
            await terminal.see("Authenticated with")
        said = await run(place, "claude", "mcp", "get", "notion")
        assert "Connected" in said, said

    @asynccontextmanager
    async def session(self, place: Place) -> AsyncGenerator[Session]:
        model = {"ANTHROPIC_BASE_URL": place.model, "ANTHROPIC_API_KEY": "none"}
        allowed = ("--allowedTools", "mcp__notion__*")
        async with by_lines(place, "claude", *_HEADLESS, *allowed, **model) as lines:

            async def say(text: str) -> str:
                lines.tell({"type": "user", "message": {"role": "user", "content": text}})
                while (message := await lines.message())["type"] != "result":
                    pass
                said: str = message["result"]
                return said

            yield WithModel(say)

    def _headers(self, place: Place) -> tuple[str, ...]:
        if place.token is None:
            return ()
        return ("--header", f"Authorization: Bearer {place.token}")


class ClaudeCodeProject(ClaudeCode):
    """The same with a project's file, which names the variable that holds the token."""

    name = "Claude Code, .mcp.json"

    async def set_up(self, place: Place) -> None:
        server: dict[str, object] = {"type": "http", "url": place.address}
        if place.token is not None:
            server["headers"] = {"Authorization": f"Bearer ${{{TOKEN_VARIABLE}}}"}
        place.write("project/.mcp.json", json.dumps({"mcpServers": {"notion": server}}))
        # What a person says yes to when they start it in that folder.
        approved = {"hasTrustDialogAccepted": True, "enabledMcpjsonServers": ["notion"]}
        known = {"projects": {str(place.project): approved}}
        place.write(".claude.json", json.dumps(known))


_ADD = ("claude", "mcp", "add", "--transport", "http", "notion")
