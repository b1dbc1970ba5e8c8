"""Bytes of request bodies that are held in memory at a time: of one person, and of all."""

from collections import Counter
from typing import final

from notion_gateway.kernel.errors import TooManyRequests

_AGAIN_AFTER_SECONDS = 1


@final
class BytesInFlight:
    """``per_person`` and ``in_all`` are bytes. Who is believed without proof (None) counts in
    all only: nobody knows who they are.
    """

    def __init__(self, per_person: int, in_all: int) -> None:
        self._per_person = per_person
        self._in_all = in_all
        self._of: Counter[str] = Counter()
        self._all = 0

    def held_by(self, person: str | None) -> "HeldBytes":
        return HeldBytes(self, person)

    def take(self, person: str | None, count: int) -> None:
        """Raises TooManyRequests, and then nothing was taken."""
        if self._all + count > self._in_all:
            raise TooManyRequests(
                "Requests of everybody here are too large together. Try again in a moment.",
                retry_after_seconds=_AGAIN_AFTER_SECONDS,
            )
        if person is not None:
            mine = self._of[person] + count
            if mine > self._per_person:
                raise TooManyRequests(
                    f"Your requests under way would be over {self._per_person} bytes together."
                    " Let some end first.",
                    retry_after_seconds=_AGAIN_AFTER_SECONDS,
                )
            self._of[person] = mine
        self._all += count

    def give_back(self, person: str | None, count: int) -> None:
        self._all -= count
        if person is not None:
            mine = self._of[person] - count
            if mine:
                self._of[person] = mine
            else:
                del self._of[person]


@final
class HeldBytes:
    """What one call holds until it ends."""

    __slots__ = ("_bytes", "_count", "_person")

    def __init__(self, in_flight: BytesInFlight, person: str | None) -> None:
        self._bytes = in_flight
        self._person = person
        self._count = 0

    def take(self, count: int) -> None:
        """Before these bytes are read. Raises TooManyRequests."""
        self._bytes.take(self._person, count)
        self._count += count

    def give_back(self) -> None:
        if self._count:
            self._bytes.give_back(self._person, self._count)
            self._count = 0
