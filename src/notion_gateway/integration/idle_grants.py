"""Renewing grants that nobody uses, before Notion lets them lapse.

Notion forgets a refresh token after 30 days without use, so a team back from a long break
would find its connection gone.
"""

import asyncio
import random
from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.integration.rules.expiry import RENEWED_WHEN_IDLE_FOR
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.vault.secrets_table import SecretsTable

log = structlog.stdlib.get_logger()

IDLE_SECONDS = RENEWED_WHEN_IDLE_FOR.total_seconds()
LOOK_EVERY_SECONDS = 6 * 3600.0
AT_ONCE = 2


@final
@dataclass(frozen=True)
class IdleGrants:
    """Every replica may run it: the lease lets one of them renew, the others adopt."""

    secrets: SecretsTable
    access_tokens: AccessTokens
    idle_seconds: float = IDLE_SECONDS
    look_every_seconds: float = LOOK_EVERY_SECONDS
    at_once: int = AT_ONCE

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
        """A few at once, and calls before them. Once ``stop`` is set, what has begun ends and
        nothing more begins: the next look, here or elsewhere, finds the rest.

        How many idle grants are fresh again, whether by this replica or by another.
        """
        found = await self.secrets.unrenewed_grants(self.idle_seconds)
        # In an order of its own: replicas that went through one list side by side would wait for
        # each other's leases at every grant.
        waiting = iter(random.sample(found, len(found)))
        fresh = 0

        async def one_after_the_other() -> None:
            nonlocal fresh
            for grant_id in waiting:
                await let_calls_pass()
                if stop is not None and stop.is_set():
                    return
                if await self._renew(grant_id):
                    fresh += 1  # not in one line with the wait: others count meanwhile

        async with asyncio.TaskGroup() as group:
            for _ in range(self.at_once):
                group.create_task(one_after_the_other())
        return fresh

    async def _renew(self, grant_id: str) -> bool:
        try:
            await self.access_tokens.lend(grant_id, "idle")
        except GatewayError as fault:
            log.warning("idle_renewal_failed", **in_log(grant_id), reason=fault.reason)
            return False
        return True


async def let_calls_pass() -> None:
    """Waits three times as long as this process keeps others waiting, half a second at most: there
    are days for what the gateway does by itself, and a call has somebody who waits for it.
    """
    asked = steady_seconds()
    await asyncio.sleep(0)
    kept_waiting = steady_seconds() - asked
    await asyncio.sleep(min(3 * kept_waiting, 0.5))
