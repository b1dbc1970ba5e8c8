import asyncio
from datetime import timedelta
from typing import Any

import pytest

from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.one_use_records import OneUseRecords, Record
from notion_gateway.vault.sealed import SecretContext, to_json
from notion_gateway.vault.vault import Vault
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(minutes=10)


def sealed(vault: Vault) -> dict[str, Any]:
    return to_json(vault.seal(Secret("canary"), SecretContext("key", "", "", "oauth_state")))


async def test_what_was_put_is_taken_once(state_store: OneUseRecords, vault: Vault) -> None:
    state = sealed(vault)
    await state_store.put(Record("key", state, LATER))
    assert await state_store.take("key", NOW) == state
    assert await state_store.take("key", NOW) is None


async def test_what_has_expired_is_gone(state_store: OneUseRecords, vault: Vault) -> None:
    await state_store.put(Record("key", sealed(vault), LATER))
    assert await state_store.take("key", LATER) is None
    assert await state_store.take("key", NOW) is None


async def test_taking_one_leaves_the_others(state_store: OneUseRecords, vault: Vault) -> None:
    await state_store.put(Record("one", sealed(vault), LATER))
    await state_store.put(Record("two", sealed(vault), LATER))
    assert await state_store.take("unknown", NOW) is None
    assert await state_store.take("one", NOW) is not None
    assert await state_store.take("two", NOW) is not None


@pytest.mark.promise("threats:21")
async def test_of_a_hundred_who_take_at_once_one_gets_it(
    state_store: OneUseRecords, vault: Vault
) -> None:
    await state_store.put(Record("key", sealed(vault), LATER))
    taken = await asyncio.gather(*(state_store.take("key", NOW) for _ in range(100)))
    assert sum(one is not None for one in taken) == 1


async def test_looking_leaves_it_there_until_it_expires(
    state_store: OneUseRecords, vault: Vault
) -> None:
    state = sealed(vault)
    await state_store.put(Record("key 1", state, LATER))
    assert await state_store.look("key 1", NOW) == state
    assert await state_store.look("key 1", NOW) == state
    assert await state_store.look("unknown 1", NOW) is None
    assert await state_store.look("key 1", LATER) is None


async def test_what_is_taken_leaves_another_in_its_place_and_what_is_not_leaves_none(
    state_store: OneUseRecords, vault: Vault
) -> None:
    state, left = sealed(vault), Record("left 2", {"a": 1}, LATER)
    await state_store.put(Record("key 2", state, LATER))
    assert await state_store.take("unknown 2", NOW, left) is None
    assert await state_store.look("left 2", NOW) is None
    assert await state_store.take("key 2", NOW, left) == state
    assert await state_store.look("left 2", NOW) == {"a": 1}
    assert await state_store.take("key 2", NOW, Record("more 2", {}, LATER)) is None
    assert await state_store.look("more 2", NOW) is None


async def test_only_what_is_there_is_replaced(state_store: OneUseRecords, vault: Vault) -> None:
    await state_store.replace(Record("key 3", {"a": 1}, LATER))
    assert await state_store.look("key 3", NOW) is None
    await state_store.put(Record("key 3", sealed(vault), LATER))
    await state_store.replace(Record("key 3", {"a": 2}, LATER))
    assert await state_store.look("key 3", NOW) == {"a": 2}


async def test_of_many_who_take_at_once_one_leaves_something(
    state_store: OneUseRecords, vault: Vault
) -> None:
    await state_store.put(Record("key 4", sealed(vault), LATER))
    takers = [
        state_store.take("key 4", NOW, Record("left 4", {"by": number}, LATER))
        for number in range(50)
    ]
    taken = await asyncio.gather(*takers)
    (winner,) = [number for number, one in enumerate(taken) if one is not None]
    assert await state_store.look("left 4", NOW) == {"by": winner}
