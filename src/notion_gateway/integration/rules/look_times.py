"""When each grant is looked at: once in a period, each at its own moment.

A period has slots, and a grant's id says which one is its own (``kernel/slots.py``). So the looks
are spread evenly, however many grants there are and whenever they began. The slot stands beside its
access token, so that whoever looks reads the grants of that slot and no others.
"""

from typing import Final

from notion_gateway.kernel.slots import SLOTS

_SHARE: Final = 0.95
"""Of the time within which a revoked grant has to be noticed: the rest is for pauses, and for the
looks themselves.
"""


def period_seconds(hours: float) -> float:
    return hours * 3600.0 * _SHARE


def slot_at(now: float, period: float) -> int:
    """Whose turn it is; ``now`` in seconds since 1970."""
    return min(int(now % period / period * SLOTS), SLOTS - 1)


def seconds_until_next_turn(slot: int, now: float, period: float) -> float:
    """Of a slot that is looked at now. A turn that is less than a slot away counts as this one."""
    left = (slot * period / SLOTS - now) % period
    return left if left > period / SLOTS else left + period


def pause_seconds(period: float, chance: float) -> float:
    """Between two questions whose turn it is: about half a slot, so that what was left undone is
    made up for. ``chance`` is from 0 to 1.
    """
    return period / SLOTS * (0.25 + 0.5 * chance)
