"""The chain of a space's calls, on each database: appended, found and checked."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import cast

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.audit.questions import Question
from notion_gateway.audit.rules.chain import ChainCheck, Ends, Fault, Flaw
from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.audit.store import AuditStore
from notion_gateway.audit.verify import verify
from notion_gateway.audit.writer import AuditWriter
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.storage.database import Database
from tests.contracts.audit_samples import (
    KEY,
    LAST_PAGE,
    OTHER_PAGE,
    PAGE,
    ends_of,
    entries,
    fault_of,
    sql,
)
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

EXCHANGE_TWO = (
    "UPDATE audit_entries SET tool = CASE number WHEN 1 THEN 'tool-0' WHEN 2 THEN 'tool-1'"
    " WHEN 3 THEN 'tool-3' WHEN 4 THEN 'tool-2' ELSE 'tool-4' END"
)
INTO_PAGES = "INSERT INTO audit_pages (space_id, page, number)"
DAY = 24 * 3600.0


@pytest.fixture
def store(database: Database) -> AuditStore:
    return AuditStore(database, lambda: [KEY])


async def test_what_is_appended_comes_back_as_it_was(store: AuditStore) -> None:
    whole = Entry(
        at=1_764_000_000.123456,
        kind=Kind.CALL,
        user_id="ada",
        token="t-1",
        client="Birch Editor 1.0 \N{SNOWMAN}",
        tool="notion-update-page",
        status=200,
        outcome="answered",
        reason="",
        duration_ms=12.345,
        asked_bytes=321,
        request_id="r-1",
        trace_id="0" * 32,
        rule="no deleting",
        pages=(PAGE,),
        grant="personal",
        answered_bytes=2**40,
        arguments='{"query":"\N{SNOWMAN}"}',
        result="[redacted]",
        more_pages=2**40,
        mcp_client="Birch Editor/1.0",
    )
    await store.append({"birch": [whole], "maple": entries(2)})
    (kept,) = await store.find("birch", Question(), 10)
    assert (kept.entry, kept.link.number) == (whole, 1)
    assert len(await store.find("maple", Question(), 10)) == 2
    assert await store.spaces() == ["birch", "maple"]
    assert await fault_of(store) is None
    assert await fault_of(store, "maple") is None
    assert await verify(store, "oak") is None


async def test_the_newest_program_of_each_token_is_found(store: AuditStore) -> None:
    called = [("ada", "t-1", "Birch 1.0"), ("bob", "t-2", "Oak 7"), ("ada", "t-1", "Birch 1.1")]
    called += [("ada", "", "a browser")]
    some = [Entry(at=1.0, user_id=who, token=token, client=it) for who, token, it in called]
    await store.append({"birch": some, "maple": [Entry(at=1.0, token="t-1", client="Elm")] * 5})
    assert await store.programs("birch", None) == {"t-1": "Birch 1.1", "t-2": "Oak 7"}
    assert await store.programs("birch", "bob") == {"t-2": "Oak 7"}
    assert await store.programs("oak", None) == {}


async def test_many_writers_make_one_chain(store: AuditStore) -> None:
    others = [AuditStore(store.database, lambda: [KEY]) for _ in range(4)]
    await asyncio.gather(
        *(
            one.append({"maple": entries(3), "birch": entries(5)})
            for one in [store, *others]
            for _ in range(4)
        )
    )
    found = await verify(store, "birch")
    assert found is not None
    assert (found.checked, found.newest, found.fault) == (100, 100, None)


async def test_writers_that_do_not_wait_for_each_other_break_it(
    store: AuditStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the row is read without being locked, and before the transaction."""
    locked = AuditStore._locked  # pyright: ignore[reportPrivateUsage]
    stale: dict[str, tuple[Ends, int]] = {}

    async def unlocked(
        self: AuditStore, connection: AsyncConnection, space_id: str
    ) -> tuple[Ends, int]:
        return stale.setdefault(space_id, await locked(self, connection, space_id))

    monkeypatch.setattr(AuditStore, "_locked", unlocked)
    await store.append({"birch": entries(3)})
    with pytest.raises(IntegrityError):
        await store.append({"birch": entries(3)})


async def test_each_question_finds_its_entries_newest_first(store: AuditStore) -> None:
    given = [
        Entry(at=1.0, user_id="ada", token="t", tool="read", pages=(PAGE,), outcome="answered"),
        Entry(at=2.0, user_id="bob", token="t", tool="write", outcome="answered"),
        Entry(at=3.0, user_id="ada", token="u", tool="write", pages=(PAGE,), outcome="client_left"),
    ]
    await store.append({"birch": given, "maple": given})

    async def ask(question: Question) -> list[int]:
        return [one.link.number for one in await store.find("birch", question, 10)]

    assert await ask(Question()) == [3, 2, 1]
    assert await ask(Question(user_id="ada")) == [3, 1]
    assert await ask(Question(token="t")) == [2, 1]
    assert await ask(Question(tool="write", user_id="bob")) == [2]
    assert await ask(Question(page=PAGE)) == [3, 1]
    assert await ask(Question(outcome="client_left")) == [3]
    assert await ask(Question(since=2.0)) == [3, 2]
    assert await ask(Question(until=2.0)) == [1]
    assert await ask(Question(before=(3.0, 3))) == [2, 1]


async def test_entries_of_one_moment_are_all_found_page_by_page(store: AuditStore) -> None:
    await store.append({"birch": [Entry(at=1.0, tool=str(one)) for one in range(7)]})
    found: list[int] = []
    question = Question()
    while page := await store.find("birch", question, 2):
        found += [one.link.number for one in page]
        question = Question(before=(page[-1].entry.at, page[-1].link.number))
    assert found == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_entries SET tool = 'x' WHERE number = 3", Fault(3, Flaw.CHANGED)),
        ("UPDATE audit_entries SET at = at + 1 WHERE number = 5", Fault(5, Flaw.CHANGED)),
        ("DELETE FROM audit_entries WHERE number = 3", Fault(3, Flaw.MISSING)),
        ("DELETE FROM audit_entries WHERE number >= 3", Fault(3, Flaw.MISSING)),
        ("DELETE FROM audit_entries WHERE number = 1", Fault(1, Flaw.MISSING)),
        (
            EXCHANGE_TWO,
            Fault(3, Flaw.CHANGED),
        ),
        ("UPDATE audit_ends SET newest = 4", Fault(4, Flaw.ENDS_CHANGED)),
        ("UPDATE audit_ends SET kept_after = 1", Fault(5, Flaw.ENDS_CHANGED)),
        ("DELETE FROM audit_ends", Fault(0, Flaw.ENDS_CHANGED)),
    ],
)
async def test_what_is_done_to_the_rows_is_found(
    store: AuditStore, statement: str, fault: Fault
) -> None:
    await store.append({"birch": entries(5)})
    await sql(store, statement)
    assert await fault_of(store) == fault
    await store.append({"birch": entries(1)})  # nothing is mended by what comes after
    assert await fault_of(store) is not None


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("DELETE FROM audit_pages WHERE number = 2 AND space_id = 'birch'", 2),
        ("UPDATE audit_pages SET page = :other WHERE number = 3 AND space_id = 'birch'", 3),
        (INTO_PAGES + " VALUES ('birch', :other, 4)", 4),
        (INTO_PAGES + " VALUES ('birch', :page, 1)", 1),
        ("UPDATE audit_pages SET writes = false WHERE number = 3 AND space_id = 'birch'", 3),
        ("UPDATE audit_pages SET at = 0 WHERE number = 4 AND space_id = 'birch'", 4),
    ],
)
async def test_pages_that_entries_are_not_found_by_any_more_or_falsely_are_found(
    store: AuditStore, monkeypatch: pytest.MonkeyPatch, statement: str, number: int
) -> None:
    """The first names no page, the last another one, too. The control does not look at the rows."""
    monkeypatch.setattr("notion_gateway.audit.store._READ_AT_ONCE", 2)
    pages = [(), (PAGE,), (PAGE,), (PAGE, LAST_PAGE)]
    await store.append({"birch": [Entry(at=1.0, tool="x", pages=one) for one in pages]})
    await store.append({"maple": [Entry(at=1.0, pages=(PAGE, OTHER_PAGE))] * 5})
    assert await fault_of(store) is None
    await sql(store, statement.replace(":other", f"'{OTHER_PAGE}'").replace(":page", f"'{PAGE}'"))
    assert await fault_of(store) == Fault(number, Flaw.PAGES_CHANGED)
    assert await fault_of(store, "maple") is None
    await store.append({"birch": [Entry(at=2.0, pages=(PAGE,))]})
    assert await fault_of(store) == Fault(number, Flaw.PAGES_CHANGED)

    check = ChainCheck(store.keys, await ends_of(store))
    check.take((one.link, one.entry) for one in reversed(await store.find("birch", Question(), 9)))
    assert check.end() is None


async def test_deleting_them_without_moving_the_beginning_is_found(store: AuditStore) -> None:
    """The control."""
    await store.append({"birch": entries(5)})
    await sql(store, "DELETE FROM audit_entries WHERE number <= 2")
    assert await fault_of(store) == Fault(1, Flaw.MISSING)


async def test_what_can_never_be_stored_is_said_to_be_lost_and_the_rest_is_kept(
    store: AuditStore,
) -> None:
    """The first three as one batch, with one among them that is no text."""
    stop, writer = asyncio.Event(), AuditWriter(store)
    for tool in ("tool-0", cast("str", object()), "tool-2"):
        writer.keep("birch", Entry(at=0.125, tool=tool))
    running = asyncio.create_task(writer.run(stop))
    await until(lambda: writer.lost_in_all == 3)
    writer.keep("birch", Entry(at=1.125, tool="tool-3"))
    await until(lambda: writer.waiting == 0)
    stop.set()
    await running
    found = await store.find("birch", Question(), 10)
    assert {(one.entry.kind, one.entry.tool, one.entry.calls) for one in found} == {
        (Kind.CALL, "tool-3", 1),
        (Kind.LOST, "", 3),
    }
    assert await fault_of(store) is None


async def test_what_came_again_is_counted_though_the_gateway_stops_while_others_are_stored(
    store: AuditStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, writer, append = asyncio.Event(), AuditWriter(store), store.append

    async def as_it_stops(batch: Mapping[str, Sequence[Entry]]) -> None:
        stop.set()
        await append(batch)

    monkeypatch.setattr(store, "append", as_it_stops)
    for _ in range(5):
        writer.keep_refused("birch", Entry(at=time.time(), reason="too_many_requests"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await writer.run(stop)
    found = await store.find("birch", Question(), 10)
    assert [one.entry.calls for one in found] == [4, 1]


async def test_a_commit_whose_answer_was_lost_is_not_stored_twice(
    store: AuditStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = store.database.writing

    class Lost:
        """Stores, and says that it could not."""

        def __init__(self) -> None:
            self._inside = writing()

        async def __aenter__(self) -> AsyncConnection:
            return await self._inside.__aenter__()

        async def __aexit__(self, *_: object) -> None:
            await self._inside.__aexit__(None, None, None)
            raise StoreUnavailable

    batch = {"birch": entries(3), "maple": entries(2)}
    with monkeypatch.context() as patch:
        patch.setattr(store.database, "writing", Lost)
        with pytest.raises(StoreUnavailable):
            await store.append(batch)
    await AuditStore(store.database, lambda: [KEY]).append({"birch": entries(1)})
    await store.append(batch)
    found = await verify(store, "birch")
    assert found is not None
    assert (found.checked, found.fault) == (4, None)
    assert len(await store.find("maple", Question(), 10)) == 2

    monkeypatch.setattr(AuditStore, "_was_stored", never)  # the control
    with monkeypatch.context() as patch:
        patch.setattr(store.database, "writing", Lost)
        with pytest.raises(StoreUnavailable):
            await store.append(batch)
    await store.append(batch)
    assert len(await store.find("maple", Question(), 10)) == 6


async def never(*_: object) -> bool:
    return False
