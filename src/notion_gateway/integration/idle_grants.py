"""Renewing grants that nobody uses, before Notion lets them lapse.

Notion forgets a refresh token after 30 days without use, so a team back from a long break
would find its connection gone.
"""

import asyncio
from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.vault.secrets_table import SecretsTable

log = structlog.stdlib.get_logger()

IDLE_SECONDS = 20 * 24 * 3600.0
LOOK_EVERY_SECONDS = 6 * 3600.0


@final
@dataclass(frozen=True)
class IdleGrants:
    """Every replica may run it: the lease lets one of them renew, the others adopt."""

    secrets: SecretsTable
    access_tokens: AccessTokens
    idle_seconds: float = IDLE_SECONDS
    look_every_seconds: float = LOOK_EVERY_SECONDS

    async def run(self, stop: asyncio.Event) -> None:
        """Looks again and again until ``stop`` is set."""
        while True:
            try:
                await self.renew_idle(stop)
            except GatewayError as fault:
                log.warning("idle_renewals_interrupted", reason=fault.reason)
            if await happens_within(stop, self.look_every_seconds):
                return

    async def renew_idle(self, stop: asyncio.Event | None = None) -> int:
        """One after the other, so that not all of them renew at once. Once ``stop`` is set, what
        has begun ends and nothing more begins: the next look, here or elsewhere, finds the rest.

        How many idle grants are fresh again, whether by this replica or by another.
        """
        fresh = 0
        for space_id in await self.secrets.spaces_unrenewed(self.idle_seconds):
            if stop is not None and stop.is_set():
                break
            try:
                await self.access_tokens.lend(space_id)
                fresh += 1
            except GatewayError as fault:
                log.warning("idle_renewal_failed", space_id=space_id, reason=fault.reason)
        return fresh
