"""How long a grant lasts: Notion's limits for a refresh token, and when a person is needed.

Notion forgets a grant 180 days after the consent, whatever is done, and after 30 days in which its
refresh token is not redeemed. The gateway renews idle grants long before the second limit, so that
only the first one needs a person, unless renewals fail for days.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from notion_gateway.integration.rules.integration import Integration

ABSOLUTE_LIMIT: Final = timedelta(days=180)
"""From the consent; nothing but another consent moves it."""
IDLE_LIMIT: Final = timedelta(days=30)
"""From the last redemption of a refresh token, or the consent."""
RENEWED_WHEN_IDLE_FOR: Final = timedelta(days=20)
"""The gateway renews a grant by itself that nobody has used for so long."""
OVERDUE_AFTER: Final = timedelta(days=21)
"""Of a grant that is still not renewed then, nobody knows whether it ever will be."""


class Limit(StrEnum):
    """Which of Notion's limits."""

    ABSOLUTE = "absolute"
    IDLE = "idle"


class RenewalOutcome(StrEnum):
    """How the last redemption of a refresh token ended. ``UNKNOWN``: it has begun, and no answer
    is recorded yet.
    """

    RENEWED = "renewed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Expiry:
    """Of a grant in use. ``used_at``: when Notion last saw its refresh token, or the consent.
    Calls do not count: they show Notion the access token.
    """

    used_at: datetime
    absolute_limit_at: datetime
    idle_limit_at: datetime

    def person_needed(self, now: datetime) -> tuple[Limit, datetime]:
        """Which limit ends the grant as things stand, and when: the absolute one, or the idle one
        where it comes first and the renewal that would move it is overdue.
        """
        is_overdue = now >= self.used_at + OVERDUE_AFTER
        if is_overdue and self.idle_limit_at < self.absolute_limit_at:
            return Limit.IDLE, self.idle_limit_at
        return Limit.ABSOLUTE, self.absolute_limit_at


def expiry_of(state: Integration) -> Expiry | None:
    """None where there is no grant in use."""
    if state.tokens is None or state.connected_at is None:
        return None
    return Expiry(
        used_at=state.tokens.issued_at,
        absolute_limit_at=state.connected_at + ABSOLUTE_LIMIT,
        idle_limit_at=state.tokens.issued_at + IDLE_LIMIT,
    )


def days_until(at: datetime, now: datetime) -> float:
    """Negative once it is past."""
    return (at - now) / timedelta(days=1)


def last_renewal(state: Integration) -> RenewalOutcome | None:
    """None where no refresh token was ever redeemed for the grant."""
    if state.refresh_intent is not None:
        return RenewalOutcome.UNKNOWN
    if state.last_failure is not None:
        return RenewalOutcome.REFUSED
    return None if state.last_refreshed_at is None else RenewalOutcome.RENEWED
