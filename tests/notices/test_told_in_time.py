"""A grant that is driven to its limits: each warning once, on time, to a real receiver."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from notion_gateway.notices import delivering, warnings
from tests.notices.receiver import Receiver, told_by
from tests.support.gateway import Caller, calling, serving_gateway
from tests.support.rig import Rig, a_rig
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

DAY: Final = 24 * 3600.0
HOUR: Final = 3600.0
SPACE: Final = "birch"
WITH_WEBHOOKS: Final[dict[str, Any]] = {"gateway_webhook_allow_private_addresses": True}


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Rig]:
    """Gateways look often here, and go by the rig's clock."""
    monkeypatch.setattr(warnings.Warnings.__init__, "__defaults__", (HOUR, 0.02))
    monkeypatch.setattr(delivering.Delivering.__init__, "__defaults__", (0.02,))
    async with a_rig(tmp_path, monkeypatch, **WITH_WEBHOOKS) as rig:
        monkeypatch.setattr("standardwebhooks.webhooks.datetime", told_by(rig.clock.now))
        yield rig


async def a_webhook(caller: Caller, receiver: Receiver, *events: str) -> str:
    body = {"url": receiver.url, "events": events}
    made = await caller.send("POST", f"/spaces/{SPACE}/webhooks", json=body)
    assert made.status == 201, made.body
    receiver.secrets.append(made.json["secret"])
    webhook_id: str = made.json["webhook_id"]
    return webhook_id


@asynccontextmanager
async def another_gateway(rig: Rig) -> AsyncGenerator[Caller]:
    async with (
        serving_gateway(rig.data_dir, rig.notion.url, **WITH_WEBHOOKS) as there,
        calling(there.url) as caller,
    ):
        yield caller


def looks(rig: Rig) -> int:
    """How often somebody has looked for warnings: each look leaves the lease with a new date."""
    rows = rig.sql("SELECT CAST(expires_at AS INTEGER) FROM leases WHERE space_id LIKE '%warnings'")
    return int(rows[0][0]) if rows else 0


async def an_hour_and_a_look(rig: Rig) -> None:
    """The clock goes on by a bit more than an hour, and a gateway looks for warnings."""
    before = looks(rig)
    rig.clock.skip(HOUR + 60)
    await until(lambda: looks(rig) > before, within_seconds=20)


async def days_pass(rig: Rig, until_day: float, since: float) -> None:
    """With a call every ten days, so that the grant never lies idle."""
    while (left := since + until_day * DAY - rig.clock()) > 0:
        rig.clock.skip(min(left, 10 * DAY))
        await rig.caller.call(SPACE)


async def attempts_of(caller: Caller, webhook_id: str) -> list[dict[str, Any]]:
    answer = await caller.get(f"/spaces/{SPACE}/webhooks/{webhook_id}/deliveries")
    found: list[dict[str, Any]] = answer.json["deliveries"]
    return found


async def test_each_warning_comes_once_and_on_time_though_the_receiver_fails_twice(
    rig: Rig, receiver: Receiver
) -> None:
    webhook_id = await a_webhook(rig.caller, receiver)
    await rig.caller.connect(SPACE)
    since = rig.clock()
    await receiver.hears(1)

    for number, days in enumerate((30, 7, 1), 1):
        await days_pass(rig, 180 - days - 0.2, since)
        await an_hour_and_a_look(rig)
        assert len(receiver.heard) == number, "too early"
        receiver.answers[:] = [500, 503] if days == 7 else []
        rig.clock.skip(0.2 * DAY)
        await an_hour_and_a_look(rig)
        if days == 7:
            for attempt in (1, 2):  # fails, and is tried again once it is time
                await until_failed(rig, attempt)
                rig.clock.skip(60)
        await receiver.hears(number + 1)
        async with another_gateway(rig) as restarted:
            await an_hour_and_a_look(rig)
            await an_hour_and_a_look(rig)
            assert (await attempts_of(restarted, webhook_id))[0]["progress"] == "delivered"

    rig.clock.skip(DAY)
    assert (await rig.caller.call(SPACE)).reason == "reconnect_required"
    await receiver.hears(5)
    assert receiver.types() == [
        "grant.connected",
        *["grant.expiring"] * 3,
        "grant.reconnect_required",
    ]
    warned = [one["data"] for one in receiver.heard if one["type"] == "grant.expiring"]
    assert [one["within_days"] for one in warned] == [30, 7, 1]
    assert {one["limit"] for one in warned} == {"absolute"}
    assert not any("member" in one for one in warned), "it is the space's own"
    tried = [message_id for message_id, _ in receiver.asked]
    assert len(tried) == 7, "two of them were failures"
    assert len(set(tried)) == 5, "what is tried again keeps its id"


async def test_a_warning_of_a_members_own_connection_says_whose_it_is(
    rig: Rig, receiver: Receiver
) -> None:
    await a_webhook(rig.caller, receiver, "grant.expiring")
    path, own = f"/spaces/{SPACE}/grants", {"mode": "personal"}
    assert (await rig.caller.send("PUT", path, json=own)).status == 200
    assert (await rig.caller.connect(SPACE, grant="mine")).result["status"] == "success"
    await days_pass(rig, 150.1, rig.clock())
    await an_hour_and_a_look(rig)

    await receiver.hears(1)
    (warned,) = receiver.heard
    said = warned["data"]
    assert (said["space_id"], said["member"], said["connected_by"]) == (SPACE, "ada", "ada")
    assert (said["within_days"], said["limit"]) == (30, "absolute")


async def until_failed(rig: Rig, attempts: int) -> None:
    await until(lambda: has_failed(rig, attempts))


def has_failed(rig: Rig, attempts: int) -> bool:
    """So often, and waits for its next attempt."""
    query = f"SELECT 1 FROM webhook_deliveries WHERE attempts = {attempts} AND claim = '' AND"  # noqa: S608
    return bool(rig.sql(f"{query} progress = 'pending'"))


def given_up(rig: Rig) -> bool:
    return bool(rig.sql("SELECT 1 FROM webhook_deliveries WHERE progress = 'given_up'"))


@pytest.mark.parametrize("guarded", [True, False], ids=["once", "negative control"])
async def test_the_unique_index_is_what_keeps_a_warning_from_being_given_twice(
    rig: Rig, receiver: Receiver, guarded: bool
) -> None:
    if not guarded:
        rig.sql("DROP INDEX ix_webhook_deliveries_key")
    await a_webhook(rig.caller, receiver, "grant.expiring")
    await rig.caller.connect(SPACE)
    await days_pass(rig, 150.1, rig.clock())
    for _ in range(3):
        await an_hour_and_a_look(rig)

    if guarded:
        await receiver.hears(1)
        assert rig.sql("SELECT count(*) FROM webhook_deliveries") == [(1,)]
    else:
        await receiver.hears(2)


async def test_what_could_not_be_delivered_in_three_days_is_given_up_shown_and_sent_again(
    rig: Rig, receiver: Receiver
) -> None:
    receiver.answers[:] = [500] * 1000
    webhook_id = await a_webhook(rig.caller, receiver, "grant.connected")
    await rig.caller.connect(SPACE)

    attempts = 0
    while not given_up(rig):
        attempts += 1
        assert attempts < 40, "pauses do not grow"
        await until(lambda attempts=attempts: given_up(rig) or has_failed(rig, attempts))
        rig.clock.skip(8 * HOUR)

    found = await attempts_of(rig.caller, webhook_id)
    assert found[0]["attempts"] == attempts >= 10
    assert found[0]["progress"] == "given_up"
    assert (found[0]["reason"], found[0]["status"]) == ("refused", 500)
    receiver.answers.clear()
    again = f"/spaces/{SPACE}/webhooks/{webhook_id}/deliveries/{found[0]['delivery_id']}/resend"
    assert (await rig.caller.send("POST", again)).status == 202
    await receiver.hears(1)
    assert len({message_id for message_id, _ in receiver.asked}) == 1


async def test_who_is_removed_and_who_disconnects_is_told(rig: Rig, receiver: Receiver) -> None:
    made = await rig.caller.send("POST", "/spaces", json={"name": "Birch"})
    space = made.json["space_id"]
    body = {"url": receiver.url, "events": ["member.removed", "grant.disconnected"]}
    webhook = await rig.caller.send("POST", f"/spaces/{space}/webhooks", json=body)
    receiver.secrets.append(webhook.json["secret"])
    await rig.caller.send("PUT", f"/spaces/{space}/members/bob", json={"role": "member"})
    await rig.caller.send("POST", f"/invitations/{space}/accept", user="bob")
    await rig.caller.connect(space)

    await rig.caller.send("DELETE", f"/spaces/{space}/members/bob")
    await receiver.hears(1)
    await rig.caller.disconnect(space)
    await receiver.hears(2)

    assert receiver.types() == ["member.removed", "grant.disconnected"]
    told = {"space_id": space, "user_id": "bob", "removed_by": "ada"}
    assert receiver.heard[0]["data"] == told
    assert receiver.heard[1]["data"]["disconnected_by"] == "ada"
