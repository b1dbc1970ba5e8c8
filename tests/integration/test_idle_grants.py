import asyncio
import itertools
import time
from collections.abc import Sequence

import pytest

from notion_gateway.integration.idle_grants import IdleGrants
from notion_gateway.kernel.errors import UpstreamUnreachable
from notion_gateway.vault.secrets_table import SecretsTable
from tests.support.waiting import PATIENCE_SECONDS
from tests.support.world import World

pytestmark = pytest.mark.anyio


async def test_a_grant_that_nobody_uses_is_renewed_before_it_lapses(world: World) -> None:
    await world.connect()
    keep_alive = IdleGrants(world.secrets, world.access_tokens, idle_seconds=0.01)
    await asyncio.sleep(0.02)
    world.clock.step(days=21)
    assert await keep_alive.renew_idle() == 1
    assert world.notion.redeemed == ["canary-refresh-0"]


async def test_a_grant_in_use_is_left_alone(world: World) -> None:
    await world.connect()
    world.clock.step(days=21)
    assert await IdleGrants(world.secrets, world.access_tokens).renew_idle() == 0
    assert world.notion.redeemed == []


async def test_a_notion_that_is_away_is_tried_again_at_the_next_look(world: World) -> None:
    await world.connect()
    keep_alive = IdleGrants(
        world.secrets, world.access_tokens, idle_seconds=0.01, look_every_seconds=0.01
    )
    await asyncio.sleep(0.02)
    world.clock.step(days=21)
    world.notion.always(UpstreamUnreachable())
    assert await keep_alive.renew_idle() == 0
    world.notion.script = world.notion.issue
    world.clock.step(hours=6)
    stop = asyncio.Event()
    running = asyncio.create_task(keep_alive.run(stop))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while world.notion.issued == 0:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, PATIENCE_SECONDS)
    await world.access_tokens.close()
    assert (await world.history())[-1] == "TokenRefreshed"


async def still_all(_: SecretsTable, grant_ids: Sequence[str], __: float) -> Sequence[str]:
    return grant_ids


async def test_a_shutdown_ends_the_renewal_that_has_begun_and_begins_no_other(
    world: World,
) -> None:
    stop, renewed = asyncio.Event(), list[str]()

    async def many(_: SecretsTable, for_seconds: float) -> list[str]:
        assert for_seconds
        return [f"space-{number}" for number in range(1000)]

    async def lend(space_id: str, _: object) -> None:
        stop.set()
        await asyncio.sleep(0)
        renewed.append(space_id)

    idle = IdleGrants(world.secrets, world.access_tokens)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SecretsTable, "unrenewed_grants", many)
        patch.setattr(SecretsTable, "unrenewed_among", still_all)
        patch.setattr(world.access_tokens, "lend", lend)
        await asyncio.wait_for(idle.run(stop), PATIENCE_SECONDS)

    assert len(renewed) == 1  # which of the two that were to be looked at, nobody can say


async def test_a_few_are_renewed_at_once_and_each_of_them_once(world: World) -> None:
    began, ended, most = list[str](), 0, 0

    async def many(_: SecretsTable, for_seconds: float) -> list[str]:
        assert for_seconds
        return [f"space-{number}" for number in range(50)]

    async def lend(space_id: str, _: object) -> None:
        nonlocal ended, most
        began.append(space_id)
        most = max(most, len(began) - ended)
        await asyncio.sleep(0.001)
        ended += 1
        if space_id == "space-7":
            raise UpstreamUnreachable

    idle = IdleGrants(world.secrets, world.access_tokens, at_once=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SecretsTable, "unrenewed_grants", many)
        patch.setattr(SecretsTable, "unrenewed_among", still_all)
        patch.setattr(world.access_tokens, "lend", lend)
        assert await asyncio.wait_for(idle.renew_idle(), PATIENCE_SECONDS) == 49

    assert sorted(began) == sorted(f"space-{number}" for number in range(50))
    assert most == 3


async def test_what_another_gateway_has_renewed_meanwhile_is_not_looked_at_again(
    world: World,
) -> None:
    looked_at = set[str]()

    async def many(_: SecretsTable, for_seconds: float) -> list[str]:
        assert for_seconds
        return [f"space-{number}" for number in range(200)]

    async def lend(space_id: str, _: object) -> None:
        looked_at.add(space_id)

    async def among(_: SecretsTable, grant_ids: Sequence[str], __: float) -> Sequence[str]:
        return grant_ids if not looked_at else grant_ids[:10]  # another one renews 40 of each 50

    idle = IdleGrants(world.secrets, world.access_tokens)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SecretsTable, "unrenewed_grants", many)
        patch.setattr(SecretsTable, "unrenewed_among", among)
        patch.setattr(world.access_tokens, "lend", lend)
        assert await asyncio.wait_for(idle.renew_idle(), PATIENCE_SECONDS) == 200

    assert len(looked_at) == 50 + 3 * 10


async def test_where_others_have_to_wait_renewals_wait_longer(world: World) -> None:
    """A loop that is busy for ten milliseconds at a time has thirty without a renewal."""
    began = list[float]()
    stop = asyncio.Event()

    async def many(_: SecretsTable, for_seconds: float) -> list[str]:
        assert for_seconds
        return [f"space-{number}" for number in range(5)]

    async def lend(_: str, __: object) -> None:
        began.append(time.monotonic())

    async def busy() -> None:
        while not stop.is_set():
            time.sleep(0.01)  # noqa: ASYNC251 - what is told of: it holds up the loop
            await asyncio.sleep(0)

    idle = IdleGrants(world.secrets, world.access_tokens, at_once=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SecretsTable, "unrenewed_grants", many)
        patch.setattr(SecretsTable, "unrenewed_among", still_all)
        patch.setattr(world.access_tokens, "lend", lend)
        working = asyncio.create_task(busy())
        await asyncio.sleep(0)
        await asyncio.wait_for(idle.renew_idle(), PATIENCE_SECONDS)
        stop.set()
        await working

    pauses = [later - earlier for earlier, later in itertools.pairwise(began)]
    assert min(pauses) >= 0.03
