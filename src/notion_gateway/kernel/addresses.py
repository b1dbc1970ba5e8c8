"""Which network addresses the gateway lets its requests go to."""

import ipaddress
from urllib.parse import urlsplit

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_ENDING_IN_IPV4 = (
    ipaddress.IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # NAT64 within a site, RFC 8215
)


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
    names alone, so that no name from outside leads to a service on this machine. Link-local
    addresses, where clouds keep their credentials, belong to nobody.
    """
    parsed = _reached(ipaddress.ip_address(address.partition("%")[0]))
    if is_loopback_name(host):
        return parsed.is_loopback
    if parsed.is_loopback or parsed.is_unspecified or parsed.is_link_local or parsed.is_multicast:
        return False  # unspecified: the kernel takes it for loopback
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.is_site_local:
        return allow_private
    return parsed.is_global or (allow_private and parsed.is_private)


def _reached(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 one stands for, where a translator or tunnel is in use."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in network for network in _ENDING_IN_IPV4):
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


def literal_allowed(url: str, *, allow_private: bool) -> bool:
    """The same rule for an address that stands in the URL itself and is never resolved."""
    host = urlsplit(url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return address_allowed(host, host, allow_private=allow_private)
