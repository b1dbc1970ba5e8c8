"""A secret that no key here opens: it fails alone, by name. Nothing that opens: not ready."""

import asyncio
import dataclasses
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.kernel.errors import SecretUnreadable, SomeSecretsUnreadable
from notion_gateway.kernel.secret import Secret
from notion_gateway.operations.examination import open_examination
from notion_gateway.operations.rules import Finding, Verdict
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.vault.checks import fitting_check
from notion_gateway.vault.keyring import FixedKeyring, generate_key, parse_keys
from notion_gateway.vault.sealed import SealedSecret, SecretContext
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault
from tests.faults.places import Kind, new_database, on, sqlite_file
from tests.support.gateway import Caller, calling, gateway_settings, serving_gateway
from tests.support.processes import gateway_process
from tests.support.rig import a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until, until_told

pytestmark = pytest.mark.anyio

MINE = secrets.c.space_id == "stray", secrets.c.field == "refresh_token"


@asynccontextmanager
async def opened(folder: Path, place: Mapping[str, Any]) -> AsyncGenerator[Database]:
    database = Database(place.get("database_url", f"sqlite+aiosqlite:///{sqlite_file(folder)}"))
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def place(request: pytest.FixtureRequest) -> dict[str, Any]:
    kind: Kind = request.param
    if kind == "sqlite":
        return {}
    server = request.getfixturevalue("postgres")
    return on(server.url(await new_database(server)))


def variables(place: Mapping[str, Any]) -> dict[str, str]:
    if not place:
        return {}
    keys = place["token_encryption_keys"].get_secret_value()
    return {"DATABASE_URL": place["database_url"], "TOKEN_ENCRYPTION_KEYS": keys}


@pytest.mark.promise("threats:50")
async def test_one_stray_secret_fails_alone_and_is_named_and_the_gateway_is_ready(
    place: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), **place) as rig:
        for space in ("stray", "sound"):
            assert (await rig.caller.connect(space)).result["status"] == "success"
        async with opened(tmp_path, place) as database, database.writing() as connection:
            change = sa.update(secrets).where(*MINE).values(key_id="gone")
            changed = change.returning(secrets.c.secret_id)
            secret_id = (await connection.execute(changed)).scalar_one()
        rig.let_token_expire()
        async with serving_gateway(tmp_path, rig.notion.url, **place) as again:
            async with calling(again.url) as caller:
                answer = await caller.get("/readyz", user=None)
                assert answer.status == 200
                assert answer.json["checks"]["key"] == "warning"
                assert (await caller.call("stray")).reason == "secret_unreadable"
                assert (await caller.call("sound")).status == 200
            found = await examined(tmp_path, rig.notion.url, again.url, place)
        log = tmp_path / "gateway.log"
        async with gateway_process(tmp_path, rig.notion.url, log, **variables(place)) as process:
            await process.stop()  # a killed one's last lines may be unwritten

    for check in ("secrets", "gateway"):
        assert found[check].verdict is Verdict.WARNING, found[check]
    assert f"Secret {secret_id} was sealed with key 'gone'" in found["secrets"].detail
    told = [line for line in log.read_text().splitlines() if "secrets_unreadable" in line]
    assert any(secret_id in line and "'gone'" in line for line in told)


async def examined(
    folder: Path, notion: str, gateway: str, place: Mapping[str, Any]
) -> dict[str, Finding]:
    settings = gateway_settings(folder, notion, 9, **place)
    async with open_examination(
        settings, gateway_url=gateway, space_id="sound", register=False
    ) as found:
        return {finding.check: finding async for finding in found}


@pytest.mark.promise("threats:50")
async def test_with_nothing_that_opens_the_gateway_is_not_ready(
    place: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, **place) as rig:
        assert (await rig.caller.connect("team")).result["status"] == "success"
        async with opened(tmp_path, place) as database, database.writing() as connection:
            await connection.execute(sa.update(secrets).values(key_id="gone"))
        async with serving_gateway(tmp_path, rig.notion.url, **place) as again:
            async with calling(again.url) as caller:
                await until_told(partial(key_has_failed, caller))
            found = await examined(tmp_path, rig.notion.url, again.url, place)

    assert found["secrets"].verdict is Verdict.FAILED


async def key_has_failed(caller: Caller) -> bool:
    """A check that a busy machine does not answer in time leaves the gateway ready at first."""
    answer = await caller.get("/readyz", user=None)
    return (answer.status, answer.json["checks"]["key"]) == (503, "failed")


# --- how often, and how closely -----------------------------------------------------------


@dataclasses.dataclass
class Counted:
    """What is stored, and how often somebody looked."""

    usage: SecretsTable
    looks: int = 0

    async def samples(self, each: int) -> Mapping[str, Sequence[SealedSecret]]:
        self.looks += 1
        return await self.usage.samples(each)


def a_vault(*keys: str) -> Vault:
    return Vault(FixedKeyring(parse_keys(" ".join(keys))))


async def seal(database: Database, vault: Vault, count: int, *, damaged: int = 0) -> None:
    async with database.writing() as connection:
        for number in range(count):
            context = SecretContext(f"s-{number:04}", "space", "process", "refresh_token")
            sealed = vault.seal(Secret("canary"), context)
            row: dict[str, Any] = {
                **dataclasses.asdict(context),
                "schema_version": sealed.schema_version,
                "key_id": sealed.key_id,
                "wrapped_key": bytes(60) if number < damaged else sealed.wrapped_key,
                "ciphertext": sealed.ciphertext,
                "created_at": 0.0,
            }
            await connection.execute(sa.insert(secrets).values(row))


@pytest.fixture
async def database(place: dict[str, Any], tmp_path: Path) -> AsyncGenerator[Database]:
    async with opened(tmp_path, place) as database:
        await database.migrate()
        yield database


async def test_however_often_readiness_is_asked_for_what_is_stored_is_looked_at_once(
    database: Database,
) -> None:
    first, second = generate_key(), generate_key()
    vault = a_vault(first)
    await seal(database, vault, 2)
    stored = Counted(SecretsTable(database))
    check = fitting_check(vault, stored.samples)
    await asyncio.gather(*(check() for _ in range(50)))
    assert stored.looks == 1

    vault.keyring = FixedKeyring(parse_keys(second))
    for _ in range(5):
        with pytest.raises(SecretUnreadable, match="open nothing stored"):
            await check()
    assert stored.looks == 3, "with other keys at once, and closely before it says no"

    vault.keyring = FixedKeyring(parse_keys(f"{second} {first}"))
    await check()
    assert stored.looks == 4


async def test_what_is_stored_is_looked_at_again_in_time(database: Database) -> None:
    vault = a_vault(generate_key())
    stored = Counted(SecretsTable(database))
    check = fitting_check(vault, stored.samples, look_again_seconds=0)
    await check()
    await seal(database, a_vault(generate_key()), 1)
    with pytest.raises(SecretUnreadable):
        await check()


async def test_damage_to_the_first_few_of_many_does_not_make_the_keys_wrong(
    database: Database,
) -> None:
    vault = a_vault(generate_key())
    await seal(database, vault, 40, damaged=20)
    with pytest.raises(SomeSecretsUnreadable, match="s-0000"):
        await fitting_check(vault, SecretsTable(database).samples)()


async def test_a_database_that_is_away_is_not_the_keys_fault(
    database: Database, tmp_path: Path
) -> None:
    assert database
    before = sqlite_threads()
    away = Database(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such.sqlite3'}")
    await fitting_check(a_vault(generate_key()), SecretsTable(away).samples)()
    await away.close()
    # The thread of a connection that failed ends by itself, and would miss a loop that is closed.
    await until(lambda: sqlite_threads() <= before)


def sqlite_threads() -> int:
    return sum("_connection_worker_thread" in one.name for one in threading.enumerate())
