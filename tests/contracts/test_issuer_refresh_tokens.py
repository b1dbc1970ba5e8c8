"""What is kept of an issuer's refresh tokens while somebody else ends it: real transactions against
each other, on both databases. On SQLite the second writer waits for the whole of the first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access import issuer_refresh_tokens as module
from notion_gateway.access.issuer_refresh_tokens import FIELD, IssuerRefreshTokens
from notion_gateway.access.issuer_store import IssuerStore
from notion_gateway.access.rules.space_events import (
    Role,
    SpaceEvent,
    SpaceMemberAdded,
    SpaceMemberRemoved,
)
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.storage.schema.issuers import issuer_refresh_tokens
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault
from tests.contracts.space_samples import CREATED
from tests.contracts.test_issuers import waits
from tests.support.samples import NOW
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio

OKTA = "https://okta.example"
Drop = Callable[[AsyncConnection, sa.ColumnElement[bool]], Awaitable[None]]
GONE = SpaceMemberRemoved(at=NOW, user_id="mona", removed_by="ada")


@pytest.fixture
async def kept(database: Database, vault: Vault) -> IssuerRefreshTokens:
    """Mona belongs to a space by the issuer's word."""
    by_word = SpaceMemberAdded(
        at=NOW, user_id="mona", role=Role.MEMBER, added_by="issuer", issuer=OKTA
    )
    await SpaceStore(database).append("birch", 0, [CREATED, by_word])
    assert await IssuerStore(database).signed_in(OKTA, "m1", "mona", NOW)
    return IssuerRefreshTokens(database, vault, SecretsTable(database))


async def keep(kept: IssuerRefreshTokens) -> bool:
    return await kept.keep(OKTA, "m1", "gateway", Secret("first"), NOW)


async def left(database: Database) -> tuple[int, int]:
    """Rows of tokens, and of secrets for them."""
    tokens = sa.select(sa.func.count()).select_from(issuer_refresh_tokens)
    sealed = sa.select(sa.func.count()).where(secrets.c.field == FIELD)
    async with database.reading() as connection:
        return await connection.scalar(tokens) or 0, await connection.scalar(sealed) or 0


class Removal:
    """Of Mona; once it has looked for her tokens, it ends when ``goes_on`` is set."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.has_looked, self.goes_on = asyncio.Event(), asyncio.Event()
        self._spaces = SpaceStore(database)
        drop = module.drop_of_leaver

        async def look(connection: AsyncConnection, event: SpaceEvent) -> None:
            await drop(connection, event)
            self.has_looked.set()
            await self.goes_on.wait()

        monkeypatch.setattr("notion_gateway.access.space_store.drop_of_leaver", look)

    async def run(self) -> None:
        await self._spaces.append("birch", 2, [GONE])


async def test_none_is_left_of_who_is_removed_while_it_is_kept(
    database: Database, kept: IssuerRefreshTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The removal finds no token yet: whoever keeps one waits for its end, and sees it."""
    removal = Removal(database, monkeypatch)
    async with asyncio.TaskGroup() as group:
        group.create_task(removal.run())
        await removal.has_looked.wait()
        keeping = group.create_task(keep(kept))
        await until_told(partial(waits, database))
        removal.goes_on.set()
    assert keeping.result() is False
    assert await left(database) == (0, 0)


async def secrets_first(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> None:
    """The other order, which waits in a circle with whoever replaces the token."""
    named = sa.select(issuer_refresh_tokens.c.secret_id).where(which)
    theirs = secrets.c.secret_id.in_(named)
    await connection.execute(sa.delete(secrets).where(secrets.c.field == FIELD, theirs))
    await connection.execute(sa.delete(issuer_refresh_tokens).where(which))


async def at_once(database: Database, drop: Drop) -> None:
    """A new token's row is written, and its secret not yet taken away, when the removal begins.
    Raises what the database says of it.
    """
    named = sa.update(issuer_refresh_tokens).values(client_id="gateway")

    async def removed() -> None:
        async with database.writing() as connection:
            await drop(connection, sa.true())

    async with asyncio.TaskGroup() as group, database.writing() as connection:
        await connection.execute(named)
        group.create_task(removed())
        await until_told(partial(waits, database))
        await connection.execute(sa.delete(secrets).where(secrets.c.field == FIELD))


async def test_a_removal_and_a_new_token_at_once_do_not_wait_in_a_circle(
    database: Database, kept: IssuerRefreshTokens
) -> None:
    assert await keep(kept)
    await at_once(database, module.drop)
    assert await left(database) == (0, 0)


async def test_in_the_other_order_they_would(database: Database, kept: IssuerRefreshTokens) -> None:
    """The control. SQLite has one writer at a time, whatever the order."""
    assert await keep(kept)
    if database.engine.dialect.name == "sqlite":
        await at_once(database, secrets_first)
        return
    with pytest.raises(ExceptionGroup) as fault:
        await at_once(database, secrets_first)
    assert fault.value.subgroup(StoreUnavailable) is not None
