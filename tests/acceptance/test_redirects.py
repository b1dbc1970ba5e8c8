"""A second server stands where redirects lead: no request ever reaches it."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from starlette.types import Receive, Scope, Send

from tests.support.asgi import answer, read_body, replayed
from tests.support.figures import Figure
from tests.support.rig import Rig
from tests.support.serving import listen, serving
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:23")]

REDIRECTS = [301, 302, 303, 307, 308]
FOLLOWED = "{} redirects: {} followed"


class Trap:
    """Answers like Notion, and keeps what came."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[bytes] = []
        self.redirects = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await lifespan(receive, send)
            return
        sent = await read_body(receive)
        self.requests.append(sent)
        body = json.dumps({"access_token": "trap", "token_type": "bearer"}).encode()
        await answer(200, body)(scope, replayed(sent, receive), send)

    def redirect(self, status: int) -> Any:
        moved = answer(status, b"moved", [(b"location", f"{self.url}/elsewhere".encode())])

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            self.redirects += 1
            await moved(scope, receive, send)

        return counted


async def lifespan(receive: Receive, send: Send) -> None:
    for stage in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{stage}.complete"})


@asynccontextmanager
async def a_trap() -> AsyncGenerator[Trap]:
    trap = Trap()
    with listen() as listener:
        async with serving(trap, listener) as served:
            trap.url = served.url
            yield trap


@pytest.fixture
async def trap() -> AsyncGenerator[Trap]:
    async with a_trap() as one:
        yield one


@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_redirect_from_the_mcp_endpoint_is_neither_followed_nor_passed_on(
    connected: Rig, trap: Trap, status: int, figure: Figure
) -> None:
    connected.notion.wire.instead["/mcp"] = trap.redirect(status)
    for method, data in (("POST", b"{}"), ("GET", None), ("DELETE", None)):
        refused = await connected.caller.call("team", data, method=method)

        assert (refused.status, refused.reason) == (502, "upstream_unsuitable")
        assert "location" not in refused.headers
        assert trap.url.encode() not in refused.body
    assert trap.requests == []
    figure(FOLLOWED, trap.redirects, len(trap.requests))


@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_redirect_from_the_token_endpoint_takes_no_refresh_token_along(
    connected: Rig, trap: Trap, status: int, figure: Figure
) -> None:
    connected.notion.wire.instead["/token"] = trap.redirect(status)
    connected.let_token_expire()
    refused = await connected.caller.call("team")

    assert (refused.status, refused.reason) == (503, "refresh_unavailable")
    assert (await connected.caller.status("team"))["status"] == "connected"
    assert trap.requests == []
    figure(FOLLOWED, trap.redirects, len(trap.requests))


@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_redirect_from_the_token_endpoint_takes_no_code_along(
    rig: Rig, trap: Trap, status: int, figure: Figure
) -> None:
    rig.notion.wire.instead["/token"] = trap.redirect(status)
    end = await rig.caller.connect("team")

    assert end.result == {"status": "error", "error": "notion_unavailable"}
    assert trap.requests == []
    figure(FOLLOWED, trap.redirects, len(trap.requests))


@pytest.mark.parametrize("status", [302, 307])
async def test_a_redirect_of_a_revocation_is_not_followed(
    connected: Rig, trap: Trap, status: int
) -> None:
    connected.notion.wire.instead["/token"] = trap.redirect(status)
    done = await connected.caller.disconnect("team")

    assert done.json["revoked_at_notion"] is False
    assert trap.requests == []


@pytest.mark.parametrize(
    "path",
    [
        "/register",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource/mcp",
    ],
)
async def test_discovery_and_registration_follow_no_redirect(
    rig: Rig, trap: Trap, path: str
) -> None:
    rig.notion.wire.instead[path] = trap.redirect(307)
    await rig.caller.start("team")

    assert trap.requests == []


async def test_asking_for_the_workspace_follows_no_redirect(rig: Rig, trap: Trap) -> None:
    rig.notion.wire.names_workspace = False
    await rig.caller.start("team")  # discovery looks at /mcp as well
    rig.notion.wire.instead["/mcp"] = trap.redirect(307)
    before = rig.notion.wire.requests.count("POST /mcp")
    await rig.caller.connect("team")

    await until(lambda: rig.notion.wire.requests.count("POST /mcp") > before)
    assert trap.requests == []


async def test_a_client_that_follows_redirects_would_be_caught(
    connected: Rig, trap: Trap, upstream: RecordingMcp
) -> None:
    """The control: the trap works."""
    connected.notion.wire.instead["/mcp"] = trap.redirect(307)
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
        http.post(f"{connected.notion.url}/mcp", data=b"canary") as response,
    ):
        assert response.status == 200

    assert trap.requests == [b"canary"]
