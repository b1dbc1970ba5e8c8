"""Three gateways behind nginx are restarted one after the other, and no call is lost."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notion_gateway.vault.keyring import generate_key
from tests.faults.places import new_database
from tests.faults.raw_callers import calling_all_the_time
from tests.support.balancer import Balancer, balancing
from tests.support.clocks import SharedClock
from tests.support.databases import PostgresServer
from tests.support.gateway import calling
from tests.support.notion import serving_notion
from tests.support.ports import free_port
from tests.support.processes import Running, gateway_at
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.thorough, pytest.mark.promise("threats:48")]

PATIENCE_SECONDS = 60.0


@dataclass
class Three:
    """Each keeps its port, as a replica keeps its place in a load balancer's list."""

    folder: Path
    notion: str
    variables: dict[str, str]
    ports: list[int] = field(default_factory=lambda: [free_port() for _ in range(3)])
    running: dict[int, tuple[Running, AsyncExitStack]] = field(
        default_factory=dict[int, tuple[Running, AsyncExitStack]]
    )

    async def start(self, port: int) -> None:
        stack = AsyncExitStack()
        log = self.folder / f"gateway-{port}.log"
        process = gateway_at(port, self.folder, self.notion, log, **self.variables)
        self.running[port] = await stack.enter_async_context(process), stack

    async def stop(self, port: int) -> None:
        gateway, stack = self.running.pop(port)
        await gateway.stop()
        await stack.aclose()

    async def close(self) -> None:
        for _, stack in self.running.values():
            await stack.aclose()


@dataclass
class Restarts:
    """What became of calls, and how long it took nginx at most to send a gateway that was told to
    stop no more of them.
    """

    failed: Counter[str] = field(default_factory=Counter[str])
    noticed_seconds: float = 0.0


async def restarted_one_by_one(three: Three, balancer: Balancer, *, notices: bool) -> Restarts:
    """Ends early where a call failed. Without ``notices`` the balancer looks no more."""
    done, loop = Restarts(), asyncio.get_running_loop()
    async with calling_all_the_time(balancer.port, kept=0, fresh=8) as calls:
        done.failed = calls.failed
        for port in three.ports:
            if not notices:
                balancer.looks.clear()
                await three.stop(port)
                await until(lambda: bool(calls.failed))
                break
            began = loop.time()
            stopping = asyncio.create_task(three.stop(port))
            await until(lambda port=port: port not in balancer.listed)
            done.noticed_seconds = max(done.noticed_seconds, loop.time() - began)
            await stopping
            await three.start(port)
            every = tuple(three.ports)
            await until(lambda every=every: balancer.listed == every, PATIENCE_SECONDS)
            before = calls.answered
            await until(lambda before=before: calls.answered > before + 50 or bool(calls.failed))
            if calls.failed:
                break
    return done


async def restarts(
    folder: Path, server: PostgresServer, notice_seconds: int, *, notices: bool = True
) -> Restarts:
    variables = {
        "DATABASE_URL": server.url(await new_database(server)),
        "TOKEN_ENCRYPTION_KEYS": generate_key(),
        "GATEWAY_SHUTDOWN_NOTICE_SECONDS": str(notice_seconds),
    }
    nginx = folder / "nginx"
    nginx.mkdir(parents=True)
    async with serving_notion(clock=SharedClock(), mcp=RecordingMcp()) as notion:
        three = Three(folder, notion.url, variables)
        try:
            await three.start(three.ports[0])  # it migrates for all
            await asyncio.gather(*(three.start(one) for one in three.ports[1:]))
            async with calling(f"http://127.0.0.1:{three.ports[0]}") as caller:
                assert (await caller.connect("team")).result["status"] == "success"
            async with balancing(nginx, three.ports) as balancer:
                return await restarted_one_by_one(three, balancer, notices=notices)
        finally:
            await three.close()


async def test_a_rolling_restart_with_notice_loses_no_call(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    """Three seconds are enough for a balancer that looks ten times a second, but on a machine that
    is too busy for that: then it gets longer.
    """
    for notice_seconds in (3, 15, 45):
        done = await restarts(tmp_path / str(notice_seconds), postgres, notice_seconds)
        if done.noticed_seconds < notice_seconds:
            break
    assert not done.failed


async def test_without_notice_calls_are_lost(tmp_path: Path, postgres: PostgresServer) -> None:
    """For the balancer still sends some to a gateway that has gone."""
    done = await restarts(tmp_path / "0", postgres, 0, notices=False)
    assert done.failed
