"""How long caches are trusted after the last look at the change feed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final


@final
@dataclass
class CacheTrust:
    """``trusted_seconds``: how long what is remembered of members and tokens counts after the
    last time that notices of change could be read.
    """

    trusted_seconds: float = 60.0
    monotonic: Callable[[], float] = time.monotonic
    _looked: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._looked = self.monotonic()

    def looked(self) -> None:
        """Every change until now has been heard of."""
        self._looked = self.monotonic()

    def holds(self) -> bool:
        return self.monotonic() - self._looked <= self.trusted_seconds
