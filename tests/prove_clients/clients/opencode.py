"""OpenCode, its server. The model that it talks to is the scripted one."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.prove_clients.place import TOKEN_VARIABLE, Place
from tests.prove_clients.programs import Unexpected, in_the_background, run
from tests.prove_clients.session import Session, WithModel
from tests.support.serving import listen, port_of


class OpenCode:
    name = "OpenCode"
    package = "opencode-ai"

    async def set_up(self, place: Place) -> None:
        server: dict[str, Any] = {"type": "remote", "url": place.address}
        if place.token is not None:
            server["oauth"] = False
            server["headers"] = {"Authorization": f"Bearer {{env:{TOKEN_VARIABLE}}}"}
        scripted = {
            "npm": "@ai-sdk/openai-compatible",
            "name": "Scripted",
            "options": {"baseURL": f"{place.model}/v1", "apiKey": "none"},
            "models": {"scripted": {"name": "Scripted", "tool_call": True}},
        }
        settings = {
            "$schema": "https://opencode.ai/config.json",
            "autoupdate": False,
            "share": "disabled",
            "model": "scripted/scripted",
            "small_model": "scripted/scripted",
            "provider": {"scripted": scripted},
            "mcp": {"notion": server},
        }
        place.write("project/opencode.json", json.dumps(settings))

    async def log_in(self, place: Place) -> None:
        said = await run(place, "opencode", "mcp", "auth", "notion")
        assert "Authentication successful" in said, said

    @asynccontextmanager
    async def session(self, place: Place) -> AsyncGenerator[Session]:
        said = await run(place, "opencode", "mcp", "list")
        assert "connected" in said, said
        with listen() as listener:
            port = port_of(listener)
        serve = ("opencode", "serve", "--port", str(port))
        timeout = aiohttp.ClientTimeout(90)
        async with (
            in_the_background(place, "server listening", *serve),
            aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=timeout) as http,
        ):
            session = (await _post(http, "/session", {}))["id"]

            async def say(text: str) -> str:
                parts = [{"type": "text", "text": text}]
                answer = await _post(http, f"/session/{session}/message", {"parts": parts})
                said = [one["text"] for one in answer["parts"] if one["type"] == "text"]
                return "".join(said)

            yield WithModel(say)


async def _post(http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with http.post(path, json=body) as answer:
        if not answer.ok:
            raise Unexpected(f"{path}: {answer.status} {(await answer.text())[:600]}")
        document: dict[str, Any] = await answer.json()
        return document
