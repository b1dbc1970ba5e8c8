"""A replica that stands still in the middle of a transaction: its locks do not stop the others."""

from pathlib import Path
from typing import Any

import pytest

from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.audit.store import AuditStore
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.settings import Settings
from notion_gateway.storage import change_feed, session_limits
from notion_gateway.wiring import open_gateway
from tests.faults.children import Bend, Child, Work, settings_for, stop_here
from tests.faults.failpoints import replace
from tests.faults.places import on
from tests.support.databases import PostgresServer, new_database

SPACES = ("ash", "birch")
_LIMIT = "idle_in_transaction_session_timeout"


def recording(settings: Settings, tool: str) -> Work:
    """One entry in every space's record; ``stored``, or the reason of an error."""

    async def work() -> str:
        async with open_gateway(settings) as gateway:
            entry = Entry(kind=Kind.CALL, at=1.0, user_id="ann", tool=tool)
            try:
                await gateway.audit.store.append({space: [entry] for space in SPACES})
            except GatewayError as fault:
                return fault.reason
            return "stored"

    return work


def recorded(settings: Settings) -> Work:
    """The tools of each space's entries."""

    async def work() -> str:
        async with open_gateway(settings) as gateway:
            store = gateway.audit.store
            found: list[str] = []
            for space in SPACES:
                ends = await store.ends(space)
                assert ends is not None
                found += [one.entry.tool async for some in store.in_order(ends) for one in some]
            return " ".join(found)

    return work


def stops_with_every_lock() -> None:
    """Everything is written, nothing is committed: there this process stops."""

    def change(move: Any) -> Any:
        moved: list[str] = []

        async def stopped(self: Any, connection: Any, before: Any, ends: Any) -> None:
            await move(self, connection, before, ends)
            moved.append(ends.space_id)
            if len(moved) == len(SPACES):
                stop_here()

        return stopped

    replace(AuditStore, "_move", change)


def ended_after(seconds: float) -> Bend:
    """By the server, which this process asks for it when it connects."""
    return lambda: getattr(session_limits, "_OF_TRANSACTION").update(  # noqa: B009
        {_LIMIT: int(seconds * 1000)}
    )


async def settings_on_server(folder: Path, postgres: PostgresServer) -> Settings:
    url = postgres.url(await new_database(postgres))
    return settings_for("http://127.0.0.1:9", folder, **on(f"{url}?command_timeout=4"))


pytestmark = pytest.mark.anyio


async def test_the_record_goes_on_and_what_the_stopped_replica_had_not_committed_is_not_there(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    settings = await settings_on_server(tmp_path, postgres)
    stopped = Child(recording(settings, "late"), ended_after(1.0), stops_with_every_lock)
    stopped.await_stop()
    other = Child(recording(settings, "other")).result()
    stopped.wake()
    assert (other, stopped.result()) == ("stored", "store_unavailable")
    assert Child(recorded(settings)).result() == "other other"


async def test_without_the_servers_limit_nothing_is_recorded_anywhere(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    """The control. And what the stopped one commits at the end, however late, is there."""
    settings = await settings_on_server(tmp_path, postgres)
    stopped = Child(recording(settings, "late"), ended_after(3600.0), stops_with_every_lock)
    stopped.await_stop()
    other = Child(recording(settings, "other")).result()
    stopped.wake()
    assert (other, stopped.result()) == ("store_unavailable", "stored")
    assert Child(recorded(settings)).result() == "late late"


def test_a_transaction_is_ended_before_its_notices_are_looked_for_no_longer() -> None:
    look_back = vars(change_feed)["_LOOK_BACK_SECONDS"]
    assert session_limits.IDLE_SECONDS < session_limits.TRANSACTION_SECONDS < look_back
