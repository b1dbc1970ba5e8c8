"""Gateway tokens on both databases: found by their hash, listed, ended."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from notion_gateway.access.authentication_cache import AuthenticationCache
from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.gateway_tokens import new_token
from notion_gateway.access.manage_spaces import ManageSpaces
from notion_gateway.access.membership import Members
from notion_gateway.access.rules.gateway_tokens import GatewayToken, TokenKind, hint_of
from notion_gateway.access.rules.space_events import (
    SpaceCreated,
)
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.kernel.errors import (
    StoreRefused,
)
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.access import gateway_tokens, spaces
from tests.contracts.belonging import let_belong
from tests.support.folding import space_history_of
from tests.support.samples import NOW
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def ada_belongs(database: Database) -> None:
    await let_belong(database, "s", "other")


def a_token(number: int = 1, space: str = "s", user: str = "ada") -> tuple[GatewayToken, Secret]:
    secret = new_token(TokenKind.PERSONAL)
    token = GatewayToken(
        token_id=f"t{number}",
        sha256=secret.fingerprint(),
        kind=TokenKind.PERSONAL,
        space_id=space,
        user_id=user,
        name="Script",
        hint=hint_of(secret),
        created_at=NOW + timedelta(seconds=number),
        expires_at=NOW + timedelta(days=90),
    )
    return token, secret


async def test_a_token_is_found_by_its_hash_and_as_it_was_given_out(database: Database) -> None:
    store = GatewayTokenStore(database)
    plain, secret = a_token()
    limited = replace(
        a_token(2)[0], read_only=True, tools=frozenset({"notion-fetch", "notion-search"})
    )
    manager = replace(a_token(3)[0], can_manage=True)
    for token in (plain, limited, manager):
        await store.add(token)

    assert await store.by_hash(secret.fingerprint()) == plain
    assert await store.by_hash(limited.sha256) == limited
    assert await store.by_hash(manager.sha256) == manager
    assert await store.by_hash(secret.reveal()) is None
    assert await store.by_hash("") is None


async def test_the_token_itself_is_nowhere_in_the_database(database: Database) -> None:
    token, secret = a_token()
    await GatewayTokenStore(database).add(token)
    async with database.reading() as connection:
        (row,) = (await connection.execute(sa.select(gateway_tokens))).all()

    assert secret.reveal() not in repr(row)
    assert secret.reveal()[9:-4] not in repr(row)


async def test_good_tokens_are_listed_oldest_first(database: Database) -> None:
    store = GatewayTokenStore(database)
    for number in (3, 1, 2):
        await store.add(a_token(number)[0])
    await store.add(a_token(4, space="other")[0])
    await store.add(replace(a_token(5)[0], expires_at=NOW))
    await store.end("s", ["t2"], "ada", NOW)

    assert [one.token_id for one in await store.of_space("s", NOW)] == ["t1", "t3"]
    assert await store.of_space("s", NOW + timedelta(days=90)) == []


async def test_revoking_takes_tokens_of_that_space_only_and_keeps_the_first_time(
    database: Database,
) -> None:
    store = GatewayTokenStore(database)
    ours, theirs = a_token(1)[0], a_token(2, space="other")[0]
    for token in (ours, theirs):
        await store.add(token)
    await store.end("s", ["t1", "t2", "t9"], "ada", NOW)
    await store.end("s", ["t1"], "eve", NOW + timedelta(days=1))

    gone = await store.by_hash(ours.sha256)
    assert gone is not None
    assert gone.revoked_at == NOW
    assert await store.by_hash(theirs.sha256) == theirs
    async with database.reading() as connection:
        by = await connection.scalar(
            sa.select(gateway_tokens.c.revoked_by).where(gateway_tokens.c.token_id == "t1")
        )
    assert by == "ada"


async def test_it_tells_which_of_some_tokens_nobody_has_ended(database: Database) -> None:
    store = GatewayTokenStore(database)
    for number in (1, 2):
        await store.add(a_token(number)[0])
    await store.add(replace(a_token(3)[0], expires_at=NOW))
    await store.end("s", ["t2"], "ada", NOW)

    assert set(await store.living_among(["t1", "t2", "t3", "absent"])) == {"t1", "t3"}
    assert set(await store.living_among([])) == set()


async def test_the_last_use_never_goes_back(database: Database) -> None:
    store = GatewayTokenStore(database)
    token = a_token()[0]
    await store.add(token)
    later = NOW + timedelta(hours=2)
    await asyncio.gather(
        *(store.used({"t1": NOW + timedelta(minutes=number)}) for number in range(4)),
        store.used({"t1": later, "unknown": later}),
    )
    await store.used({"t1": NOW})

    found = await store.by_hash(token.sha256)
    assert found is not None
    assert found.last_used_at == later


async def test_the_program_that_called_last_is_known_by_what_its_token_belongs_to(
    database: Database,
) -> None:
    store = GatewayTokenStore(database)
    for number, client in ((1, None), (2, "grant"), (3, "grant"), (4, None)):
        await store.add(replace(a_token(number)[0], belongs_to=client))
    uses = {f"t{number}": NOW + timedelta(hours=number) for number in (1, 2, 3, 4)}
    await store.used(uses, {"t1": "Birch/1", "t2": "Elm/1", "t3": "Elm/2"})
    later = NOW + timedelta(hours=5)
    await store.used({"t1": later})  # by something that does not say what it is

    assert await store.programs("s") == {"t1": "Birch/1", "grant": "Elm/2"}
    assert await store.programs("another") == {}


@pytest.mark.parametrize("operation", ["append", "create"])
async def test_a_row_that_the_database_refuses_is_no_lost_race_and_is_not_tried_for_ever(
    database: Database, operation: str
) -> None:
    """A space's row without its stream: nobody was faster, and trying again would not help."""
    row = {"space_id": "s", "name": "Left over", "created_at": NOW}
    async with database.writing() as connection:
        await connection.execute(sa.insert(spaces), row)
    store = SpaceStore(database)

    async def act() -> None:
        if operation == "append":
            await store.append("s", 0, [SpaceCreated(at=NOW, name="New", created_by="ada")])
        else:
            trust, clock = CacheTrust(), SystemClock()
            bearers = AuthenticationCache(clock.now, trust)
            manage = ManageSpaces(store, Members(store, trust), bearers, clock)
            await manage.create("New", "ada", "s")

    with pytest.raises(StoreRefused):
        await asyncio.wait_for(act(), PATIENCE_SECONDS)
    assert list(await space_history_of(store, "s")) == []
