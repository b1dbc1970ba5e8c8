"""A grant that cannot be renewed any more, driven to the limit of 30 days without use: each warning
once and on time, though the receiver fails twice and the gateway is restarted between attempts.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.responses import Response

from notion_gateway.notices import delivering, warnings
from notion_gateway.notices.opening import Notices
from tests.notices.receiver import Receiver, told_by
from tests.notices.test_told_in_time import (
    DAY,
    HOUR,
    SPACE,
    WITH_WEBHOOKS,
    a_webhook,
    an_hour_and_a_look,
    until_failed,
)
from tests.proxy.callbacks import state
from tests.support.clocks import SharedClock
from tests.support.gateway import calling, serving_gateway
from tests.support.notion import Notion, serving_notion
from tests.support.rig import Rig, all_go_by, databases_closed
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

DAYS = ((21, 30), (23, 7), (29, 1))
"""On which day after the consent it is said that a person is needed within how many: it is not
known before the 21st that nobody renews it.
"""
PENDING = "SELECT count(*) FROM webhook_deliveries WHERE progress = 'pending'"


@pytest.fixture
def clock() -> SharedClock:
    """Of both sides, and of the receiver's library."""
    return SharedClock()


@pytest.fixture
async def notion(clock: SharedClock, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Notion]:
    monkeypatch.setattr(warnings.Warnings.__init__, "__defaults__", (HOUR, 0.02))
    monkeypatch.setattr(delivering.Delivering.__init__, "__defaults__", (0.02,))
    all_go_by(clock, monkeypatch)
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", told_by(clock.now))
    async with serving_notion(clock=clock) as notion:
        yield notion


@asynccontextmanager
async def a_gateway(notion: Notion, clock: SharedClock, data_dir: Path) -> AsyncGenerator[Rig]:
    """Until the block ends; its data stays."""
    async with (
        serving_gateway(data_dir, notion.url, **WITH_WEBHOOKS) as here,
        calling(here.url) as caller,
    ):
        yield Rig(clock, notion, here, caller, data_dir)
    await databases_closed()


async def counts(rig: Rig, *outcomes: str) -> None:
    """Waits until its metrics would count these attempts, and no others."""
    notices: Notices = state(rig)["notices"]
    found: list[str] = []

    def all_of_them() -> bool:
        found.extend(outcome for outcome, _ in notices.delivering.tally.taken())
        return len(found) >= len(outcomes)

    await until(all_of_them)
    assert tuple(found) == outcomes


async def until_day(rig: Rig, day: float, since: float) -> None:
    rig.clock.skip(since + day * DAY - rig.clock())
    await an_hour_and_a_look(rig)


async def test_warnings_of_the_idle_limit_come_once_through_restarts_and_failures(
    notion: Notion, clock: SharedClock, tmp_path: Path, receiver: Receiver
) -> None:
    async with a_gateway(notion, clock, tmp_path) as rig:
        await a_webhook(rig.caller, receiver)
        await rig.caller.connect(SPACE)
        await receiver.hears(1)
        since = rig.clock()
        notion.wire.instead["/token"] = Response(status_code=503)
        await until_day(rig, 20.8, since)
        assert len(receiver.heard) == 1, "too early"
        await until_day(rig, 21, since)
        await receiver.hears(2)
        await until_day(rig, 22.8, since)
        assert len(receiver.heard) == 2, "too early"
        receiver.answers[:] = [500, 503]
        await until_day(rig, 23, since)
        await until_failed(rig, 1)

    async with a_gateway(notion, clock, tmp_path) as rig:
        rig.clock.skip(60)
        await until_failed(rig, 2)
        await counts(rig, "failed")

    async with a_gateway(notion, clock, tmp_path) as rig:
        rig.clock.skip(60)
        await receiver.hears(3)
        await an_hour_and_a_look(rig)
        await until_day(rig, 28.8, since)
        assert len(receiver.heard) == 3, "too early, or twice"
        await until_day(rig, 29, since)
        await receiver.hears(4)
        await until(lambda: rig.sql(PENDING) == [(0,)])

        del notion.wire.instead["/token"]
        await rig.caller.send("POST", f"{notion.url}/_simulator/revoke-grants", user=None)
        assert (await rig.caller.call(SPACE)).reason == "reconnect_required"
        await receiver.hears(5)
        await counts(rig, *["delivered"] * 3)

    assert receiver.types() == [
        "grant.connected",
        *["grant.expiring"] * 3,
        "grant.reconnect_required",
    ]
    warned = [one["data"] for one in receiver.heard if one["type"] == "grant.expiring"]
    assert [one["within_days"] for one in warned] == [within for _, within in DAYS]
    assert {one["limit"] for one in warned} == {"idle"}
    tried = [message_id for message_id, _ in receiver.asked]
    assert (len(tried), len(set(tried))) == (7, 5), "what is tried again keeps its id"
