"""Whether a token that others have signed is good now, by its own claims (RFC 7519 section 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from notion_gateway.authorization_server.rules.why import Why

SKEW: Final = timedelta(seconds=30)
"""By which the clock of whoever signed it may be wrong."""
_END_OF_TIME: Final = 253_402_300_800
"""The year 10000, in seconds since 1970: no date can be later."""


@dataclass(frozen=True, slots=True)
class TimeFaults:
    """Why a token is refused that has expired, begins later, or lives too long. ``issued_when``:
    and one that does not say when it was issued; None where it may leave that out.
    """

    expired: Why
    not_yet_good: Why
    lives_too_long: Why
    issued_when: Why | None = None


def judge_times(
    claims: Mapping[str, Any], now: datetime, longest: timedelta, faults: TimeFaults
) -> Why | None:
    """None where the token is good. What does not say when it was issued, was now."""
    expires_at, issued_at = seconds_of(claims, "exp"), seconds_of(claims, "iat")
    moment, skew = now.timestamp(), SKEW.total_seconds()
    if expires_at is None or moment >= expires_at + skew:
        return faults.expired
    if issued_at is None and faults.issued_when is not None:
        return faults.issued_when
    if begins_later(claims, now):
        return faults.not_yet_good
    lives = expires_at - (moment if issued_at is None else issued_at)
    return faults.lives_too_long if lives > longest.total_seconds() else None


def begins_later(claims: Mapping[str, Any], now: datetime) -> bool:
    """Or says something else than a time."""
    latest = now.timestamp() + SKEW.total_seconds()
    for name in ("iat", "nbf"):
        value = seconds_of(claims, name)
        if name in claims and (value is None or value > latest):
            return True
    return False


def seconds_of(claims: Mapping[str, Any], name: str) -> float | None:
    """None for what is no time. A boolean is a number in Python and in no token."""
    value: object = claims.get(name)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value < _END_OF_TIME
    ):
        return None
    return float(value)
