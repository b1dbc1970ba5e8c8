"""When a connection was last called with, as its status says, and that no limit goes by it."""

from pathlib import Path

import pytest

from notion_gateway.cli.connection_facts import facts_of
from notion_gateway.integration.opening import Integrations
from tests.proxy.callbacks import state
from tests.support.rig import Rig, a_rig
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio


async def last_call(rig: Rig, space: str = "team") -> str | None:
    found: str | None = (await rig.caller.status(space))["last_called_at"]
    return found


async def called(rig: Rig) -> str:
    """After a call, which is noted a moment later."""
    before = await last_call(rig)
    await rig.caller.call("team")

    async def is_told() -> bool:
        return await last_call(rig) not in (None, before)

    await until_told(is_told)
    found = await last_call(rig)
    assert found is not None
    return found


async def test_a_call_is_a_use_and_moves_no_limit(both_ways: str, connected: Rig) -> None:
    before = await connected.caller.status("team")
    assert before["last_called_at"] is None
    assert facts_of(before)["Last call"] == "none yet"
    at = await called(connected)
    assert await called(connected) > at
    after = await connected.caller.status("team")
    assert after["expiry"]["used_at"] == before["expiry"]["used_at"]
    assert after["expiry"]["idle_limit_at"] == before["expiry"]["idle_limit_at"]
    assert str(facts_of(after)["Last call"]).endswith(" UTC")


async def test_calls_write_no_row_and_the_next_process_knows_them_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch) as rig:
        await rig.caller.connect("team")
        for _ in range(4):
            await called(rig)
        at = await called(rig)
        assert rig.sql("SELECT count(*) FROM grant_uses") == [(0,)], "not while calls are made"
        integrations: Integrations = state(rig)["integrations"]
        await integrations.uses.write_down()
        assert rig.sql("SELECT grant_id FROM grant_uses") == [("team",)]
    async with a_rig(tmp_path, monkeypatch) as rig:
        assert await last_call(rig) == at


async def test_what_is_disconnected_says_no_use_and_another_consent_begins_anew(
    connected: Rig,
) -> None:
    await called(connected)
    await connected.caller.send("DELETE", "/integrations/notion/team")
    assert await last_call(connected) is None
    await connected.caller.connect("team")
    assert await last_call(connected) is None
