"""Workloads among the tokens of a space: listed there, and ended there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import final

import sqlalchemy as sa

from notion_gateway.access.rules.gateway_tokens import GatewayToken, ListedToken
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_commands import EndWorkloads
from notion_gateway.access.rules.space_events import SpaceEvent
from notion_gateway.access.rules.workloads import WORKLOAD_PREFIX
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.access.token_store import token_row
from notion_gateway.kernel.errors import SpaceNotAccessible
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.deciding import decide_and_append
from notion_gateway.storage.schema.access import gateway_tokens

_t = gateway_tokens.c


@final
@dataclass(frozen=True)
class Workloads:
    """A source of tokens (``TokenSource``). What a space's stream says of its workloads counts; of
    their tokens, each belongs to its workload.
    """

    database: Database
    spaces: SpaceStore

    async def of_space(self, space_id: str, now: datetime) -> Sequence[ListedToken]:
        space = await self.spaces.load(space_id)
        good = [one for one in space.workloads.values() if now < one.expires_at]
        if not good:
            return []
        query = (
            sa.select(_t.grant_id, sa.func.max(_t.last_used_at).label("used_at"))
            .where(_t.grant_id.in_([one.workload_id for one in good]))
            .group_by(_t.grant_id)
        )
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        used = {row.grant_id: row.used_at for row in rows if row.used_at is not None}
        return [
            one.listed(in_utc(used[one.workload_id]) if one.workload_id in used else None)
            for one in good
        ]

    async def end(self, space_id: str, token_ids: Collection[str], by: str, now: datetime) -> None:
        """With their tokens, in the same transaction (``SpaceStore``)."""
        theirs = frozenset(one for one in token_ids if one.startswith(WORKLOAD_PREFIX))
        if not theirs:
            return

        async def load() -> Space:
            return await self.spaces.load(space_id)

        async def append(before: Space, events: Sequence[SpaceEvent], after: Space) -> bool:
            await self.spaces.append(space_id, before.version, events, after)
            return True

        command = EndWorkloads(theirs, by)
        try:
            await decide_and_append(command, load=load, append=append, now=lambda: now)
        except SpaceNotAccessible:
            return

    async def living_among(self, token_ids: Collection[str]) -> Collection[str]:
        """Ending one revokes its tokens; those that have expired are deleted later."""
        theirs = [one for one in token_ids if one.startswith(WORKLOAD_PREFIX)]
        if not theirs:
            return frozenset()
        query = sa.select(_t.grant_id).where(_t.grant_id.in_(theirs), _t.revoked_at.is_(None))
        async with self.database.reading() as connection:
            found: Sequence[str | None] = (await connection.scalars(query)).all()
        return frozenset(one for one in found if one is not None)

    async def issue(self, token: GatewayToken) -> bool:
        """False where the workload was ended meanwhile. Its tokens that have expired go."""
        workload_id = token.belongs_to or ""
        past = (_t.grant_id == workload_id) & (_t.expires_at < token.created_at)
        async with self.database.writing() as connection:
            await connection.execute(sa.delete(gateway_tokens).where(past))
            await connection.execute(sa.insert(gateway_tokens), token_row(token))
        # Who ends it after this look finds the token; who ended it before is found by it.
        if workload_id in (await self.spaces.load(token.space_id)).workloads:
            return True
        ended = sa.update(gateway_tokens).where(_t.token_id == token.token_id)
        async with self.database.writing() as connection:
            await connection.execute(
                ended.values(revoked_at=token.created_at, revoked_by="gateway")
            )
        return False
