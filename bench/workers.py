"""Several workers beside one, turn by turn, and what the load itself takes of the machine."""

import os
import resource
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.calls import Load
from bench.figures import Figure
from bench.processes import Usage, children, fake_upstream, pin
from bench.targets import Target, gateway


@dataclass(frozen=True, slots=True)
class WorkersRound:
    """One turn. Microseconds of processor time for each call: of the gateway with all its workers,
    of wrk, and of the stand-in for Notion.
    """

    workers: int
    calls_per_second: float
    p50_ms: float
    p99_ms: float
    gateway_microseconds: float
    wrk_microseconds: float
    upstream_microseconds: float

    @property
    def cores(self) -> float:
        """How many were busy with it."""
        each = self.gateway_microseconds + self.wrk_microseconds + self.upstream_microseconds
        return each * self.calls_per_second / 1e6


@dataclass(frozen=True, slots=True)
class Gateways:
    """One worker and several of them, before the same upstream."""

    upstream_pid: int
    by_workers: dict[int, Target]


@contextmanager
def one_and_several(folder: Path, workers: int) -> Generator[Gateways]:
    """Connected, with every worker ready. ``folder`` is there."""
    for count in (1, workers):
        (folder / f"workers-{count}").mkdir()
    with (
        fake_upstream() as (pid, port),
        gateway(folder / "workers-1", port) as one,
        gateway(folder / f"workers-{workers}", port, workers=workers) as several,
    ):
        yield Gateways(pid, {1: one, workers: several})


def measure_workers(gateways: Gateways, load: Load) -> list[WorkersRound]:
    """A round: each in its turn."""
    found: list[WorkersRound] = []
    for count, target in gateways.by_workers.items():
        upstream, wrk = Usage.of(gateways.upstream_pid).cpu_seconds, _children_seconds()
        calls = load(target)
        wrk = _children_seconds() - wrk
        upstream = Usage.of(gateways.upstream_pid).cpu_seconds - upstream
        found.append(
            WorkersRound(
                workers=count,
                calls_per_second=calls.calls_per_second,
                p50_ms=calls.p50_ms,
                p99_ms=calls.p99_ms,
                gateway_microseconds=calls.cpu_microseconds,
                wrk_microseconds=wrk / calls.calls * 1e6,
                upstream_microseconds=upstream / calls.calls * 1e6,
            )
        )
    return found


def place_workers(gateways: Gateways, cores: Sequence[int]) -> None:
    """One worker alone has a core that the load leaves to it; of several each has its own, as far
    as they go, and the load is wherever there is room.
    """
    for count, target in gateways.by_workers.items():
        processes = [target.pid] if count == 1 else children(target.pid)
        for number, pid in enumerate(processes, start=1):
            pin(pid, {cores[number % len(cores)]})
    for pid in (os.getpid(), gateways.upstream_pid):
        pin(pid, set(cores))


def workers_figures(rounds: Sequence[WorkersRound]) -> list[Figure]:
    if not rounds:
        return []
    turns: dict[str, list[WorkersRound]] = {}
    for one in rounds:
        turns.setdefault(f"{one.workers} worker{'s' if one.workers > 1 else ''}", []).append(one)
    group = "several workers, 64 connections"
    return [
        Figure.of(group, "calls per second", _each(turns, "calls_per_second")),
        Figure.of(group, "median, ms", _each(turns, "p50_ms")),
        Figure.of(group, "99 %, ms", _each(turns, "p99_ms")),
        Figure.of(group, "gateway's microseconds a call", _each(turns, "gateway_microseconds")),
        Figure.of(group, "wrk's microseconds a call", _each(turns, "wrk_microseconds")),
        Figure.of(group, "upstream's microseconds a call", _each(turns, "upstream_microseconds")),
        Figure.of(group, "cores busy with all three", _each(turns, "cores")),
    ]


def _each(turns: dict[str, list[WorkersRound]], name: str) -> dict[str, list[float]]:
    return {column: [getattr(one, name) for one in rounds] for column, rounds in turns.items()}


def _children_seconds() -> float:
    """Of processor time, by the children of this process that have ended: wrk, in between."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
