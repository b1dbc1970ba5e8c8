"""A program that asks Notion for its tools brings a look of the gateway's own, where the last one
is old. Turns are taken by hand, so that what brings none is known to have been heard.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.catalogue import looks
from notion_gateway.catalogue.looks import Looks
from notion_gateway.catalogue.opening import Catalogues
from tests.catalogue.catalogues import SPACE, version
from tests.catalogue.conftest import Altered
from tests.proxy.callbacks import state
from tests.proxy.test_lists_from_memory import listed
from tests.support.rig import Rig, a_rig

pytestmark = pytest.mark.anyio

HOURS = 2 * looks.OLD_SECONDS
INITIALIZE: dict[str, Any] = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


async def asks_for_tools(rig: Rig) -> None:
    assert (await listed(rig)).status == 200


async def asks_for_resources(rig: Rig) -> None:
    assert (await listed(rig, method="resources/list")).status == 200


async def begins_a_session(rig: Rig) -> None:
    answer = await listed(rig, method="initialize", version="2025-06-18", **INITIALIZE)
    assert answer.status == 200


class Hand:
    """Takes the turns of a gateway that takes none by itself meanwhile."""

    def __init__(self, rig: Rig) -> None:
        catalogues: Catalogues = state(rig)["catalogues"]
        assert catalogues.looks is not None
        self.looks: Looks = catalogues.looks

    async def looks_made(self) -> int:
        return await self.looks.take_turn(asyncio.Event())


@asynccontextmanager
async def looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **set_: Any
) -> AsyncGenerator[tuple[Rig, Hand]]:
    """A space whose tools are known, and have become others at Notion since."""
    monkeypatch.setattr(Looks.__init__, "__defaults__", (24 * 3600.0,))
    async with a_rig(tmp_path, monkeypatch, notion={"tool_set": "2026-03"}, **set_) as rig:
        hand = Hand(rig)
        await rig.caller.connect(SPACE)
        assert await hand.looks_made() == 1
        rig.notion.change(tool_set="latest")
        yield rig, hand


@pytest.mark.parametrize("asks", [asks_for_tools, begins_a_session])
async def test_that_tools_are_asked_for_brings_one_look_where_the_last_one_is_old(
    lists: Altered,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asks: Callable[[Rig], Awaitable[None]],
) -> None:
    """And another list does not, nor use of the space with it."""
    async with looked_at(tmp_path, monkeypatch) as (rig, hand):
        await asks(rig)
        assert await hand.looks_made() == 0, "it is new"
        rig.clock.skip(HOURS)
        await asks_for_resources(rig)
        assert await hand.looks_made() == 0
        for _ in range(3):
            await asks(rig)
        before = lists.asked
        assert await hand.looks_made() == 1
        assert (lists.asked - before, version(rig)) == (1, 2)
        await asks(rig)
        assert await hand.looks_made() == 0


async def test_where_no_look_counts_as_new_each_list_brings_one(
    lists: Altered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: nothing else held it back."""
    async with looked_at(tmp_path, monkeypatch) as (rig, hand):
        monkeypatch.setattr(looks, "OLD_SECONDS", 0.0)
        for _ in range(2):
            rig.clock.skip(1)
            await asks_for_tools(rig)
            assert await hand.looks_made() == 1


async def test_without_lists_in_memory_bodies_are_not_read_and_sessions_are_seen_all_the_same(
    lists: Altered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is heard between two turns is bounded, however many spaces ask."""
    async with looked_at(tmp_path, monkeypatch, notion_mcp_list_bytes=0) as (rig, hand):
        rig.clock.skip(HOURS)
        await asks_for_tools(rig)
        assert await hand.looks_made() == 0
        await begins_a_session(rig)
        monkeypatch.setattr(looks, "_MOST_HEARD", 700)
        for number in range(2000):
            hand.looks.tools_listed(f"space-{number}")
        waiting = hand.looks._listed  # pyright: ignore[reportPrivateUsage]
        assert len(waiting) == 700
        assert await hand.looks_made() == 1
        assert not waiting
