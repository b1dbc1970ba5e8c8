"""What became of looks, and what nobody has seen, stands in the metrics."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import mcp_types as types
import pytest

from notion_gateway.operations.metrics import figures
from tests.catalogue.catalogues import SPACE, fails, look_soon, reaches, see
from tests.catalogue.conftest import Altered
from tests.support.metrics import Scraped, scrape
from tests.support.ports import free_port
from tests.support.rig import a_rig
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio

LOOKS = "notion_gateway_catalogue_look_duration_seconds_count"
UNSEEN = "notion_gateway_catalogue_unseen_changes"


def unreadable(result: types.ListToolsResult) -> None:
    """Two tools of one name."""
    result.tools += result.tools


async def test_looks_and_unseen_changes_are_counted(
    lists: Altered, looks_often: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(figures, "GRANTS_EVERY_SECONDS", 0.05)
    port = free_port()

    async def say(is_so: Callable[[Scraped], bool]) -> None:
        async def asked() -> bool:
            return is_so(await asyncio.to_thread(scrape, port))

        await until_told(asked)

    notion = {"tool_set": "2026-03"}
    async with a_rig(tmp_path, monkeypatch, notion=notion, gateway_metrics_port=port) as rig:
        await rig.caller.connect(SPACE)
        await reaches(rig, 1)
        await say(lambda one: one.value(LOOKS, outcome="same") == 1)
        await say(lambda one: one.value(UNSEEN) == 0)

        rig.notion.change(tool_set="latest")
        await look_soon(rig)
        await reaches(rig, 2)
        await say(lambda one: one.value(LOOKS, outcome="changed") == 1)
        await say(lambda one: one.value(UNSEEN) == 32)
        await see(rig, 2)
        await say(lambda one: one.value(UNSEEN) == 0)

        lists.alter = unreadable
        await look_soon(rig)
        await fails(rig, "unclear")
        await say(lambda one: one.value(LOOKS, outcome="failed") >= 1)
