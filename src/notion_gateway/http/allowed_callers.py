"""By which names this gateway is called, and by whose pages."""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final, final

from notion_gateway.kernel.addresses import address_literal, is_loopback_name
from notion_gateway.kernel.errors import HostNotAllowed, OriginNotAllowed
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.own_address import normal_host

PROBES: Final = frozenset({"/livez", "/readyz"})

_HOST = re.compile(rb"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE)
"""A name or an address, and perhaps a port (RFC 9110 section 7.2): no user, no path."""


@final
class AllowedCallers:
    """``origins``: those of browsers that may call, besides those that begin with one of
    ``origin_starts`` (``chrome-extension://``); a request without one is no browser's.

    ``hosts``: the names this gateway answers to besides loopback's, in normal form, so that a
    page whose name was rebound to this machine cannot call. One with a port counts on that
    port alone. ``open_probes``: liveness and
    readiness answer by any name, because a cluster asks by address.
    """

    def __init__(
        self,
        *,
        origins: Collection[str],
        origin_starts: Collection[str],
        hosts: Collection[str],
        open_probes: bool,
    ) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)
        self._origin_starts = tuple(start.encode() for start in origin_starts)
        self._hosts = frozenset(hosts)
        self._open_probes = open_probes

    def require(self, headers: RawHeaders, path: str) -> bool:
        """Whether a browser calls for a page. Raises OriginNotAllowed and HostNotAllowed."""
        from_page = False
        for name, value in headers:
            if name == b"origin":
                from_page = True
                if value not in self._origins and not value.startswith(self._origin_starts):
                    raise OriginNotAllowed
            if name == b"host" and not self.answers_to(value):
                if self._open_probes and path in PROBES:
                    continue
                raise HostNotAllowed
        return from_page

    def answers_to(self, host: bytes) -> bool:
        name, with_port = _names_in(host)
        hosts = self._hosts
        return name in hosts or _is_this_machine(name.strip("[]")) or with_port in hosts


@lru_cache(maxsize=64)
def _is_this_machine(name: str) -> bool:
    """In the one spelling that browsers send: ``127.1`` in a Host header is nobody's."""
    literal = name != "localhost" and is_loopback_name(name) and address_literal(name)
    return name == "localhost" or (bool(literal) and str(literal) == name)


@lru_cache(maxsize=64)
def _names_in(host: bytes) -> tuple[str, str]:
    """A Host header in normal form, without its port and as it is; empty where it is malformed."""
    found = _HOST.fullmatch(host)
    if found is None:
        return "", ""
    try:
        name = normal_host(found[1].decode())
    except ValueError:
        return "", ""
    return name, f"{name}{(found[2] or b'').decode()}"
