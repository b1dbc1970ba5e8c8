"""What can be asked of an integration. ``Integration.decide`` says what comes of it."""

from dataclasses import dataclass
from typing import Literal

from notion_gateway.integration.rules.events import Grant, TokenPair, Workspace


@dataclass(frozen=True, slots=True)
class Connect:
    """A person consented; ``tokens`` is what the code bought."""

    grant: Grant
    tokens: TokenPair


@dataclass(frozen=True, slots=True)
class StartRefresh:
    """The newest refresh token is about to be redeemed."""

    process_id: str
    refresh_token_sha256: str


@dataclass(frozen=True, slots=True)
class CompleteRefresh:
    """The token with hash ``redeemed_sha256`` was redeemed for ``tokens``."""

    process_id: str
    redeemed_sha256: str
    tokens: TokenPair


@dataclass(frozen=True, slots=True)
class RefuseRefresh:
    """Notion refused the token with this hash."""

    process_id: str
    refresh_token_sha256: str
    error: Literal["invalid_grant", "invalid_client"]


@dataclass(frozen=True, slots=True)
class IdentifyWorkspace:
    process_id: str
    workspace: Workspace


@dataclass(frozen=True, slots=True)
class Disconnect:
    """``process_id``: only this grant; None for whichever there is."""

    disconnected_by: str
    process_id: str | None = None


Command = Connect | StartRefresh | CompleteRefresh | RefuseRefresh | IdentifyWorkspace | Disconnect
