import json
from collections.abc import AsyncGenerator, Generator
from typing import Any, cast

import aiohttp
import pytest
from mcp.client import Client

from notion_simulator.server import RunningSimulator, serving
from notion_simulator.settings import SimulatorSettings
from support.caller import Caller, Use, text_of


class ManualClock:
    """Seconds since the epoch that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def simulator(clock: ManualClock) -> Generator[RunningSimulator]:
    with serving(SimulatorSettings(auto_consent=True, test_tools=True), clock=clock) as running:
        yield running


@pytest.fixture
async def caller(simulator: RunningSimulator) -> AsyncGenerator[Caller]:
    """A caller of a simulator that has forgotten every earlier test."""
    async with aiohttp.ClientSession() as http:
        one = Caller(http, simulator.url)
        await one.post("/_simulator/reset")
        yield one


@pytest.fixture
async def client(caller: Caller) -> AsyncGenerator[Client]:
    """The official client, connected to Acme."""
    connection = await caller.connect()
    async with caller.client(connection.access_token) as one:
        yield one


@pytest.fixture
def use(client: Client) -> Use:
    """Calls a tool that must succeed, and returns its JSON."""

    async def call(name: str, /, **arguments: Any) -> dict[str, Any]:
        result = await client.call_tool(f"notion-{name}", arguments)
        assert not result.is_error, text_of(result.content)
        return cast("dict[str, Any]", json.loads(text_of(result.content)))

    return call


@pytest.fixture
def fail(client: Client) -> Use:
    """Calls a tool that must fail, and returns the error document."""

    async def call(name: str, /, **arguments: Any) -> dict[str, Any]:
        result = await client.call_tool(f"notion-{name}", arguments)
        assert result.is_error
        return cast("dict[str, Any]", json.loads(text_of(result.content)))

    return call
