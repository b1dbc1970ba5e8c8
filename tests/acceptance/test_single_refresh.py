"""Many callers and one token that has run out: Notion hears of it once."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.integration.access_tokens import AccessTokens, LentToken
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.rules.renewal_timing import Cause
from notion_gateway.integration.store import IntegrationStore
from tests.support.asgi import Held, answer
from tests.support.figures import Figure
from tests.support.leases import LeaseUntil
from tests.support.rig import LIFETIME_SECONDS, Rig, a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

CALLERS = 200


@pytest.fixture
async def strict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: RecordingMcp
) -> AsyncGenerator[Rig]:
    """A Notion that ends the grant at the first replay of a refresh token."""
    async with a_rig(tmp_path, monkeypatch, mcp=upstream, notion={"rotation": "strict"}) as rig:
        assert (await rig.caller.connect("team")).result["status"] == "success"
        yield rig


async def call_at_once(rig: Rig, redemptions: int = 1) -> Counter[int]:
    """The statuses of many calls that are all under way before the token endpoint answers, to so
    many redemptions at the least.
    """
    held = Held(rig.notion.wire.simulated)
    rig.notion.wire.instead["/token"] = held
    calls = [asyncio.create_task(rig.caller.call("team")) for _ in range(CALLERS)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        await until(lambda: len(rig.notion.wire.refreshes()) >= redemptions)
        await until(lambda: rig.gateway.open_connections >= CALLERS)
        held.release()
        return Counter([answer.status for answer in await asyncio.gather(*calls)])


@pytest.mark.promise("seed:new-pair-stored")
async def test_200_callers_of_an_expired_token_cause_one_refresh_and_are_all_answered(
    strict: Rig, upstream: RecordingMcp
) -> None:
    strict.let_token_expire()
    statuses = await call_at_once(strict)

    assert statuses == {200: CALLERS}
    assert len(strict.notion.wire.refreshes()) == 1
    assert len(upstream.seen) == CALLERS
    types = await strict.caller.event_types("team")
    assert types == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]
    assert strict.notion.grant_states() == ["active"]


@pytest.mark.promise("threats:32")
async def test_200_callers_refused_with_401_cause_one_refresh_and_are_all_answered(
    strict: Rig, upstream: RecordingMcp, figure: Figure
) -> None:
    strict.notion.expire_access_tokens()
    statuses = await call_at_once(strict)

    assert statuses == {200: CALLERS}
    refreshes = len(strict.notion.wire.refreshes())
    assert refreshes == 1
    assert len(upstream.seen) == CALLERS
    figure("{} callers at once: {} refresh, {} answered", CALLERS, refreshes, statuses[200])


async def test_without_one_flight_and_the_lease_the_same_callers_lose_the_connection(
    strict: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what holds above is held by these guards, not by luck."""

    async def obtain_alone(
        tokens: AccessTokens, space_id: str, refused: LentToken | None, cause: Cause
    ) -> LentToken:
        return await tokens._obtain(space_id, refused, cause)  # pyright: ignore[reportPrivateUsage]

    @asynccontextmanager
    async def no_lease(_: Leases, __: str) -> AsyncGenerator[LeaseUntil]:
        yield LeaseUntil(float("inf"))

    carry_out = IntegrationStore.carry_out

    async def whatever_the_version(*given: Any, seen: object = None, **named: Any) -> Any:
        del seen
        return await carry_out(*given, **named)

    monkeypatch.setattr(AccessTokens, "_join", obtain_alone)
    monkeypatch.setattr(Leases, "hold", no_lease)
    monkeypatch.setattr(IntegrationStore, "carry_out", whatever_the_version)
    strict.let_token_expire()
    statuses = await call_at_once(strict, redemptions=2)

    assert len(strict.notion.wire.refreshes()) > 1
    assert statuses[200] < CALLERS
    assert strict.notion.grant_states() == ["revoked"]


@pytest.mark.promise("seed:refresh-before-expiry")
async def test_a_token_is_renewed_about_a_minute_before_it_expires(
    connected: Rig, upstream: RecordingMcp
) -> None:
    await connected.caller.call("team")
    connected.clock.skip(LIFETIME_SECONDS - 90)
    await connected.caller.call("team")
    assert connected.notion.wire.refreshes() == []

    connected.clock.skip(40)
    await connected.caller.call("team")
    assert len(connected.notion.wire.refreshes()) == 1
    first, second, third = [one.values(b"authorization") for one in upstream.seen]
    assert first == second != third


@pytest.mark.promise("seed:refresh-before-expiry")
async def test_a_short_life_is_not_eaten_by_the_margin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifetime = {"access_token_lifetime_seconds": 30}
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=lifetime) as rig:
        await rig.caller.connect("team")
        for _ in range(3):
            assert (await rig.caller.call("team")).status == 200

        assert rig.notion.wire.refreshes() == []


async def test_within_the_margin_a_renewal_that_fails_costs_nobody_a_call(
    connected: Rig, upstream: RecordingMcp
) -> None:
    connected.clock.skip(LIFETIME_SECONDS - 20)
    connected.notion.wire.instead["/token"] = answer(503)
    statuses = {(await connected.caller.call("team")).status for _ in range(10)}

    assert statuses == {200}
    assert len(connected.notion.wire.refreshes()) <= 2
