"""Bytes of request bodies that are held in memory at a time: of one person, and of all."""

from typing import final

from notion_gateway.kernel.errors import TooManyRequests
from notion_gateway.kernel.worker_counts import CountTable

_AGAIN_AFTER_SECONDS = 1
_EVERYBODY = ("everybody",)
"""No person's id: those are texts."""


@final
class BytesInFlight:
    """``per_person`` and ``in_all`` are bytes. Who is believed without proof (None) counts in
    all only: nobody knows who they are. ``shared``: with what other workers hold.
    """

    def __init__(self, per_person: int, in_all: int, shared: CountTable | None = None) -> None:
        self._per_person = per_person
        self._in_all = in_all
        self._of: dict[str, int] = {}
        self._all = 0
        self._shared = shared

    def held_by(self, person: str | None) -> "HeldBytes":
        return HeldBytes(self, person)

    def take(self, person: str | None, count: int) -> None:
        """Raises TooManyRequests, and then nothing was taken."""
        if self._all + count > self._in_all:
            raise self._too_much()
        mine = 0 if person is None else self._of.get(person, 0)
        if person is not None and mine + count > self._per_person:
            raise self._too_much_of_one()
        if self._shared is not None:
            self._take_shared(self._shared, person, count)
        if person is not None:
            self._of[person] = mine + count
        self._all += count

    def _take_shared(self, shared: CountTable, person: str | None, count: int) -> None:
        if not shared.take(_EVERYBODY, count, self._in_all):
            raise self._too_much()
        if person is not None and not shared.take(person, count, self._per_person):
            shared.add(_EVERYBODY, -count)
            raise self._too_much_of_one()

    def _too_much(self) -> TooManyRequests:
        return TooManyRequests(
            "Requests of everybody here are too large together. Try again in a moment.",
            retry_after_seconds=_AGAIN_AFTER_SECONDS,
        )

    def _too_much_of_one(self) -> TooManyRequests:
        return TooManyRequests(
            f"Your requests under way would be over {self._per_person} bytes together."
            " Let some end first.",
            retry_after_seconds=_AGAIN_AFTER_SECONDS,
        )

    def give_back(self, person: str | None, count: int) -> None:
        self._all -= count
        if self._shared is not None:
            self._shared.add(_EVERYBODY, -count)
            if person is not None:
                self._shared.add(person, -count)
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
