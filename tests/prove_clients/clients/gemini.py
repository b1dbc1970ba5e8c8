"""Gemini CLI. The model that it talks to is the scripted one."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from tests.prove_clients.place import TOKEN_VARIABLE, Place
from tests.prove_clients.programs import by_lines, in_a_terminal, run
from tests.prove_clients.session import Session, WithModel

_QUIET: dict[str, Any] = {
    "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
    "privacy": {"usageStatisticsEnabled": False},
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "telemetry": {"enabled": False},
}
_MODEL = ("--model", "gemini-2.5-flash")


class Gemini:
    name = "Gemini CLI"
    package = "@google/gemini-cli"

    async def set_up(self, place: Place) -> None:
        server: dict[str, Any] = {"httpUrl": place.address}
        if place.token is not None:
            server["headers"] = {"Authorization": f"Bearer ${TOKEN_VARIABLE}"}
        settings = {**_QUIET, "mcpServers": {"notion": server}}
        place.write(".gemini/settings.json", json.dumps(settings))
        # What a person chooses when they start it in that folder.
        trusted = {str(place.project): "TRUST_FOLDER"}
        place.write(".gemini/trustedFolders.json", json.dumps(trusted))
        if place.token is not None:
            said = await run(place, "gemini", "mcp", "list")
            assert "Connected" in said, said

    async def log_in(self, place: Place) -> None:
        async with in_a_terminal(place, "gemini", *_MODEL, **_model(place)) as terminal:
            await terminal.see("Type your message")
            await terminal.type("/mcp auth notion")
            await terminal.press_return(until="Do you want to continue?")
            await terminal.press_return(until="Successfully authenticated and reloaded tools")
        said = await run(place, "gemini", "mcp", "list")
        assert "Connected" in said, said

    @asynccontextmanager
    async def session(self, place: Place) -> AsyncGenerator[Session]:
        editor = ("gemini", "--acp", "--approval-mode", "yolo", *_MODEL)
        async with by_lines(place, *editor, **_model(place)) as lines:
            await lines.ask("initialize", {"protocolVersion": 1, "clientCapabilities": {}})
            opened = await lines.ask("session/new", {"cwd": str(place.project), "mcpServers": []})

            async def say(text: str) -> str:
                heard: list[dict[str, Any]] = []
                prompt = [{"type": "text", "text": text}]
                await lines.ask(
                    "session/prompt", {"sessionId": opened["sessionId"], "prompt": prompt}, heard
                )
                updates = [one["params"]["update"] for one in heard if "params" in one]
                return "".join(
                    one["content"].get("text", "")
                    for one in updates
                    if one.get("sessionUpdate") == "agent_message_chunk"
                )

            yield WithModel(say)


def _model(place: Place) -> dict[str, str]:
    return {"GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": place.model}
