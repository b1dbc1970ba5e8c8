"""doctor on what is stored: keys, database, tables and Redis, broken for real and found."""

import pytest
import sqlalchemy as sa

from notion_gateway.operations.rules import Verdict
from notion_gateway.settings import Settings
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.vault.keyring import generate_key
from tests.cli.examining import failure, findings, with_changes
from tests.cli.stored import alter, store
from tests.support.databases import PostgresServer, RedisServer
from tests.support.ports import free_port

pytestmark = pytest.mark.anyio


async def test_a_key_file_that_others_can_read(settings: Settings, notion: str) -> None:
    await store(settings, issuer=notion)
    settings.key_file.chmod(0o644)

    failed = await failure(settings)

    assert failed.check == "data_folder"
    assert str(settings.key_file) in (failed.hint or "")


async def test_a_key_that_is_missing(settings: Settings) -> None:
    await store(settings)
    settings.key_file.unlink()

    failed = await failure(settings)

    assert failed.check == "key"
    assert not settings.key_file.exists()


async def test_another_key_than_the_one_that_sealed(settings: Settings) -> None:
    await store(settings)

    failed = await failure(with_changes(settings, token_encryption_keys=generate_key()))

    assert failed.check == "secrets"
    assert "2 under" in failed.detail


async def test_a_refresh_token_that_was_altered(settings: Settings) -> None:
    await store(settings)
    refresh = secrets.c.field == "refresh_token"
    await alter(settings, sa.update(secrets).where(refresh).values(ciphertext=b"x" * 40))

    assert (await failure(settings)).check == "grant"


async def test_a_database_that_is_stopped(settings: Settings) -> None:
    url = f"postgresql+asyncpg://u:canary@127.0.0.1:{free_port()}/x"
    stopped = with_changes(settings, database_url=url, token_encryption_keys=generate_key())

    failed = await failure(stopped)

    assert failed.check == "database"
    assert "canary" not in failed.detail


async def test_a_database_whose_address_is_wrong(settings: Settings) -> None:
    keys = generate_key()
    wrong = with_changes(settings, database_url="mysql://x/y", token_encryption_keys=keys)

    assert (await failure(wrong)).check == "database"


@pytest.mark.parametrize(
    ("query", "said"),
    [("channel_binding=require", "channel_binding"), ("nonsense=1", "unknown to the server")],
)
async def test_options_that_the_driver_does_not_know(
    settings: Settings, postgres: PostgresServer, query: str, said: str
) -> None:
    url = f"{postgres.url()}?{query}"
    failed = await failure(
        with_changes(settings, database_url=url, token_encryption_keys=generate_key())
    )

    assert failed.check == "database"
    assert said in failed.detail


async def test_tables_of_another_version(settings: Settings) -> None:
    await store(settings)
    await alter(settings, sa.text("UPDATE alembic_version SET version_num = '9999'"))

    assert (await failure(settings)).check == "migrations"


async def test_a_redis_that_runs_one_that_does_not_and_one_that_is_none(
    settings: Settings, redis: RedisServer
) -> None:
    found = await findings(with_changes(settings, redis_url=redis.url))
    assert found["redis"].verdict is Verdict.OK

    for url in (f"redis://:canary@127.0.0.1:{free_port()}/0", "canary:6379"):
        failed = await failure(with_changes(settings, redis_url=url))
        assert failed.check == "redis"
        assert "canary" not in failed.detail
