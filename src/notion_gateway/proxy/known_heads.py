"""What memory knows of requests by their heads, for as long as it holds.

Without it each call would look up three caches, and write the same head for Notion once more.
"""

import asyncio
from collections.abc import Callable
from typing import Final, final

from notion_gateway.proxy.relays import Known

_MAX_HEADS: Final = 16_384
_MAX_SEEN: Final = 16_384
"""Hashes of heads that came once."""
_MAX_HEAD_BYTES: Final = 4096
"""Of one: callers choose how long theirs are."""
_FORGOTTEN_WITHIN_SECONDS: Final = 5.0
_LOOKED_AT_ONCE: Final = 512
"""A look at one takes a microsecond."""


@final
class KnownHeads:
    """By a hash of each head: of its bytes where it comes whole, else of what the parser says. The
    oldest has to make room. ``holds``: whether what is known may still be gone by.

    A head is kept from the second time on that it comes: of one that differs from call to call
    there is only its hash, for seconds, and it takes the room of no other.
    """

    def __init__(self, holds: Callable[[Known], bool]) -> None:
        self._holds = holds
        self._known: dict[bytes, Known] = {}
        self._seen: set[bytes] = set()
        self._seen_before: set[bytes] = set()
        self._forgetting: asyncio.Handle | None = None

    def recall(self, key: bytes) -> Known | None:
        known = self._known.get(key)
        if known is None:
            return None
        if not self._holds(known):
            del self._known[key]
            return None
        known.was_used = True
        return known

    def remember(self, key: bytes, known: Known) -> None:
        if len(known.head) > _MAX_HEAD_BYTES:
            return
        if self._forgetting is None:
            self._forgetting = self._forget_later()
        if key not in self._seen and key not in self._seen_before:
            if len(self._seen) >= _MAX_SEEN:
                self._see_anew()
            self._seen.add(key)
            return
        if len(self._known) >= _MAX_HEADS:
            del self._known[next(iter(self._known))]
        self._known[key] = known

    def _see_anew(self) -> None:
        self._seen, self._seen_before = set(), self._seen

    def _forget_later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(_FORGOTTEN_WITHIN_SECONDS, self._forget)

    def _forget(self) -> None:
        """What holds no longer, because Notion's token stands in it; also where nobody calls. And
        what nobody has used since the last time, so that idle spaces take no memory.
        """
        self._see_anew()
        self._look_at(list(self._known))

    def _look_at(self, keys: list[bytes]) -> None:
        """A part of them at a time: whoever calls meanwhile does not wait for all."""
        for key in keys[-_LOOKED_AT_ONCE:]:
            known = self._known.get(key)
            if known is None:
                continue
            if known.was_used and self._holds(known):
                known.was_used = False
            else:
                del self._known[key]
        del keys[-_LOOKED_AT_ONCE:]
        if keys:
            self._forgetting = asyncio.get_running_loop().call_soon(self._look_at, keys)
        elif self._known or self._seen or self._seen_before:
            self._forgetting = self._forget_later()
        else:
            self._forgetting = None
