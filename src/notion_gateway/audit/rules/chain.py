"""The chain: each entry's code is made with a secret key from the entry and from the code before
it (HMAC-SHA-256, RFC 2104). Who can write to the database but does not have the key cannot change,
remove, add or move an entry without its showing.

What a chain cannot show by itself is that all of a database was set back to how it once was:
whoever wants to know keeps the newest code elsewhere, and asks for it again.
"""

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Final, final

from notion_gateway.audit.rules.entry import Entry

BEFORE_THE_FIRST: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a space's chain and its code. The first entry's ``number`` is 1."""

    number: int
    code: bytes


BEGINNING: Final = Link(0, BEFORE_THE_FIRST)


@dataclass(frozen=True, slots=True)
class Ends:
    """Between which links a space's entries lie. ``kept_after``: the newest entry that was deleted
    because its time was over. ``proof`` is the two links' own code, so that neither end can be
    moved either.
    """

    space_id: str
    kept_after: Link
    newest: Link
    proof: bytes = b""


def proven(key: bytes, ends: Ends) -> Ends:
    return replace(ends, proof=_proof(key, ends))


def is_proven(keys: Sequence[bytes], ends: Ends) -> bool:
    return any(hmac.compare_digest(_proof(key, ends), ends.proof) for key in keys)


def _proof(key: bytes, ends: Ends) -> bytes:
    parts = (
        ends.space_id.encode(),
        b"%d" % ends.kept_after.number,
        ends.kept_after.code.hex().encode(),
        b"%d" % ends.newest.number,
        ends.newest.code.hex().encode(),
    )
    return hmac.digest(key, b"ends\n" + b"\n".join(parts), sha256)


def code_of(key: bytes, space_id: str, before: Link, entry: Entry) -> bytes:
    """The code of the entry that comes after ``before``. The space is part of it: an entry of
    another space is none of this chain's.
    """
    place = f"entry\n{space_id}\n{before.number + 1}\n".encode()
    return hmac.digest(key, place + before.code + entry.in_one_form, sha256)


def chained(
    key: bytes, space_id: str, before: Link, entries: Iterable[Entry]
) -> Sequence[tuple[Link, Entry]]:
    found: list[tuple[Link, Entry]] = []
    for entry in entries:
        before = Link(before.number + 1, code_of(key, space_id, before, entry))
        found.append((before, entry))
    return found


class Flaw(StrEnum):
    CHANGED = "changed"
    """It is not what was written, or not the one that stood in this place."""
    MISSING = "missing"
    """There is none with this number."""
    ENDS_CHANGED = "ends_changed"
    """The row that says where the chain begins and ends is not what was written."""
    PAGES_CHANGED = "pages_changed"
    """It is found by other pages than it names: a row of the two's table was removed or added."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first one that was met; nothing is said of what comes after. ``number``: the entry's."""

    number: int
    flaw: Flaw


@final
class ChainCheck:
    """Is given a space's entries in their order, some at a time. ``keys``: any of them may have
    been used; there is more than one only where a gateway once could not open its own.
    """

    def __init__(self, keys: Callable[[], Sequence[bytes]], ends: Ends) -> None:
        self._keys = keys
        self._ends = ends
        self._at = ends.kept_after
        self.checked = 0
        self.fault: Fault | None = None
        if not is_proven(keys(), ends):
            self.fault = Fault(ends.newest.number, Flaw.ENDS_CHANGED)

    def take(self, entries: Iterable[tuple[Link, Entry]]) -> None:
        """Entries after the chain's newest are left alone: they came while this went on."""
        for link, entry in entries:
            if self.fault is not None or link.number > self._ends.newest.number:
                return
            if link.number != self._at.number + 1:
                self.fault = Fault(self._at.number + 1, Flaw.MISSING)
                return
            if not self._is_genuine(link, entry):
                self.fault = Fault(link.number, Flaw.CHANGED)
                return
            self._at = link
            self.checked += 1

    def end(self) -> Fault | None:
        """None where all of it is as it was written."""
        if self.fault is None and self._at.number < self._ends.newest.number:
            self.fault = Fault(self._at.number + 1, Flaw.MISSING)
        if self.fault is None and self._at.code != self._ends.newest.code:
            self.fault = Fault(self._at.number, Flaw.CHANGED)
        return self.fault

    def _is_genuine(self, link: Link, entry: Entry) -> bool:
        return any(
            hmac.compare_digest(code_of(key, self._ends.space_id, self._at, entry), link.code)
            for key in self._keys()
        )
