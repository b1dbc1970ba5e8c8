"""Logins of machines without a browser, in SQL: one row from its codes on, until they expire.

Whatever happens once is an UPDATE that finds it undone: of two at the same time, one changes a row.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any, final

import sqlalchemy as sa

from notion_gateway.access.issuer_store import require_trust
from notion_gateway.access.rules.gateway_tokens import GatewayToken, TokenKind
from notion_gateway.access.space_tables import require_role
from notion_gateway.access.token_store import token_row
from notion_gateway.authorization_server.grant_store import grant_row, put_refresh
from notion_gateway.authorization_server.rules.device_logins import Decision, DeviceLogin
from notion_gateway.authorization_server.rules.grants import ClientGrant, RefreshToken
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.schema.access import gateway_tokens
from notion_gateway.storage.schema.clients import client_grants, device_logins

MAX_OPEN = 10_000
"""How many logins wait for somebody at a time."""

_d = device_logins.c


@final
class DeviceLoginStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, login: DeviceLogin, device_code_sha256: str) -> bool:
        """False where too many wait already. What has expired goes."""
        row = {**asdict(login), "device_code_sha256": device_code_sha256}
        row["grant_id"] = row.pop("client_grant_id")
        async with self._database.writing() as connection:
            await connection.execute(
                sa.delete(device_logins).where(_d.expires_at <= login.created_at)
            )
            waiting = await connection.scalar(sa.select(sa.func.count()).select_from(device_logins))
            if (waiting or 0) >= MAX_OPEN:
                return False
            await connection.execute(sa.insert(device_logins), row)
        return True

    async def by_device_code(self, sha256: str) -> DeviceLogin | None:
        return await self._one(_d.device_code_sha256 == sha256)

    async def by_user_code(self, user_code: str) -> DeviceLogin | None:
        return await self._one(_d.user_code == user_code)

    async def polled(self, login: DeviceLogin, interval_seconds: int, poll_after: datetime) -> bool:
        """False where another poll came in between."""
        same = (
            (_d.login_id == login.login_id)
            & (_d.poll_after == login.poll_after)
            & (_d.interval_seconds == login.interval_seconds)
        )
        changed = {"interval_seconds": interval_seconds, "poll_after": poll_after}
        return await self._changes_one(same, changed)

    async def decide(
        self,
        login: DeviceLogin,
        user_id: str,
        decision: Decision,
        now: datetime,
        issuer: str | None = None,
    ) -> bool:
        """False where it was decided before, or has expired. Raises IssuerRevoked, and where it is
        allowed, SpaceNotAccessible for who has left the space.
        """
        undecided = (_d.login_id == login.login_id) & _d.decision.is_(None) & (_d.expires_at > now)
        to = {"user_id": user_id, "decision": decision, "issuer": issuer}
        async with self._database.writing() as connection:
            if decision is not Decision.DENY:
                await require_role(connection, login.space_id, user_id)
            changed = await connection.execute(sa.update(device_logins).where(undecided).values(to))
            await require_trust(connection, issuer)
        return changed.rowcount == 1

    async def redeem(
        self,
        login: DeviceLogin,
        grant: ClientGrant,
        device_code_sha256: str,
        access: GatewayToken,
        refresh: RefreshToken | None,
    ) -> bool:
        """False where it was redeemed before, or has ended. Raises IssuerRevoked, or
        SpaceNotAccessible where the person has left the space.
        """
        unused = (
            (_d.login_id == login.login_id)
            & _d.grant_id.is_(None)
            & (_d.expires_at > access.created_at)
        )
        used = sa.update(device_logins).where(unused).values(grant_id=grant.client_grant_id)
        async with self._database.writing() as connection:
            await require_role(connection, grant.space_id, grant.user_id)
            if (await connection.execute(used)).rowcount != 1:
                return False
            await require_trust(connection, grant.issuer)
            row = grant_row(grant, device_code_sha256)
            await connection.execute(sa.insert(client_grants), row)
            await connection.execute(sa.insert(gateway_tokens), token_row(access))
            if refresh is not None:
                await put_refresh(connection, refresh, parent=None)
        return True

    async def end_of_issuer(self, issuer: str) -> None:
        """What people have decided who had signed in there, and no program has fetched yet: it has
        expired, by every clock. Waits for those that are fetched just now (``redeem``).
        """
        unused = (_d.issuer == issuer) & _d.grant_id.is_(None)
        expired = sa.update(device_logins).where(unused).values(expires_at=_d.created_at)
        async with self._database.writing() as connection:
            await connection.execute(expired)

    async def _changes_one(self, which: sa.ColumnElement[bool], to: dict[str, Any]) -> bool:
        async with self._database.writing() as connection:
            changed = await connection.execute(sa.update(device_logins).where(which).values(to))
        return changed.rowcount == 1

    async def _one(self, which: sa.ColumnElement[bool]) -> DeviceLogin | None:
        async with self._database.reading() as connection:
            query = sa.select(device_logins).where(which)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _login(row)


def _login(row: sa.Row[Any]) -> DeviceLogin:
    return DeviceLogin(
        login_id=row.login_id,
        client_id=row.client_id,
        client_name=row.client_name,
        kind=TokenKind(row.kind),
        may_refresh=row.may_refresh,
        space_id=row.space_id,
        user_code=row.user_code,
        machine=row.machine,
        address=row.address,
        created_at=in_utc(row.created_at),
        expires_at=in_utc(row.expires_at),
        interval_seconds=row.interval_seconds,
        poll_after=in_utc(row.poll_after),
        decision=None if row.decision is None else Decision(row.decision),
        user_id=row.user_id,
        client_grant_id=row.grant_id,
        issuer=row.issuer,
    )
