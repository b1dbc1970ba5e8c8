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

pytestmark = pytest.mark.anyio

SPACE = "birch"
CALLERS = 8
AT_LEAST = 200
LOST_SECONDS = 5.0
"""What ended so long before the end has been stored, also on a machine with much else to do."""
WITHOUT_STORING = "from notion_gateway.audit import writer\nwriter.GATHERED_SECONDS = 600.0\n"


@dataclass
class Answered:
    """When each call had its answer, by the name of its tool."""

    at: dict[str, float] = field(default_factory=dict[str, float])
    killed_at: float = 0.0


async def call(caller: Caller, answered: Answered, number: int) -> None:
    name = f"tool-{number}"
    parameters: dict[str, Any] = {"name": name, "arguments": {}}
    body: dict[str, Any] = {"jsonrpc": "2.0", "id": number, "method": "tools/call"}
    body["params"] = parameters
    answer = await caller.call(SPACE, json.dumps(body))
    assert answer.status == 200
    answered.at[name] = time.time()


async def recorded(caller: Caller) -> list[object]:
    answer = await caller.get(f"/spaces/{SPACE}/audit")
    entries: list[object] = answer.json["entries"]
    return entries


async def killed_in_mid_load(
    folder: Path, *, stores: bool = True, **variables: str
) -> tuple[Answered, list[Entry]]:
    """And what the record has afterwards. ``stores``: it is not killed before something of it was
    stored.
    """
    data, answered = folder / "data", Answered()
    numbers, is_enough = count(), asyncio.Event()

    async def one_after_the_other(caller: Caller) -> None:
        while not is_enough.is_set():
            await call(caller, answered, next(numbers))

    async def until_some_are_stored(caller: Caller) -> None:
        while len(answered.at) < AT_LEAST or (stores and not await recorded(caller)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
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
            await asyncio.gather(*callers, until_some_are_stored(caller))
        answered.killed_at = time.time()
        await gateway.kill()
    async with open_chains(Settings(gateway_data_dir=data)) as store:
        found = await verify(store, SPACE)
        assert found is None or found.fault is None
        return answered, [one.entry for one in await store.find(SPACE, Question(), 1_000_000)]


async def test_only_the_last_moments_are_lost_and_the_chain_is_whole(tmp_path: Path) -> None:
    answered, kept = await killed_in_mid_load(tmp_path)
    tools = {one.tool for one in kept}
    lost = {tool: at for tool, at in answered.at.items() if tool not in tools}
    assert len(kept) == len(tools)
    assert all(at > answered.killed_at - LOST_SECONDS for at in lost.values()), lost
    newest = max(answered.at[one] for one in tools if one in answered.at)
    # Nothing is missing in between: what is lost came after what is there.
    assert all(at > newest - 1.0 for at in lost.values()), lost


async def test_entries_that_stay_in_memory_are_lost(tmp_path: Path) -> None:
    """The control."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_STORING)
    _, kept = await killed_in_mid_load(tmp_path, stores=False, PYTHONPATH=str(tmp_path))
    assert kept == []
