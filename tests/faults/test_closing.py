"""A gateway that stops while Notion answers nothing: it ends in the time that its killer waits."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from notion_gateway.http import server
from notion_gateway.integration import idle_grants
from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.integration.idle_grants import IdleGrants
from notion_gateway.kernel import background
from notion_gateway.kernel.background import ClosingTime, Detached, running
from notion_gateway.settings import Settings
from notion_gateway.wiring import Features, open_gateway
from notion_simulator import SimulatorSettings, serving
from notion_simulator.faults import Fault
from notion_simulator.server import RunningSimulator
from tests.faults.children import UNUSED_TLS, consent, settings_for
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

NEVER = 600.0
FOR_RENEWALS = 1.0
IN_TIME = 18.0
"""Three seconds for loops to end by themselves, one for renewals, and a busy machine; less than a
renewal or a look waits for its answer, which is half a minute.
"""


@pytest.fixture
async def notion() -> AsyncGenerator[RunningSimulator]:
    with serving(SimulatorSettings(auto_consent=True, access_token_lifetime_seconds=1)) as served:
        yield served


async def closed_while(
    settings: Settings, is_under_way: Callable[[Features], Awaitable[None]]
) -> float:
    """How many seconds the gateway took to close after that."""
    began = 0.0
    async with open_gateway(settings) as gateway:
        await is_under_way(gateway)
        began = time.monotonic()
    return time.monotonic() - began


def unheeding(_: asyncio.Event, work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
    """The control: who waits for a renewal does not leave when the gateway stops."""
    return work


@pytest.mark.parametrize(
    ("bent", "cut_off"), [(False, []), (True, [["idle grants"]])], ids=["as it is", "the control"]
)
async def test_idle_renewals_that_notion_does_not_answer_hold_up_no_shutdown(
    bent: bool,
    cut_off: list[list[str]],
    tmp_path: Path,
    notion: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if bent:
        monkeypatch.setattr(idle_grants, "ends_unless", unheeding)
    made: Any = AccessTokens.__init__
    defaults = [FOR_RENEWALS if one == 20.0 else one for one in made.__defaults__]
    monkeypatch.setattr(made, "__defaults__", tuple(defaults))
    monkeypatch.setattr(IdleGrants.__init__, "__defaults__", (0.0, 0.05, 2))
    settings = settings_for(notion.url, tmp_path)
    silent = Fault(target="token", kind="delay", delay_seconds=NEVER, grant_type="refresh_token")
    faults = notion.simulator.faults
    faults.add(silent)

    async def is_under_way(gateway: Features) -> None:
        async with httpx2.AsyncClient(verify=UNUSED_TLS) as browser:
            assert await consent(gateway, "space", browser) == "connected"
        await until(lambda: not faults.any_left)  # the renewal has arrived at Notion

    with capture_logs() as logs:
        assert await closed_while(settings, is_under_way) < IN_TIME
    assert [one["work"] for one in logs if one["event"] == "background_work_cut_off"] == cut_off


async def test_loops_and_detached_work_that_never_end_share_one_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "_STOP_SECONDS", 1.0)
    closing = ClosingTime(1.5)

    async def deaf(_: asyncio.Event) -> None:
        await asyncio.sleep(NEVER)

    detached = Detached(closing=closing)
    began = 0.0
    with capture_logs() as logs:
        async with running({"deaf": deaf}, closing=closing):
            detached.run(asyncio.sleep(NEVER), "deaf")
            await asyncio.sleep(0)
            began = time.monotonic()
        await detached.close()
    assert 1.5 <= time.monotonic() - began < IN_TIME
    assert [one["work"] for one in logs if one["event"] == "background_work_cut_off"] == [["deaf"]]


def test_all_that_closes_has_less_time_than_its_killer_gives() -> None:
    """The database closes within two seconds after it."""
    assert vars(ClosingTime())["_seconds"] + 2 < vars(server)["_CLOSE_SECONDS"]
