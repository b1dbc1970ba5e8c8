"""Ends the grants of people who have left a space, and all those of a space that was deleted.

What counts is what is stored: a grant whose person does not belong any more, or whose space is
gone. So a gateway that is killed between a removal and this leaves nothing behind; another one, or
the next start, finds it.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final, final

import structlog

from notion_gateway.integration.manage import ManageIntegration
from notion_gateway.integration.member_grants import MemberGrants
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.kernel.errors import GatewayError, StoreUnavailable
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

BY: Final = "gateway: no member any more"
BY_DELETION: Final = "gateway: the space was deleted"
LOOK_EVERY_SECONDS: Final = 600.0
_AGAIN_AFTER_SECONDS: Final = 1.0


@final
@dataclass
class LeftMembers:
    """Every replica runs it, and hears of a removal by the change feed; of several that find the
    same grant, one ends it.
    """

    grants: MemberGrants
    manage: ManageIntegration
    look_every_seconds: float = LOOK_EVERY_SECONDS
    _heard: asyncio.Event = field(init=False, repr=False, default_factory=asyncio.Event)
    _spaces: set[str] = field(init=False, repr=False, default_factory=set[str])
    """Where somebody may have left since the last look."""

    def changed(self, space_id: str) -> None:
        """Who belongs to the space may have changed, or who has a grant there."""
        self._spaces.add(space_id)
        self._heard.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; looks everywhere at first, and now and then."""
        loop = asyncio.get_running_loop()
        stopping = asyncio.ensure_future(stop.wait())
        stopping.add_done_callback(lambda _: self._heard.set())
        everywhere_at = 0.0
        try:
            while not stop.is_set():
                self._heard.clear()
                everywhere = loop.time() >= everywhere_at
                spaces, self._spaces = self._spaces, set()
                try:
                    await self._look(None if everywhere else spaces)
                except StoreUnavailable as fault:
                    log.warning("left_members_not_looked_for", reason=fault.reason)
                    self._spaces |= spaces
                    if await happens_within(stop, _AGAIN_AFTER_SECONDS):
                        return
                    continue
                if everywhere:
                    everywhere_at = loop.time() + self.look_every_seconds
                await happens_within(self._heard, self.look_every_seconds)
        finally:
            stopping.cancel()

    async def _look(self, spaces: set[str] | None) -> None:
        for space in [None] if spaces is None else spaces:
            for of_member in await self.grants.of_nobody(space):
                await self._end(of_member.grant_id, of_member.process_id, BY)
            for shared in await self.grants.of_deleted(space):
                await self._end(shared.grant_id, shared.process_id, BY_DELETION)

    async def _end(self, grant_id: str, process_id: str, by: str) -> None:
        try:
            await self.manage.end_of_nobody(grant_id, process_id, by)
        except StoreUnavailable:
            raise
        except GatewayError as fault:  # the others' are ended all the same
            log.error("left_member_not_ended", **in_log(grant_id), reason=fault.reason)  # noqa: TRY400
