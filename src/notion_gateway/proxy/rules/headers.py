"""When a token is renewed, how long to wait after a failure, and which headers travel."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from notion_gateway.integration.rules.events import TokenPair

RawHeaders = list[tuple[bytes, bytes]]

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


# Everything travels but what is named here: an allowlist would break the header checks of
# protocol generations to come.
_HOP_BY_HOP = frozenset(  # RFC 9110 section 7.6.1
    b"connection keep-alive proxy-connection proxy-authenticate proxy-authorization"
    b" te trailer transfer-encoding upgrade".split()
)
_NOT_UPSTREAM = _HOP_BY_HOP | frozenset(
    # Host, length and bearer token are the upstream client's to write; Notion refuses a
    # foreign Origin; the rest speaks about the caller, which is none of Notion's business.
    b"host content-length expect authorization cookie origin referer notion-version"
    b" x-user-id x-space-id forwarded x-forwarded-for x-forwarded-host x-forwarded-proto"
    b" x-forwarded-port x-real-ip".split()
)
_NOT_DOWNSTREAM = _HOP_BY_HOP | frozenset(
    # Cookies and challenges are between Notion and the gateway: the challenge would send
    # the client to authorize at Notion itself. The others speak for Notion's own origin.
    b"set-cookie www-authenticate strict-transport-security alt-svc clear-site-data"
    b" access-control-allow-origin access-control-allow-credentials"
    b" access-control-allow-methods access-control-allow-headers"
    b" access-control-expose-headers access-control-max-age".split()
)


_RENAMED = {b"x-request-id": b"x-notion-request-id"}
"""The gateway's own id of a request has the usual name; Notion's support asks for theirs."""


def headers_upstream(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """The caller's headers as they go on to Notion; names in lower case, as ASGI has them."""
    return _without(list(headers), _NOT_UPSTREAM)


def headers_downstream(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """Notion's headers as they go on to the caller."""
    lowered = [(name.lower(), value) for name, value in headers]
    return _without([(_RENAMED.get(name, name), value) for name, value in lowered], _NOT_DOWNSTREAM)


def _without(headers: RawHeaders, denied: frozenset[bytes]) -> RawHeaders:
    for name, value in headers:
        if name == b"connection":  # names more hop-by-hop headers, RFC 9110 section 7.6.1
            denied = denied | {item.strip().lower() for item in value.split(b",")}
    return [(name, value) for name, value in headers if name not in denied]
