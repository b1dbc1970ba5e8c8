import asyncio
import dataclasses

import pytest
import sqlalchemy as sa

from notion_gateway.storage.schema import secrets
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.rotation import RotateKeys, Rotation
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.support.world import World

pytestmark = pytest.mark.anyio


def rotating(world: World, name: str) -> RotateKeys:
    """Brings a key of that name in front of the ones the world has."""
    keys = [EncryptionKey(name, name.encode().ljust(32, b"-")), *world.vault.keyring.current()]
    world.vault.keyring = FixedKeyring(keys)
    return RotateKeys(world.secrets, world.vault, settle_seconds=0)


async def test_a_rotation_rewraps_everything_and_the_old_key_can_go(world: World) -> None:
    await world.connect()
    assert await rotating(world, "k2").run() == Rotation("k2", 2, 0)
    alone = Vault(FixedKeyring(world.vault.keyring.current()[:1]))
    world.vault.keyring = alone.keyring
    world.clock.step(hours=2)
    assert await world.lend() == "canary-access-1"


async def test_a_second_run_finds_nothing_left(world: World) -> None:
    await world.connect()
    rotate = rotating(world, "k2")
    await rotate.run()
    assert await rotate.run() == Rotation("k2", 0, 0)


async def test_a_secret_that_does_not_open_is_counted_and_left(world: World) -> None:
    await world.connect()
    async with world.database.writing() as connection:
        refresh = secrets.c.field == "refresh_token"
        await connection.execute(sa.update(secrets).where(refresh).values(key_id="lost"))
    assert await rotating(world, "k2").run() == Rotation("k2", 1, 1)


@pytest.mark.promise("threats:49")
async def test_tokens_are_lent_and_renewed_while_keys_rotate(world: World) -> None:
    await world.connect()
    done = asyncio.Event()
    lent = 0

    async def work() -> None:
        nonlocal lent
        while not done.is_set():
            world.access_tokens.forget("space")
            await world.lend()
            lent += 1

    workers = [asyncio.create_task(work()) for _ in range(16)]
    for turn in range(10):
        world.clock.step(hours=2)
        await rotating(world, f"turn-{turn}").run()
        seen = lent
        async with asyncio.timeout(20):
            while lent < seen + len(workers):  # noqa: ASYNC110 - until all went round once more
                await asyncio.sleep(0)
    done.set()
    await asyncio.gather(*workers)
    assert len(world.notion.redeemed) == 10
    state = await world.state()
    assert state.tokens is not None
    row = await world.secrets.get(state.tokens.access_token_id, "space")
    assert row is not None
    assert dataclasses.asdict(row)["key_id"].startswith("turn-")
