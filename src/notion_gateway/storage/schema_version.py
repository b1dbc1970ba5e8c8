"""Which schemas a gateway can serve: its own, and newer ones that say so.

A migration's revision is a number and, where it says so, the oldest one whose gateways can serve
what it makes: ``0009_serves_0007``. Without that, only its own and newer gateways can. So gateways
of two versions work side by side while one after the other is replaced, and the older one is a way
back.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

_REVISION: Final = re.compile(r"([0-9]{4})(?:_serves_([0-9]{4}))?")


class Fit(Enum):
    """Of a database for a gateway. ``NEWER``: a later version's, which this one can serve."""

    OURS = auto()
    NEWER = auto()
    TOO_OLD = auto()
    TOO_NEW = auto()

    @property
    def can_be_served(self) -> bool:
        return self in (Fit.OURS, Fit.NEWER)


def fit(found: str | None, ours: str) -> Fit:
    """``found`` is None where there are no tables yet. Another program's counts as too new."""
    if found is None:
        return Fit.TOO_OLD
    there, here = _REVISION.fullmatch(found), _REVISION.fullmatch(ours)
    if there is None or here is None:
        return Fit.OURS if found == ours else Fit.TOO_NEW
    if there[1] == here[1]:
        return Fit.OURS
    if there[1] < here[1]:
        return Fit.TOO_OLD
    return Fit.NEWER if (there[2] or there[1]) <= here[1] else Fit.TOO_NEW


def stops_among(revisions: Sequence[str]) -> tuple[str, ...]:
    """Those of some revisions, the oldest first, that tables may be left at while others are still
    to come: gateways that can serve what comes later can serve them.
    """
    stops: list[str] = []
    floor = ""
    for one in reversed(revisions):
        oldest = _oldest_served(one)
        if not stops or oldest <= floor:
            stops.append(one)
            floor = oldest
    return tuple(reversed(stops))


def _oldest_served(revision: str) -> str:
    found = _REVISION.fullmatch(revision)
    return revision if found is None else found[2] or found[1]
