"""Where a request came from, for limits on whoever guesses. It proves nothing about anybody."""

import ipaddress
from functools import lru_cache

from starlette.types import Scope

from notion_gateway.settings import Network, Settings, networks

_FORWARDED = b"x-forwarded-for"
_ONE_SUBSCRIBER = 64
"""Bits of an IPv6 address that one subscriber has; all others of it are free to choose."""


def caller_address(scope: Scope, settings: Settings) -> str:
    """The nearest address that is not one of ``GATEWAY_TRUSTED_PROXIES``; an IPv6 one by its
    network.

    What stands further left in ``X-Forwarded-For`` may be anybody's invention.
    """
    client = scope.get("client")
    address = client[0] if client else "unknown"
    trusted = _networks(settings.gateway_trusted_proxies)
    if trusted:
        sent = b",".join(value for name, value in scope["headers"] if name == _FORWARDED)
        hops = [hop.strip() for hop in sent.decode("latin-1").split(",")]
        while hops and _is_among(address, trusted):
            address = hops.pop() or address
    return _subscriber(address)


@lru_cache(maxsize=4)
def _networks(setting: str | None) -> tuple[Network, ...]:
    return tuple(networks(setting))


def _is_among(address: str, trusted: tuple[Network, ...]) -> bool:
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
