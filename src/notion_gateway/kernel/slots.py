"""A number for each name that spreads names evenly, and is the same in every process."""

import hashlib
from typing import Final

SLOTS: Final = 96


def slot_of(name: str) -> int:
    """From 0 to ``SLOTS`` - 1."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % SLOTS
