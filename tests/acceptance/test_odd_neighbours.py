"""Neighbours within their rights, or nearly: what they do costs nobody a connection or a socket."""

import asyncio
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.storage import change_feed
from tests.support.asgi import answer, read_body, transport_of
from tests.support.raw import connection, request
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp, WatchedMcp, forever
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_ways")]

METADATA = ("/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource/mcp")


@pytest.mark.promise("threats:9")
@pytest.mark.parametrize("status", [200, 404, 500])
async def test_metadata_that_is_gone_for_now_does_not_stop_refreshes(
    connected: Rig, status: int
) -> None:
    for path in METADATA:
        connected.notion.wire.instead[path] = answer(status, b"<html>")
    connected.let_token_expire()
    connected.clock.skip(4000)

    assert (await connected.caller.call("team")).status == 200


async def test_metadata_that_never_was_there_is_502(rig: Rig) -> None:
    for path in METADATA:
        rig.notion.wire.instead[path] = answer(500)
    refused = await rig.caller.start("team")

    assert (refused.status, refused.reason) == (502, "upstream_unsuitable")


@pytest.mark.promise("threats:9")
async def test_news_of_the_past_do_not_end_a_pause(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connect itself is told to every process a moment later, this one included."""
    told = asyncio.Event()
    look = change_feed.ChangeFeed.look

    async def noting(feed: change_feed.ChangeFeed) -> list[change_feed.Notice]:
        news = await look(feed)
        if news:
            told.set()
        return news

    monkeypatch.setattr(change_feed.ChangeFeed, "look", noting)
    connected.notion.wire.instead["/token"] = answer(429, b"", [(b"retry-after", b"300")])
    connected.let_token_expire()
    await connected.caller.call("team")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await told.wait()
    for _ in range(5):
        await connected.caller.call("team")

    assert len(connected.notion.wire.refreshes()) == 1


@pytest.mark.promise("threats:29")
async def test_a_client_who_leaves_a_further_request_behind_is_gone_upstream_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mcp = WatchedMcp(forever())
    async with a_rig(tmp_path, monkeypatch, mcp=mcp) as rig:
        await rig.caller.connect("team")
        async with connection(rig.gateway.port) as raw:
            await raw.send(request() + request(body=b"x" * 100_000))
            await raw.reader.readuntil(b"data: 1\n\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await mcp.gone.wait()

    assert mcp.opened == 1


async def test_a_request_sent_too_early_is_not_read_and_not_mixed_into_the_answer(
    connected: Rig, upstream: RecordingMcp
) -> None:
    async with connection(connected.gateway.port) as raw:
        early = request("X-Second: 1", body=b"second") + b"no HTTP at all\r\n\r\n"
        await raw.send(request(body=b"first") + early)
        status, _ = await raw.head()
        rest = await raw.rest()

    assert status == 200
    assert [one.body for one in upstream.seen] == [b"first"]
    assert b"x-second" not in upstream.last.names
    assert rest == b"".join(upstream.chunks)


async def test_requests_one_after_the_other_share_a_connection(
    connected: Rig, upstream: RecordingMcp
) -> None:
    async with connection(connected.gateway.port) as raw:
        for number in range(20):
            await raw.send(request(body=str(number).encode()))
            await raw.head()
            await raw.reader.readexactly(len(b"".join(upstream.chunks)))

    assert [one.body for one in upstream.seen] == [str(number).encode() for number in range(20)]


@pytest.mark.parametrize("status", [101, 600, 999])
async def test_a_status_that_http_does_not_have_is_502(connected: Rig, status: int) -> None:
    async def speak(scope: Scope, receive: Receive, _: Send) -> None:
        await read_body(receive)
        head = f"HTTP/1.1 {status} Odd\r\nContent-Length: 2\r\n\r\nhi"
        transport_of(scope).write(head.encode())
        transport_of(scope).close()
        await receive()

    connected.notion.wire.instead["/mcp"] = speak
    refused = await connected.caller.call("team")

    assert refused.status == 502
    assert refused.reason in {"upstream_unsuitable", "upstream_unreachable"}


async def test_a_header_of_notion_may_be_long(connected: Rig, upstream: RecordingMcp) -> None:
    upstream.headers = ((b"content-security-policy", b"x" * 30_000),)

    assert (await connected.caller.call("team")).headers["content-security-policy"] == "x" * 30_000
