"""Adding to a histogram what many requests took, at once."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, final

from prometheus_client import Histogram


@final
class Collected:
    """Values for one histogram with its labels, until ``give``.

    The library takes one value at a time, which costs a call more than its line in the log does.
    What is used of its inside, ``test_prometheus_internals.py`` looks at.
    """

    __slots__ = ("_bounds", "_child", "_counts", "_histogram", "_labels", "_sum")

    def __init__(
        self, histogram: Histogram, labels: Sequence[str], bounds: Sequence[float]
    ) -> None:
        self._histogram = histogram
        self._labels = labels
        self._child: Any = None
        """Only once there is something to give: a series of nothing would be one more."""
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def give(self) -> None:
        if self._child is None:
            self._child = self._histogram.labels(*self._labels)
        for number, count in enumerate(self._counts):
            if count:
                self._child._buckets[number].inc(count)  # noqa: SLF001 - see above
                self._counts[number] = 0
        self._child._sum.inc(self._sum)  # noqa: SLF001
        self._sum = 0.0
