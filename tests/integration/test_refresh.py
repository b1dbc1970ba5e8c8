"""The redemption itself: its faults, its races, and what it leaves behind."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.integration.errors import NotConnected, ReconnectRequired, RefreshUnavailable
from notion_gateway.integration.rules.integration import Status
from notion_gateway.kernel.errors import SecretUnreadable, StoreUnavailable, UpstreamTimeout
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.requests import OAuthClient
from notion_gateway.storage.schema.grants import secrets
from tests.support.leases import LeaseUntil
from tests.support.waiting import PATIENCE_SECONDS
from tests.support.world import Answer, World, json_answer, open_world

pytestmark = pytest.mark.anyio


async def vault_rows(world: World) -> int:
    async with world.database.reading() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(secrets)) or 0


async def expired(world: World) -> None:
    await world.connect()
    world.clock.step(hours=2)


async def test_the_intent_is_recorded_before_the_token_leaves(world: World) -> None:
    await expired(world)
    reached, go = world.notion.gated()
    caller = asyncio.create_task(world.lend())
    await reached.wait()
    assert await world.history() == ["Authorized", "TokenRefreshStarted"]
    go.set()
    await caller


async def test_without_the_intent_nothing_is_redeemed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await expired(world)

    async def full(*_: object, **__: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(world.events, "append", full)
    with pytest.raises(StoreUnavailable):
        await world.lend()
    assert world.notion.redeemed == []


async def test_a_redeemed_pair_is_appended_until_it_lands(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await expired(world)
    append, attempts = world.events.append, 0

    async def failing(*args: Any, **kwargs: Any) -> None:
        nonlocal attempts
        attempts += 1
        if 2 <= attempts <= 5:  # the first is the intent
            raise StoreUnavailable
        await append(*args, **kwargs)

    monkeypatch.setattr(world.events, "append", failing)
    assert await world.lend() == "canary-access-1"
    assert attempts == 6
    assert world.notion.redeemed == ["canary-refresh-0"]


async def test_an_append_that_was_reported_lost_but_landed_is_taken_as_landed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await expired(world)
    append, attempts = world.events.append, 0

    async def lying(*args: Any, **kwargs: Any) -> None:
        nonlocal attempts
        attempts += 1
        await append(*args, **kwargs)
        if attempts == 2:
            raise StoreUnavailable

    monkeypatch.setattr(world.events, "append", lying)
    assert await world.lend() == "canary-access-1"
    assert world.notion.revoked == []
    assert await world.history() == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]


@pytest.mark.promise("threats:12")
async def test_an_answer_without_a_refresh_token_keeps_the_old_one_in_use(world: World) -> None:
    await expired(world)
    world.notion.always(
        json_answer({"access_token": "canary-only", "token_type": "bearer", "expires_in": 3600})
    )
    assert await world.lend() == "canary-only"
    world.notion.script = world.notion.issue
    world.clock.step(hours=2)
    assert await world.lend() == "canary-access-1"
    assert world.notion.redeemed == ["canary-refresh-0", "canary-refresh-0"]


async def test_a_refresh_destroys_the_pair_it_replaces(world: World) -> None:
    await expired(world)
    await world.lend()
    assert await vault_rows(world) == 2


async def test_a_failed_grant_leaves_no_secret_behind(world: World) -> None:
    await expired(world)
    world.notion.always(json_answer({"error": "invalid_grant"}, 400))
    with pytest.raises(ReconnectRequired):
        await world.lend()
    assert await vault_rows(world) == 0


async def test_a_grant_that_notion_ends_is_counted_once_whoever_waits_for_it(world: World) -> None:
    await expired(world)
    world.notion.always(json_answer({"error": "invalid_grant"}, 400))
    seen = await world.state()

    all_of_them = [world.refresher.refresh(seen, lambda _: True) for _ in range(4)]
    found = await asyncio.gather(*all_of_them, return_exceptions=True)

    assert [isinstance(one, ReconnectRequired) for one in found] == [True] * 4
    noted = sorted(outcome for outcome, _ in world.refresher.tally.taken())
    assert noted == ["ended", "ended", "ended", "refused"]


@pytest.mark.promise("threats:8")
async def test_a_stale_refusal_adopts_the_newer_token(world: World) -> None:
    await expired(world)

    async def refused_meanwhile(_: dict[str, str]) -> Answer:
        # Another replica has the same answer in hand already, and records the new pair.
        await world.connect("replica")
        return json_answer({"error": "invalid_grant"}, 400)

    world.notion.script = refused_meanwhile
    assert await world.lend() == "canary-access-replica"
    assert "AuthorizationFailed" not in await world.history()


@pytest.mark.promise("threats:27")
async def test_a_success_for_an_old_grant_is_revoked_and_the_new_grant_lent(world: World) -> None:
    await expired(world)
    reached, go = world.notion.gated()
    caller = asyncio.create_task(world.lend())
    await reached.wait()
    await world.connect("again", client_id="c2")
    go.set()
    assert await caller == "canary-access-again"
    assert world.notion.revoked == ["canary-refresh-1", "canary-access-1"]


async def test_a_disconnect_during_a_refresh_wins_and_the_new_pair_is_revoked(
    world: World,
) -> None:
    await expired(world)
    reached, go = world.notion.gated()
    caller = asyncio.create_task(world.lend())
    await reached.wait()
    await world.manage.disconnect("space", "ann")
    go.set()
    with pytest.raises(NotConnected):
        await caller
    assert world.notion.revoked[-2:] == ["canary-refresh-1", "canary-access-1"]
    assert (await world.state()).status is Status.DISCONNECTED
    assert await vault_rows(world) == 0


async def test_a_refresh_after_a_disconnect_does_not_happen(world: World) -> None:
    await expired(world)
    await world.manage.disconnect("space", "ann")
    with pytest.raises(NotConnected):
        await world.lend()
    assert world.notion.redeemed == []
    assert world.notion.revoked == ["canary-refresh-0", "canary-access-0"]


async def test_on_a_shared_client_a_superseded_pair_is_not_revoked(world: World) -> None:
    await expired(world)
    reached, go = world.notion.gated()
    caller = asyncio.create_task(world.lend())
    await reached.wait()
    await world.connect("again")
    go.set()
    assert await caller == "canary-access-again"
    assert world.notion.revoked == []


async def test_a_time_out_keeps_the_grant_and_the_old_token_is_tried_again(world: World) -> None:
    await expired(world)
    world.notion.always(UpstreamTimeout())
    with pytest.raises(RefreshUnavailable):
        await world.lend()
    world.clock.step(minutes=1)
    world.notion.script = world.notion.issue
    assert await world.lend() == "canary-access-1"
    assert world.notion.redeemed == ["canary-refresh-0", "canary-refresh-0"]
    assert await world.history() == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]


async def test_a_holder_past_its_deadline_redeems_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await expired(world)

    @asynccontextmanager
    async def late(_: str) -> AsyncGenerator[LeaseUntil]:
        yield LeaseUntil(deadline=float("-inf"))

    monkeypatch.setattr(world.leases, "hold", late)
    with pytest.raises(RefreshUnavailable):
        await world.lend()
    assert world.notion.redeemed == []


async def test_a_mistyped_client_secret_does_not_cost_the_connection(tmp_path: Path) -> None:
    client = OAuthClient("c", "client_secret_post", Secret("mistyped"))
    world = await open_world(tmp_path, client)
    await expired(world)
    world.notion.always(json_answer({"error": "invalid_client"}, 401))
    with pytest.raises(RefreshUnavailable):
        await world.lend()
    assert (await world.state()).status is Status.CONNECTED
    await world.database.close()


async def test_a_registered_client_that_notion_forgot_asks_to_reconnect(world: World) -> None:
    await expired(world)
    world.notion.always(json_answer({"error": "invalid_client"}, 401))
    with pytest.raises(ReconnectRequired):
        await world.lend()
    state = await world.state()
    assert state.last_failure is not None
    assert state.last_failure.error == "invalid_client"


async def test_a_vault_row_that_vanished_is_named_rather_than_waited_for(world: World) -> None:
    await expired(world)
    async with world.database.writing() as connection:
        await connection.execute(sa.delete(secrets))
    with pytest.raises(SecretUnreadable, match="missing"):
        await asyncio.wait_for(world.lend(), PATIENCE_SECONDS)


async def test_a_landed_append_is_recognised_where_the_refresh_token_stayed_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await expired(world)
    world.notion.always(
        json_answer({"access_token": "canary-only", "token_type": "bearer", "expires_in": 3600})
    )
    append, attempts = world.events.append, 0

    async def lying(*args: Any, **kwargs: Any) -> None:
        nonlocal attempts
        attempts += 1
        await append(*args, **kwargs)
        if attempts == 2:
            raise StoreUnavailable

    monkeypatch.setattr(world.events, "append", lying)
    assert await world.lend() == "canary-only"
    assert await world.history() == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]


async def test_a_refusal_is_recorded_when_the_store_is_back_and_the_token_not_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await expired(world)
    world.notion.always(json_answer({"error": "invalid_grant"}, 400))
    append, attempts = world.events.append, 0

    async def failing(*args: Any, **kwargs: Any) -> None:
        nonlocal attempts
        attempts += 1
        if 2 <= attempts <= 4:  # the first is the intent
            raise StoreUnavailable
        await append(*args, **kwargs)

    monkeypatch.setattr(world.events, "append", failing)
    for _ in range(3):
        with pytest.raises(ReconnectRequired):
            await world.lend()
    assert world.notion.redeemed == ["canary-refresh-0"]
