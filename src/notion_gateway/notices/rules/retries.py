"""When a message that could not be delivered is sent again, and when no more."""

from enum import StrEnum
from typing import Final

GIVEN_UP_AFTER_SECONDS: Final = 3 * 24 * 3600.0
_FIRST_PAUSE_SECONDS: Final = 5.0
_GROWTH: Final = 3.0
_LONGEST_PAUSE_SECONDS: Final = 6 * 3600.0
_SPREAD: Final = 0.2


class Progress(StrEnum):
    """Of a message on its way to one webhook."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Failure(StrEnum):
    """Why a message was not delivered. Closed list; a reason is added, never renamed."""

    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    MAIL_OFF = "mail_off"
    LOGIN_REFUSED = "login_refused"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - a reason code, not a secret


def pause_seconds(attempts: int, chance: float) -> float:
    """After so many attempts: 5 seconds, 15, 45, … up to six hours, each a fifth more or less.
    ``chance`` is from 0 to 1.
    """
    grown = _FIRST_PAUSE_SECONDS * _GROWTH ** min(attempts - 1, 20)
    return min(grown, _LONGEST_PAUSE_SECONDS) * (1 - _SPREAD + 2 * _SPREAD * chance)


def next_attempt_at(now: float, attempts: int, give_up_at: float, chance: float) -> float | None:
    """In seconds since 1970; None where the time is over. The last attempt is at its end."""
    if now >= give_up_at:
        return None
    return min(now + pause_seconds(attempts, chance), give_up_at)
