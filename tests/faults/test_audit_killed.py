"""A gateway is killed while calls go on: the record lacks what was in its memory, and no more."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.audit.rules.entry import Entry
from notion_gateway.audit.store import Question
from notion_gateway.audit.verify import verify
from notion_gateway.operations.chains import open_chains
from notion_gateway.settings import Settings
from tests.support.clocks import SharedClock
from tests.support.gateway import Caller, calling
from tests.support.notion import serving_notion
from tests.support.processes import gateway_process
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until, until_told

pytestmark = pytest.mark.anyio

SPACE = "birch"
CALLERS = 8
LOOKS = 3
LOST_SECONDS = 3.0
"""The tolerance: what ended so long before the end has been stored, or four times as long as it
took until an entry was there, where that is more: on a machine with much else to do everything
takes longer. Calls go on for longer than the tolerance, so that what it forbids could be seen.
"""
WITHOUT_STORING = "from notion_gateway.audit import writer\nwriter.GATHERED_SECONDS = 600.0\n"


@dataclass
class Answered:
    """When each call had its answer, by the name of its tool; ``of_callers``: these names in order.
    ``stored_seconds``: how long after an answer its entry was there, the longest that was seen.
    """

    at: dict[str, float] = field(default_factory=dict[str, float])
    of_callers: list[list[str]] = field(default_factory=list[list[str]])
    stored_seconds: float = 0.0
    killed_at: float = 0.0
    at_least_seconds: float = LOST_SECONDS

    @property
    def lost_seconds(self) -> float:
        return max(self.at_least_seconds, 4 * self.stored_seconds)

    @property
    def since_first(self) -> float:
        return time.time() - min(self.at.values())

    @property
    def long_ago(self) -> set[str]:
        """What has to be stored, by the tolerance."""
        last = self.killed_at - self.lost_seconds
        return {tool for tool, at in self.at.items() if at <= last}


async def call(caller: Caller, answered: Answered, number: int) -> str:
    name = f"tool-{number}"
    parameters: dict[str, Any] = {"name": name, "arguments": {}}
    body: dict[str, Any] = {"jsonrpc": "2.0", "id": number, "method": "tools/call"}
    body["params"] = parameters
    answer = await caller.call(SPACE, json.dumps(body))
    assert answer.status == 200
    answered.at[name] = time.time()
    return name


async def seen_stored(caller: Caller, answered: Answered) -> None:
    """Waits until the latest answer's entry is there."""
    tool = next(reversed(answered.at))

    async def is_stored() -> bool:
        answer = await caller.get(f"/spaces/{SPACE}/audit?tool={tool}")
        return bool(answer.json["entries"])

    await until_told(is_stored)
    answered.stored_seconds = max(answered.stored_seconds, time.time() - answered.at[tool])


async def killed_in_mid_load(
    folder: Path, *, stores: bool = True, **variables: str
) -> tuple[Answered, list[Entry]]:
    """And what the record has afterwards. ``stores``: it is not killed before something of it was
    stored.
    """
    data = folder / "data"
    # Where nothing is ever stored, any tolerance shows it.
    answered = Answered() if stores else Answered(at_least_seconds=0.5)
    numbers, is_enough = count(), asyncio.Event()

    async def one_after_the_other(caller: Caller) -> None:
        mine = list[str]()
        answered.of_callers.append(mine)
        while not is_enough.is_set():
            mine.append(await call(caller, answered, next(numbers)))

    async def until_it_is_enough(caller: Caller) -> None:
        try:
            await until(lambda: bool(answered.at))
            for _ in range(LOOKS if stores else 0):
                await seen_stored(caller, answered)
            seconds = answered.lost_seconds
            await until(lambda: answered.since_first > seconds, seconds + PATIENCE_SECONDS)
        finally:
            is_enough.set()

    async with (
        serving_notion(clock=SharedClock(), mcp=RecordingMcp()) as notion,
        gateway_process(
            data, notion.url, folder / "gateway.log", GATEWAY_AUDIT="1", **variables
        ) as gateway,
    ):
        async with calling(gateway.url) as caller:
            assert (await caller.connect(SPACE)).result["status"] == "success"
            callers = [one_after_the_other(caller) for _ in range(CALLERS)]
            await asyncio.gather(*callers, until_it_is_enough(caller))
        answered.killed_at = time.time()
        await gateway.kill()
    async with open_chains(Settings(gateway_data_dir=data)) as store:
        found = await verify(store, SPACE)
        assert found is None or found.fault is None
        return answered, [one.entry for one in await store.find(SPACE, Question(), 1_000_000)]


async def test_only_the_last_moments_are_lost_and_the_chain_is_whole(tmp_path: Path) -> None:
    answered, kept = await killed_in_mid_load(tmp_path)
    tools = {one.tool for one in kept}
    assert len(kept) == len(tools)
    assert answered.long_ago
    assert answered.long_ago <= tools, answered.long_ago - tools
    for names in answered.of_callers:
        # Nothing is missing in between: what is lost came after what is there.
        kept_of_them = [one in tools for one in names]
        assert kept_of_them == sorted(kept_of_them, reverse=True), names


async def test_entries_that_stay_in_memory_are_lost(tmp_path: Path) -> None:
    """The control."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_STORING)
    answered, kept = await killed_in_mid_load(tmp_path, stores=False, PYTHONPATH=str(tmp_path))
    assert kept == []
    assert answered.long_ago
