"""Counts that the workers of one gateway share, so that a limit holds for all of them together.

One piece of memory, handed to each worker by descriptor. Every worker writes tables of its own and
only reads those of the others: no lock, and a worker that dies while it writes stops nobody.
"""

import mmap
import os
import sys
import tempfile
from collections.abc import Hashable, Mapping
from typing import Final, final

TABLES: Final = (
    "calls",
    "refused_credentials",
    "foreign_spaces",
    "new_clients",
    "device_logins",
    "guessed_codes",
    "machine_tokens",
    "workload_tokens",
    "refused_workloads",
    "asserted_tokens",
    "open_calls",
    "body_bytes",
)
_OF_THE_LIVING: Final = frozenset({"open_calls", "body_bytes"})
"""They say what is under way, in no window."""
_READ_AT_ONCE: Final = 4096
_ROWS: Final = (1 << 18) - 1
_PROBES: Final = 16
_WORDS: Final = 2 * (_ROWS + 1)
"""Of a table: its window with the count of what found no row, then a key's hash and count in
each row. Four mebibytes, whole pages.
"""
_WORKER_BYTES: Final = len(TABLES) * _WORDS * 8
_64_BITS: Final = (1 << 64) - 1


def new_memory(places: int) -> int:
    """The descriptor of zeroed memory for that many workers; only what is used takes room."""
    if sys.platform == "linux":
        memory = os.memfd_create("gateway worker counts")
    else:
        with tempfile.TemporaryFile() as file:
            memory = os.dup(file.fileno())
    os.ftruncate(memory, places * _WORKER_BYTES)
    return memory


def take_over(memory: int, place: int, counts: "WorkerCounts") -> None:
    """A worker has ended: what it had counted in this minute counts in ``counts``, the parent's
    own, until the minute is over; its calls are no longer open. Its place is zeroed.
    """
    start = place * _WORKER_BYTES
    for number, name in enumerate(TABLES):
        if name not in _OF_THE_LIVING:
            _inherit(memory, start + number * _WORDS * 8, counts.table(name))
    with mmap.mmap(memory, 0) as mapped:
        if sys.platform == "linux":
            mapped.madvise(mmap.MADV_REMOVE, start, _WORKER_BYTES)
        else:
            mapped[start : start + _WORKER_BYTES] = bytes(_WORKER_BYTES)


def _inherit(memory: int, start: int, heir: "CountTable") -> None:
    """What a table that starts there has counted, if its window is not over."""
    window, overflow = memoryview(os.pread(memory, 16, start)).cast("Q")
    if not window or window < heir.window:
        return
    rows = _rows(memory, start + 16, start + _WORDS * 8)
    if window > heir.window:
        heir.begin(window)
    heir.inherit(rows, overflow)


def _rows(memory: int, start: int, end: int) -> dict[int, int]:
    """Counts by their keys' hashes. Read, not mapped: to look at what is mapped takes room."""
    found: dict[int, int] = {}
    at = start
    while (at := _next_used(memory, at)) < end:
        part = memoryview(os.pread(memory, min(_READ_AT_ONCE, end - at), at)).cast("Q")
        for row in range(0, len(part), 2):
            if part[row] and part[row + 1]:
                found[part[row]] = found.get(part[row], 0) + part[row + 1]
        at += len(part) * 8
    return found


def _next_used(memory: int, at: int) -> int:
    """From there on, skipping what was never written; where a row begins."""
    try:
        used = os.lseek(memory, at, os.SEEK_DATA)
    except OSError:  # nothing more
        return os.fstat(memory).st_size
    return max(at, used)


@final
class WorkerCounts:
    """``place``: which part of ``memory`` this worker writes; no other process does.

    Keys are found by Python's own hash, so all workers need the same PYTHONHASHSEED.
    """

    def __init__(self, memory: int, place: int) -> None:
        mapped = memoryview(mmap.mmap(memory, 0)).cast("Q")
        places = len(mapped) * 8 // _WORKER_BYTES
        self._tables: dict[str, CountTable] = {}
        for number, name in enumerate(TABLES):
            begins = [(one * len(TABLES) + number) * _WORDS for one in range(places)]
            parts = [mapped[begin : begin + _WORDS] for begin in begins]
            self._tables[name] = CountTable(parts.pop(place), parts)

    def table(self, name: str) -> "CountTable":
        return self._tables[name]


@final
class CountTable:
    """Counts by key: this worker's, with those of the others added when it is asked.

    Where too many keys are counted at a time, new ones share a count.
    """

    def __init__(self, own: memoryview, others: list[memoryview]) -> None:
        self._own = own
        self._others = others
        self._window = 0
        self._rows: dict[int, int] = {}

    @property
    def window(self) -> int:
        """0 before the first one."""
        return self._window

    def inherit(self, counts: Mapping[int, int], overflow: int) -> None:
        """Adds what another worker had counted in the same window; by hashes of keys."""
        for hashed, count in counts.items():
            self._add(hashed, count)
        self._own[1] += overflow

    def begin(self, window: int) -> None:
        """Forgets this worker's counts; those of others count if they began the same window."""
        for row in self._rows.values():
            self._own[row] = self._own[row + 1] = 0
        self._rows.clear()
        self._own[1] = 0
        self._own[0] = self._window = window

    def take(self, key: Hashable, count: int, limit: int) -> bool:
        """Adds ``count``, unless all workers together would then be over ``limit``.

        Counted before it is compared: of two workers that take the last at the same moment both
        may be refused, and never both be let through.
        """
        if self.add(key, count) <= limit:
            return True
        self.add(key, -count)
        return False

    def add(self, key: Hashable, count: int) -> int:
        """The sum of all workers after it."""
        hashed = (hash(key) & _64_BITS) or 1
        return self._add(hashed, count) + self._of_others(hashed)

    def _add(self, hashed: int, count: int) -> int:
        """This worker's count after it."""
        row = self._rows.get(hashed)
        if row is None:
            row = self._rows[hashed] = self._place(hashed)
        own = self._own
        mine = own[row + 1] + count
        own[row + 1] = mine
        if not mine:
            del self._rows[hashed]
        return mine

    def total(self, key: Hashable) -> int:
        hashed = (hash(key) & _64_BITS) or 1
        row = self._rows.get(hashed)
        mine: int = 0 if row is None else self._own[row + 1]
        return mine + self._of_others(hashed)

    def _place(self, hashed: int) -> int:
        own = self._own
        for probe in range(_PROBES):
            row = 2 + 2 * ((hashed + probe) % _ROWS)
            if not own[row] or not own[row + 1]:
                own[row + 1] = 0
                own[row] = hashed
                return row
        return 0

    def _of_others(self, hashed: int) -> int:
        total = 0
        window, first = self._window, 2 + 2 * (hashed % _ROWS)
        for other in self._others:
            if other[0] != window:
                continue
            if other[first] == hashed:
                total += other[first + 1]
            elif other[first]:
                total += _probed(other, hashed)
        return total


def _probed(table: memoryview, hashed: int) -> int:
    for probe in range(1, _PROBES):
        row = 2 + 2 * ((hashed + probe) % _ROWS)
        if table[row] == hashed:
            found: int = table[row + 1]
            return found
        if not table[row]:
            return 0
    overflow: int = table[1]
    return overflow
