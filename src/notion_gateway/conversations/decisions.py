"""A person's word on calls that wait for it in a chat counts once, whichever of their pages sends
it, and however many do at the same instant.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, final

from notion_gateway.conversations.rules import Owner
from notion_gateway.kernel.clock import Clock
from notion_gateway.storage.used_once import UsedOnce

REMEMBERED: Final = timedelta(days=90)
"""A page that has been open for longer, and never looked at, could send its own once more."""


@final
@dataclass(frozen=True)
class Decisions:
    once: UsedOnce
    clock: Clock

    async def take(self, owner: Owner, approval_ids: Sequence[str]) -> bool:
        """All of them, or none: False where one was given before. Raises StoreUnavailable."""
        keys = [_key(owner, one) for one in approval_ids]
        now = self.clock.now()
        return await self.once.use_all(keys, now + REMEMBERED, now)


def _key(owner: Owner, approval_id: str) -> str:
    """Says of nobody that they were here, once they have left the space."""
    named = f"decision\n{owner.space_id}\n{owner.user_id}\n{approval_id}"
    return hashlib.sha256(named.encode()).hexdigest()
