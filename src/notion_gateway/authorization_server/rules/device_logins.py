"""Logging in on a machine without a browser (RFC 8628): its codes, and what a poll is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notion_gateway.access.rules.gateway_tokens import TokenKind
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.kernel.text import short_text

LIFETIME = timedelta(minutes=10)
INTERVAL_SECONDS = 5
SLOWER_BY_SECONDS = 5
"""RFC 8628 section 3.5: ``slow_down`` makes every pause so much longer."""
TOLERANCE = timedelta(seconds=1)
"""A poll that left in time may arrive a little early after the one before."""

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_USER_CODE_LETTERS = 8
RANDOM_BYTES = 16
_MACHINE_CHARACTERS = 100


class Decision(StrEnum):
    """What a person lets the program do. ``MANAGE`` is for the command line alone."""

    DENY = "deny"
    READ = "read"
    USE = "use"
    MANAGE = "manage"


@dataclass(frozen=True, slots=True)
class DeviceLogin:
    """``machine`` is what the program says of where it runs, and ``address`` where the gateway
    was asked from. ``poll_after``: from when on it may ask again. ``client_grant_id`` names
    what came of it.
    """

    login_id: str
    client_id: str
    client_name: str
    kind: TokenKind
    may_refresh: bool
    space_id: str
    user_code: str
    machine: str | None
    address: str
    created_at: datetime
    expires_at: datetime
    interval_seconds: int
    poll_after: datetime
    decision: Decision | None = None
    user_id: str | None = None
    client_grant_id: str | None = None
    issuer: str | None = None


def judge_poll(login: DeviceLogin, client_id: str, now: datetime) -> Why | None:
    """Why there are no tokens for a poll; None where a person has allowed them.

    What a person decided is told at any pace; pace is for those who wait.
    """
    if login.client_id != client_id:
        return Why.DEVICE_CODE_OF_ANOTHER_CLIENT
    if login.client_grant_id is not None:
        return Why.DEVICE_CODE_USED
    if login.decision is Decision.DENY:
        return Why.DEVICE_LOGIN_DENIED
    if now >= login.expires_at:
        return Why.DEVICE_CODE_EXPIRED
    if login.decision is None:
        is_early = now < login.poll_after
        return Why.DEVICE_POLLED_TOO_SOON if is_early else Why.DEVICE_LOGIN_PENDING
    return None


def judge_typed(code: str | None, login: DeviceLogin | None, now: datetime) -> DeviceLogin | Why:
    """The login that somebody can decide about, else why there is none. ``code``: see
    ``typed_code``; ``login``: what was found by it.
    """
    if code is None:
        return Why.USER_CODE_FORM
    if login is None:
        return Why.USER_CODE_UNKNOWN
    if now >= login.expires_at:
        return Why.USER_CODE_EXPIRED
    return login if login.decision is None else Why.USER_CODE_DECIDED


def next_poll(why: Why, interval_seconds: int, now: datetime) -> tuple[int, datetime]:
    """The pause between polls from now on, and from when on the next one is in time."""
    if why is Why.DEVICE_POLLED_TOO_SOON:
        interval_seconds += SLOWER_BY_SECONDS
    return interval_seconds, now + timedelta(seconds=interval_seconds) - TOLERANCE


def user_code_of(random_bytes: bytes) -> str:
    """Eight letters in two groups, of an alphabet without vowels and look-alikes (RFC 8628
    section 6.1): 34 bits, which people type in ten minutes and guess in none.
    """
    value, letters = int.from_bytes(random_bytes), ""
    for _ in range(_USER_CODE_LETTERS):
        value, digit = divmod(value, len(_LETTERS))
        letters += _LETTERS[digit]
    return f"{letters[:4]}-{letters[4:]}"


def typed_code(text: str) -> str | None:
    """The code as a person typed it: in any case, with or without hyphen and blanks. None for
    what can be none.
    """
    letters = "".join(text.replace("-", "").split()).upper()
    if len(letters) != _USER_CODE_LETTERS or not set(letters) <= set(_LETTERS):
        return None
    return f"{letters[:4]}-{letters[4:]}"


def machine_name(value: object) -> str | None:
    """One line of printable characters."""
    shown = short_text(value, _MACHINE_CHARACTERS * 4)
    return None if shown is None else " ".join(shown.split())[:_MACHINE_CHARACTERS] or None
