"""What tools a grant has, in SQL, what has changed in them, and what of it its people have seen:
of a space's shared grant an owner, of a member's own that member.

A look is written only where the token that it was made with is still the grant's, so that nothing
comes back of a connection that has ended. Rows are locked in one order by all: the token's first,
then the catalogue's.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.catalogue.rules.changes import Change
from notion_gateway.catalogue.rules.kept_changes import Recorded, outdated
from notion_gateway.catalogue.rules.snapshot import Snapshot
from notion_gateway.catalogue.rules.tools import LookFailure, Tool, stored, written
from notion_gateway.catalogue.turns import AGAIN_AFTER_SECONDS, Taken
from notion_gateway.integration.rules.grant_ids import MEMBER, member_of
from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.policy.rules.tools import ListedTools
from notion_gateway.storage.change_feed import Topic, leave_notice
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.catalogue import catalogue_changes, catalogues
from notion_gateway.storage.schema.grants import secrets

_t, _c = catalogues.c, catalogue_changes.c


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: ``tools``, and how they differ from ``before``. ``token_id``: of the
    access token that it was made with.
    """

    token_id: str
    before: Snapshot
    tools: Sequence[Tool]
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a grant's tools. Times in seconds since 1970; ``looked_at`` is 0 before the
    first look. ``failure``: of the newest look.
    """

    process_id: str = ""
    snapshot: Snapshot = field(default_factory=Snapshot)
    looked_at: float = 0.0
    failure: LookFailure | None = None
    seen_version: int = 0
    seen_at: float | None = None
    seen_by: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """``number`` counts from 1 within the grant; ``version`` is the catalogue's since then.
    ``left_out``: changes of the same tool right before it that are kept no longer.
    """

    number: int
    version: int
    at: float
    change: Change
    seen_at: float | None
    seen_by: str | None
    left_out: int = 0


Told = Callable[[AsyncConnection, str, str, int, Sequence[Change]], Awaitable[None]]
"""In the transaction that records changes: the grant's id and process id, the catalogue's version,
the changes."""


@final
@dataclass(frozen=True)
class CatalogueStore:
    """Every method raises StoreUnavailable. ``told`` of changes that were recorded."""

    database: Database
    told: Told | None = None

    async def load(self, grant_id: str) -> Known | None:
        """None where nobody has anything to look at."""
        query = sa.select(catalogues).where(_t.space_id == grant_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _known(row)

    async def listed(self, space_id: str) -> ListedTools:
        """For the space's policy, which goes by the shared grant alone."""
        query = sa.select(_t.reading, _t.seen).where(_t.space_id == space_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return ListedTools() if row is None else ListedTools(frozenset(row[0]), frozenset(row[1]))

    async def record(self, taken: Taken, found: Found, now: float, next_at: float) -> bool:
        """What a look found, and the changes with it; False where it came too late: the token is
        the grant's no more, or somebody else has looked.
        """
        grant_id = taken.grant_id
        mine = (_t.space_id == grant_id) & (_t.claim == taken.claim)
        token = (secrets.c.secret_id == found.token_id) & (secrets.c.space_id == grant_id)
        async with self.database.writing() as connection:
            process_id = await connection.scalar(
                sa.select(secrets.c.process_id).where(token).with_for_update(read=True)
            )
            row = (
                await connection.execute(sa.select(catalogues).where(mine).with_for_update())
            ).one_or_none()
            if process_id is None or row is None or row.version != found.before.version:
                return False
            heard = row.heard_at >= taken.since  # of what came while the look went on
            values: dict[str, object] = {
                "process_id": process_id,
                "looked_at": now,
                "failure": None,
                "due_at": min(next_at, now + AGAIN_AFTER_SECONDS) if heard else next_at,
                "claim": "",
            }
            if found.changes or not row.version:
                after = _snapshot(row).with_tools(found.tools)
                values |= _written(after) | {"version": after.version}
                values["tools"] = written(after.tools)
                await self._record(connection, grant_id, after.version, found.changes, now)
                if found.changes and self.told is not None:
                    await self.told(connection, grant_id, process_id, after.version, found.changes)
                await _leave_notice(connection, grant_id, after.version)
            await connection.execute(sa.update(catalogues).where(mine).values(values))
        return True

    async def _record(
        self,
        connection: AsyncConnection,
        grant_id: str,
        version: int,
        changes: Sequence[Change],
        now: float,
    ) -> None:
        if not changes:
            return
        theirs = _c.space_id == grant_id
        newest = await connection.scalar(sa.select(sa.func.max(_c.number)).where(theirs)) or 0
        rows = [
            {
                "space_id": grant_id,
                "number": number,
                "version": version,
                "at": now,
                "kind": one.kind.value,
                "tool": one.tool,
                "flagged": one.flagged,
                "differences": one.written(),
            }
            for number, one in enumerate(changes, newest + 1)
        ]
        await connection.execute(sa.insert(catalogue_changes), rows)
        await _forget_outdated(connection, grant_id)

    async def changes(
        self, grant_id: str, *, limit: int, before: int | None = None, unseen: bool = False
    ) -> Sequence[RecordedChange]:
        """The newest first. ``before``: only those with a smaller number."""
        query = sa.select(catalogue_changes).where(_c.space_id == grant_id)
        if before is not None:
            query = query.where(_c.number < before)
        if unseen:
            query = query.where(_c.seen_at.is_(None))
        async with self.database.reading() as connection:
            rows = await connection.execute(query.order_by(_c.number.desc()).limit(limit))
            return [_recorded(row) for row in rows.all()]

    async def unseen(self, grant_id: str) -> tuple[int, int]:
        """How many changes nobody has seen, and how many of those are flagged."""
        flagged = sa.func.count().filter(_c.flagged)
        query = sa.select(sa.func.count(), flagged).select_from(catalogue_changes)
        mine = query.where(_c.space_id == grant_id, _c.seen_at.is_(None))
        async with self.database.reading() as connection:
            row = (await connection.execute(mine)).one()
        return row[0], row[1]

    async def unseen_in_all(self) -> int:
        """How many changes no owner has seen, of all spaces; not of members' own grants."""
        shared = _c.space_id.not_like(f"%{MEMBER}%")
        query = sa.select(sa.func.count()).where(_c.seen_at.is_(None), shared)
        async with self.database.reading() as connection:
            return (await connection.execute(query)).scalar_one()

    async def see(self, grant_id: str, version: int, by: str, now: float) -> Known | None:
        """Somebody has seen the catalogue of that version, with all changes until then; None where
        there is none. Raises InvalidRequest for a version that there has not been.
        """
        async with self.database.writing() as connection:
            mine = sa.select(catalogues).where(_t.space_id == grant_id).with_for_update()
            row = (await connection.execute(mine)).one_or_none()
            if row is None:
                return None
            if not 0 < version <= row.version:
                raise InvalidRequest(f"version: the newest is {row.version}.")
            theirs = _c.space_id == grant_id
            marked = theirs & (_c.version <= version) & _c.seen_at.is_(None)
            by_whom = {"seen_at": now, "seen_by": by}
            await connection.execute(sa.update(catalogue_changes).where(marked).values(by_whom))
            later = sa.select(_c.tool).where(theirs, _c.version > version)
            since = (await connection.scalars(later)).all()
            after = _snapshot(row).after_seen(frozenset(since))
            values = {**_written(after), **by_whom, "seen_version": version}
            seen = sa.update(catalogues).where(_t.space_id == grant_id).values(values)
            row = (await connection.execute(seen.returning(catalogues))).one()
            await _leave_notice(connection, grant_id, row.version)
        return _known(row)


async def _forget_outdated(connection: AsyncConnection, grant_id: str) -> None:
    theirs = _c.space_id == grant_id
    kept = sa.select(_c.number, _c.tool, _c.flagged, _c.seen_at.is_(None), _c.left_out)
    rows = (await connection.execute(kept.where(theirs).order_by(_c.number))).all()
    found = outdated([Recorded(*row) for row in rows])
    if found.numbers:
        gone = sa.delete(catalogue_changes).where(theirs, _c.number.in_(found.numbers))
        await connection.execute(gone)
    for number, left_out in found.left_out.items():
        mine = sa.update(catalogue_changes).where(theirs, _c.number == number)
        await connection.execute(mine.values(left_out=left_out))


async def _leave_notice(connection: AsyncConnection, grant_id: str, version: int) -> None:
    """For policies, which go by nothing that is known of a member's own grant."""
    if member_of(grant_id) is None:
        await leave_notice(connection, Topic.CATALOGUE, grant_id, version)


def _written(snapshot: Snapshot) -> dict[str, object]:
    return {"reading": sorted(snapshot.reading), "seen": sorted(snapshot.seen)}


def _snapshot(row: sa.Row[Any]) -> Snapshot:
    return Snapshot(row.version, stored(row.tools), frozenset(row.reading), frozenset(row.seen))


def _known(row: sa.Row[Any]) -> Known:
    is_known = row.failure in tuple(LookFailure)
    return Known(
        process_id=row.process_id,
        snapshot=_snapshot(row),
        looked_at=row.looked_at,
        failure=LookFailure(row.failure) if is_known else None,
        seen_version=row.seen_version,
        seen_at=row.seen_at,
        seen_by=row.seen_by,
    )


def _recorded(row: sa.Row[Any]) -> RecordedChange:
    return RecordedChange(
        number=row.number,
        version=row.version,
        at=row.at,
        change=Change.stored(row.kind, row.tool, row.differences),
        seen_at=row.seen_at,
        seen_by=row.seen_by,
        left_out=row.left_out,
    )
