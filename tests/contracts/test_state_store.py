import asyncio
from datetime import timedelta
from typing import Any

import pytest

from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.one_use_records import OneUseRecords
from notion_gateway.vault.sealed import SecretContext, to_json
from notion_gateway.vault.vault import Vault
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(minutes=10)


def sealed(vault: Vault) -> dict[str, Any]:
    return to_json(vault.seal(Secret("canary"), SecretContext("key", "", "", "oauth_state")))


async def test_what_was_put_is_taken_once(state_store: OneUseRecords, vault: Vault) -> None:
    state = sealed(vault)
    await state_store.put("key", state, LATER)
    assert await state_store.take("key", NOW) == state
    assert await state_store.take("key", NOW) is None


async def test_what_has_expired_is_gone(state_store: OneUseRecords, vault: Vault) -> None:
    await state_store.put("key", sealed(vault), LATER)
    assert await state_store.take("key", LATER) is None
    assert await state_store.take("key", NOW) is None


async def test_taking_one_leaves_the_others(state_store: OneUseRecords, vault: Vault) -> None:
    await state_store.put("one", sealed(vault), LATER)
    await state_store.put("two", sealed(vault), LATER)
    assert await state_store.take("unknown", NOW) is None
    assert await state_store.take("one", NOW) is not None
    assert await state_store.take("two", NOW) is not None


@pytest.mark.promise("threats:21")
async def test_of_a_hundred_who_take_at_once_one_gets_it(
    state_store: OneUseRecords, vault: Vault
) -> None:
    await state_store.put("key", sealed(vault), LATER)
    taken = await asyncio.gather(*(state_store.take("key", NOW) for _ in range(100)))
    assert sum(one is not None for one in taken) == 1
