"""What an issuer's word costs: the spaces of its rules are read, and not all that somebody has. On
both databases.
"""

from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from notion_gateway.access.authentication_cache import AuthenticationCache
from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.issuer_store import IssuerStore
from notion_gateway.access.issuers_people import IssuersPeople
from notion_gateway.access.manage_spaces import ManageSpaces
from notion_gateway.access.membership import Members
from notion_gateway.access.rules.issuers import MembershipRule, Told
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.storage.database import Database
from notion_gateway.storage.migrating import upgrade
from notion_gateway.storage.schema.access import space_members
from tests.contracts.conftest import FrozenClock
from tests.integration.test_version_before import downgrade

pytestmark = pytest.mark.anyio

OKTA = "https://okta.example"
TOLD = Told("00u1mona", groups=frozenset({"notion"}))
OWN = 30


def rule(space: str) -> MembershipRule:
    return MembershipRule(space, Role.MEMBER, group="notion")


@dataclass(frozen=True, slots=True)
class Mona:
    """She has spaces of her own, and belongs to ``birch`` and ``old`` by Okta's word: of ``old`` no
    rule speaks any more.
    """

    database: Database
    people: IssuersPeople
    read: list[str] = field(default_factory=list[str])

    async def comes(self) -> list[str]:
        """Which spaces are read for that."""
        self.read.clear()
        await self.people.follow(OKTA, "mona", TOLD, [rule("birch")])
        return sorted(set(self.read))

    async def belongs(self) -> set[str]:
        return {one.space_id for one in await self.people.spaces.store.of_user("mona")}


@pytest.fixture
async def mona(database: Database, monkeypatch: pytest.MonkeyPatch) -> Mona:
    store, clock, trust = SpaceStore(database), FrozenClock(), CacheTrust()
    manage = ManageSpaces(
        store, Members(store, trust), AuthenticationCache(clock.now, trust), clock
    )
    people = IssuersPeople(IssuerStore(database), manage, clock, {OKTA: [rule("birch")]})
    for name in ("birch", "old"):
        await manage.create(name, "ada", name)
    for number in range(OWN):
        await manage.create(f"Own {number}", "mona")
    await people.follow(OKTA, "mona", TOLD, [rule("birch"), rule("old")])
    here = Mona(database, people)
    load = SpaceStore.load

    async def counted(self: SpaceStore, space_id: str) -> Space:
        here.read.append(space_id)
        return await load(self, space_id)

    monkeypatch.setattr(SpaceStore, "load", counted)
    return here


async def test_spaces_of_their_own_are_not_read_and_withdrawn_rules_count(mona: Mona) -> None:
    assert len(await mona.belongs()) == OWN + 2

    assert await mona.comes() == ["birch", "old"]

    assert len(await mona.belongs()) == OWN + 1
    assert "old" not in await mona.belongs()
    assert await mona.comes() == ["birch"]


async def test_where_an_earlier_version_wrote_the_rows_every_space_is_read(mona: Mona) -> None:
    """The control, and what has to come of it all the same."""
    async with mona.database.writing() as connection:
        await connection.execute(sa.update(space_members).values(issuer=None))

    assert len(await mona.comes()) == OWN + 2
    assert "old" not in await mona.belongs()


async def test_a_migrated_database_knows_it_of_spaces_without_an_issuers_people(mona: Mona) -> None:
    def again(connection: sa.Connection) -> None:
        downgrade(connection, "0031_serves_0010")
        upgrade(connection)

    async with mona.database.writing() as connection:
        await connection.run_sync(again)

    assert await mona.comes() == ["birch", "old"]
    assert len(await mona.belongs()) == OWN + 1
