"""A receiver that does not answer keeps nobody else waiting, and gets one message at a time."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from notion_gateway.notices import delivering, sender
from tests.notices.receiver import Receiver, receiving, told_by
from tests.support.rig import Rig, a_rig
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Rig]:
    """Which waits for a receiver for longer than the test takes."""
    monkeypatch.setattr(delivering.Delivering.__init__, "__defaults__", (0.02,))
    monkeypatch.setattr(sender, "TIMEOUT_SECONDS", 600.0)
    async with a_rig(tmp_path, monkeypatch, gateway_webhook_allow_private_addresses=True) as rig:
        monkeypatch.setattr("standardwebhooks.webhooks.datetime", told_by(rig.clock.now))
        yield rig


async def a_webhook(rig: Rig, space: str, receiver: Receiver) -> str:
    body = {"url": receiver.url, "events": ["grant.connected", "grant.disconnected"]}
    made = await rig.caller.send("POST", f"/spaces/{space}/webhooks", json=body)
    assert made.status == 201, made.body
    receiver.secrets.append(made.json["secret"])
    webhook_id: str = made.json["webhook_id"]
    return webhook_id


@pytest.mark.parametrize("guarded", [True, False], ids=["by itself", "negative control"])
async def test_a_receiver_that_does_not_answer_keeps_no_other_address_waiting(
    rig: Rig, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The control has one attempt under way at a time, so that the slow one has to end first."""
    if not guarded:
        monkeypatch.setattr(delivering, "AT_ONCE", 1)
    slow, order = receiver, list[str]()
    slow.silent = asyncio.Event()
    async with receiving() as quick:
        await a_webhook(rig, "birch", slow)
        await rig.caller.connect("birch")
        await until(lambda: len(slow.asked) == 1)
        # The same address in another space, and somebody else's.
        at_the_slow_one = await a_webhook(rig, "elm", slow)
        await a_webhook(rig, "elm", quick)
        slow.name, slow.order = "slow", order
        quick.name, quick.order = "quick", order
        await rig.caller.connect("elm")
        if guarded:
            await quick.hears(1)
            tried = "SELECT attempts FROM webhook_deliveries WHERE webhook_id = "
            assert rig.sql(f"{tried}'{at_the_slow_one}'") == [(0,)], "one at a time"
        slow.silent.set()
        await slow.hears(2)
        await quick.hears(1)
    assert order[0] == ("quick" if guarded else "slow")


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "negative control"])
async def test_as_many_slow_addresses_as_there_is_room_for_keep_a_quick_one_waiting_shortly(
    rig: Rig, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """They are of somebody else's space. The control never takes an attempt for slow."""
    monkeypatch.setattr(delivering, "AT_ONCE", 2)
    monkeypatch.setattr(delivering, "SLOW_AFTER_SECONDS", 0.05 if guarded else 600.0)
    monkeypatch.setattr(delivering, "_BUSY_SECONDS", 600.0)
    order = list[str]()
    async with receiving() as other, receiving() as quick:
        for one, name in ((receiver, "slow"), (other, "slow"), (quick, "quick")):
            one.name, one.order = name, order
        for slow in (receiver, other):
            slow.silent = asyncio.Event()
            await a_webhook(rig, "birch", slow)
        await rig.caller.connect("birch")
        await until(lambda: len(receiver.asked) == len(other.asked) == 1)
        await a_webhook(rig, "elm", quick)
        await rig.caller.connect("elm")
        if guarded:
            await quick.hears(1)
        for slow in (receiver, other):
            assert slow.silent is not None
            slow.silent.set()
            await slow.hears(1)
        await quick.hears(1)
    assert (order[0] == "quick") is guarded
