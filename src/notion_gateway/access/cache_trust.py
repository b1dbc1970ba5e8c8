"""How long caches are trusted after the last look at the change feed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

from notion_gateway.kernel.clock import steady_seconds


@final
@dataclass
class CacheTrust:
    """``trusted_seconds``: how long what is remembered of members and tokens counts after the
    last time that notices of change could be read. The time that a machine was suspended counts,
    where the system can tell.
    """

    trusted_seconds: float = 60.0
    monotonic: Callable[[], float] = steady_seconds
    _looked: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._looked = self.monotonic()

    def looked(self) -> None:
        """Every change until now has been heard of."""
        self._looked = self.monotonic()

    def holds(self) -> bool:
        return self.monotonic() - self._looked <= self.trusted_seconds
