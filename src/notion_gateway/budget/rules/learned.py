"""What is kept of a grant's budget when its process ends, and when calls wait again at once."""

from dataclasses import dataclass
from typing import Final

RESUMED_SECONDS: Final = 24 * 3600.0
"""Whose calls had to wait so short a time before a start is paced from the first call on, for a
window at least: the loop that was there before is there after it."""


@dataclass(frozen=True, slots=True)
class Learned:
    """``calls`` in ``window_seconds``, of the grant that ``process_id`` names. ``paced_at``: when
    its calls last had to wait for their turn, in seconds since 1970.
    """

    process_id: str
    calls: int
    window_seconds: float
    paced_at: float

    def is_resumed(self, now: float) -> bool:
        return now - self.paced_at < RESUMED_SECONDS
