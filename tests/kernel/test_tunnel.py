"""Whatever a proxy answers to CONNECT: a way there, or an error that says what it did."""

import asyncio
import contextlib
import socket

import pytest

from notion_gateway.kernel.outbound.egress import egress_proxy
from notion_gateway.kernel.outbound.tunnel import ProxyRefused, open_tunnel
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


async def asked_of(answer: list[bytes], host: str = "notion.example") -> bytes:
    """What a proxy hears that answers so, and ends the connection."""
    served = asyncio.Event()
    heard = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.readuntil(b"\r\n\r\n"))
        with contextlib.suppress(ConnectionError):
            for part in answer:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.transport.abort()
        served.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    proxy = egress_proxy(f"http://ada:secret@127.0.0.1:{port}")
    connected = socket.socket()
    connected.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connected, ("127.0.0.1", port))
    await asyncio.sleep(0)  # until then the loop counts it as its own
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            tunnel = await open_tunnel(connected, proxy, host, 443)
        tunnel.abort()
    finally:
        await served.wait()
        server.close()
        await asyncio.sleep(0.01)  # both ends are closed in the loop's next rounds
    return await heard


@pytest.mark.parametrize(
    "answer",
    [
        [OPEN],
        [OPEN[:20], OPEN[20:]],
        [b"HTTP/1.0 200 OK\r\nVia: 1.1 proxy\r\nProxy-Agent: x\r\n\r\n"],
        [b"HTTP/1.1 204\r\n\r\n"],
    ],
)
async def test_a_way_is_asked_for_with_the_proxys_credentials(answer: list[bytes]) -> None:
    head = await asked_of(answer)
    assert head == (
        b"CONNECT notion.example:443 HTTP/1.1\r\nHost: notion.example:443\r\n"
        b"Proxy-Authorization: Basic YWRhOnNlY3JldA==\r\n\r\n"
    )


async def test_an_address_of_version_6_stands_in_brackets() -> None:
    assert (await asked_of([OPEN], "2606:4700::1")).startswith(b"CONNECT [2606:4700::1]:443 HTTP")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"], "answered with 407"),
        ([b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"], "answered with 403"),
        ([b"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n"], "answered with 302"),
        ([OPEN + b"x"], "said more"),
        ([b"SSH-2.0-proxy\r\n\r\n"], "did not answer in HTTP"),
        ([b"HTTP/1.1 2000 OK\r\n\r\n"], "did not answer in HTTP"),
        ([OPEN[:20]], "did not answer in HTTP"),
        ([], "did not answer in HTTP"),
        ([b"HTTP/1.1 200 OK\r\nX: ", *[b"x" * 10_000] * 8], "did not answer in HTTP"),
    ],
)
async def test_anything_else_is_no_way(answer: list[bytes], why: str) -> None:
    with pytest.raises(ProxyRefused, match=why):
        await asked_of(answer)
