"""HEAD wherever GET is, and answers that a client of HTTP/1.0 can read."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.app import api
from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.settings import CALLBACK_PATH
from tests.access.routes import leaves
from tests.support.gateway import PROXY
from tests.support.raw import CALL_HEADERS, connection
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import SSE_HEADERS, RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

ACTING = {CALLBACK_PATH, "/sign-in/callback", "/integrations/notion/oauth/mcp/start"}


def gets() -> set[str]:
    served = {route.path for route in leaves(api().routes) if "GET" in (route.methods or ())}
    return {one.replace("{", "").replace("}", "") for one in served} | {"/openapi.json"}


async def said(rig: Rig, *lines: str, body: bytes = b"") -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and everything after them, to the end of the connection."""
    async with asyncio.timeout(PATIENCE_SECONDS), connection(rig.gateway.port) as one:
        await one.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        status, headers = await one.head()
        pairs = (line.partition(b": ") for line in headers)
        return status, {name.lower(): value for name, _, value in pairs}, await one.rest()


async def test_head_is_get_without_its_content(connected: Rig) -> None:
    assert gets() > ACTING
    for path in gets() - ACTING:
        asked = ("Host: 127.0.0.1", "X-User-ID: ada", "Connection: close")
        got = await said(connected, f"GET {path} HTTP/1.1", *asked)
        status, headers, rest = await said(connected, f"HEAD {path} HTTP/1.1", *asked)

        assert (status, rest) == (got[0], b""), path
        assert status != 405
        # How content is transferred need not be said where there is none (RFC 9112 section 6.1).
        assert headers.keys() == got[1].keys() - {b"transfer-encoding"}, path


async def test_head_begins_and_ends_nothing(rig: Rig) -> None:
    back = await rig.caller.consent("team")
    states = rig.sql("SELECT * FROM oauth_states")
    for path in (back, *ACTING):
        answer = await rig.caller.send("HEAD", path, user=None)
        assert answer.status == 204
    assert rig.sql("SELECT * FROM oauth_states") == states

    assert (await rig.caller.get(back, user=None)).result["status"] == "success"


async def test_head_of_the_proxy_goes_on_to_notion(connected: Rig, upstream: RecordingMcp) -> None:
    asked = (*CALL_HEADERS, "Connection: close")
    status, headers, rest = await said(connected, f"HEAD {PROXY} HTTP/1.1", *asked)

    assert (status, rest) == (200, b"")
    assert upstream.last.method == "HEAD"
    assert headers[b"content-type"] == b"application/json"


@pytest.mark.parametrize("length", [True, False])
async def test_a_client_of_http_1_0_gets_no_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: bool
) -> None:
    pieces = (b"data: 1\n\n", b"data: 2\n\n")
    mcp = RecordingMcp(headers=SSE_HEADERS, chunks=pieces, length=length)
    async with a_rig(tmp_path, monkeypatch, mcp=mcp) as rig:
        await rig.caller.connect("team")
        asked = (*CALL_HEADERS, "Content-Length: 2")
        status, headers, rest = await said(rig, f"POST {PROXY} HTTP/1.0", *asked, body=b"{}")

    assert status == 200
    assert b"transfer-encoding" not in headers
    assert headers[b"connection"] == b"close"
    assert (b"content-length" in headers) is length
    assert rest == b"".join(pieces)


async def test_pages_and_errors_are_for_http_1_0_too(rig: Rig) -> None:
    for path in ("/livez", "/sign-in", "/nowhere", PROXY):
        status, headers, rest = await said(rig, f"GET {path} HTTP/1.0", "Host: 127.0.0.1")
        assert status in (200, 401, 404), path
        assert b"transfer-encoding" not in headers
        assert len(rest) == int(headers[b"content-length"])


async def test_the_servers_own_way_sends_chunks(
    connected: Rig, upstream: RecordingMcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    async def as_it_is(self: Any, *asgi: Any) -> None:
        await self._application(*asgi)

    upstream.length = False
    monkeypatch.setattr(LimitedHttpProtocol, "_without_chunks", as_it_is)
    asked = (*CALL_HEADERS, "Content-Length: 2")
    _, headers, _ = await said(connected, f"POST {PROXY} HTTP/1.0", *asked, body=b"{}")

    assert headers[b"transfer-encoding"] == b"chunked"
