"""Refresh tokens that the OpenID issuer gave the gateway for its people: sealed, and one for each.

With them the issuer is asked between two sign-ins where somebody belongs. So one is kept only for
whom belongs somewhere by that issuer's word, and goes with the last such membership.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.space_events import SpaceEvent, SpaceMemberRemoved
from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.access import space_members
from notion_gateway.storage.schema.clients import client_grants
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.storage.schema.issuers import (
    issuer_people,
    issuer_refresh_tokens,
    revoked_issuers,
)
from notion_gateway.vault.sealed import SealedSecret, SecretContext
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault

FIELD: Final = "issuer_refresh_token"
IDLE_FOR: Final = timedelta(days=30)
"""Nobody has renewed anything for so long: whoever comes back signs in."""

_AT_ONCE: Final = 1000
"""So many values one statement names: databases bound them."""

_t = issuer_refresh_tokens.c
_p = issuer_people.c


@dataclass(frozen=True, slots=True)
class KeptToken:
    """What an issuer is asked with about one person. ``secret_id``: of its row in the vault; None
    once the issuer has refused it. ``is_refused``: it did, and has not spoken of them since.
    """

    issuer: str
    subject: str
    user_id: str
    client_id: str
    secret_id: str | None = field(repr=False)
    asked_at: datetime
    is_refused: bool


@final
@dataclass(frozen=True)
class IssuerRefreshTokens:
    """Every method raises StoreUnavailable."""

    database: Database
    vault: Vault
    secrets: SecretsTable

    async def of(self, issuer: str, user_id: str) -> KeptToken | None:
        """The newest, where an issuer has several subjects for one person."""
        since = (_t.refused_at.is_not(None)) & (
            _p.confirmed_at.is_(None) | (_p.confirmed_at <= _t.refused_at)
        )
        query = (
            sa.select(issuer_refresh_tokens, _p.user_id, since.label("is_refused"))
            .join(issuer_people, (_p.issuer == _t.issuer) & (_p.subject == _t.subject))
            .where(_t.issuer == issuer, _p.user_id == user_id)
            .order_by(_t.asked_at.desc())
            .limit(1)
        )
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _kept(row)

    async def unasked(
        self, issuer: str, client_id: str, before: datetime, at_most: int
    ) -> Sequence[KeptToken]:
        """So many that the issuer was not asked with since then, the longest first."""
        query = (
            sa.select(issuer_refresh_tokens, _p.user_id, sa.false().label("is_refused"))
            .join(issuer_people, (_p.issuer == _t.issuer) & (_p.subject == _t.subject))
            .where(_t.issuer == issuer, _t.client_id == client_id, _t.secret_id.is_not(None))
            .where(_t.asked_at <= before)
            .order_by(_t.asked_at)
            .limit(at_most)
        )
        async with self.database.reading() as connection:
            return [_kept(row) for row in (await connection.execute(query)).all()]

    async def open(self, kept: KeptToken) -> Secret:
        """Raises SecretUnreadable."""
        if kept.secret_id is None:
            raise SecretUnreadable("There is no refresh token of the issuer's to ask with.")
        sealed = await self.secrets.get(kept.secret_id, kept.issuer)
        if sealed is None or sealed.context != _context(kept, kept.secret_id):
            raise SecretUnreadable(f"Secret {kept.secret_id} is missing from the vault.")
        return self.vault.open(sealed)

    async def keep(
        self, issuer: str, subject: str, client_id: str, token: Secret, now: datetime
    ) -> bool:
        """In place of the one before. False where the person belongs nowhere by the issuer's word,
        or where it is revoked: then none is kept.
        """
        theirs = (_p.issuer == issuer) & (_p.subject == subject)
        # The person's row first: who revokes the issuer, or undoes the link, waits for it.
        mine = sa.update(issuer_people).where(theirs).values(user_id=_p.user_id)
        found = mine.returning(_p.user_id)
        revoked = sa.select(revoked_issuers.c.issuer).where(revoked_issuers.c.issuer == issuer)
        row = {"issuer": issuer, "subject": subject, "client_id": client_id, "asked_at": now}
        async with self.database.writing() as connection:
            user_id = (await connection.execute(found)).scalar_one_or_none()
            await drop(connection, _of(issuer, subject))
            if user_id is None or (await connection.execute(revoked)).first() is not None:
                return False
            # Whoever ends the last membership waits, and drops what is kept here, or was first.
            belongs = sa.select(space_members.c.space_id).where(_by_word(issuer, user_id))
            shared = belongs.with_for_update(read=True)
            if (await connection.execute(shared)).first() is None:
                return False
            sealed = self._sealed(issuer, subject, token)
            row |= {"secret_id": sealed.context.secret_id, "refused_at": None}
            put = upsert(connection.dialect.name, issuer_refresh_tokens).values(row)
            await connection.execute(
                put.on_conflict_do_update(index_elements=["issuer", "subject"], set_=row)
            )
            await self._put(connection, sealed)
        await self.secrets.scrub()
        return True

    async def take_turn(self, kept: KeptToken, now: datetime) -> bool:
        """Whether the caller is the one who asks now: of several, on any replica, one is. Until
        ``asked_at`` is old again nobody else asks, whatever becomes of this one.
        """
        unasked = _current(kept) & (_t.asked_at == kept.asked_at)
        taken = sa.update(issuer_refresh_tokens).where(unasked).values(asked_at=now)
        async with self.database.writing() as connection:
            return (await connection.execute(taken)).rowcount == 1

    async def replace(self, kept: KeptToken, token: Secret) -> bool:
        """The issuer has given another one for it. False where it is not kept any more: the person
        has left meanwhile, or signed in again.
        """
        sealed = self._sealed(kept.issuer, kept.subject, token)
        new = sa.update(issuer_refresh_tokens).where(_current(kept))
        async with self.database.writing() as connection:
            named = await connection.execute(new.values(secret_id=sealed.context.secret_id))
            if named.rowcount != 1:
                return False
            await connection.execute(sa.delete(secrets).where(_is_secret(kept)))
            await self._put(connection, sealed)
        await self.secrets.scrub()
        return True

    async def refused(self, kept: KeptToken, now: datetime) -> None:
        """The issuer takes it no more: it is destroyed, and that is remembered."""
        gone = sa.update(issuer_refresh_tokens).where(_current(kept))
        async with self.database.writing() as connection:
            marked = await connection.execute(gone.values(secret_id=None, refused_at=now))
            if marked.rowcount == 1:
                await connection.execute(sa.delete(secrets).where(_is_secret(kept)))
        await self.secrets.scrub()

    async def signed_out(self, issuer: str, user_id: str, now: datetime) -> None:
        """None is kept for whom no program acts that would renew its login."""
        g = client_grants.c
        renews = sa.exists().where(
            g.user_id == user_id, g.may_refresh, g.revoked_at.is_(None), g.expires_at > now
        )
        async with self.database.writing() as connection:
            await drop(connection, _of_user(user_id) & (_t.issuer == issuer) & ~renews)
        await self.secrets.scrub()

    def _sealed(self, issuer: str, subject: str, token: Secret) -> SealedSecret:
        return self.vault.seal(token, SecretContext(random_identifier(), issuer, subject, FIELD))

    async def _put(self, connection: AsyncConnection, sealed: SealedSecret) -> None:
        for step in self.secrets.replaced([sealed], [], sealed.context.space_id):
            await step.take(connection)


async def drop(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> None:
    """Rows of ``issuer_refresh_tokens`` with what they name in the vault: the rows first, as
    whoever replaces a token does, so that neither waits for the other's lock in a circle.
    """
    gone = sa.delete(issuer_refresh_tokens).where(which).returning(_t.secret_id)
    named = [each for each in (await connection.execute(gone)).scalars() if each is not None]
    for start in range(0, len(named), _AT_ONCE):
        these = secrets.c.secret_id.in_(named[start : start + _AT_ONCE])
        await connection.execute(sa.delete(secrets).where(secrets.c.field == FIELD, these))


async def drop_of_issuer(
    connection: AsyncConnection, issuer: str, subject: str | None = None
) -> None:
    """Of all its people, or of one."""
    await drop(connection, _t.issuer == issuer if subject is None else _of(issuer, subject))


async def drop_of_leaver(connection: AsyncConnection, event: SpaceEvent) -> None:
    """In the transaction that ends somebody's membership, once it is the last by the word of an
    issuer.
    """
    if isinstance(event, SpaceMemberRemoved):
        await drop(connection, of_leaver(event.user_id))


def of_leaver(user_id: str) -> sa.ColumnElement[bool]:
    """Theirs, of issuers by whose word they belong nowhere any more."""
    return _of_user(user_id) & ~_belongs()


def of_no_use(now: datetime) -> sa.ColumnElement[bool]:
    """Nobody has renewed anything for long, or belongs anywhere by the issuer's word."""
    return (_t.asked_at < now - IDLE_FOR) | ~_belongs()


def opens_nothing() -> sa.ColumnElement[bool]:
    """Rows of ``secrets`` whose row here has gone."""
    named = sa.exists().where(_t.secret_id == secrets.c.secret_id)
    return (secrets.c.field == FIELD) & ~named


def _by_word(issuer: str, user_id: str) -> sa.ColumnElement[bool]:
    """A version that did not say by whose word has left null."""
    m = space_members.c
    return (m.user_id == user_id) & (m.issuer.is_(None) | (m.issuer == issuer))


def _belongs() -> sa.ColumnElement[bool]:
    m = space_members.c
    return sa.exists().where(
        _p.issuer == _t.issuer,
        _p.subject == _t.subject,
        m.user_id == _p.user_id,
        m.issuer.is_(None) | (m.issuer == _t.issuer),
    )


def _of(issuer: str, subject: str) -> sa.ColumnElement[bool]:
    return (_t.issuer == issuer) & (_t.subject == subject)


def _of_user(user_id: str) -> sa.ColumnElement[bool]:
    theirs = sa.select(_p.issuer, _p.subject).where(_p.user_id == user_id)
    return sa.tuple_(_t.issuer, _t.subject).in_(theirs)


def _current(kept: KeptToken) -> sa.ColumnElement[bool]:
    return _of(kept.issuer, kept.subject) & (_t.secret_id == kept.secret_id)


def _is_secret(kept: KeptToken) -> sa.ColumnElement[bool]:
    return (secrets.c.secret_id == kept.secret_id) & (secrets.c.field == FIELD)


def _context(kept: KeptToken, secret_id: str) -> SecretContext:
    return SecretContext(secret_id, kept.issuer, kept.subject, FIELD)


def _kept(row: sa.Row[Any]) -> KeptToken:
    return KeptToken(
        issuer=row.issuer,
        subject=row.subject,
        user_id=row.user_id,
        client_id=row.client_id,
        secret_id=row.secret_id,
        asked_at=in_utc(row.asked_at),
        is_refused=bool(row.is_refused),
    )
