"""Which headers travel to Notion and back."""

from collections.abc import Iterable

from notion_gateway.kernel.outbound.messages import RawHeaders

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
