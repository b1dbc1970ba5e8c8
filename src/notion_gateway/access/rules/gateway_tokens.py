"""Gateway tokens: what they look like, and what is remembered of one.

``nmgp_`` (a person made it), ``nmga_`` (an OAuth client got it), ``nmgc_`` (a command line
that a person logged in) or ``nmgm_`` (a machine got it), 43 characters of 256 random bits in
base 62, and six of a checksum: scanners for leaked secrets know it by its prefix, and tell it
from look-alikes without asking anybody. ``nmgr_`` and ``nmgs_`` have the same shape: refresh
tokens and machines' secrets, which are good at the token endpoint only.
"""

import string
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.access.rules.tool_limits import ToolLimits
from notion_gateway.kernel.secret import Secret

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_BYTES = 32
_RANDOM_CHARACTERS = 43  # 256 bits in base 62
_CHECKSUM_CHARACTERS = 6
_HINT_CHARACTERS = 4
MAX_LIFETIME_DAYS = 365


class TokenKind(StrEnum):
    PERSONAL = "personal"
    CLIENT = "client"
    COMMAND_LINE = "command_line"
    MACHINE = "machine"


PREFIXES: Mapping[TokenKind, str] = {
    TokenKind.PERSONAL: "nmgp_",
    TokenKind.CLIENT: "nmga_",
    TokenKind.COMMAND_LINE: "nmgc_",
    TokenKind.MACHINE: "nmgm_",
}
REFRESH_PREFIX = "nmgr_"


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token, or all that a client was allowed, as people see it. ``client_name`` is None for
    a token that a person made, and so is ``client_id``, which policies name. ``made_by``: who made
    it or let it in, a person, where ``user_id`` may be a machine.
    """

    token_id: str
    kind: TokenKind
    user_id: str
    made_by: str
    name: str
    client_name: str | None
    hint: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    read_only: bool
    tools: frozenset[str] | None
    can_manage: bool
    is_service: bool = False
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayToken:
    """``sha256``: all that is kept of the token itself. ``hint``: its beginning and its end,
    to tell it from others. ``is_service``: it acts for nobody in particular. ``belongs_to`` names
    what the token comes of and ends with: a client grant, a machine or a workload; None for a token
    that a person made. ``client_id``: of the client that the grant is for, where a bearer is looked
    up.
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
    is_service: bool = False
    belongs_to: str | None = None
    client_id: str | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    def listed(self) -> ListedToken:
        return ListedToken(
            token_id=self.token_id,
            kind=self.kind,
            user_id=self.user_id,
            made_by=self.user_id,
            name=self.name,
            client_name=None,
            hint=self.hint,
            created_at=self.created_at,
            expires_at=self.expires_at,
            last_used_at=self.last_used_at,
            read_only=self.read_only,
            tools=self.tools,
            can_manage=self.can_manage,
            is_service=self.is_service,
        )

    def principal(self) -> Principal:
        is_machine = self.kind is TokenKind.MACHINE
        limited = self.read_only or self.tools is not None
        return Principal(
            user_id=self.user_id,
            means=Means.GATEWAY_TOKEN,
            space_id=self.space_id,
            limits=ToolLimits(read_only=self.read_only, tools=self.tools) if limited else None,
            may_manage=self.can_manage,
            token_id=self.token_id,
            token_belongs_to=self.belongs_to,
            client_id=self.belongs_to if is_machine else self.client_id,
            is_service=self.is_service or is_machine,
            for_mcp_only=self.kind in (TokenKind.CLIENT, TokenKind.MACHINE),
            is_machine=is_machine,
            calls_end_at=self.expires_at,
        )


def token_of(prefix: str, random_bytes: bytes) -> Secret:
    """The token that 32 random bytes make, in the alphabet of tokens."""
    body = prefix + _base62(int.from_bytes(random_bytes), _RANDOM_CHARACTERS)
    return Secret(body + _checksum(body))


def is_gateway_token(bearer: str) -> bool:
    """Whether it claims to be one; ``is_well_formed`` says whether it can be."""
    return bearer.startswith(tuple(PREFIXES.values()))


def is_well_formed(bearer: str) -> bool:
    """Prefix, length, alphabet and checksum: anything else was never issued by anybody."""
    return is_gateway_token(bearer) and _has_shape(bearer)


def _has_shape(text: str) -> bool:
    rest = text[5:]
    if len(rest) != _RANDOM_CHARACTERS + _CHECKSUM_CHARACTERS or not set(rest) <= set(_ALPHABET):
        return False
    return _checksum(text[:-_CHECKSUM_CHARACTERS]) == text[-_CHECKSUM_CHARACTERS:]


def is_refresh_token(text: str) -> bool:
    return text.startswith(REFRESH_PREFIX) and _has_shape(text)


def hint_of(token: Secret) -> str:
    text = token.reveal()
    return f"{text[: 5 + _HINT_CHARACTERS]}…{text[-_HINT_CHARACTERS:]}"


def _checksum(text: str) -> str:
    """CRC-32 in base 62."""
    return _base62(zlib.crc32(text.encode()), _CHECKSUM_CHARACTERS)


def _base62(value: int, characters: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits.rjust(characters, _ALPHABET[0])
