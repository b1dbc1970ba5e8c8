"""The line that each request has in the log says who called what, where, and why not."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.clocks import SharedClock
from tests.support.gateway import Caller, calling
from tests.support.notion import serving_notion
from tests.support.processes import Running, gateway_process
from tests.support.upstreams import RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:18")]

SEARCH = {"Mcp-Method": "tools/call", "Mcp-Name": "notion-search"}
FETCH = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notion-fetch"}}'


@dataclass(frozen=True, slots=True)
class Place:
    caller: Caller
    gateway: Running
    space: str

    async def token(self, **wished: Any) -> dict[str, str]:
        made = await self.caller.send(
            "POST", f"/spaces/{self.space}/tokens", json={"name": "script", **wished}
        )
        assert made.status == 201, made.body
        return made.json

    async def lines(self) -> list[dict[str, Any]]:
        """Of the calls to Notion, once all of them are written."""
        await self.gateway.stop()
        every = [json.loads(one) for one in self.gateway.log.read_text().splitlines()]
        return [one for one in every if str(one.get("path", "")).startswith("/mcp/")]


@asynccontextmanager
async def a_place(folder: Path) -> AsyncGenerator[Place]:
    async with (
        serving_notion(clock=SharedClock(), mcp=RecordingMcp()) as notion,
        gateway_process(folder / "data", notion.url, folder / "gateway.log") as gateway,
        calling(gateway.url) as caller,
    ):
        made = await caller.send("POST", "/spaces", json={"name": "Team"})
        space: str = made.json["space_id"]
        assert (await caller.connect(space)).result["status"] == "success"
        yield Place(caller, gateway, space)


async def test_a_call_has_user_space_operation_and_tool(tmp_path: Path) -> None:
    """The first in a coroutine, those after it in callbacks."""
    async with a_place(tmp_path) as place:
        for _ in range(3):
            assert (await place.caller.call(place.space, headers=SEARCH)).status == 200
        lines = await place.lines()

    assert len(lines) == 3
    for one in lines:
        assert one["user"] == "ada"
        assert one["space"] == place.space
        assert one["operation"] == "tools/call"
        assert one["tool"] == "notion-search"
        assert "token" not in one
        assert "reason" not in one


async def test_a_token_is_named_by_what_it_is_listed_under_and_its_body_names_the_tool(
    tmp_path: Path,
) -> None:
    async with a_place(tmp_path) as place:
        token = await place.token(read_only=True)
        for _ in range(3):
            answer = await place.caller.send(
                "POST",
                f"/mcp/notion/{place.space}",
                user=None,
                headers={"Authorization": f"Bearer {token['token']}"},
                data=FETCH,
            )
            assert answer.status == 200, answer.body
        lines = await place.lines()
        log = place.gateway.log.read_text()

    assert [(one["token"], one["tool"]) for one in lines] == [
        (token["token_id"], "notion-fetch")
    ] * 3
    assert token["token"] not in log
    assert "nmgp_" not in log


async def test_who_is_refused_is_named_with_the_reason(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        token = await place.token()
        refused = await place.caller.send(
            "POST",
            "/mcp/notion/another-space",
            user=None,
            headers={"Authorization": f"Bearer {token['token']}", **SEARCH},
            data=FETCH,
        )
        nobody = await place.caller.call(place.space, user=None)
        lines = await place.lines()

    assert refused.status == 403
    assert nobody.status == 401
    assert lines[0]["user"] == "ada"
    assert lines[0]["token"] == token["token_id"]
    assert lines[0]["reason"] == refused.reason == "principal_mismatch"
    assert lines[1]["reason"] == "unauthenticated"
    assert "user" not in lines[1]


async def test_what_strangers_put_in_the_headers_does_not_reach_the_log(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        for headers in (
            {"Mcp-Method": "tools/call", "Mcp-Name": 'x", "user": "root'},
            {"Mcp-Method": "canary/canary", "Mcp-Name": "canary"},
            {"Mcp-Method": "resources/read", "Mcp-Name": "file:///canary"},
        ):
            assert (await place.caller.call(place.space, headers=headers)).status == 200
        lines = await place.lines()

    assert [(one["operation"], one.get("tool")) for one in lines] == [
        ("tools/call", "_OTHER"),
        ("_OTHER", None),
        ("resources/read", None),
    ]
    assert "canary" not in place.gateway.log.read_text()
