"""When grants were last used, as each database keeps it."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from notion_gateway.http.called import Called
from notion_gateway.http.request_log import Noted
from notion_gateway.integration.grant_uses import GrantUses, of_no_grant
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import Counted, RowsPast
from notion_gateway.storage.schema.grants import grant_uses, secrets
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

AT = NOW.timestamp()


def noted(at: float, space: str = "birch", *, sent: bool = True, grant: str = "") -> Noted:
    called = Called("ada", space_id=space, grant=grant)
    sent_after = 0.001 if sent else 0.0
    return Noted("POST", "/", 200, "answered", 0.1, "r", called, sent_after, "", "", at)


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


async def test_the_newest_of_several_processes_counts_whoever_writes_last(
    database: Database,
) -> None:
    one, other = GrantUses(database), GrantUses(database)
    assert await one.last("birch") is None
    one.take([noted(AT), noted(AT + 5)])
    assert await one.last("birch") == moment(AT + 5), "before it is written down"
    assert await other.last("birch") is None
    other.take([noted(AT + 2)])
    await one.write_down()
    await other.write_down()
    for each in (one, other, GrantUses(database)):
        assert await each.last("birch") == moment(AT + 5)


async def test_only_what_went_on_to_notion_counts_and_for_the_grant_that_served(
    database: Database,
) -> None:
    uses = GrantUses(database)
    uses.take([noted(AT, sent=False), noted(AT, space=""), noted(AT + 1, grant="personal")])
    uses.take([noted(AT + 2, "maple", grant="shared")])
    await uses.write_down()
    assert await uses.last("birch") is None
    assert await uses.last(member_grant("birch", "ada")) == moment(AT + 1)
    assert await uses.last("maple") == moment(AT + 2)


async def test_many_calls_are_one_row_and_one_writing(database: Database) -> None:
    """However many there were: nothing is written before its time, and then once."""
    uses = GrantUses(database)
    for number in range(1000):
        uses.take([noted(AT + number, f"space-{number % 3}")])
    count = sa.select(sa.func.count()).select_from(grant_uses)
    async with database.reading() as connection:
        assert await connection.scalar(count) == 0
    await uses.write_down()
    async with database.reading() as connection:
        assert await connection.scalar(count) == 3


async def test_what_is_known_of_a_grant_goes_with_its_tokens(database: Database) -> None:
    uses = GrantUses(database)
    uses.take([noted(AT, "birch"), noted(AT, "maple")])
    await uses.write_down()
    names = {"secret_id": "s", "space_id": "birch", "process_id": "", "field": "access_token"}
    sealed = {"schema_version": 1, "key_id": "", "wrapped_key": b"", "ciphertext": b""}
    async with database.writing() as connection:
        await connection.execute(sa.insert(secrets), {**names, **sealed, "created_at": AT})
    past = RowsPast(database, grant_uses, "", lambda _: of_no_grant(), by_page=True)
    assert await past.count(NOW) == Counted(1, 1)
    assert sum([count async for count in past.delete(NOW)]) == 1
    assert await uses.last("birch") is not None
    assert await uses.last("maple") is None
