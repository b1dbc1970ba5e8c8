"""From rounds to figures. Ratios are taken within a round: what else the machine does hits all."""

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, TypeVar

from bench.calls import CallRound
from bench.processes import Usage
from bench.streams import StreamRound
from bench.upstream import ANSWER_BYTES

Round = TypeVar("Round", CallRound, StreamRound)


@dataclass(frozen=True, slots=True)
class Ratio:
    """One target's figure over another's, round by round."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, over: Sequence[float], under: Sequence[float]) -> "Ratio":
        each = [one / other for one, other in zip(over, under, strict=True) if other]
        return cls(median(each), min(each), max(each)) if each else cls(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: medians by target, and the gateway over nginx."""

    group: str
    name: str
    medians: dict[str, float]
    gateway_over_nginx: Ratio | None


@dataclass(slots=True)
class Results:
    pinned: bool = False
    calls: list[CallRound] = field(default_factory=list[CallRound])
    streams: list[StreamRound] = field(default_factory=list[StreamRound])
    gateway_idle: Usage | None = None
    gateway_loaded: Usage | None = None

    def figures(self) -> list[Figure]:
        return [*self._call_figures(), *self._stream_figures()]

    def document(self) -> dict[str, Any]:
        """Everything, round by round, for ``--json``. Says nothing that identifies the machine."""
        figures = [asdict(one) for one in self.figures()]
        return {"machine": machine(), "figures": figures, **asdict(self)}

    def _call_figures(self) -> list[Figure]:
        found: list[Figure] = []
        for size, connections in sorted(
            {(one.answer_bytes, one.connections) for one in self.calls}
        ):
            rounds = [
                one
                for one in self.calls
                if (one.answer_bytes, one.connections) == (size, connections)
            ]
            group = f"{_answers(size)}, {connections} connection{'s' if connections > 1 else ''}"
            found += [
                _figure(group, "calls per second", rounds, lambda one: one.calls_per_second),
                _figure(group, "median, ms", rounds, lambda one: one.p50_ms),
                _figure(group, "99 %, ms", rounds, lambda one: one.p99_ms),
                _figure(
                    group, "CPU s per 1,000", rounds, lambda one: one.cpu_seconds_per_1000_calls
                ),
            ]
        return found

    def _stream_figures(self) -> list[Figure]:
        found: list[Figure] = []
        bursts = [one for one in self.streams if one.is_burst]
        if bursts:
            found.append(
                _figure(
                    "burst of 1,000 events",
                    "events per second",
                    bursts,
                    lambda one: one.events_per_second,
                )
            )
        timed = [one for one in self.streams if not one.is_burst]
        for concurrent in sorted({one.concurrent for one in timed}):
            rounds = [one for one in timed if one.concurrent == concurrent]
            group = f"streams, {concurrent} at {'once' if concurrent > 1 else 'a time'}"
            found += [
                _figure(
                    group, "first event, median, ms", rounds, lambda one: one.first_event_p50_ms
                ),
                _figure(group, "first event, 95 %, ms", rounds, lambda one: one.first_event_p95_ms),
                _figure(group, "each event, median, ms", rounds, lambda one: one.event_p50_ms),
                _figure(group, "each event, 95 %, ms", rounds, lambda one: one.event_p95_ms),
            ]
        return found


def machine() -> dict[str, Any]:
    """What figures depend on; nothing that identifies it."""
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }


def _answers(size: int) -> str:
    return "calls" if size == ANSWER_BYTES else f"{size // 1024} kB"


def _figure(
    group: str, name: str, rounds: Sequence[Round], value: Callable[[Round], float]
) -> Figure:
    series: dict[str, list[float]] = {}
    for one in rounds:
        series.setdefault(one.target, []).append(value(one))
    ratio = Ratio.of(series["gateway"], series["nginx"]) if "nginx" in series else None
    return Figure(group, name, {target: median(each) for target, each in series.items()}, ratio)
