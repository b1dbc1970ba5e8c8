"""By which way a request leaves: straight, or through a proxy that a company's network asks for."""

import ipaddress
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from notion_gateway.kernel.addresses import address_literal, is_loopback_name

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class EgressProxy:
    """A forward proxy that is asked to CONNECT (RFC 9110 section 9.3.6). ``url`` has no user
    information; ``user`` and ``password`` go to the proxy as Basic credentials.
    """

    url: str
    host: str
    port: int
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)

    @property
    def headers(self) -> Mapping[str, str]:
        """What the proxy is told about who asks: Basic credentials, in UTF-8 (RFC 7617)."""
        if self.user is None:
            return {}
        pair = b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Proxy-Authorization": f"Basic {pair}"}


@dataclass(frozen=True, slots=True)
class Egress:
    """``no_proxy`` as the environment's NO_PROXY: names with all that end in them, addresses,
    networks, each with a port or without, or ``*``; separated by commas.
    """

    proxy: EgressProxy | None = None
    no_proxy: str = ""

    def proxy_for(self, url: str) -> EgressProxy | None:
        """None where the request goes straight: always to this machine, whose loopback a proxy
        does not have, and for plain http, which is for this machine only.
        """
        if self.proxy is None:
            return None
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" or is_loopback_name(host):
            return None
        port = parts.port or _PORTS["https"]
        excepted = (one.strip() for one in self.no_proxy.split(","))
        return None if any(_names(one, host, port) for one in excepted if one) else self.proxy


DIRECT = Egress()


def egress_proxy(value: str) -> EgressProxy:
    """From ``http://user:password@proxy.example:3128``; http where no scheme is. Raises
    ValueError.
    """
    parts = urlsplit(value if "://" in value else f"http://{value}")
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("no http or https address of a proxy, such as http://proxy.example:3128")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port or _PORTS[parts.scheme]
    user = None if parts.username is None else unquote(parts.username)
    return EgressProxy(
        f"{parts.scheme}://{host}:{port}",
        parts.hostname,
        port,
        user,
        unquote(parts.password or ""),
    )


def _names(entry: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY speaks of this host and port."""
    if entry == "*":
        return True
    literal = address_literal(host)
    if literal is not None and "/" in entry:
        return _is_in(literal, entry)
    name, entry_port = _split(entry.lower())
    if entry_port is not None and entry_port != port:
        return False
    if literal is not None:
        return name == str(literal)
    suffix = name.removeprefix("*").lstrip(".")
    return host == suffix or host.endswith(f".{suffix}")


def _is_in(literal: ipaddress.IPv4Address | ipaddress.IPv6Address, network: str) -> bool:
    try:
        return literal in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _split(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, int(rest[1:]) if rest[1:].isdigit() else None
    name, colon, port = entry.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        return name, int(port)
    return entry, None
