"""A person's word on calls that wait for it in a chat counts once, whichever of their pages sends
it, and however many do at the same instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, final

from notion_gateway.conversations.rules import Owner
from notion_gateway.kernel.clock import Clock
from notion_gateway.storage.used_once import UsedOnce

REMEMBERED: Final = timedelta(days=365)
"""A page that is older than this, and still open, could send its own once more."""


@final
@dataclass(frozen=True)
class Decisions:
    once: UsedOnce
    clock: Clock

    async def take(self, owner: Owner, approval_ids: Sequence[str]) -> bool:
        """All of them, or none: False where one was given before. Raises StoreUnavailable."""
        keys = [f"decision/{owner.space_id}/{owner.user_id}/{one}" for one in approval_ids]
        now = self.clock.now()
        return await self.once.use_all(keys, now + REMEMBERED, now)
