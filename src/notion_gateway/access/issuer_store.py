"""Who the people of issuers are here, and which issuers are revoked, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.issuer_refresh_tokens import drop_of_issuer
from notion_gateway.kernel.errors import Reason, Unauthenticated
from notion_gateway.storage.change_feed import Topic, leave_notice
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.access import space_members
from notion_gateway.storage.schema.issuers import issuer_people, revoked_issuers

_p = issuer_people.c
_r = revoked_issuers.c


@dataclass(frozen=True, slots=True)
class IssuersPerson:
    """``email``: by which they were linked; None for who was not. ``confirmed_at``: when the issuer
    last spoke of them.
    """

    issuer: str
    subject: str
    user_id: str
    email: str | None
    linked_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RevokedIssuer:
    issuer: str
    revoked_at: datetime
    revoked_by: str


class IssuerRevoked(Unauthenticated):
    """The issuer that signed you in is not believed here any more."""

    reason = Reason.SIGN_IN_REVOKED


class NotSilent(Exception):
    """The issuer has just spoken of somebody, or was revoked and cannot speak."""


@final
class IssuerStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    # --- people ---------------------------------------------------------------------------

    async def person(self, issuer: str, subject: str) -> IssuersPerson | None:
        query = sa.select(issuer_people).where(_p.issuer == issuer, _p.subject == subject)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _person(row)

    async def people(self, issuer: str) -> Sequence[IssuersPerson]:
        """Those that were linked here, by user id."""
        query = sa.select(issuer_people).where(_p.issuer == issuer).order_by(_p.user_id, _p.subject)
        async with self._database.reading() as connection:
            return [_person(row) for row in (await connection.execute(query)).all()]

    async def link(self, person: IssuersPerson) -> bool:
        """False where the subject is linked already, or the address to another subject."""
        row = {name: getattr(person, name) for name in _p.keys()}  # noqa: SIM118 - columns
        try:
            async with self._database.writing() as connection:
                await connection.execute(sa.insert(issuer_people), row)
        except IntegrityError:
            return False
        return True

    async def signed_in(
        self, issuer: str, subject: str, user_id: str, now: datetime, *, confirms: bool = True
    ) -> bool:
        """Somebody has signed in at the issuer, which says more of who they are than an assertion.
        ``confirms``: it has said where they belong. False where it is revoked.
        """
        row = {"issuer": issuer, "subject": subject, "user_id": user_id, "linked_at": now}
        async with self._database.writing() as connection:
            # They may sign in twice in the same moment, and for the first time.
            put = upsert(connection.dialect.name, issuer_people).values(row)
            await connection.execute(
                put.on_conflict_do_update(
                    index_elements=["issuer", "subject"], set_={"user_id": user_id}
                )
            )
            return await confirmed(connection, issuer, subject, now if confirms else None)

    async def forget(self, issuer: str, subject: str) -> bool:
        """So that an address may be linked anew; False where nobody is known."""
        theirs = (_p.issuer == issuer) & (_p.subject == subject)
        async with self._database.writing() as connection:
            gone = await connection.execute(sa.delete(issuer_people).where(theirs))
            await drop_of_issuer(connection, issuer, subject)
        return gone.rowcount == 1

    async def confirm(self, issuer: str, subject: str, now: datetime) -> bool:
        """The issuer has spoken of them. False where it is revoked."""
        async with self._database.writing() as connection:
            return await confirmed(connection, issuer, subject, now)

    async def confirmed_at(self, issuer: str, user_id: str) -> datetime | None:
        """When the issuer last said where somebody belongs."""
        query = sa.select(sa.func.max(_p.confirmed_at)).where(
            _p.issuer == issuer, _p.user_id == user_id
        )
        async with self._database.reading() as connection:
            found: datetime | None = await connection.scalar(query)
        return None if found is None else in_utc(found)

    async def spaces_of(self, issuers: Collection[str]) -> Collection[str]:
        """Where people of these issuers belong, for whatever reason."""
        query = (
            sa.select(space_members.c.space_id)
            .join(issuer_people, space_members.c.user_id == _p.user_id)
            .where(_p.issuer.in_(issuers))
            .distinct()
        )
        async with self._database.reading() as connection:
            return frozenset((await connection.scalars(query)).all())

    async def last_words(
        self, space_id: str, issuers: Collection[str]
    ) -> Mapping[tuple[str, str], datetime]:
        """When these issuers last said where a space's people belong, by issuer and user id; not
        those of whom one has said nothing.
        """
        query = (
            sa.select(_p.issuer, _p.user_id, sa.func.max(_p.confirmed_at).label("at"))
            .join(space_members, space_members.c.user_id == _p.user_id)
            .where(space_members.c.space_id == space_id, _p.issuer.in_(issuers))
            .where(_p.confirmed_at.is_not(None))
            .group_by(_p.issuer, _p.user_id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {(row.issuer, row.user_id): in_utc(row.at) for row in rows}

    # --- issuers --------------------------------------------------------------------------

    async def revoked(self) -> Collection[str]:
        async with self._database.reading() as connection:
            return frozenset((await connection.scalars(sa.select(_r.issuer))).all())

    async def revocations(self) -> Sequence[RevokedIssuer]:
        query = sa.select(revoked_issuers).order_by(_r.issuer)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [RevokedIssuer(row.issuer, in_utc(row.revoked_at), row.revoked_by) for row in rows]

    async def revoke(self, issuer: str, by: str, now: datetime) -> bool:
        """Every process hears of it. False where it was revoked before."""
        row = {"issuer": issuer, "revoked_at": now, "revoked_by": by}
        unconfirmed = sa.update(issuer_people).where(_p.issuer == issuer).values(confirmed_at=None)
        try:
            async with self._database.writing() as connection:
                await connection.execute(sa.insert(revoked_issuers), row)
                # Waits for who is being let in just now (``confirmed``).
                await connection.execute(unconfirmed)
                await drop_of_issuer(connection, issuer)
                await leave_notice(connection, Topic.ISSUERS, "", 0)
        except IntegrityError:
            return False
        return True

    async def restore(self, issuer: str, now: datetime) -> bool:
        """Its people have until then as long as if it had just spoken of them: while it was revoked
        it could not. False where it was not revoked.
        """
        confirm = sa.update(issuer_people).where(_p.issuer == issuer).values(confirmed_at=now)
        async with self._database.writing() as connection:
            gone = await connection.execute(sa.delete(revoked_issuers).where(_r.issuer == issuer))
            if gone.rowcount == 1:
                await connection.execute(confirm)
            await leave_notice(connection, Topic.ISSUERS, "", 0)
        return gone.rowcount == 1


async def confirmed(
    connection: AsyncConnection, issuer: str, subject: str, now: datetime | None
) -> bool:
    """In the transaction that lets them in. The person's row first: who revokes the issuer waits
    for it, and finds what came of it. False where the issuer is revoked, or the person unlinked.
    ``now`` is None where the issuer has not said where they belong.
    """
    theirs = (_p.issuer == issuer) & (_p.subject == subject)
    at = _p.confirmed_at if now is None else now
    seen = await connection.execute(sa.update(issuer_people).where(theirs).values(confirmed_at=at))
    revoked = await connection.scalar(sa.select(_r.issuer).where(_r.issuer == issuer))
    return seen.rowcount == 1 and revoked is None


async def require_silence(
    connection: AsyncConnection, issuer: str, user_id: str, since: datetime
) -> None:
    """In the transaction that ends a membership since the issuer has not spoken of somebody. Their
    rows first, so that it is not confirmed or revoked meanwhile. Raises NotSilent.
    """
    theirs = (_p.issuer == issuer) & (_p.user_id == user_id)
    await connection.execute(sa.update(issuer_people).where(theirs).values(user_id=_p.user_id))
    spoken = sa.select(_p.subject).where(theirs, _p.confirmed_at >= since)
    revoked = sa.select(_r.issuer).where(_r.issuer == issuer)
    for one in (spoken, revoked):
        if (await connection.execute(one)).first() is not None:
            raise NotSilent


async def require_trust(connection: AsyncConnection, issuer: str | None) -> None:
    """In the transaction that lets in somebody who has signed in at ``issuer``. After a row was
    changed that is changed as well when an issuer's logins end: whoever revokes the issuer waits
    for it then, and finds what came of it. Raises IssuerRevoked.
    """
    if issuer is None:
        return
    if await connection.scalar(sa.select(_r.issuer).where(_r.issuer == issuer)) is not None:
        raise IssuerRevoked


def _person(row: sa.Row[Any]) -> IssuersPerson:
    return IssuersPerson(
        issuer=row.issuer,
        subject=row.subject,
        user_id=row.user_id,
        email=row.email,
        linked_at=in_utc(row.linked_at),
        confirmed_at=None if row.confirmed_at is None else in_utc(row.confirmed_at),
    )
