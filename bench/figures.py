"""From rounds to figures: medians, and ratios within a round, where what else the machine does
falls on both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Ratio:
    """One column's value over another's, round by round."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, over: Sequence[float], under: Sequence[float]) -> "Ratio | None":
        """None where no round has both."""
        each = [one / other for one, other in zip(over, under, strict=True) if other]
        return cls(median(each), min(each), max(each)) if each else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table. ``medians`` by column: the last one is what two runs are compared by,
    and ``ratio`` is that one over the column before it.
    """

    group: str
    name: str
    medians: dict[str, float]
    ratio: Ratio | None = None

    @classmethod
    def of(
        cls,
        group: str,
        name: str,
        series: Mapping[str, Sequence[float]],
        *,
        with_ratio: bool = True,
    ) -> "Figure":
        """``series``: a value for each round, by column."""
        *_, before, last = (None, *series.values())
        ratio = Ratio.of(last, before) if with_ratio and before else None
        return cls(group, name, {column: median(each) for column, each in series.items()}, ratio)
