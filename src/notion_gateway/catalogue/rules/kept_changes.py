"""Which recorded changes of a grant's tools go, so that no flood of them takes away what somebody
has yet to see.

A tool that changes again and again takes no more room than its own: of the many only the newest
stay, and how many were between them. And of each tool that nobody has looked at since, what was
flagged first and what came last stay, however much comes after it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

KEPT_CHANGES: Final = 500
"""Of a grant, the newest, besides those that have to stay."""
KEPT_OF_TOOL: Final = 50
"""Of these, of one tool."""
KEPT_UNSEEN_TOOLS: Final = 500
"""Of so many tools something has to stay: of flagged ones first, the oldest first, so that no later
one takes its place. A list of Notion's has no more of them.
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """``left_out``: changes of the same tool right before it that are kept no longer."""

    number: int
    tool: str
    is_flagged: bool
    is_unseen: bool
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Outdated:
    """``numbers``: what goes. ``left_out``: of those that stay, by number, where it is another
    count now.
    """

    numbers: frozenset[int]
    left_out: Mapping[int, int]


def outdated(changes: Sequence[Recorded]) -> Outdated:
    """``changes``: all of a grant's, the oldest first."""
    of_tools: defaultdict[str, list[Recorded]] = defaultdict(list)
    for one in changes:
        of_tools[one.tool].append(one)
    newest = sorted(one.number for theirs in of_tools.values() for one in theirs[-KEPT_OF_TOOL:])[
        -KEPT_CHANGES:
    ]
    kept = _that_stay(of_tools).union(newest)
    left_out: dict[int, int] = {}
    for theirs in of_tools.values():
        there = [at for at, one in enumerate(theirs) if one.number in kept]
        for before, at in pairwise([-1, *there]):
            gone = theirs[before + 1 : at]
            if gone:
                count = theirs[at].left_out + sum(1 + one.left_out for one in gone)
                left_out[theirs[at].number] = count
    return Outdated(frozenset(one.number for one in changes) - kept, left_out)


def _that_stay(of_tools: Mapping[str, Sequence[Recorded]]) -> frozenset[int]:
    unseen = [found for theirs in of_tools.values() if (found := _first_and_last(theirs))]
    unseen.sort(key=lambda found: (not found[0].is_flagged, found[0].number))
    return frozenset(one.number for found in unseen[:KEPT_UNSEEN_TOOLS] for one in found)


def _first_and_last(theirs: Sequence[Recorded]) -> tuple[Recorded, ...]:
    """Of one tool's that nobody has seen: the first that is flagged, and the last."""
    unseen = [one for one in theirs if one.is_unseen]
    if not unseen:
        return ()
    return next((one for one in unseen if one.is_flagged), unseen[-1]), unseen[-1]
