"""Grants that Notion revoked are noticed without a caller: in time, evenly, and once."""

import asyncio
import itertools
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

from notion_gateway.integration import grant_looks
from notion_gateway.integration.grant_looks import AT_ONCE, Found, GrantLooks
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.rules.look_times import (
    pause_seconds,
    period_seconds,
    seconds_until_next_turn,
    slot_at,
)
from notion_gateway.kernel.errors import StoreUnavailable, UpstreamTimeout
from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpRequest
from notion_gateway.kernel.slots import SLOTS, slot_of
from notion_gateway.notices import delivering
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.vault.secrets_table import SecretsTable
from tests.notices.receiver import receiving, told_by
from tests.support.leases import leases_go_by
from tests.support.rig import Rig, a_rig
from tests.support.waiting import PATIENCE_SECONDS, until
from tests.support.world import World

pytestmark = pytest.mark.anyio

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
PERIOD: Final = period_seconds(24)
SLOT: Final = PERIOD / SLOTS
SPACE: Final = "birch"


# --- with a simulated Notion --------------------------------------------------------------


def _at_once(period: float, chance: float) -> float:
    assert 0 <= chance < 1 < period
    return 0.01


def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grant_looks, "pause_seconds", _at_once)
    monkeypatch.setattr(delivering.Delivering.__init__, "__defaults__", (0.02,))


def until_its_turn(rig: Rig) -> float:
    """Seconds until the middle of the space's slot."""
    return (slot_of(SPACE) * SLOT + SLOT / 2 - rig.clock()) % PERIOD


def was_looked_at(rig: Rig) -> bool:
    """Until its next turn: the lease of its slot was left behind."""
    rows = rig.sql("SELECT space_id, expires_at FROM leases WHERE holder = ''")
    return dict(rows).get(f"gateway/looks/{slot_of(SPACE)}", 0.0) > rig.clock()


@pytest.mark.parametrize("lives_for", [HOUR, 3 * DAY], ids=["token expired", "token valid"])
async def test_a_grant_that_was_revoked_is_noticed_within_the_time_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lives_for: float
) -> None:
    looking_often(monkeypatch)
    async with (
        a_rig(
            tmp_path,
            monkeypatch,
            notion={"access_token_lifetime_seconds": lives_for},
            gateway_webhook_allow_private_addresses=True,
        ) as rig,
        receiving() as receiver,
    ):
        monkeypatch.setattr("standardwebhooks.webhooks.datetime", told_by(rig.clock.now))
        body = {"url": receiver.url, "events": ["grant.reconnect_required"]}
        made = await rig.caller.send("POST", f"/spaces/{SPACE}/webhooks", json=body)
        receiver.secrets.append(made.json["secret"])
        await rig.caller.connect(SPACE)
        rig.clock.skip(until_its_turn(rig))
        await until(lambda: was_looked_at(rig), PATIENCE_SECONDS)
        assert (await rig.caller.status(SPACE))["status"] == "connected"

        rig.notion.simulator.oauth.revoke_all("by a person")
        rig.clock.skip(PERIOD - 2 * SLOT)
        assert (await rig.caller.status(SPACE))["status"] == "connected", "nobody has looked yet"
        rig.clock.skip(2 * SLOT)
        await until(lambda: bool(receiver.heard), PATIENCE_SECONDS)

        assert (await rig.caller.status(SPACE))["status"] == "reconnect_required"
        assert receiver.types() == ["grant.reconnect_required"]


async def test_where_looks_are_off_it_stays_connected_until_somebody_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking_often(monkeypatch)
    async with a_rig(tmp_path, monkeypatch, notion_mcp_look_hours=0) as rig:
        await rig.caller.connect(SPACE)
        rig.notion.simulator.oauth.revoke_all("by a person")
        for _ in range(3):
            rig.clock.skip(DAY)
            assert (await rig.caller.status(SPACE))["status"] == "connected"
        assert not rig.sql("SELECT 1 FROM leases WHERE space_id LIKE 'gateway/looks/%'")
        assert (await rig.caller.call(SPACE)).reason == "reconnect_required"


# --- one look -----------------------------------------------------------------------------


class Answering:
    """Notion's MCP endpoint, which answers every ``ping`` alike. ``asked``: with which tokens."""

    def __init__(self, answer: int | Exception = 200) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def send(self, request: HttpRequest) -> HttpAnswer:
        self.asked.append(request.headers["authorization"])
        if isinstance(self.answer, Exception):
            raise self.answer
        return HttpAnswer(self.answer)


def looks_of(world: World, endpoint: Answering | None = None) -> GrantLooks:
    """So few ids at a time that one statement does not find all of a crowd's in a slot."""
    return GrantLooks(
        database=world.database,
        secrets=world.secrets,
        access_tokens=world.access_tokens,
        transport=endpoint or Answering(),
        clock=world.clock,
        mcp_url="https://notion.example/mcp",
        period_seconds=PERIOD,
        ids_at_once=4,
    )


async def test_a_valid_token_costs_one_request_and_nothing_is_stored(world: World) -> None:
    await world.connect()
    endpoint = Answering()
    assert await looks_of(world, endpoint).look("space") is Found.ALIVE
    assert endpoint.asked == ["Bearer canary-access-0"]
    assert world.notion.redeemed == []
    assert await world.history() == ["Authorized"]


@pytest.mark.parametrize("is_called", [True, False])
async def test_memory_is_left_as_it_was(world: World, is_called: bool) -> None:
    await world.connect()
    if is_called:
        await world.lend()
    assert await looks_of(world).look("space") is Found.ALIVE
    assert (world.access_tokens.cached("space") is not None) is is_called


async def test_an_expired_token_costs_one_renewal_and_nothing_else(world: World) -> None:
    await world.connect()
    world.clock.step(hours=2)
    endpoint = Answering()
    assert await looks_of(world, endpoint).look("space") is Found.ALIVE
    assert endpoint.asked == []
    assert world.notion.redeemed == ["canary-refresh-0"]


REFUSED = HttpAnswer(400, {"content-type": "application/json"}, b'{"error": "invalid_grant"}')


@pytest.mark.parametrize("answer", [403, 404, 429, 500, 503, 529, UpstreamTimeout()], ids=str)
async def test_nothing_but_a_refused_refresh_token_ends_a_grant(
    world: World, answer: int | Exception
) -> None:
    await world.connect()
    world.notion.always(REFUSED)  # it would be, if it were asked
    found = await looks_of(world, Answering(answer)).look("space")
    assert found is (Found.ALIVE if answer in (403, 404) else Found.UNCLEAR)
    assert (await world.state()).tokens is not None
    assert world.notion.redeemed == []


async def test_a_refused_access_token_alone_ends_nothing(world: World) -> None:
    await world.connect()
    assert await looks_of(world, Answering(401)).look("space") is Found.ALIVE
    assert world.notion.redeemed == ["canary-refresh-0"]
    assert (await world.state()).tokens is not None


async def test_with_both_tokens_refused_it_has_ended(world: World) -> None:
    await world.connect()
    world.notion.always(REFUSED)
    assert await looks_of(world, Answering(401)).look("space") is Found.ENDED
    assert (await world.history())[-1] == "AuthorizationFailed"
    assert await looks_of(world).look("space") is Found.ENDED


async def test_a_grant_that_a_version_without_slots_has_stored_has_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.connect()
    async with world.database.writing() as connection:
        await connection.execute(sa.update(secrets).values(slot=None))
    leases_go_by(lambda: sa.literal(world.clock.timestamp()), monkeypatch.setattr)
    turn = slot_of("space")
    world.clock.step(seconds=(turn * SLOT + SLOT / 2 - world.clock.timestamp()) % PERIOD)
    endpoint = Answering()
    assert await looks_of(world, endpoint).take_turn(asyncio.Event()) == turn
    assert len(endpoint.asked) + len(world.notion.redeemed) == 1


# --- many ---------------------------------------------------------------------------------


class Crowd:
    """A thousand spaces, and when each was looked at."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.spaces = [f"space-{number}" for number in range(1000)]
        self.looked: defaultdict[str, list[float]] = defaultdict(list)
        self.under_way = self.most = 0
        self.world = world
        world.clock.step(seconds=SLOT - world.clock.timestamp() % SLOT)  # a slot begins
        leases_go_by(lambda: sa.literal(world.clock.timestamp()), monkeypatch.setattr)
        monkeypatch.setattr(SecretsTable, "grants_of", self._listed)
        monkeypatch.setattr(GrantLooks, "look", self._look)

    async def _listed(self, slot: int, after: str, at_most: int) -> list[str]:
        mine = [one for one in sorted(self.spaces) if slot_of(one) == slot]
        return [one for one in mine if one > after][:at_most]

    async def _look(self, space_id: str) -> Found:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        self.looked[space_id].append(self.world.clock.timestamp())
        return Found.ALIVE

    async def days_pass(self, days: float, *replicas: GrantLooks) -> None:
        """Each replica asks whose turn it is as often as one does by its own pauses."""
        end, stop = self.world.clock.timestamp() + days * DAY, asyncio.Event()
        while self.world.clock.timestamp() < end:
            await asyncio.gather(*(one.take_turn(stop) for one in replicas))
            self.world.clock.step(seconds=pause_seconds(PERIOD, 0.5))


@pytest.mark.thorough
async def test_a_thousand_spaces_are_looked_at_evenly_and_few_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(world, monkeypatch)
    began = world.clock.timestamp()

    await crowd.days_pass(3, looks_of(world))

    assert crowd.most == AT_ONCE
    assert set(crowd.looked) == set(crowd.spaces)
    for times in crowd.looked.values():
        moments = [began, *times]
        gaps = [later - before for before, later in itertools.pairwise(moments)]
        assert max(gaps) <= DAY
        assert all(gap > PERIOD - 2 * SLOT for gap in gaps[1:]), "one look in a period"
    hours = Counter(int((at - began) // HOUR) for times in crowd.looked.values() for at in times)
    even = 1000 / (PERIOD / HOUR)
    assert all(even / 2 < hours[hour] < even * 2 for hour in range(71)), hours


@pytest.mark.thorough
@pytest.mark.parametrize("guarded", [True, False], ids=["leased", "negative control"])
async def test_two_gateways_make_no_more_looks_than_one(
    world: World, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    crowd = Crowd(world, monkeypatch)
    if not guarded:

        async def takes_without_asking(*_: object) -> bool:
            return True

        monkeypatch.setattr(Leases, "_take", takes_without_asking)

    await crowd.days_pass(PERIOD / DAY, looks_of(world), looks_of(world))

    looks = Counter(len(times) for times in crowd.looked.values())
    assert (set(looks) == {1}) is guarded
    assert sum(looks.values()) == 1000


@pytest.mark.thorough
async def test_after_a_time_without_any_gateway_what_was_missed_is_made_up_for_a_slot_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(world, monkeypatch)
    await crowd.days_pass(1, looks_of(world))
    world.clock.step(days=10)
    crowd.looked.clear()

    await crowd.days_pass(1, looks_of(world))

    assert set(crowd.looked) == set(crowd.spaces)
    at_one_moment = Counter(at for times in crowd.looked.values() for at in times)
    slots = Counter(slot_of(one) for one in crowd.spaces)
    assert max(at_one_moment.values()) <= max(slots.values())


@pytest.mark.parametrize("how", ["stopped", "database away"])
async def test_what_was_not_done_is_done_at_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    crowd, looks, stop = Crowd(world, monkeypatch), looks_of(world), asyncio.Event()
    slot = slot_at(world.clock.timestamp(), PERIOD)
    if how == "stopped":
        stop.set()
        await looks.take_turn(stop)
    else:

        async def away(_: SecretsTable, slot: int, after: str, at_most: int) -> list[str]:
            del slot, after, at_most
            raise StoreUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(SecretsTable, "grants_of", away)
            with pytest.raises(StoreUnavailable):
                await looks.take_turn(stop)
    assert not crowd.looked
    world.clock.step(seconds=SLOT)  # its turn is over

    assert await looks_of(world).take_turn(asyncio.Event()) == slot
    assert set(crowd.looked) == {one for one in crowd.spaces if slot_of(one) == slot}


def test_a_slots_next_turn_is_its_own_moment_and_never_the_one_that_has_come() -> None:
    start = 1_000_000 * PERIOD
    for slot in (0, 1, SLOTS - 1):
        turn = start + slot * SLOT
        assert slot_at(turn + 1, PERIOD) == slot
        assert seconds_until_next_turn(slot, turn + 1, PERIOD) == pytest.approx(PERIOD - 1)
        assert seconds_until_next_turn(slot, turn - 1, PERIOD) == pytest.approx(PERIOD + 1)
        assert seconds_until_next_turn(slot, turn + PERIOD / 2, PERIOD) == pytest.approx(PERIOD / 2)
