"""Lending tokens: one renewal for all who need it, and none where it is not needed."""

import asyncio

import pytest

from notion_gateway.integration.access_tokens import LentToken
from notion_gateway.integration.errors import NotConnected, ReconnectRequired, RefreshUnavailable
from notion_gateway.integration.rules.integration import Status
from notion_gateway.kernel.errors import UpstreamUnauthorized, UpstreamUnreachable
from tests.support.waiting import PATIENCE_SECONDS
from tests.support.world import World, json_answer

pytestmark = pytest.mark.anyio


async def test_a_valid_token_is_lent_without_asking_anybody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.connect()
    assert await world.lend() == "canary-access-0"
    monkeypatch.setattr(world.store, "load_with_secrets", _forbidden)
    assert await world.lend() == "canary-access-0"
    assert world.notion.redeemed == []


async def _refusal(world: World) -> RefreshUnavailable:
    with pytest.raises(RefreshUnavailable) as refused:
        await world.lend()
    return refused.value


async def _forbidden(space_id: str) -> list[object]:
    raise AssertionError(f"the database was asked about {space_id}")


@pytest.mark.promise("seed:refresh-before-expiry", "seed:new-pair-stored")
async def test_a_token_is_renewed_in_the_minute_before_it_expires_and_then_reused(
    world: World,
) -> None:
    await world.connect()
    world.clock.step(minutes=58)
    assert await world.lend() == "canary-access-0"
    world.clock.step(seconds=70)
    assert await world.lend() == "canary-access-1"
    assert await world.lend() == "canary-access-1"
    assert world.notion.redeemed == ["canary-refresh-0"]
    assert await world.history() == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]


async def test_many_callers_of_an_expired_token_cause_one_redemption(world: World) -> None:
    await world.connect()
    world.clock.step(hours=2)
    lent = await asyncio.gather(*(world.lend() for _ in range(200)))
    assert set(lent) == {"canary-access-1"}
    assert world.notion.redeemed == ["canary-refresh-0"]


@pytest.mark.promise("threats:6")
async def test_a_caller_who_leaves_does_not_take_the_renewal_along(world: World) -> None:
    await world.connect()
    world.clock.step(hours=2)
    reached, go = world.notion.gated()
    caller = asyncio.create_task(world.lend())
    await reached.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go.set()
    assert await world.lend() == "canary-access-1"
    assert world.notion.redeemed == ["canary-refresh-0"]


async def lent_while_renewing(world: World) -> tuple[LentToken, asyncio.Event]:
    """The token in use, whose renewal is under way; it is answered when the event is set."""
    await world.connect()
    world.access_tokens.brief_seconds = 0.01
    world.clock.step(minutes=59, seconds=30)
    reached, go = world.notion.gated()
    async with asyncio.timeout(PATIENCE_SECONDS):
        first = await world.access_tokens.lend("space")
        await reached.wait()
    return first, go


async def nobody_waits_longer(world: World) -> None:
    world.access_tokens.wait_seconds = 0.02
    with pytest.raises(RefreshUnavailable):
        await world.access_tokens.lend("space")


async def test_callers_go_on_with_a_valid_token_while_its_renewal_takes_long(world: World) -> None:
    first, go = await lent_while_renewing(world)
    assert world.access_tokens.cached("space") is first, "nobody else waits at all"

    world.clock.step(seconds=30)
    assert world.access_tokens.cached("space") is None, "it has expired"
    await nobody_waits_longer(world)
    go.set()
    world.access_tokens.wait_seconds = 10
    new = await world.access_tokens.lend("space")
    assert first.access_token.reveal() != new.access_token.reveal()
    assert len(world.notion.redeemed) == 1


async def test_a_token_that_notion_refuses_meanwhile_is_not_gone_on_with(world: World) -> None:
    """Notion may have ended it with the renewal whose answer is still to come."""
    first, go = await lent_while_renewing(world)
    replacing = asyncio.create_task(world.access_tokens.replace("space", first))
    await asyncio.sleep(0.05)
    assert world.access_tokens.cached("space") is None
    go.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        new = await replacing
    assert first.access_token.reveal() != new.access_token.reveal()


async def test_they_do_where_the_store_is_slower_than_the_first_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = world.store.load_with_secrets

    async def slow(space_id: str) -> object:
        await asyncio.sleep(0.1)
        return await load(space_id)

    monkeypatch.setattr(world.store, "load_with_secrets", slow)
    _, go = await lent_while_renewing(world)
    go.set()
    await world.access_tokens.close()


async def test_after_a_disconnect_a_token_in_use_is_not_gone_on_with(world: World) -> None:
    _, go = await lent_while_renewing(world)
    world.access_tokens.forget("space")
    await nobody_waits_longer(world)
    go.set()
    await world.access_tokens.close()


async def test_a_shutdown_waits_for_a_renewal_to_land(world: World) -> None:
    await world.connect()
    world.clock.step(hours=2)
    reached, go = world.notion.gated()
    caller = asyncio.create_task(world.lend())
    await reached.wait()
    caller.cancel()
    closing = asyncio.create_task(world.access_tokens.close())
    await asyncio.sleep(0)
    assert not closing.done()
    go.set()
    await closing
    assert (await world.history())[-1] == "TokenRefreshed"


async def test_a_renewal_that_fails_within_the_margin_costs_the_caller_nothing(
    world: World,
) -> None:
    await world.connect()
    world.notion.always(json_answer({}, 503))
    world.clock.step(minutes=59, seconds=30)
    for _ in range(50):
        assert await world.lend() == "canary-access-0"
    assert len(world.notion.redeemed) == 1


@pytest.mark.promise("threats:9", "seed:no-500")
async def test_an_endpoint_that_fails_is_left_alone_for_longer_and_longer(world: World) -> None:
    await world.connect()
    world.notion.always(json_answer({}, 503))
    world.clock.step(hours=2)
    waits: list[int | None] = []
    for _ in range(4):
        refused = [await _refusal(world) for _ in range(20)]
        waits.append(refused[-1].retry_after_seconds)
        world.clock.step(seconds=refused[-1].retry_after_seconds or 0)
    assert waits == [1, 2, 5, 10]
    assert len(world.notion.redeemed) == 4
    assert (await world.state()).status is Status.CONNECTED
    assert await world.history() == ["Authorized", "TokenRefreshStarted"]
    world.notion.script = world.notion.issue
    assert await world.lend() == "canary-access-1"


async def test_an_endpoint_that_names_a_wait_is_left_alone_for_so_long(world: World) -> None:
    await world.connect()
    world.notion.always(json_answer({}, 429, **{"retry-after": "120"}))
    world.clock.step(hours=2)
    with pytest.raises(RefreshUnavailable) as refused:
        await world.lend()
    assert refused.value.retry_after_seconds == 120
    world.clock.step(seconds=110)
    with pytest.raises(RefreshUnavailable):
        await world.lend()
    assert len(world.notion.redeemed) == 1


async def test_a_refused_token_is_replaced_once_for_all_whom_notion_refused(world: World) -> None:
    await world.connect()
    refused = await world.access_tokens.lend("space")
    world.clock.step(minutes=5)
    replaced = await asyncio.gather(
        *(world.access_tokens.replace("space", refused) for _ in range(200))
    )
    assert {one.access_token.reveal() for one in replaced} == {"canary-access-1"}
    assert world.notion.redeemed == ["canary-refresh-0"]


async def test_a_token_that_was_replaced_elsewhere_is_adopted_rather_than_renewed(
    world: World,
) -> None:
    await world.connect()
    refused = await world.access_tokens.lend("space")
    await world.connect("elsewhere")
    adopted = await world.access_tokens.replace("space", refused)
    assert adopted.access_token.reveal() == "canary-access-elsewhere"
    assert world.notion.redeemed == []


async def test_where_notion_refuses_every_token_the_next_renewal_waits(world: World) -> None:
    await world.connect()
    refused = await world.access_tokens.lend("space")
    replaced = await world.access_tokens.replace("space", refused)
    for _ in range(5):
        with pytest.raises(UpstreamUnauthorized):
            await world.access_tokens.replace("space", replaced)
    assert len(world.notion.redeemed) == 1
    world.clock.step(seconds=11)
    await world.access_tokens.replace("space", replaced)
    assert len(world.notion.redeemed) == 2


async def test_a_renewal_that_fails_after_a_401_stays_a_matter_of_waiting(world: World) -> None:
    await world.connect()
    refused = await world.access_tokens.lend("space")
    world.notion.always(json_answer({}, 503))
    for _ in range(3):
        with pytest.raises(RefreshUnavailable):
            await world.access_tokens.replace("space", refused)
    assert len(world.notion.redeemed) == 1
    world.notion.script = world.notion.issue
    world.clock.step(seconds=2)
    assert (await world.access_tokens.replace("space", refused)).access_token.reveal() == (
        "canary-access-1"
    )


async def test_a_grant_revoked_right_after_its_consent_asks_to_reconnect(world: World) -> None:
    await world.connect()
    refused = await world.access_tokens.lend("space")
    world.notion.always(json_answer({"error": "invalid_grant"}, 400))
    with pytest.raises(ReconnectRequired):
        await world.access_tokens.replace("space", refused)


async def test_after_a_disconnect_nothing_is_lent(world: World) -> None:
    with pytest.raises(NotConnected):
        await world.lend()
    await world.connect()
    await world.lend()
    await world.manage.disconnect("space", "ann")
    with pytest.raises(NotConnected):
        await world.lend()


async def test_a_disconnect_during_a_look_at_the_store_is_not_overlooked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.connect()
    load, reached, go = world.store.load_with_secrets, asyncio.Event(), asyncio.Event()

    async def slow_load(space_id: str) -> object:
        found = await load(space_id)
        reached.set()
        await go.wait()
        return found

    monkeypatch.setattr(world.store, "load_with_secrets", slow_load)
    caller = asyncio.create_task(world.lend())
    await reached.wait()
    monkeypatch.undo()
    world.notion.always(UpstreamUnreachable())
    await world.manage.disconnect("space", "ann")
    go.set()
    with pytest.raises(NotConnected):
        await caller
    assert world.access_tokens.cached("space") is None


@pytest.mark.promise("seed:invalid-grant")
async def test_a_refused_refresh_token_is_never_sent_again(world: World) -> None:
    await world.connect()
    world.notion.always(json_answer({"error": "invalid_grant"}, 400))
    world.clock.step(hours=2)
    for _ in range(5):
        with pytest.raises(ReconnectRequired):
            await world.lend()
    assert world.notion.redeemed == ["canary-refresh-0"]
    assert (await world.history())[-1] == "AuthorizationFailed"
