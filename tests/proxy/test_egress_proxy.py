"""Connect, refresh, call and stream where a company's network lets nothing out but a proxy."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.kernel.addresses import address_allowed
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.kernel.outbound import resolver as guarded_resolver
from notion_gateway.kernel.outbound.egress import DIRECT, Egress, egress_proxy
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.operations.doctor import NotionExamination, examine
from notion_gateway.operations.probes import NetworkProbe
from notion_gateway.operations.rules import Verdict
from tests.hostile.names import NAME, resolving
from tests.support.forward_proxy import (
    ForwardProxy,
    TlsFront,
    certificate_for,
    forward_proxy,
    tls_front,
)
from tests.support.gateway import CALL, PROXY
from tests.support.identity import AUDIENCE
from tests.support.issuer import an_issuer
from tests.support.rig import Rig, a_rig

pytestmark = pytest.mark.anyio

OUTSIDE = "127.0.0.2"
"""Another address of this machine, which stands for one of the internet's."""


@dataclass(slots=True)
class StreamingMcp:
    """Says one event at once, and the second when it is let go."""

    go_on: asyncio.Event

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        event = b"data: one\n\n"
        await send({"type": "http.response.body", "body": event, "more_body": True})
        await self.go_on.wait()
        await send({"type": "http.response.body", "body": b"data: two\n\n"})


@dataclass(frozen=True, slots=True)
class Company:
    """A gateway whose Notion is behind TLS of a private authority, and the network's proxy."""

    rig: Rig
    proxy: ForwardProxy
    front: TlsFront
    mcp: StreamingMcp

    async def connect(self, space: str) -> None:
        """The person's browser has its own way to Notion."""
        rig = self.rig
        started = await rig.caller.start(space)
        assert started.status == 200, started.body
        address = started.json["authorizeUrl"]
        outside = f"https://{NAME}:{self.front.port}"
        assert address.startswith(outside)
        asked = await rig.caller.get(address.replace(outside, rig.notion.url), user=None)
        ended = await rig.caller.get(asked.location, user=None)
        assert ended.result["status"] == "success", ended.location

    async def stream(self, space: str) -> list[bytes]:
        """The second event is said only when the first has come through."""
        self.mcp.go_on.clear()
        headers = {"X-User-ID": "ada", "X-Space-ID": space}
        async with self.rig.caller.http.post(
            self.rig.gateway.url + PROXY, data=CALL, headers=headers
        ) as answer:
            assert answer.status == 200, await answer.read()
            first = await answer.content.readany()
            self.mcp.go_on.set()
            return [first, await answer.content.read()]


@asynccontextmanager
async def network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[tuple[TlsFront, ForwardProxy]]:
    """NAME is outside, behind TLS; the proxy knows the way there."""
    certificate, private = certificate_for(NAME, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def judged(host: str, address: str, *, allow_private: bool) -> bool:
        stands_for = "1.1.1.1" if address == OUTSIDE else address
        return address_allowed(host, stands_for, allow_private=allow_private)

    monkeypatch.setattr(guarded_resolver, "address_allowed", judged)
    resolving(monkeypatch).turns = [[OUTSIDE]]
    names: dict[str, tuple[str, int]] = {}
    async with tls_front(certificate, private, OUTSIDE) as front, forward_proxy(names) as proxy:
        names[f"{NAME}:{front.port}"] = (OUTSIDE, front.port)
        yield front, proxy


@asynccontextmanager
async def company(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, no_proxy: str, names_workspace: bool
) -> AsyncGenerator[Company]:
    mcp = StreamingMcp(asyncio.Event())
    async with network(tmp_path, monkeypatch) as (front, proxy):
        outside = f"https://{NAME}:{front.port}"
        async with a_rig(
            tmp_path,
            monkeypatch,
            mcp=mcp if names_workspace else None,
            notion={"public_url": outside, "names_workspace": names_workspace},
            notion_mcp_url=f"{outside}/mcp",
            gateway_egress_proxy=proxy.url,
            no_proxy=no_proxy,
        ) as rig:
            front.behind = rig.notion.served.port
            yield Company(rig, proxy, front, mcp)


@pytest.mark.parametrize(
    ("no_proxy", "through"), [("", True), (".example", False), ("other.example,10.0.0.0/8", True)]
)
async def test_connect_refresh_call_and_stream_go_the_way_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_proxy: str, through: bool
) -> None:
    async with company(tmp_path, monkeypatch, no_proxy=no_proxy, names_workspace=True) as inside:
        await inside.connect("team")
        assert await inside.stream("team") == [b"data: one\n\n", b"data: two\n\n"]
        inside.rig.let_token_expire()
        assert await inside.stream("team") == [b"data: one\n\n", b"data: two\n\n"]
        assert len(inside.rig.notion.wire.refreshes()) == 1
        assert (await inside.rig.caller.disconnect("team")).json["revoked_at_notion"] is True

    asked = inside.proxy.asked
    assert inside.front.connections > 0
    if through:
        assert set(asked) == {f"{NAME}:{inside.front.port}"}
        assert len(asked) == inside.front.connections, "something went past the proxy"
        pair = "ZWdyZXNzOnBhc3Mgd29yZA=="  # egress:pass word
        assert inside.proxy.credentials == [f"Proxy-Authorization: Basic {pair}"] * len(asked)
        assert not any(one.encode() in inside.proxy.heard for one in inside.rig.notion.wire.secrets)
    else:
        assert asked == []


async def test_whose_workspace_it_is_is_asked_through_the_proxy_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with company(tmp_path, monkeypatch, no_proxy="", names_workspace=False) as inside:
        await inside.connect("team")
        assert (await inside.rig.caller.status("team"))["workspace"]["id"]

    assert len(inside.proxy.asked) == inside.front.connections


async def test_an_issuers_description_and_keys_are_fetched_through_the_proxy_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with network(tmp_path, monkeypatch) as (front, proxy), an_issuer() as issuer:
        front.behind, issuer.url = issuer.port, f"https://{NAME}:{front.port}"
        strict = a_rig(
            tmp_path,
            monkeypatch,
            gateway_trust_headers=False,
            gateway_oidc_issuer=issuer.url,
            gateway_oidc_audience=AUDIENCE,
            gateway_egress_proxy=proxy.url,
        )
        async with strict as rig:
            token = issuer.token("ada", rig.clock.now() + timedelta(minutes=5))
            headers = {"Authorization": f"Bearer {token}"}
            me = await rig.caller.get("/me", user=None, headers=headers)

    assert me.json["user_id"] == "ada"
    assert set(proxy.asked) == {f"{NAME}:{front.port}"}
    assert len(proxy.asked) == front.connections > 0


async def test_a_proxy_that_refuses_is_a_notion_that_cannot_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with company(tmp_path, monkeypatch, no_proxy="", names_workspace=True) as inside:
        names = dict(inside.proxy.names)
        inside.proxy.names.clear()
        started = await inside.rig.caller.start("team")
        assert inside.front.connections == 0

        inside.proxy.names.update(names)
        await inside.connect("team")
        before = inside.front.connections
        inside.proxy.names.clear()
        called = await inside.rig.caller.call("team")
        assert inside.front.connections == before

    assert started.reason == called.reason == "upstream_unreachable"
    assert "ProxyRefused" in called.json["error"]["message"]


async def test_nothing_said_unasked_in_a_tunnel_answers_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As without a proxy: a kept connection on which something came is given up."""
    certificate, private = certificate_for(NAME, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while await reader.readuntil(b"\r\n\r\n"):
            say(writer, b"%d" % len(writers))

    def say(writer: asyncio.StreamWriter, word: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(word), word))

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await accept(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    names: dict[str, tuple[str, int]] = {}
    async with tls_front(certificate, private) as front, forward_proxy(names) as proxy:
        front.behind = server.sockets[0].getsockname()[1]
        names[f"{NAME}:443"] = ("127.0.0.1", front.port)
        egress = Egress(egress_proxy(proxy.url))
        async with http_session(allow_private=False, egress=egress) as session:

            async def ask() -> bytes:
                async with session.get(f"https://{NAME}/") as answer:
                    return await answer.read()

            assert [await ask(), await ask()] == [b"1", b"1"], "one tunnel is kept"
            say(writers[0], b"unasked")
            await asyncio.sleep(0.2)
            assert await ask() == b"2"
    for writer in writers:
        writer.transport.abort()
    server.close()
    await asyncio.sleep(0.05)  # the handlers see it
    assert proxy.asked == [f"{NAME}:443"] * 2


@pytest.mark.parametrize("address", ["https://169.254.169.254/x", "https://10.1/x", "https://0/x"])
async def test_addresses_in_an_url_are_judged_before_the_proxy_is_asked(address: str) -> None:
    async with (
        forward_proxy({}) as proxy,
        http_session(allow_private=False, egress=Egress(egress_proxy(proxy.url))) as session,
    ):
        with pytest.raises((aiohttp.ClientError, OSError)):
            await session.get(address)
        with pytest.raises((aiohttp.ClientError, OSError)):
            await session.get("https://1.1.1.1/x")
    assert proxy.asked == ["1.1.1.1:443"]


async def test_doctor_says_by_which_way_notion_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with company(tmp_path, monkeypatch, no_proxy="", names_workspace=True) as inside:
        url = f"https://{NAME}:{inside.front.port}/mcp"

        async def looked(egress: Egress) -> dict[str, tuple[Verdict, str]]:
            examination = NotionExamination(
                mcp_url=url,
                allow_private=False,
                network=NetworkProbe(),
                client_at_notion=None,  # pyright: ignore[reportArgumentType] - not asked for
                clock=SystemClock(),
                egress=egress,
            )
            checks = examination.checks()[:3]
            return {one.check: (one.verdict, one.detail) async for one in examine([checks])}

        through = await looked(Egress(egress_proxy(inside.proxy.url)))
        inside.proxy.names.clear()
        refused = await looked(Egress(egress_proxy(inside.proxy.url)))
        past = await looked(Egress(egress_proxy(inside.proxy.url), "*"))
        direct = await looked(DIRECT)

    assert "through the proxy http://127.0.0.1" in through["way"][1]
    assert "pass" not in through["way"][1], "a password was shown"
    assert through["tls"][0] is Verdict.OK
    assert "403" in refused["tls"][1]
    assert "past the proxy" in past["way"][1]
    assert "directly" in direct["way"][1]
