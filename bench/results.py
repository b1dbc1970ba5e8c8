"""What a run has measured, round by round, and the figures of it."""

import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any, TypeVar

from bench.calls import CallRound
from bench.figures import Figure
from bench.open_streams import OpenStreamsRound, open_streams_figures, open_streams_memory
from bench.peers import PeersResult, peers_figures
from bench.processes import ROOT, Usage
from bench.starts import StartRound
from bench.streams import StreamRound
from bench.upstream import ANSWER_BYTES
from bench.workers import WorkersRound, workers_figures

Round = TypeVar("Round", CallRound, StreamRound)


@dataclass(slots=True)
class Results:
    pinned: bool = False
    calls: list[CallRound] = field(default_factory=list[CallRound])
    starts: list[StartRound] = field(default_factory=list[StartRound])
    streams: list[StreamRound] = field(default_factory=list[StreamRound])
    open_streams: list[OpenStreamsRound] = field(default_factory=list[OpenStreamsRound])
    workers: list[WorkersRound] = field(default_factory=list[WorkersRound])
    peers: PeersResult = field(default_factory=PeersResult)
    gateway_idle: Usage | None = None
    gateway_loaded: Usage | None = None

    def figures(self) -> list[Figure]:
        """Processor time first: what else the machine does moves it least."""
        return [
            *self._processor_figures(),
            *self._added_figures(),
            *self._gateway_figures(),
            *self._call_figures(),
            *self._stream_figures(),
            *open_streams_figures(self.open_streams),
            *workers_figures(self.workers),
            *peers_figures(self.peers.rounds),
        ]

    def document(self) -> dict[str, Any]:
        """Everything, round by round, for ``--json``. Says nothing that identifies the machine."""
        figures = [asdict(one) for one in self.figures()]
        return {
            "version": measured_version(),
            "machine": machine(),
            "figures": figures,
            **asdict(self),
        }

    def _kinds_of_calls(self) -> list[tuple[int, int]]:
        """Bytes of an answer, and connections."""
        return sorted({(one.answer_bytes, one.connections) for one in self.calls})

    def _calls_of(self, size: int, connections: int) -> list[CallRound]:
        kind = (size, connections)
        return [one for one in self.calls if (one.answer_bytes, one.connections) == kind]

    def _processor_figures(self) -> list[Figure]:
        group = "processor time of a call, microseconds"
        most_first = sorted(self._kinds_of_calls(), key=lambda kind: (kind[0], -kind[1]))
        return [
            _figure(group, _kind(*kind), self._calls_of(*kind), lambda one: one.cpu_microseconds)
            for kind in most_first
        ]

    def _added_figures(self) -> list[Figure]:
        """Over a direct call in the same round. No ratio: nginx may add nothing."""
        series = _series(self._calls_of(ANSWER_BYTES, 1))
        direct = series.pop("direct", None)
        if direct is None:
            return []
        found: list[Figure] = []
        for name, value in _LATENCIES.items():
            added = {
                target: [
                    value(one) - value(without) for one, without in zip(rounds, direct, strict=True)
                ]
                for target, rounds in series.items()
            }
            group = "added to a direct call, 1 connection"
            found.append(Figure.of(group, name, added, with_ratio=False))
        return found

    def _gateway_figures(self) -> list[Figure]:
        found: list[Figure] = []
        if self.starts:
            group = "start to ready, embedded SQLite, s"
            series = {
                "first, with a new data folder": [one.first_seconds for one in self.starts],
                "each next one": [one.next_seconds for one in self.starts],
                "its processor time": [one.cpu_seconds for one in self.starts],
            }
            found += [Figure.of(group, name, {"gateway": each}) for name, each in series.items()]
        if self.gateway_idle is not None and self.gateway_loaded is not None:
            memory = {
                "connected and idle, MB": self.gateway_idle.rss_bytes,
                "after the load, MB": self.gateway_loaded.rss_bytes,
                "at most, MB": self.gateway_loaded.peak_rss_bytes,
            }
            found += [
                Figure.of("memory", name, {"gateway": [size / 1e6]})
                for name, size in memory.items()
            ]
        return [*found, *open_streams_memory(self.open_streams)]

    def _call_figures(self) -> list[Figure]:
        found: list[Figure] = []
        for kind in self._kinds_of_calls():
            group, rounds = f"calls, {_kind(*kind)}", self._calls_of(*kind)
            found.append(
                _figure(group, "calls per second", rounds, lambda one: one.calls_per_second)
            )
            found += [_figure(group, name, rounds, value) for name, value in _LATENCIES.items()]
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


_LATENCIES: dict[str, Callable[[CallRound], float]] = {
    "median, ms": lambda one: one.p50_ms,
    "99 %, ms": lambda one: one.p99_ms,
}


def machine() -> dict[str, Any]:
    """What figures depend on; nothing that identifies it."""
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }


def measured_version() -> str:
    """The gateway's, and the commit where the folder is git's; ``+`` where files differ from it."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return version("notion-mcp-gateway")
    return " ".join((version("notion-mcp-gateway"), done.stdout.strip())).strip()


def _kind(size: int, connections: int) -> str:
    answers = "" if size == ANSWER_BYTES else f"{size // 1024} kB answers, "
    return f"{answers}{connections} connection{'s' if connections > 1 else ''}"


def _series(rounds: Sequence[Round]) -> dict[str, list[Round]]:
    """The rounds of each target, in the order of the targets' turns."""
    series: dict[str, list[Round]] = {}
    for one in rounds:
        series.setdefault(one.target, []).append(one)
    return series


def _figure(
    group: str, name: str, rounds: Sequence[Round], value: Callable[[Round], float]
) -> Figure:
    series = {target: [value(one) for one in each] for target, each in _series(rounds).items()}
    return Figure.of(group, name, series, with_ratio="nginx" in series)
