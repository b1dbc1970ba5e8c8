"""What people allowed MCP clients, in SQL. Codes and refresh tokens are there as hashes only.

Whatever is used once is used by an UPDATE that finds it unused: of two at the same time, one
changes a row.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.issuer_store import confirmed, require_trust
from notion_gateway.access.rules.gateway_tokens import GatewayToken, ListedToken, TokenKind
from notion_gateway.access.space_tables import require_role
from notion_gateway.access.token_store import token_row
from notion_gateway.authorization_server.rules.grants import ClientGrant, RefreshToken
from notion_gateway.storage.change_feed import Topic, leave_notice
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.schema.access import gateway_tokens
from notion_gateway.storage.schema.clients import (
    client_grants,
    client_refresh_tokens,
    oauth_clients,
)

_g = client_grants.c
_r = client_refresh_tokens.c
_a = gateway_tokens.c


@final
class ClientGrantStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, grant: ClientGrant, code_sha256: str) -> None:
        """Raises IssuerRevoked, or SpaceNotAccessible where the person has left the space."""
        row = grant_row(grant, code_sha256)
        async with self._database.writing() as connection:
            await require_role(connection, grant.space_id, grant.user_id)
            await connection.execute(
                sa.delete(client_grants).where(never_redeemed(grant.created_at))
            )
            await connection.execute(sa.insert(client_grants), row)
            await require_trust(connection, grant.issuer)

    async def get(self, client_grant_id: str) -> ClientGrant | None:
        return await self._one(_g.grant_id == client_grant_id)

    async def by_code(self, code_sha256: str) -> ClientGrant | None:
        return await self._one(_g.code_sha256 == code_sha256)

    async def by_refresh(self, sha256: str) -> tuple[ClientGrant, RefreshToken] | None:
        other = client_refresh_tokens.alias()
        used = other.c.used_at.is_not(None)
        followed = sa.exists().where(other.c.parent_sha256 == sha256, used)
        # NULL, the parent of a login's first token, is equal to nothing.
        forked = sa.exists().where(
            other.c.parent_sha256 == _r.parent_sha256, other.c.sha256 != sha256, used
        )
        mine = sa.select(
            client_refresh_tokens, followed.label("is_followed"), forked.label("is_forked")
        ).where(_r.sha256 == sha256)
        async with self._database.reading() as connection:
            row = (await connection.execute(mine)).one_or_none()
            if row is None:
                return None
            whole = sa.select(client_grants).where(_g.grant_id == row.grant_id)
            grant = (await connection.execute(whole)).one_or_none()
        return None if grant is None else (_grant(grant), _refresh(row))

    async def redeem_code(
        self, grant: ClientGrant, access: GatewayToken, refresh: RefreshToken | None
    ) -> bool:
        """False where it was redeemed before, or has ended. Raises IssuerRevoked."""
        unused = (
            (_g.grant_id == grant.client_grant_id)
            & _g.code_used_at.is_(None)
            & _g.revoked_at.is_(None)
        )
        used = sa.update(client_grants).where(unused).values(code_used_at=access.created_at)
        async with self._database.writing() as connection:
            if (await connection.execute(used)).rowcount != 1:
                return False
            await require_trust(connection, grant.issuer)
            await connection.execute(sa.insert(gateway_tokens), token_row(access))
            if refresh is not None:
                await put_refresh(connection, refresh, parent=None)
        return True

    async def rotate(self, old: RefreshToken, access: GatewayToken, refresh: RefreshToken) -> bool:
        """False where the old token was used before, or its grant has ended."""
        unused = (_r.sha256 == old.sha256) & _r.used_at.is_(None)
        used = (
            sa.update(client_refresh_tokens)
            .where(unused)
            .values(used_at=refresh.created_at, rotations=1)
        )
        living = (_g.grant_id == old.client_grant_id) & _g.revoked_at.is_(None)
        kept = sa.update(client_grants).where(living).values(expires_at=refresh.expires_at)
        # What has expired proves nothing any more: a stolen copy of it is as dead.
        expired = (_r.grant_id == old.client_grant_id) & (_r.expires_at < refresh.created_at)
        past = (_a.grant_id == old.client_grant_id) & (_a.expires_at < refresh.created_at)
        async with self._database.writing() as connection:
            # The grant's row first: who ends the grant waits for it, and finds the new tokens.
            for one in (kept, used):
                if (await connection.execute(one)).rowcount != 1:
                    return False
            await connection.execute(sa.delete(client_refresh_tokens).where(expired))
            await connection.execute(sa.delete(gateway_tokens).where(past))
            await connection.execute(sa.insert(gateway_tokens), token_row(access))
            await put_refresh(connection, refresh, parent=old.sha256)
        return True

    async def put_asserted(
        self,
        grant: ClientGrant,
        code_sha256: str,
        access: GatewayToken,
        subject: str,
        *,
        confirms: bool,
    ) -> bool:
        """A token by an issuer's word. There is one grant for a person, client and space at a time:
        where it lives it goes on, else ``grant`` is it. False where the issuer is revoked.
        ``confirms``: the issuer has said where the person belongs. Raises SpaceNotAccessible where
        they have left the space.
        """
        assert grant.issuer is not None  # noqa: S101 - of no other grant there is an assertion
        same = (
            (_g.issuer == grant.issuer)
            & (_g.user_id == grant.user_id)
            & (_g.client_id == grant.client_id)
            & (_g.space_id == grant.space_id)
            & _g.may_refresh.is_(False)
            & _g.revoked_at.is_(None)
            & (_g.redirect_uri == "")
        )
        goes_on = (
            sa.update(client_grants)
            .where(same)
            .values(expires_at=grant.expires_at)
            .returning(_g.grant_id)
        )
        async with self._database.writing() as connection:
            # First, so that two of one person wait for each other and make one grant.
            at = grant.created_at if confirms else None
            if not await confirmed(connection, grant.issuer, subject, at):
                return False
            await require_role(connection, grant.space_id, grant.user_id)
            found = (await connection.scalars(goes_on)).first()
            client_grant_id = found or grant.client_grant_id
            if found is None:
                await connection.execute(sa.insert(client_grants), grant_row(grant, code_sha256))
                await connection.execute(_allowed_first(grant))
            past = (_a.grant_id == client_grant_id) & (_a.expires_at < grant.created_at)
            await connection.execute(sa.delete(gateway_tokens).where(past))
            await connection.execute(
                sa.insert(gateway_tokens), token_row(replace(access, belongs_to=client_grant_id))
            )
        return True

    async def end_of_issuer(self, issuer: str, by: str, now: datetime) -> int:
        """All that people got by an issuer's word, in every space; how many it were."""
        query = sa.select(_g.space_id, _g.grant_id).where(
            _g.issuer == issuer, _g.revoked_at.is_(None)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        by_space: dict[str, list[str]] = {}
        for row in rows:
            by_space.setdefault(row.space_id, []).append(row.grant_id)
        for space_id, client_grant_ids in by_space.items():
            await self.end(space_id, client_grant_ids, by, now)
        return len(rows)

    async def of_space(self, space_id: str, now: datetime) -> Sequence[ListedToken]:
        last_used = (
            sa.select(sa.func.max(_a.last_used_at))
            .where(_a.grant_id == _g.grant_id)
            .scalar_subquery()
        )
        query = (
            sa.select(client_grants, last_used.label("last_used_at"))
            .where(
                _g.space_id == space_id,
                _g.code_used_at.is_not(None),
                _g.revoked_at.is_(None),
                _g.expires_at > now,
            )
            .order_by(_g.created_at, _g.grant_id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [_grant(row).listed(_time(row.last_used_at)) for row in rows]

    async def end(
        self, space_id: str, client_grant_ids: Collection[str], by: str, now: datetime
    ) -> None:
        theirs = (
            (_g.space_id == space_id) & _g.grant_id.in_(client_grant_ids) & _g.revoked_at.is_(None)
        )
        ended = (
            sa.update(client_grants)
            .where(theirs)
            .values(revoked_at=now, revoked_by=by)
            .returning(_g.grant_id)
        )
        async with self._database.writing() as connection:
            ids = (await connection.scalars(ended)).all()
            if not ids:
                return
            good = _a.grant_id.in_(ids) & _a.revoked_at.is_(None)
            await connection.execute(
                sa.update(gateway_tokens).where(good).values(revoked_at=now, revoked_by=by)
            )
            await connection.execute(sa.delete(client_refresh_tokens).where(_r.grant_id.in_(ids)))
            await leave_notice(connection, Topic.ACCESS, space_id, 0)

    async def living_among(self, client_grant_ids: Collection[str]) -> Collection[str]:
        query = sa.select(_g.grant_id).where(
            _g.grant_id.in_(client_grant_ids), _g.revoked_at.is_(None)
        )
        async with self._database.reading() as connection:
            return frozenset((await connection.scalars(query)).all())

    async def _one(self, which: sa.ColumnElement[bool]) -> ClientGrant | None:
        async with self._database.reading() as connection:
            query = sa.select(client_grants).where(which)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _grant(row)


def _allowed_first(grant: ClientGrant) -> sa.Update:
    """The client's registration is of use from now on."""
    mine = (oauth_clients.c.client_id == grant.client_id) & oauth_clients.c.allowed_at.is_(None)
    return sa.update(oauth_clients).where(mine).values(allowed_at=grant.created_at)


def never_redeemed(now: datetime) -> sa.ColumnElement[bool]:
    """Logins whose code has expired without having been exchanged."""
    return _g.code_used_at.is_(None) & (_g.code_expires_at < now)


def ended_grants(before: datetime) -> sa.ColumnElement[bool]:
    """Those that were ended, or expired, before that."""
    return (_g.revoked_at < before) | (_g.expires_at < before)


def expired_refresh_tokens(now: datetime) -> sa.ColumnElement[bool]:
    """They prove nothing any more: a stolen copy of one is as dead."""
    return _r.expires_at < now


def grant_row(grant: ClientGrant, code_sha256: str) -> dict[str, Any]:
    row = {**asdict(grant), "code_sha256": code_sha256}
    row["grant_id"] = row.pop("client_grant_id")
    return row


async def put_refresh(
    connection: AsyncConnection, token: RefreshToken, *, parent: str | None
) -> None:
    row = {
        "sha256": token.sha256,
        "grant_id": token.client_grant_id,
        "parent_sha256": parent,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "rotations": 0,
    }
    await connection.execute(sa.insert(client_refresh_tokens), row)


def _grant(row: sa.Row[Any]) -> ClientGrant:
    return ClientGrant(
        client_grant_id=row.grant_id,
        client_id=row.client_id,
        client_name=row.client_name,
        space_id=row.space_id,
        user_id=row.user_id,
        redirect_uri=row.redirect_uri,
        code_challenge=row.code_challenge,
        read_only=row.read_only,
        may_refresh=row.may_refresh,
        created_at=in_utc(row.created_at),
        expires_at=in_utc(row.expires_at),
        code_expires_at=in_utc(row.code_expires_at),
        code_used_at=_time(row.code_used_at),
        revoked_at=_time(row.revoked_at),
        kind=TokenKind(row.kind),
        can_manage=row.can_manage,
        issuer=row.issuer,
    )


def _refresh(row: sa.Row[Any]) -> RefreshToken:
    return RefreshToken(
        sha256=row.sha256,
        client_grant_id=row.grant_id,
        created_at=in_utc(row.created_at),
        expires_at=in_utc(row.expires_at),
        used_at=_time(row.used_at),
        is_followed=row.is_followed,
        is_forked=row.is_forked,
    )


def _time(value: datetime | None) -> datetime | None:
    return None if value is None else in_utc(value)
