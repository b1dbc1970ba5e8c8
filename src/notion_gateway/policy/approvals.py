"""Approvals asked of people: the question comes back with its answer, sealed, and counts once."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast, final

from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.storage.used_once import UsedOnce
from notion_gateway.vault.sealed_text import SealedText

LIFETIME: Final = timedelta(minutes=10)


@final
@dataclass(frozen=True)
class Approvals:
    sealed: SealedText
    once: UsedOnce
    clock: Clock

    def ask(self, subject: str, for_notion: dict[str, Any]) -> str:
        """What the client brings back with its person's answer. ``for_notion``: what its call said
        to Notion.
        """
        until = self.clock.now() + LIFETIME
        asked = {"id": random_identifier(), "until": until.timestamp(), "for_notion": for_notion}
        return self.sealed.seal(_purpose(subject), json.dumps(asked))

    async def given(self, subject: str, state: object) -> dict[str, Any] | None:
        """What the call said to Notion, where it was asked about and comes in time, for the first
        time; else None. Raises StoreUnavailable.
        """
        text = self.sealed.open(_purpose(subject), state) if isinstance(state, str) else None
        if text is None:
            return None
        asked = cast("dict[str, Any]", json.loads(text))
        until, now = datetime.fromtimestamp(asked["until"], UTC), self.clock.now()
        if now > until or not await self.once.use(f"approval/{asked['id']}", until, now):
            return None
        for_notion: dict[str, Any] = asked["for_notion"]
        return for_notion


def _purpose(subject: str) -> str:
    return f"policy approval {subject}"
