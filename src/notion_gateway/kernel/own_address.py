"""The gateway's own address: one normal form, and which spellings stand for it."""

import ipaddress
import re
from collections.abc import Collection
from functools import cached_property
from typing import Final, final
from urllib.parse import urlsplit

from notion_gateway.kernel.addresses import is_loopback_name

DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_NAME = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def normal_host(host: str) -> str:
    """As browsers send it: in lower case, an IPv6 address short and in brackets.

    Raises ValueError for what no browser sends: a name with other letters than ASCII has its
    ``xn--`` form there, and one whose last label is a number is an address (WHATWG URL, host
    parsing).
    """
    name = host.lower().removeprefix("[").removesuffix("]")
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name).compressed}]"
    if not _NAME.fullmatch(name):
        raise ValueError("not a host's name")
    if name.rpartition(".")[2].isdecimal():
        return str(ipaddress.IPv4Address(name))
    return name


def normal_origin(url: str) -> str:
    """``scheme://host``, and a port other than the scheme's own (RFC 6454 section 6.2).

    Raises ValueError for what is no http or https address, or holds user information.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not an http or https address")
    port = parts.port
    if port == 0:
        raise ValueError("not a port")
    written = "" if port is None or port == DEFAULT_PORTS[parts.scheme] else f":{port}"
    return f"{parts.scheme}://{normal_host(parts.hostname)}{written}"


@final
class OwnAddress:
    """``url``: the public URL, in normal form and without a slash at its end. ``hosts``:
    further names that callers may use, each with or without a port.
    """

    def __init__(self, url: str, hosts: Collection[str] = ()) -> None:
        self.url = url
        self._hosts = hosts

    @cached_property
    def origins(self) -> frozenset[str]:
        """Of every spelling that leads here.

        Another port of the same machine may be another person's program, so a name stands for
        the public URL's port and the scheme's own, unless it names one itself; loopback
        addresses stand for each other only where the public URL is one of them.
        """
        parts = urlsplit(self.url)
        scheme = parts.scheme
        port = f":{parts.port}" if parts.port is not None else ""
        found = {normal_origin(self.url)}
        if is_loopback_name(parts.hostname or ""):
            found.update(f"{scheme}://{name}{port}" for name in _LOOPBACK)
        for host in self._hosts:
            found.add(normal_origin(f"{scheme}://{host}"))
            if urlsplit(f"//{host}").port is None:
                found.add(f"{scheme}://{host}{port}")
        return frozenset(found)

    def as_called(self, host: str) -> str:
        """The public URL in the spelling of a request with this ``Host`` header, where that is
        one of its own; else as it is.
        """
        parts = urlsplit(self.url)
        try:
            origin = normal_origin(f"{parts.scheme}://{host}")
        except ValueError:
            return self.url
        return origin + parts.path if origin in self.origins else self.url

    def path_of(self, url: str) -> str | None:
        """What stands behind the public URL in any spelling of an address of this gateway, as
        it was written; None for another's, and for one with a query or a fragment.
        """
        try:
            parts, origin = urlsplit(url), normal_origin(url)
        except ValueError:
            return None
        prefix = urlsplit(self.url).path
        own = origin in self.origins and (parts.path + "/").startswith(prefix + "/")
        if not own or "?" in url or "#" in url:
            return None
        return parts.path.removeprefix(prefix)
