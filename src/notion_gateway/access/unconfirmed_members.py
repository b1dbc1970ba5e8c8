"""Ends memberships by an issuer's word where the issuer has not spoken of somebody for long.

Nobody tells the gateway that somebody has left the company: they do not sign in any more, and no
assertion comes for them. What they made for themselves, such as gateway tokens, ends with this.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, final

import structlog

from notion_gateway.access.issuer_store import NotSilent, require_silence
from notion_gateway.access.issuers_people import IssuersPeople
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

LOOK_EVERY_SECONDS: Final = 3600.0


@final
@dataclass(frozen=True)
class UnconfirmedMembers:
    """Of issuers without rules nobody is asked for anything, and nobody is removed. Every replica
    runs it; of several one removes somebody. ``confirmed_within`` is None where memberships do not
    end by themselves.
    """

    people: IssuersPeople
    confirmed_within: timedelta | None

    async def run(self, stop: asyncio.Event) -> None:
        within = self.confirmed_within if self.people.rules else None
        while within is not None and not stop.is_set():
            try:
                await self._look(self.people.clock.now() - within)
            except GatewayError as fault:
                log.warning("unconfirmed_members_not_looked_for", reason=fault.reason)
            await happens_within(stop, LOOK_EVERY_SECONDS)
        await stop.wait()

    async def _look(self, since: datetime) -> None:
        """In the spaces of the rules as well, where it may be that nobody is linked any more."""
        store, rules = self.people.store, self.people.rules
        issuers = rules.keys() - await store.revoked()
        named = {one.space_id for issuer in issuers for one in rules[issuer]}
        for space_id in sorted(named | set(await store.spaces_of(issuers))):
            await self._look_in(space_id, issuers, since)

    async def _look_in(self, space_id: str, issuers: Collection[str], since: datetime) -> None:
        """Whom an issuer has said nothing of, it has said nothing of since they belong: their link
        was undone, they have another user id now, or it does not say where they belong.
        """
        space = await self.people.spaces.store.load(space_id)
        said_at = await self.people.store.last_words(space_id, issuers)
        for user_id, member in space.members.items():
            issuer = member.issuer
            if issuer is None or issuer not in issuers:
                continue  # they belong otherwise
            if said_at.get((issuer, user_id), member.added_at) >= since:
                continue
            silent = partial(require_silence, issuer=issuer, user_id=user_id, since=since)
            with suppress(NotSilent):
                await self.people.spaces.follow_issuer(
                    space_id, user_id, issuer, None, only_if=silent
                )
