"""What is kept of issuers and their people, on every database."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from notion_gateway.access.issuer_store import (
    IssuersPerson,
    IssuerStore,
    NotSilent,
    require_silence,
)
from notion_gateway.access.rules.space_events import (
    Role,
    SpaceCreated,
    SpaceMemberAdded,
    SpaceMemberRemoved,
)
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.issuers import issuer_people
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 29, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
OKTA, OTHER = "https://okta.example", "https://other.example"


def person(subject: str, email: str | None = None, issuer: str = OKTA) -> IssuersPerson:
    return IssuersPerson(issuer, subject, email or subject, email, NOW, None)


async def test_a_subject_and_an_address_are_linked_once_for_each_issuer(database: Database) -> None:
    store = IssuerStore(database)

    assert await store.link(person("one", "mona@birch.example"))
    assert not await store.link(person("one"))
    assert not await store.link(person("two", "mona@birch.example"))
    assert await store.link(person("two"))
    assert await store.link(person("three"))  # who has no address is in nobody's way
    assert await store.link(person("one", "mona@birch.example", OTHER))

    assert await store.person(OKTA, "one") == person("one", "mona@birch.example")
    assert await store.forget(OKTA, "one")
    assert await store.link(person("four", "mona@birch.example"))


async def test_an_issuers_word_counts_until_it_is_revoked_and_again_when_restored(
    database: Database,
) -> None:
    store = IssuerStore(database)
    await store.link(person("one"))

    assert await store.confirm(OKTA, "one", NOW)
    assert await store.confirmed_at(OKTA, "one") == NOW
    assert await store.revoke(OKTA, "ada", LATER)
    assert await store.confirmed_at(OKTA, "one") is None
    assert not await store.revoke(OKTA, "bob", LATER)
    assert not await store.confirm(OKTA, "one", LATER)
    assert await store.revoked() == {OKTA}
    (revoked,) = await store.revocations()
    assert (revoked.revoked_at, revoked.revoked_by) == (LATER, "ada")

    assert await store.restore(OKTA, NOW)
    assert not await store.restore(OKTA, LATER)
    assert await store.confirmed_at(OKTA, "one") == NOW
    assert await store.confirm(OKTA, "one", LATER)
    assert not await store.confirm(OKTA, "unknown", LATER)


async def test_who_signs_in_is_who_the_issuer_means_from_then_on(database: Database) -> None:
    store = IssuerStore(database)
    await store.link(person("one"))

    assert await store.signed_in(OKTA, "one", "mona", NOW)
    assert await store.signed_in(OKTA, "two", "bob", NOW)

    known = {one.subject: one.user_id for one in await store.people(OKTA)}
    assert known == {"one": "mona", "two": "bob"}
    assert await store.confirmed_at(OKTA, "bob") == NOW


async def test_only_where_an_issuer_is_silent_a_membership_ends_for_it(database: Database) -> None:
    """Bob is linked twice, and was heard of once; of Zoe nothing was said."""
    store, spaces = IssuerStore(database), SpaceStore(database)
    await spaces.append("birch", 0, [SpaceCreated(at=NOW, name="Birch", created_by="bob")])
    added = SpaceMemberAdded(at=NOW, user_id="zoe", role=Role.MEMBER, added_by="bob", issuer=OKTA)
    await spaces.append("birch", 1, [added])
    await store.link(IssuersPerson(OKTA, "one", "bob", None, NOW, None))
    await store.link(IssuersPerson(OKTA, "two", "bob", None, NOW, LATER))
    await store.link(IssuersPerson(OKTA, "three", "zoe", None, NOW, None))
    assert await store.spaces_of({OKTA}) == {"birch"}
    assert await store.last_words("birch", {OKTA, OTHER}) == {(OKTA, "bob"): LATER}
    assert await store.last_words("elm", {OKTA}) == {}

    async def end(user_id: str) -> None:
        removed = SpaceMemberRemoved(at=LATER, user_id=user_id, removed_by="issuer")
        silent = partial(require_silence, issuer=OKTA, user_id=user_id, since=LATER)
        await spaces.append("birch", 2, [removed], only_if=silent)

    with pytest.raises(NotSilent):
        await end("bob")
    await store.revoke(OKTA, "ada", LATER)
    with pytest.raises(NotSilent):
        await end("zoe")
    assert (await spaces.load("birch")).members.keys() == {"bob", "zoe"}
    await store.restore(OKTA, NOW)
    await end("zoe")
    assert (await spaces.load("birch")).members.keys() == {"bob"}


async def test_who_signs_in_twice_in_the_same_moment_for_the_first_time_is_signed_in_twice(
    database: Database,
) -> None:
    """The second one looks for them while the first one's row is written and not yet there."""
    store = IssuerStore(database)
    row = {"issuer": OKTA, "subject": "two", "user_id": "bob", "linked_at": NOW}
    async with database.writing() as first:
        await first.execute(sa.insert(issuer_people), row)
        second = asyncio.create_task(store.signed_in(OKTA, "two", "bob", NOW))
        await until_told(partial(waits, database))

    assert await second
    assert [one.user_id for one in await store.people(OKTA)] == ["bob"]


async def waits(database: Database) -> bool:
    """Whether somebody waits for a lock; on SQLite the second writer has not begun."""
    if database.engine.dialect.name == "sqlite":
        return True
    async with database.reading() as connection:
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        return bool(await connection.scalar(sa.text(query)))
