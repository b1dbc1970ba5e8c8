"""Bearers that were recognised a moment ago, by their hash: no database, no signature check."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import final

from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.kernel.current_cache import CurrentCache


@dataclass(slots=True)
class Recognised:
    """``good_until``: then whoever it was has to be asked for anew. ``is_current``: nothing has
    been heard since that might have changed it.
    """

    principal: Principal
    good_until: datetime
    is_current: bool = True


@final
@dataclass
class AuthenticationCache:
    """Entries are dropped when a space's members or tokens change. The bearer itself is not
    kept, and what is compared is a hash of it: timing tells nothing about it.
    """

    now: Callable[[], datetime]
    trust: CacheTrust
    max_cached: int = 20_000
    _entries: CurrentCache[Recognised] = field(init=False, repr=False)
    changes: int = field(init=False, default=0)
    """To be read before looking something up, and given to ``put`` afterwards."""

    def __post_init__(self) -> None:
        self._entries = CurrentCache(self.max_cached)

    def get(self, bearer: str) -> Recognised | None:
        entry = self._entries.get(_key(bearer))
        if entry is None or self.now() >= entry.good_until:
            return None
        if entry.principal.means is Means.GATEWAY_TOKEN and not self.trust.holds():
            return None  # it may have been revoked
        return entry

    def put(self, bearer: str, principal: Principal, good_until: datetime, changes: int) -> None:
        """Not kept where something has changed since ``changes`` was read."""
        if changes == self.changes:
            self._entries[_key(bearer)] = Recognised(principal, good_until)

    def forget(self, space_id: str) -> None:
        """Gateway tokens of that space; signed tokens say nothing that could have changed."""
        self.changes += 1
        gone = [
            key
            for key, entry in self._entries.items()
            if entry.principal.space_id == space_id and entry.principal.means is Means.GATEWAY_TOKEN
        ]
        for key in gone:
            del self._entries[key]

    def forget_all(self) -> None:
        self.changes += 1
        self._entries.clear()


def _key(bearer: str) -> bytes:
    return hashlib.sha256(bearer.encode()).digest()
