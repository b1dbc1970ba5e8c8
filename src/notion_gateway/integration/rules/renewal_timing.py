"""When an access token is renewed, and how long to wait after a failure."""

from datetime import datetime, timedelta

from notion_gateway.integration.rules.events import TokenPair

_JITTER = 0.2
_LIFETIME_SHARE = 0.2
_BACKOFF_SECONDS = (1, 2, 5, 10, 30)


def refresh_after(tokens: TokenPair, margin_seconds: float) -> datetime:
    """From when on an access token is renewed rather than used.

    The margin grows by up to a fifth, by the token's own hash, so that tokens issued
    together are not renewed together; it never eats more than a fifth of a short life.
    """
    lifetime = (tokens.expires_at - tokens.issued_at).total_seconds()
    spread = int(tokens.refresh_token_sha256[:8], 16) / 2**32
    margin = min(margin_seconds * (1 + _JITTER * spread), max(lifetime, 0) * _LIFETIME_SHARE)
    return tokens.expires_at - timedelta(seconds=margin)


def backoff_seconds(failures: int, retry_after_seconds: int | None) -> int:
    """How long to leave the token endpoint alone after so many failures in a row (from 1)."""
    own = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1]
    return max(own, retry_after_seconds or 0)
