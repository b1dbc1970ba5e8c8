"""A gateway is stopped while thousands of grants that nobody uses are due for renewal."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.integration.idle_grants import AT_ONCE, IDLE_SECONDS
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.wiring import open_gateway
from tests.faults.children import settings_for
from tests.faults.planting import make_idle, plant_very_many
from tests.support.clocks import SharedClock
from tests.support.figures import Figure
from tests.support.notion import Notion, serving_notion
from tests.support.processes import Running, gateway_process
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

GRANTS = 2000
TOKEN_SECONDS = 1
WITHOUT_GUARD = """
import sys
if "notion_gateway.cli" in sys.orig_argv:
    from notion_gateway.integration.idle_grants import IdleGrants

    renew_idle = IdleGrants.renew_idle

    async def to_the_end(self, stop=None):
        return await renew_idle(self)

    IdleGrants.renew_idle = to_the_end
"""
"""The one look that has begun does not hear of the stop."""


@dataclass(frozen=True, slots=True)
class Due:
    """A real gateway that has begun to renew, before a Notion that takes its time."""

    notion: Notion
    settings: Settings
    spaces: list[str]
    gateway: Running
    goes_on: asyncio.Event
    """Until then Notion answers no more: renewals that have begun wait."""

    def begun(self) -> int:
        return len(self.notion.wire.refreshes())

    async def takes_no_more_connections(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.gateway.port)
                except ConnectionRefusedError:
                    return
                writer.close()
                await asyncio.sleep(0.01)

    async def renewed(self) -> list[str]:
        """Spaces whose new pair is stored."""
        database = Database(self.settings.sqlalchemy_url)
        idle = await SecretsTable(database).unrenewed_grants(IDLE_SECONDS)
        await database.close()
        return sorted(set(self.spaces) - set(idle))


@asynccontextmanager
async def due(folder: Path, count: int, **variables: str) -> AsyncGenerator[Due]:
    spaces = [f"space-{number}" for number in range(count)]
    async with serving_notion(
        clock=SharedClock(), rotation="strict", access_token_lifetime_seconds=TOKEN_SECONDS
    ) as notion:
        settings = settings_for(notion.url, folder / "data")
        async with open_gateway(settings) as planting:
            await plant_very_many(planting, notion.simulator, spaces, settings)
        await make_idle(settings)
        goes_on = asyncio.Event()
        notion.wire.instead["/token"] = _Halted(notion, goes_on)
        log, where = folder / "gateway.log", folder / "data"
        async with gateway_process(where, notion.url, log, **variables) as gateway:
            found = Due(notion, settings, spaces, gateway, goes_on)
            await until(lambda: found.begun() >= 2 * AT_ONCE)
            yield found


class _Halted:
    """Answers the first renewals, and the others when it goes on."""

    def __init__(self, notion: Notion, goes_on: asyncio.Event) -> None:
        self._notion, self._goes_on = notion, goes_on
        self._left = AT_ONCE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._left -= 1
        if self._left < 0:
            await self._goes_on.wait()
        await self._notion.wire.simulated(scope, receive, send)


@pytest.mark.promise("threats:74")
async def test_a_stop_while_thousands_are_due_lets_what_has_begun_land_and_begins_no_more(
    tmp_path: Path, figure: Figure
) -> None:
    async with due(tmp_path, GRANTS) as found:
        stopping = asyncio.create_task(found.gateway.stop())
        await found.takes_no_more_connections()
        begun = found.begun()
        found.goes_on.set()
        await stopping
        assert begun <= found.begun() <= begun + AT_ONCE
        renewed = await found.renewed()
        assert len(renewed) == found.begun()
        words = "{:,} due at the stop: {} had begun or began, {} landed"
        figure(words, len(found.spaces), found.begun(), len(renewed))
        del found.notion.wire.instead["/token"]
        async with open_gateway(found.settings) as later:  # and what is stored is good
            tokens = later.integrations.access_tokens
            for space in renewed:
                await tokens.replace(space, await tokens.lend(space))
        outcomes = found.notion.simulator.observation()["token_requests"]["refresh_token"]
        assert outcomes.keys() == {"ok"}
        assert outcomes["ok"] >= 2 * len(renewed)
        assert set(found.notion.grant_states()) == {"active"}
    assert "Traceback" not in (tmp_path / "gateway.log").read_text()


async def test_without_the_look_at_the_stop_it_goes_on_and_does_not_end(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_GUARD)
    async with due(tmp_path, 200, PYTHONPATH=str(tmp_path)) as found:
        found.gateway.process.terminate()
        await found.takes_no_more_connections()
        begun = found.begun()
        found.goes_on.set()
        await until(lambda: found.begun() > begun + 3 * AT_ONCE)
        assert found.gateway.process.returncode is None
