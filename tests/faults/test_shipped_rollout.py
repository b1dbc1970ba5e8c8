"""Three gateways on PostgreSQL behind nginx as it is shipped, with compose's times to stop, are
stopped one after the other while they have calls under way: every call is answered.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.vault.keyring import generate_key
from tests.faults.places import new_database
from tests.faults.raw_callers import Calls, calling_all_the_time
from tests.faults.test_rolling_restart import PATIENCE_SECONDS, Three
from tests.packaging.compose import ByHand, read_compose
from tests.support.asgi import read_body
from tests.support.clocks import SharedClock
from tests.support.databases import PostgresServer
from tests.support.figures import Figure
from tests.support.gateway import calling
from tests.support.notion import serving_notion
from tests.support.ports import free_port
from tests.support.raw import connection, request
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until, until_told

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

HELD: Final = 30
"""More than other callers by so many that nginx, which goes by the number of calls, gives each
gateway some.
"""
HOLD: Final = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"hold":true}}'
AFTERWARDS: Final = 20
IN_ENV: Final[dict[str, str]] = {"GATEWAY_APPLICATIONS": "x"}


@dataclass
class HoldingMcp:
    """Answers calls that ask to be held once ``released`` is set, and all others at once."""

    held: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    answers: RecordingMcp = field(default_factory=RecordingMcp)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        if body == HOLD:
            self.held += 1
            await self.released.wait()

        async def again() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        await self.answers(scope, again, send)


@dataclass
class Site:
    three: Three
    mcp: HoldingMcp
    nginx: int

    async def held_call(self) -> str:
        """How it ended."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), connection(self.nginx) as one:
                await one.send(request(body=HOLD))
                status, _ = await one.head()
                return str(status)
        except (OSError, EOFError, TimeoutError) as fault:
            return type(fault).__name__

    async def restart(self, port: int, calls: Calls) -> Counter[str]:
        """How calls ended that were under way as the gateway was told to stop. They are answered
        only once it takes no new ones, and new ones have gone to the others.
        """
        self.mcp.held = 0
        self.mcp.released.clear()
        under_way = [asyncio.create_task(self.held_call()) for _ in range(HELD)]
        await until(lambda: self.mcp.held == HELD, PATIENCE_SECONDS)
        stopping = asyncio.create_task(self.three.stop(port))
        await until_told(lambda: _refuses(port), PATIENCE_SECONDS)
        for _ in range(AFTERWARDS):
            await calls.over_fresh_ones(0)
        self.mcp.released.set()
        ended = Counter(await asyncio.gather(*under_way))
        await stopping
        return ended


async def _refuses(port: int) -> bool:
    try:
        async with connection(port):
            return False
    except OSError:
        return True


def shipped_nginx(folder: Path, ports: list[int], *changes: tuple[str, str]) -> tuple[ByHand, str]:
    """What deploy/nginx.conf says, with the gateways of this machine."""
    folder.mkdir()
    names = ("nginx:8000", "nginx:3000", "ui:3000", "to-simulator:8010")
    at = {name: free_port() for name in names}
    at |= {f"gateway-{number}:8000": port for number, port in enumerate(ports, 1)}
    stack = ByHand(folder, read_compose(IN_ENV), at, ExitStack())
    configuration = stack.nginx_configuration()
    for before, after in changes:
        assert before in configuration
        configuration = configuration.replace(before, after)
    return stack, configuration


@asynccontextmanager
async def site(
    folder: Path, server: PostgresServer, *changes: tuple[str, str], **variables: str
) -> AsyncGenerator[Site]:
    """``changes`` of nginx.conf, ``variables`` of the gateways: for controls."""
    shipped = read_compose(IN_ENV)["gateway-1"]["environment"]
    given = {
        "DATABASE_URL": server.url(await new_database(server)),
        "TOKEN_ENCRYPTION_KEYS": generate_key(),
        **{name: value for name, value in shipped.items() if re.match("GATEWAY_SHUTDOWN_", name)},
        **variables,
    }
    async with serving_notion(clock=SharedClock(), mcp=(mcp := HoldingMcp())) as notion:
        three = Three(folder, notion.url, given)
        nginx, configuration = shipped_nginx(folder / "nginx", three.ports, *changes)
        try:
            await three.start(three.ports[0])  # it migrates for all
            await asyncio.gather(*(three.start(one) for one in three.ports[1:]))
            async with calling(f"http://127.0.0.1:{three.ports[0]}") as caller:
                assert (await caller.connect("team")).result["status"] == "success"
            await asyncio.to_thread(nginx.start_nginx, configuration)
            yield Site(three, mcp, nginx.ports["nginx:8000"])
        finally:
            await asyncio.to_thread(nginx.stack.close)
            await three.close()


@pytest.mark.promise("threats:48")
async def test_gateways_that_stop_with_calls_under_way_lose_none_behind_the_shipped_nginx(
    tmp_path: Path, postgres: PostgresServer, figure: Figure
) -> None:
    async with (
        site(tmp_path, postgres) as place,
        calling_all_the_time(place.nginx, kept=4, fresh=4) as calls,
    ):
        for port in place.three.ports:
            assert await place.restart(port, calls) == {"200": HELD}
            await place.three.start(port)
            before = calls.answered
            await until(lambda before=before: calls.answered > before + 50 or bool(calls.failed))
        assert not calls.failed
        figure(
            f"three gateways stopped behind nginx: {3 * HELD} calls under way then and"
            f" {calls.answered:,} others, none lost"
        )


async def test_where_nothing_is_drained_calls_under_way_are_lost(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async with (
        site(tmp_path, postgres, GATEWAY_SHUTDOWN_DRAIN_SECONDS="0") as place,
        calling_all_the_time(place.nginx, kept=0, fresh=4) as calls,
    ):
        ended = await place.restart(place.three.ports[0], calls)
    assert ended["503"] > 0, ended


async def test_where_nginx_tries_no_other_gateway_calls_afterwards_are_lost(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    change = ("proxy_next_upstream error timeout;", "proxy_next_upstream off;")
    async with (
        site(tmp_path, postgres, change) as place,
        calling_all_the_time(place.nginx, kept=0, fresh=4) as calls,
    ):
        await place.restart(place.three.ports[0], calls)
    assert calls.failed["502"] > 0
