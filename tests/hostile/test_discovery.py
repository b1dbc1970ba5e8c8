"""Hostile metadata leads the gateway nowhere else."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from tests.hostile.names import Listener, listening
from tests.support.asgi import answer
from tests.support.figures import Figure
from tests.support.rig import Rig

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:19")]

RESOURCE = "/.well-known/oauth-protected-resource/mcp"
SERVER = "/.well-known/oauth-authorization-server"
ENDPOINTS = ["authorization", "token", "registration", "revocation"]


def elsewhere(trap: Listener, own: str) -> list[object]:
    """Addresses that are not the pinned origin; many of them lead to ``trap`` all the same."""
    port, own_port = trap.port, own.rpartition(":")[2]
    return [
        f"http://127.0.0.1:{port}/x",
        f"http://localhost:{port}/x",
        f"http://localhost:{own_port}/x",
        f"http://127.1:{port}/x",
        f"http://2130706433:{port}/x",
        f"http://0x7f000001:{port}/x",
        f"http://0.0.0.0:{port}/x",
        f"http://[::1]:{port}/x",
        f"http://[::ffff:127.0.0.1]:{port}/x",
        f"{own}@127.0.0.1:{port}/x",
        f"http://127.0.0.1:{own_port}@127.0.0.1:{port}/x",
        f"http://127.0.0.1:{port}#@127.0.0.1:{own_port}/x",
        f"http://127.0.0.1:{port}\\@127.0.0.1:{own_port}/x",
        f"//127.0.0.1:{port}/x",
        f"\thttp://127.0.0.1:{port}/x",
        f"https://127.0.0.1:{own_port}/x",
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://10.0.0.1/x",
        "http://[fe80::1%25eth0]/x",
        "https://[not-an-address/x",
        "http://\u2100.example/x",
        "http://127.0.0.1:99999999/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/x",
        "javascript:alert(1)",
        "/x",
        "",
        7,
        ["http://127.0.0.1/x"],
    ]


@pytest.fixture
async def trap() -> AsyncGenerator[Listener]:
    async with listening() as one:
        yield one


async def document(rig: Rig, path: str) -> dict[str, Any]:
    return (await rig.caller.get(rig.notion.url + path, user=None)).json


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_an_endpoint_elsewhere_is_502_and_nobody_is_called(
    rig: Rig, trap: Listener, endpoint: str, figure: Figure
) -> None:
    true = await document(rig, SERVER)
    urls = elsewhere(trap, rig.notion.url)
    for url in urls:
        told = json.dumps({**true, f"{endpoint}_endpoint": url}).encode()
        rig.notion.wire.instead[SERVER] = answer(200, told)
        rig.notion.wire.instead["/.well-known/openid-configuration"] = answer(404)
        refused = await rig.caller.start("team")

        assert (refused.status, refused.reason) == (502, "upstream_unsuitable"), url
    assert trap.connections == 0
    figure(LED_ELSEWHERE, len(urls), trap.connections)


LED_ELSEWHERE = "{} documents that lead elsewhere: {} connections made there"


@pytest.mark.parametrize("member", ["resource", "authorization_servers"])
async def test_a_resource_or_issuer_elsewhere_is_502_and_nobody_is_called(
    rig: Rig, trap: Listener, member: str, figure: Figure
) -> None:
    true = await document(rig, RESOURCE)
    urls = elsewhere(trap, rig.notion.url)
    for url in urls:
        value = url if member == "resource" else [url]
        told = answer(200, json.dumps({**true, member: value}).encode())
        for path in (RESOURCE, "/.well-known/oauth-protected-resource"):
            rig.notion.wire.instead[path] = told
        refused = await rig.caller.start("team")

        assert (refused.status, refused.reason) == (502, "upstream_unsuitable"), url
    assert trap.connections == 0
    figure(LED_ELSEWHERE, len(urls), trap.connections)


async def test_a_challenge_that_points_elsewhere_is_not_followed(rig: Rig, trap: Listener) -> None:
    urls = [str(url) for url in elsewhere(trap, rig.notion.url)]
    challenges = [f'Bearer resource_metadata="{url.strip()}"' for url in urls if url.isascii()]
    odd = ["Bearer resource_metadata=", "Bearer =", 'Bearer x="', "Bearer ,,,", "Bearer"]
    for challenge in [*challenges, *odd]:
        rig.notion.wire.instead["/mcp"] = answer(
            401, b"", [(b"www-authenticate", challenge.encode())]
        )
        started = await rig.caller.start("team")

        assert started.status == 200, challenge
        assert started.json["authorizeUrl"].startswith(rig.notion.url)
    assert trap.connections == 0


@pytest.mark.parametrize("path", ["/mcp", RESOURCE, SERVER])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_discovery_follows_no_redirect(
    rig: Rig, trap: Listener, path: str, status: int
) -> None:
    for url in elsewhere(trap, rig.notion.url)[:12]:
        location = (b"location", str(url).encode())
        rig.notion.wire.instead[path] = answer(status, b"", [location])
        await rig.caller.start("team")
    assert trap.connections == 0


async def test_without_the_pin_the_trap_would_be_called(
    rig: Rig, trap: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the trap listens, and the addresses lead to it."""

    def any_origin(_: str) -> str:
        return "http://one.for.all"

    monkeypatch.setattr("notion_gateway.oauth.metadata.origin_of", any_origin)
    true = await document(rig, SERVER)
    told = {**true, "registration_endpoint": elsewhere(trap, rig.notion.url)[0]}
    rig.notion.wire.instead[SERVER] = answer(200, json.dumps(told).encode())
    await rig.caller.start("team")

    assert trap.connections == 1
