"""How often something happened, and how long it took, until the metrics ask."""

from collections import deque
from typing import Final, final

MAX_NOTED: Final = 10_000
"""The oldest are forgotten where nobody asks for so long."""


@final
class Tally:
    """One tuple for each time: outcome and seconds."""

    def __init__(self) -> None:
        self._noted: deque[tuple[str, float]] = deque(maxlen=MAX_NOTED)

    def note(self, outcome: str, seconds: float) -> None:
        self._noted.append((outcome, seconds))

    def taken(self) -> list[tuple[str, float]]:
        """What was noted since it was asked last."""
        noted = list(self._noted)
        self._noted.clear()
        return noted
