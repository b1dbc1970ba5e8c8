"""What lies in Redis under a consent's name and is no consent of ours."""

import json
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.redis_records import RedisOneUseRecords
from notion_gateway.vault.sealed import SecretContext, to_json
from notion_gateway.vault.vault import Vault
from tests.contracts.conftest import FrozenClock
from tests.support.databases import RedisServer
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

NAME = "notion-gateway:oauth-state:key"
FUTURE = (NOW + timedelta(minutes=1)).timestamp()
MALFORMED = [
    b"",
    b"nonsense",
    b"\xff\xfe",
    b"[]",
    b"null",
    b"{}",
    json.dumps({"sealed": None, "until": FUTURE}).encode(),
]


@pytest.fixture
async def raw(redis: RedisServer) -> AsyncGenerator[Redis]:
    client = Redis.from_url(redis.url)  # pyright: ignore[reportUnknownMemberType] - untyped
    yield client
    await client.aclose()


@pytest.fixture
async def store(redis: RedisServer) -> AsyncGenerator[RedisOneUseRecords]:
    one = RedisOneUseRecords.at(redis.url, FrozenClock())
    yield one
    await one.close()


@pytest.mark.parametrize("value", MALFORMED)
async def test_a_malformed_value_is_an_unknown_consent_and_is_gone(
    store: RedisOneUseRecords, raw: Redis, value: bytes
) -> None:
    await raw.set(NAME, value)
    assert await store.take("key", NOW) is None
    assert not await raw.exists(NAME)


async def test_so_is_a_good_one_that_was_cut_anywhere(
    store: RedisOneUseRecords, raw: Redis, vault: Vault
) -> None:
    sealed = vault.seal(Secret("canary"), SecretContext("key", "", "", "oauth_state"))
    whole = json.dumps({"sealed": to_json(sealed), "until": FUTURE})
    for at in range(len(whole)):
        await raw.set(NAME, whole[:at])
        assert await store.take("key", NOW) is None, at
    await raw.set(NAME, whole)
    assert await store.take("key", NOW) == to_json(sealed)
