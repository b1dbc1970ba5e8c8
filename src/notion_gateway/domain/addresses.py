"""Which network addresses the gateway lets its requests go to."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback_name(host: str) -> bool:
    """``localhost`` or a loopback address literal; nothing that would have to be resolved."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address_allowed(host: str, address: str, *, allow_private: bool) -> bool:
    """Whether ``host`` may be reached at ``address``, which it resolved to.

    Public addresses only, unless private ones are configured; loopback belongs to loopback
    names alone, so that no name from outside leads to a service on this machine.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if is_loopback_name(host):
        return parsed.is_loopback
    return parsed.is_global or (allow_private and parsed.is_private and not parsed.is_loopback)


def literal_allowed(url: str, *, allow_private: bool) -> bool:
    """The same rule for an address that stands in the URL itself and is never resolved."""
    host = urlsplit(url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return address_allowed(host, host, allow_private=allow_private)
