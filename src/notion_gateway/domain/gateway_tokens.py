"""Gateway tokens: what they look like, and what is remembered of one.

``nmgp_`` (a person made it) or ``nmga_`` (an OAuth client got it), 43 characters of 256
random bits in base 62, and six of a checksum: scanners for leaked secrets know it by its
prefix, and tell it from look-alikes without asking anybody.
"""

import secrets
import string
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notion_gateway.domain.principal import Means, Principal
from notion_gateway.domain.secret import Secret
from notion_gateway.domain.tool_access import ToolLimits

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_CHARACTERS = 43
_CHECKSUM_CHARACTERS = 6
_HINT_CHARACTERS = 4
MAX_LIFETIME_DAYS = 365


class TokenKind(StrEnum):
    PERSONAL = "personal"
    CLIENT = "client"


PREFIXES: Mapping[TokenKind, str] = {TokenKind.PERSONAL: "nmgp_", TokenKind.CLIENT: "nmga_"}


@dataclass(frozen=True, slots=True)
class GatewayToken:
    """``sha256``: all that is kept of the token itself. ``hint``: its beginning and its end,
    to tell it from others. ``grant_id`` names the OAuth grant of a client's token.
    """

    token_id: str
    sha256: str
    kind: TokenKind
    space_id: str
    user_id: str
    name: str
    hint: str
    created_at: datetime
    expires_at: datetime
    read_only: bool = False
    tools: frozenset[str] | None = None
    can_manage: bool = False
    grant_id: str | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    def principal(self) -> Principal:
        limited = self.read_only or self.tools is not None
        return Principal(
            user_id=self.user_id,
            means=Means.GATEWAY_TOKEN,
            space_id=self.space_id,
            limits=ToolLimits(read_only=self.read_only, tools=self.tools) if limited else None,
            may_manage=self.can_manage,
            token_id=self.token_id,
        )


def new_token(kind: TokenKind) -> Secret:
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    return Secret(PREFIXES[kind] + body + _checksum(PREFIXES[kind] + body))


def is_gateway_token(bearer: str) -> bool:
    """Whether it claims to be one; ``is_well_formed`` says whether it can be."""
    return bearer.startswith(tuple(PREFIXES.values()))


def is_well_formed(bearer: str) -> bool:
    """Prefix, length, alphabet and checksum: anything else was never issued by anybody."""
    prefix, rest = bearer[:5], bearer[5:]
    if prefix not in PREFIXES.values() or len(rest) != _RANDOM_CHARACTERS + _CHECKSUM_CHARACTERS:
        return False
    if not set(rest) <= set(_ALPHABET):
        return False
    return _checksum(bearer[:-_CHECKSUM_CHARACTERS]) == bearer[-_CHECKSUM_CHARACTERS:]


def hint_of(token: Secret) -> str:
    text = token.reveal()
    return f"{text[: 5 + _HINT_CHARACTERS]}…{text[-_HINT_CHARACTERS:]}"


def _checksum(text: str) -> str:
    """CRC-32 in base 62, padded to six characters."""
    value, digits = zlib.crc32(text.encode()), ""
    while value:
        value, digit = divmod(value, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits.rjust(_CHECKSUM_CHARACTERS, _ALPHABET[0])
