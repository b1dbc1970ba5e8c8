"""Which network addresses the gateway lets its requests go to."""

import ipaddress
import re
import unicodedata
from urllib.parse import unquote, urlsplit

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_ENDING_IN_IPV4 = (
    ipaddress.IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # NAT64 within a site, RFC 8215
)


_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_IPV4_PARTS, _LARGEST_OCTET = 4, 255


def address_literal(host: str) -> _Address | None:
    """The address that a URL's host is; None for a name, which would have to be resolved.

    As browsers and ``inet_aton`` read it: a host whose last label is a number is an IPv4
    address, in one to four parts, each decimal, octal or hexadecimal (WHATWG URL, 3.5): ``127.1``
    and ``0x7f000001`` are 127.0.0.1. Raises ValueError for a number that is no address.
    """
    host = host.partition("%")[0] if ":" in host else _as_browsers_read(host)
    if ":" in host:
        return ipaddress.IPv6Address(host.strip("[]"))
    labels = host.removesuffix(".").split(".")
    if not _NUMBER.fullmatch(labels[-1]):
        return None
    if len(labels) > _IPV4_PARTS or not all(map(_NUMBER.fullmatch, labels)):
        raise ValueError("a host that ends in a number is an IPv4 address, and this is none")
    *leading, last = map(_number, labels)
    if any(one > _LARGEST_OCTET for one in leading) or last >= 256 ** (5 - len(labels)):
        raise ValueError("a number of this IPv4 address is too large")
    value = last + sum(one * 256 ** (3 - place) for place, one in enumerate(leading))
    return ipaddress.IPv4Address(value)


def _as_browsers_read(host: str) -> str:
    """Percent escapes, full-width digits and ideographic full stops read as what they mean."""
    return unicodedata.normalize("NFKC", unquote(host)).replace("\u3002", ".").lower()


def _number(label: str) -> int:
    """Raises ValueError for an octal one with an 8 or a 9 in it."""
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label.startswith("0") else 10)


def is_loopback_name(host: str) -> bool:
    """``localhost`` or a loopback address literal; nothing that would have to be resolved."""
    if host.lower() == "localhost":
        return True
    try:
        literal = address_literal(host)
    except ValueError:
        return False
    return literal is not None and literal.is_loopback


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
    return host_allowed(urlsplit(url).hostname or "", allow_private=allow_private)


def host_allowed(host: str, *, allow_private: bool) -> bool:
    """The same rule for a URL's host: names are allowed until they are resolved."""
    try:
        literal = address_literal(host)
    except ValueError:
        return False
    return literal is None or address_allowed(host, str(literal), allow_private=allow_private)
