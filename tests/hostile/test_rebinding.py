"""A name that changes its address between two look-ups leads nowhere else."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import ResolveResult

from notion_gateway.kernel.addresses import address_allowed
from notion_gateway.kernel.errors import UpstreamUnreachable
from notion_gateway.kernel.outbound import resolver as guarded_resolver
from notion_gateway.kernel.outbound.messages import HttpRequest
from notion_gateway.kernel.outbound.resolver import GuardedResolver
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.outbound.transport import AiohttpTransport
from notion_gateway.kernel.secret import Secret
from notion_gateway.proxy.aiohttp_upstream import AiohttpUpstream
from notion_gateway.proxy.upstream import ProxyCall
from tests.hostile.names import NAME, Answers, Listener, listening, resolving
from tests.support.gateway import gateway_settings

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:19")]

LOOPBACK = "127.0.0.1"
PUBLIC = "127.0.0.2"
"""Another address of this machine, which these tests let pass for one of the internet's."""
TOKEN = Secret("canary-access-token")
FORM = HttpRequest("POST", f"http://{NAME}/token", body=b"refresh_token=canary")

BLOCKED = [
    *("0.0.0.0", "127.0.0.1", "127.8.8.8", "169.254.169.254", "224.0.0.1"),  # noqa: S104
    *("::", "::1", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "fe80::1", "ff02::1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "::ffff:169.254.169.254"),
]
PRIVATE = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "fd00::1", "fec0::1", "64:ff9b::a00:1"]


@dataclass(frozen=True, slots=True)
class Clients:
    """Both of the gateway's ways to Notion, over sessions as they are made for it."""

    session: aiohttp.ClientSession
    port: int

    async def exchange(self) -> None:
        transport = AiohttpTransport(self.session, timeout_seconds=5)
        await transport.send(HttpRequest("POST", self._url("/token"), body=FORM.body))

    async def call(self) -> None:
        upstream = AiohttpUpstream(self.session, self._url("/mcp"), headers_timeout_seconds=5)
        answer = await upstream.open(ProxyCall("POST", [], b"{}", b""), TOKEN)
        answer.close()

    async def both(self) -> None:
        for attempt in (self.exchange, self.call):
            connector = self.session.connector
            assert isinstance(connector, aiohttp.TCPConnector)
            connector.clear_dns_cache()
            await attempt()

    def _url(self, path: str) -> str:
        return f"http://{NAME}:{self.port}{path}"


@asynccontextmanager
async def clients(tmp_path: Path, port: int, **changes: bool) -> AsyncGenerator[Clients]:
    settings = gateway_settings(tmp_path, f"https://{NAME}", 1, **changes)
    allow_private = settings.notion_mcp_allow_private_addresses
    async with http_session(allow_private=allow_private) as session:
        yield Clients(session, port)


@pytest.fixture
async def trap() -> AsyncGenerator[Listener]:
    async with listening(LOOPBACK) as one:
        yield one


@pytest.fixture
async def notion(trap: Listener) -> AsyncGenerator[Listener]:
    """On the same port as the trap, at the address that passes for a public one."""
    async with listening(PUBLIC, trap.port) as one:
        yield one


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    def judged(host: str, address: str, *, allow_private: bool) -> bool:
        stands_for = "1.1.1.1" if address == PUBLIC else address
        return address_allowed(host, stands_for, allow_private=allow_private)

    monkeypatch.setattr(guarded_resolver, "address_allowed", judged)
    return resolving(monkeypatch)


@pytest.mark.parametrize("allow_private", [False, True])
async def test_a_name_leads_to_no_address_of_this_machine_or_its_link(
    tmp_path: Path, answers: Answers, trap: Listener, allow_private: bool
) -> None:
    allowed = {"notion_mcp_allow_private_addresses": allow_private}
    async with clients(tmp_path, trap.port, **allowed) as to_notion:
        for address in BLOCKED if allow_private else [*BLOCKED, *PRIVATE]:
            answers.turns = [[address]]
            with pytest.raises(UpstreamUnreachable):
                await to_notion.both()
        assert answers.asked == len(BLOCKED) + (0 if allow_private else len(PRIVATE))
    assert trap.connections == 0


def test_private_addresses_are_reached_where_that_is_configured() -> None:
    for address in PRIVATE:
        assert address_allowed(NAME, address, allow_private=True), address


async def test_a_name_that_turns_to_this_machine_takes_no_token_along(
    tmp_path: Path, answers: Answers, trap: Listener, notion: Listener
) -> None:
    async with clients(tmp_path, trap.port) as to_notion:
        answers.turns = [[PUBLIC]]
        await to_notion.both()
        answers.turns = [[LOOPBACK]]
        for attempt in (to_notion.exchange, to_notion.call):
            with pytest.raises(UpstreamUnreachable):
                await to_notion.both()
            with pytest.raises(UpstreamUnreachable):
                await attempt()

    assert notion.connections == 2
    assert trap.connections == 0


async def test_a_name_with_addresses_of_both_kinds_leads_to_the_public_one(
    tmp_path: Path, answers: Answers, trap: Listener, notion: Listener
) -> None:
    async with clients(tmp_path, trap.port) as to_notion:
        for turn in ([LOOPBACK, PUBLIC], [PUBLIC, LOOPBACK], ["::1", PUBLIC, "0.0.0.0"]):  # noqa: S104
            answers.turns = [turn]
            await to_notion.both()

    assert notion.connections == 6
    assert trap.connections == 0


async def test_a_name_that_flickers_never_leads_to_this_machine(
    tmp_path: Path, answers: Answers, trap: Listener, notion: Listener
) -> None:
    turns = [[PUBLIC], [LOOPBACK]] * 50
    answers.turns = turns[:]
    reached = 0
    async with clients(tmp_path, trap.port) as to_notion:
        while len(answers.turns) > 1:
            try:
                await to_notion.both()
            except UpstreamUnreachable:
                continue
            reached += 1

    assert notion.connections > 0
    assert trap.connections == 0


async def test_a_guard_that_looks_first_and_resolves_again_would_send_the_token_here(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answers: Answers,
    trap: Listener,
    notion: Listener,
) -> None:
    """The control."""
    guarded = GuardedResolver.resolve

    async def looks_first(
        resolver: GuardedResolver,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        await guarded(resolver, host, port, family)
        return await getattr(resolver, "_inner").resolve(host, port, family)  # noqa: B009

    monkeypatch.setattr(GuardedResolver, "resolve", looks_first)
    answers.turns = [[PUBLIC], [LOOPBACK]]
    async with clients(tmp_path, trap.port) as to_notion:
        await to_notion.call()

    assert TOKEN.reveal().encode() in trap.heard
    assert notion.connections == 0
