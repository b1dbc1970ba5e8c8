"""What a run does, and how much of it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console

from bench.calls import CallRound, measure_calls
from bench.open_streams import measure_open_streams, streams_that_fit
from bench.peer_programs import Peer
from bench.peers import measure_peer, start_peers
from bench.processes import BenchError, Usage, allow_open_files, fake_upstream
from bench.results import Results
from bench.starts import measure_start
from bench.streams import StreamPlan, measure_streams
from bench.targets import Target, gateway, place, targets
from bench.upstream import OPEN_PATH
from bench.workers import measure_workers, one_and_several, place_workers

_CONNECTIONS: Final = (1, 64)
_LARGE_CONNECTIONS: Final = 64
_WARM_UP: Final = StreamPlan(lanes=4, streams_per_lane=10, events=2, interval_ms=0)
_CORES: Final = sorted(os.sched_getaffinity(0))
"""Before anything is pinned."""
_BURST: Final = StreamPlan(lanes=1, streams_per_lane=5, events=1000, interval_ms=0)
"""As fast as the upstream can write them, one by one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``call_seconds`` for each target, number of connections and round."""

    starts: int
    call_rounds: int
    call_seconds: int
    stream_rounds: int
    streams: tuple[StreamPlan, ...]
    open_streams: int
    open_streams_rounds: int
    peer_rounds: int
    peer_seconds: int


FULL: Final = Plan(
    starts=5,
    call_rounds=9,
    call_seconds=1,
    stream_rounds=5,
    streams=(
        StreamPlan(lanes=1, streams_per_lane=100, events=10, interval_ms=1),
        StreamPlan(lanes=20, streams_per_lane=5, events=20, interval_ms=10),
        _BURST,
    ),
    open_streams=5000,
    open_streams_rounds=3,
    peer_rounds=3,
    peer_seconds=15,
)
QUICK: Final = Plan(
    starts=1,
    call_rounds=2,
    call_seconds=1,
    stream_rounds=1,
    streams=(
        StreamPlan(lanes=1, streams_per_lane=30, events=5, interval_ms=1),
        StreamPlan(lanes=20, streams_per_lane=1, events=20, interval_ms=10),
        _BURST,
    ),
    open_streams=1000,
    open_streams_rounds=1,
    peer_rounds=1,
    peer_seconds=10,
)


@dataclass(frozen=True, slots=True)
class Run:
    """``folder`` is for files of the run alone. One of ``workers`` leaves that part out, as no
    ``peers`` do theirs. Each part adds to ``results``, and raises BenchError when something fails.
    """

    plan: Plan
    folder: Path
    console: Console
    results: Results
    workers: int = 1
    peers: Sequence[Peer] = ()

    def measure(self) -> None:
        files = allow_open_files()  # for every process that is started from here on
        self._starts()
        self._calls_and_streams()
        self._open_streams(files)
        if self.workers > 1:
            self._several_workers()
        if self.peers:
            self._peers()

    def _starts(self) -> None:
        with fake_upstream() as (_, port):
            for number in self._rounds("starts", self.plan.starts):
                folder = self.folder / f"start-{number}"
                self.results.starts.append(measure_start(folder, port))

    def _calls_and_streams(self) -> None:
        plan, results = self.plan, self.results
        with targets(self.folder, nginx=True) as found:
            results.gateway_idle = Usage.of(found[-1].pid)
            for target in found:
                uvloop.run(measure_streams(target, _WARM_UP))
            for _ in self._rounds("calls", plan.call_rounds):
                for connections in _CONNECTIONS:
                    if results.pinned:
                        place(found, _CORES, alone=connections == 1)
                    results.calls += [
                        measure_calls(target, connections, plan.call_seconds, self.folder)
                        for target in found
                    ]
                results.calls += [
                    measure_calls(
                        target, _LARGE_CONNECTIONS, plan.call_seconds, self.folder, large=True
                    )
                    for target in found
                ]
            for _ in self._rounds("streams", plan.stream_rounds):
                for streams in plan.streams:
                    if results.pinned:
                        place(found, _CORES, alone=streams.lanes == 1)
                    results.streams += [
                        uvloop.run(measure_streams(target, streams)) for target in found
                    ]
            results.gateway_loaded = Usage.of(found[-1].pid)

    def _open_streams(self, files: int) -> None:
        """On a gateway of their own, so that its memory is not yet grown."""
        wanted = self.plan.open_streams
        count = streams_that_fit(wanted, files)
        if count < wanted:
            self.console.print(
                f"Only {count:,} open streams, not {wanted:,}: a process may have {files:,} files"
                " open here (`ulimit -Hn`).",
                style="yellow",
            )
        folder = self.folder / "open-streams"
        folder.mkdir()
        self.console.print(f"{count:,} open streams", style="dim")
        with targets(folder, nginx=False) as found:
            if self.results.pinned:
                place(found, _CORES, alone=False)
            rounds = self.plan.open_streams_rounds
            self.results.open_streams += uvloop.run(
                measure_open_streams(found[-1], count, rounds, self._full_load)
            )

    def _several_workers(self) -> None:
        with one_and_several(self.folder, self.workers) as gateways:
            if self.results.pinned:
                place_workers(gateways, _CORES)
            for _ in self._rounds(f"{self.workers} workers", self.plan.call_rounds):
                self.results.workers += measure_workers(gateways, self._full_load)

    def _peers(self) -> None:
        found = self.results.peers
        folder = self.folder / "peers"
        folder.mkdir()
        self.console.print("peers are installed and started: minutes, the first time", style="dim")
        with ExitStack() as stack:
            upstream, port = stack.enter_context(fake_upstream())
            own = stack.enter_context(gateway(folder, port))
            peers = start_peers(stack, self.peers, folder, port, found.faults)
            direct = Target("direct", port, OPEN_PATH, upstream)
            for _ in self._rounds("peers", self.plan.peer_rounds):
                for connections in _CONNECTIONS:
                    if self.results.pinned:
                        everything = [direct, own, *(one.target for one in peers)]
                        place(everything, _CORES, alone=connections == 1)
                    for one in tuple(peers):
                        try:
                            found.rounds.append(
                                measure_peer(one, own, connections, self.plan.peer_seconds, folder)
                            )
                        except BenchError as fault:
                            found.faults.append(str(fault))
                            peers.remove(one)

    def _full_load(self, target: Target) -> CallRound:
        return measure_calls(target, max(_CONNECTIONS), self.plan.call_seconds, self.folder)

    def _rounds(self, what: str, count: int) -> Iterator[int]:
        for number in range(count):
            self.console.print(f"{what}, {number + 1} of {count}", style="dim")
            yield number
