"""A bounded cache whose entries tell whether they are still in it.

Whoever keeps an entry for later looks at the entry itself, instead of looking it up once more.
"""

from typing import Any, Protocol, TypeVar, final

from cachetools import LRUCache


class Entry(Protocol):
    """``is_current``: the cache has it, under the key that it was put there with."""

    is_current: bool


V = TypeVar("V", bound=Entry)


@final
class CurrentCache(LRUCache[Any, V]):
    """Least recently used first out. An entry stands under one key."""

    def __setitem__(self, key: object, value: V) -> None:  # type: ignore[override]
        if key in self and (before := self[key]) is not value:
            before.is_current = False
        super().__setitem__(key, value)
        value.is_current = True

    def __delitem__(self, key: object) -> None:  # type: ignore[override]
        if key in self:
            self[key].is_current = False
        super().__delitem__(key)

    def clear(self) -> None:
        for entry in self.values():
            entry.is_current = False
        super().clear()
