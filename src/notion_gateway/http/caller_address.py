"""Where a request came from, for limits on whoever guesses. It proves nothing about anybody."""

import ipaddress
from collections.abc import Sequence

from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FORWARDED = b"x-forwarded-for"
_ONE_SUBSCRIBER = 64
"""Bits of an IPv6 address that one subscriber has; all others of it are free to choose."""


def caller_address(scope: Scope, trusted_proxies: Sequence[Network]) -> str:
    """The nearest address that is not a trusted proxy's; an IPv6 one by its network.

    What stands further left in ``X-Forwarded-For`` may be anybody's invention.
    """
    client = scope.get("client")
    address = client[0] if client else "unknown"
    if trusted_proxies:
        sent = b",".join(value for name, value in scope["headers"] if name == _FORWARDED)
        hops = [_without_port(hop.strip()) for hop in sent.decode("latin-1").split(",")]
        while hops and _is_among(address, trusted_proxies):
            address = hops.pop() or address
    return _subscriber(address)


def _without_port(hop: str) -> str:
    """As some load balancers write it: ``203.0.113.1:4711``, ``[2001:db8::1]:4711``, in brackets
    alone, or in quotes (RFC 7239 section 6 has the same forms).
    """
    hop = hop.strip('"')
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    host, colon, port = hop.rpartition(":")
    return host if colon and ":" not in host and port.isdigit() else hop


def _is_among(address: str, trusted: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def _subscriber(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _ONE_SUBSCRIBER), strict=False))
