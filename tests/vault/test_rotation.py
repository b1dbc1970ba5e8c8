import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.integration.rules.commands import CompleteRefresh
from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.vault import rotation
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.proof_key import ProofKey
from notion_gateway.vault.rotation import RotateKeys, Rotation
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.support.waiting import PATIENCE_SECONDS
from tests.support.world import World

pytestmark = pytest.mark.anyio


def rotating(world: World, name: str) -> RotateKeys:
    """Brings a key of that name in front of the ones the world has."""
    keys = [EncryptionKey(name, name.encode().ljust(32, b"-")), *world.vault.keyring.current()]
    world.vault.keyring = FixedKeyring(keys)
    proof_key = ProofKey(world.database, world.vault)
    return RotateKeys(world.secrets, world.vault, proof_key, settle_seconds=0)


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
        async with asyncio.timeout(PATIENCE_SECONDS):
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


async def keys_used(world: World) -> set[str]:
    async with world.database.reading() as connection:
        return set((await connection.scalars(sa.select(secrets.c.key_id))).all())


@dataclasses.dataclass
class LateAppend:
    """A refresh that has sealed its new pair, and stores it while a rotation settles.

    ``settled`` are the seconds that the rotation waited between its looks.
    """

    world: World
    monkeypatch: pytest.MonkeyPatch
    settled: list[float] = dataclasses.field(default_factory=list[float])

    @asynccontextmanager
    async def under_way(self) -> AsyncGenerator[asyncio.Task[str]]:
        carry_out: Callable[..., Any] = self.world.store.carry_out
        sealed, go = asyncio.Event(), asyncio.Event()

        async def held(space_id: str, command: Any, **options: Any) -> Any:
            if isinstance(command, CompleteRefresh):
                sealed.set()
                await go.wait()
            return await carry_out(space_id, command, **options)

        async def settle(seconds: float) -> None:
            self.settled.append(seconds)
            go.set()
            await asyncio.shield(lending)

        self.monkeypatch.setattr(self.world.store, "carry_out", held)
        self.monkeypatch.setattr(rotation, "asyncio", SimpleNamespace(sleep=settle))
        lending = asyncio.create_task(self.world.lend())
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await sealed.wait()
            yield lending
        finally:
            go.set()
            await lending


@pytest.mark.promise("threats:49")
async def test_what_was_sealed_before_the_key_and_stored_after_the_first_look_moves_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.connect()
    world.clock.step(hours=2)
    late = LateAppend(world, monkeypatch)
    async with late.under_way() as lending:
        rotating(world, "k2")
        assert await RotateKeys(
            world.secrets, world.vault, ProofKey(world.database, world.vault)
        ).run() == Rotation("k2", 4, 0)
        assert lending.done()

    assert late.settled == [1.0], "as long as nobody says otherwise"
    assert await keys_used(world) == {"k2"}
    world.vault.keyring = FixedKeyring(world.vault.keyring.current()[:1])
    world.clock.step(hours=2)
    assert await world.lend() == "canary-access-2"


async def test_without_the_second_look_it_is_lost_with_the_old_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    look: Callable[..., Any] = getattr(RotateKeys, "_pass")  # noqa: B009 - from outside, on purpose
    looks = 0

    async def once(self: RotateKeys, key_id: str) -> Rotation:
        nonlocal looks
        looks += 1
        return await look(self, key_id) if looks == 1 else Rotation(key_id, 0, 0)

    monkeypatch.setattr(RotateKeys, "_pass", once)
    await world.connect()
    world.clock.step(hours=2)
    async with LateAppend(world, monkeypatch).under_way():
        await rotating(world, "k2").run()

    assert await keys_used(world) == {"k"}
    world.vault.keyring = FixedKeyring(world.vault.keyring.current()[:1])
    world.clock.step(hours=2)
    with pytest.raises(SecretUnreadable):
        await world.lend()
