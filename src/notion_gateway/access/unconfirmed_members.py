"""Ends memberships by an issuer's word where the issuer has not spoken of somebody for long.

Nobody tells the gateway that somebody has left the company: they do not sign in any more, and no
assertion comes for them. What they made for themselves, such as gateway tokens, ends with this.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, final

import structlog

from notion_gateway.access.issuers_people import IssuersPeople
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

LOOK_EVERY_SECONDS: Final = 3600.0


@final
@dataclass(frozen=True)
class UnconfirmedMembers:
    """Of issuers without rules nobody is asked for anything, and nobody is removed. Every replica
    runs it; of several one removes somebody.
    """

    people: IssuersPeople
    confirmed_within: timedelta

    async def run(self, stop: asyncio.Event) -> None:
        while self.people.rules and not stop.is_set():
            try:
                await self._look()
            except GatewayError as fault:
                log.warning("unconfirmed_members_not_looked_for", reason=fault.reason)
            await happens_within(stop, LOOK_EVERY_SECONDS)
        await stop.wait()

    async def _look(self) -> None:
        before = self.people.clock.now() - self.confirmed_within
        for space_id, found in (
            await self.people.store.silent(self.people.rules.keys(), before)
        ).items():
            space = await self.people.spaces.store.load(space_id)
            for user_id, issuer in found:
                member = space.members.get(user_id)
                if member is None or member.issuer != issuer:
                    continue  # they belong otherwise
                spoke_at = await self.people.store.confirmed_at(issuer, user_id)
                if spoke_at is None or spoke_at < before:
                    await self.people.spaces.follow_issuer(space_id, user_id, issuer, None)
