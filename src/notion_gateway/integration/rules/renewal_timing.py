"""When an access token is renewed, and how long to wait after a failure."""

from datetime import datetime, timedelta
from typing import Literal

from notion_gateway.integration.rules.events import TokenPair

Cause = Literal["due", "refused", "idle", "look"]
"""Why a token is renewed: it expires soon, or has; Notion refuses it; nobody uses its grant; or it
has expired, and the gateway looks whether its grant lives.
"""

_JITTER = 0.2
_LIFETIME_SHARE = 0.2
_BACKOFF_SECONDS = (1, 2, 5, 10, 30)


def is_restored(tokens: TokenPair, restored_at: datetime | None) -> bool:
    """Whether a pair came out of a backup: then a later one may exist that is not here."""
    return restored_at is not None and tokens.issued_at < restored_at


def refresh_after(
    tokens: TokenPair, margin_seconds: float, restored_at: datetime | None = None
) -> datetime:
    """From when on an access token is renewed rather than used. ``restored_at``: when the database
    was restored from a backup, if it was.

    The margin grows by up to a fifth, by the token's own hash, so that tokens issued
    together are not renewed together; it never eats more than a fifth of a short life. A restored
    token is used to its end: its renewal may turn out to be impossible.
    """
    if is_restored(tokens, restored_at):
        return tokens.expires_at
    lifetime = (tokens.expires_at - tokens.issued_at).total_seconds()
    spread = int(tokens.refresh_token_sha256[:8], 16) / 2**32
    margin = min(margin_seconds * (1 + _JITTER * spread), max(lifetime, 0) * _LIFETIME_SHARE)
    return tokens.expires_at - timedelta(seconds=margin)


def backoff_seconds(failures: int, retry_after_seconds: int | None) -> int:
    """How long to leave the token endpoint alone after so many failures in a row (from 1)."""
    own = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1]
    return max(own, retry_after_seconds or 0)
