"""How a consent ended, for a browser that opens the same address once more: back, refresh, or a
program that looked at it first. The code is exchanged once; the answer is the same.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, final

import structlog

from notion_gateway.integration.connect import ConsentEnd
from notion_gateway.integration.rules.consent import ConnectError
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import GatewayError, StoreUnavailable
from notion_gateway.kernel.one_use_state import OneUseState
from notion_gateway.kernel.randomness import random_token
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.one_use_records import Record
from notion_gateway.vault.sealed_states import SealedStates

log = structlog.stdlib.get_logger()

_LIFETIME = timedelta(minutes=10)
_LOOK_EVERY_SECONDS = 0.2
_WAIT_SECONDS = 20.0
"""Longer than the exchange of a code may take."""

Finish = Callable[[Record], Awaitable[ConsentEnd]]
"""Takes the pending consent, leaving the record in its place, and ends it."""


class RememberedEnd(OneUseState):
    """Left where a pending consent was taken. ``end`` is None while that is under way.

    ``claim`` names the request that took it; ``asked_sha256`` is of all that it came with, so
    that another code is no repetition. Whoever asks again has to be who asked first: the same
    browser, and no other user.
    """

    claim: str
    asked_sha256: str
    browser_sha256: str | None
    user_id: str | None
    end: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return "RememberedEnd(…)"

    __str__ = __repr__

    def is_for(self, browser_sha256: str | None, user_id: str | None) -> bool:
        return user_id in (None, self.user_id) and hmac.compare_digest(
            browser_sha256 or "", self.browser_sha256 or ""
        )


@final
@dataclass(frozen=True)
class ConsentEnds:
    states: SealedStates[RememberedEnd]
    clock: Clock

    async def once(
        self,
        asked: Mapping[str, str],
        finish: Finish,
        *,
        browser: Secret | None = None,
        user_id: str | None = None,
    ) -> ConsentEnd:
        """How ``finish`` ended the consent that ``asked["state"]`` names, now or before.

        Raises what ``finish`` raises; that is not repeated.
        """
        name = f"end of {asked.get('state', '')}"
        mine = RememberedEnd(
            claim=random_token(),
            asked_sha256=_fingerprint(asked),
            browser_sha256=browser.fingerprint() if browser else None,
            user_id=user_id,
            expires_at=self.clock.now() + _LIFETIME,
        )
        try:
            ended = await finish(self.states.record(name, mine))
        except GatewayError:
            await self._remember(name, mine, ConsentEnd(ConnectError.STATE_INVALID))
            raise
        if ended.error is ConnectError.STATE_INVALID:
            before = await self._before(name, mine)
            if before is not None:
                return before
        await self._remember(name, mine, ended)
        return ended

    async def _before(self, name: str, mine: RememberedEnd) -> ConsentEnd | None:
        """How somebody else's taking of the state ended; None where it was nobody's, or is not
        for whoever asks now.
        """
        waited = 0.0
        try:
            while waited < _WAIT_SECONDS:
                found = await self.states.look(name, self.clock.now())
                if found is None or found.claim == mine.claim:
                    return None
                if found.asked_sha256 != mine.asked_sha256 or not found.is_for(
                    mine.browser_sha256, mine.user_id
                ):
                    return None
                if found.end is not None:
                    return ConsentEnd(**found.end)
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
                waited += _LOOK_EVERY_SECONDS
        except StoreUnavailable:
            return None
        return None

    async def _remember(self, name: str, mine: RememberedEnd, ended: ConsentEnd) -> None:
        """Where this request has taken the state; else there is nothing of its own to replace."""
        try:
            found = await self.states.look(name, self.clock.now())
            if found is not None and found.claim == mine.claim:
                done = mine.model_copy(update={"end": asdict(ended)})
                await self.states.replace(name, done)
        except StoreUnavailable:
            log.warning("consent_end_not_remembered", space_id=ended.space_id)


def _fingerprint(asked: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(asked.items())).encode()).hexdigest()
