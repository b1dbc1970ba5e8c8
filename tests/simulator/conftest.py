from collections.abc import AsyncGenerator, Generator

import aiohttp
import pytest

from notion_simulator.server import RunningSimulator, serving
from notion_simulator.settings import SimulatorSettings
from tests.simulator.caller import Caller


class ManualClock:
    """Seconds since the epoch that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


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
