"""The list of revoked issuers in memory: the newest that was read, whatever takes how long."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.issuer_store import IssuerStore
from notion_gateway.access.revoked_issuers import RevokedIssuers
from notion_gateway.storage.database import Database
from tests.contracts.conftest import on_sqlite, opened
from tests.support.samples import NOW
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

OKTA = "https://okta.example"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    async with opened(on_sqlite(tmp_path)) as database:
        yield database


class NoTurns:
    """In the place of the lock."""

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("in_turn", [True, False])
async def test_a_read_that_began_before_a_revocation_does_not_undo_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, in_turn: bool
) -> None:
    """The first read is on its way for long. The control: where the second does not wait for it, it
    arrives first, and then the issuer is believed again.
    """
    store = IssuerStore(database)
    issuers = RevokedIssuers(store)
    revoked, reads = IssuerStore.revoked, list[int]()
    began, go_on = asyncio.Event(), asyncio.Event()

    async def first_for_long(self: IssuerStore) -> Any:
        reads.append(len(reads))
        is_first, found = len(reads) == 1, await revoked(self)
        if is_first:
            began.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(IssuerStore, "revoked", first_for_long)
    if not in_turn:
        monkeypatch.setattr(issuers, "_in_turn", NoTurns())
    known = list[str]()
    issuers.changed(lambda: known.append("first"))
    await began.wait()
    await store.revoke(OKTA, "operator", NOW)
    issuers.changed(lambda: known.append("second"))
    if not in_turn:
        await until(lambda: known == ["second"])
    go_on.set()
    await until(lambda: len(known) == 2)
    await issuers.close()

    assert (OKTA in issuers.listed) is in_turn
    assert known == (["first", "second"] if in_turn else ["second", "first"])
