"""``python -m bench``: direct, nginx and the gateway, turn by turn, and a table."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from bench.against import read_saved, show_against
from bench.calls import measure_calls
from bench.processes import BenchError, Usage, fake_upstream
from bench.results import Results
from bench.starts import measure_start
from bench.streams import StreamPlan, measure_streams
from bench.table import show
from bench.targets import find_nginx, place, targets

_PACKAGES = ("wrk", "nginx-light")
_CONNECTIONS = (1, 64)
_LARGE_CONNECTIONS = 64
_WARM_UP = StreamPlan(lanes=4, streams_per_lane=10, events=2, interval_ms=0)
_BURST = StreamPlan(lanes=1, streams_per_lane=5, events=1000, interval_ms=0)
"""As fast as the upstream can write them, one by one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``call_seconds`` for each target, number of connections and round."""

    call_rounds: int
    call_seconds: int
    starts: int
    stream_rounds: int
    streams: tuple[StreamPlan, ...]


_FULL = Plan(
    call_rounds=9,
    call_seconds=1,
    starts=5,
    stream_rounds=5,
    streams=(
        StreamPlan(lanes=1, streams_per_lane=100, events=10, interval_ms=1),
        StreamPlan(lanes=20, streams_per_lane=5, events=20, interval_ms=10),
        _BURST,
    ),
)
_QUICK = Plan(
    call_rounds=2,
    call_seconds=1,
    starts=1,
    stream_rounds=1,
    streams=(
        StreamPlan(lanes=1, streams_per_lane=30, events=5, interval_ms=1),
        StreamPlan(lanes=20, streams_per_lane=1, events=20, interval_ms=10),
        _BURST,
    ),
)


def bench(
    quick: Annotated[bool, typer.Option(help="Under 30 seconds; rougher figures.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every round to this file.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Compare with a run that --json has saved.")
    ] = None,
    pinned: Annotated[
        bool, typer.Option("--pin", help="Place the processes on cores: less noise (README).")
    ] = False,
    install: Annotated[
        bool, typer.Option(help="Install wrk and nginx with apt-get first (Debian, as root).")
    ] = False,
) -> None:
    """Measure the gateway beside nginx and beside nothing, on this machine's loopback."""
    signal.signal(signal.SIGTERM, _leave)  # unwinds, so that no process is left behind
    console = Console()
    try:
        saved = read_saved(against) if against is not None else None
        _require_tools(install=install)
        with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
            results = _measure(_QUICK if quick else _FULL, Path(folder), console, pinned=pinned)
    except BenchError as fault:
        typer.echo(str(fault), err=True)
        sys.exit(1)
    show(results, console)
    if saved is not None:
        show_against(saved, results.figures(), console)
    if json_file is not None:
        json_file.write_text(json.dumps(results.document(), indent=2) + "\n")


def _measure(plan: Plan, folder: Path, console: Console, *, pinned: bool) -> Results:
    results, cores = Results(pinned), sorted(os.sched_getaffinity(0))
    with fake_upstream() as (_, port):
        for number in range(plan.starts):
            console.print(f"start {number + 1} of {plan.starts}", style="dim")
            results.starts.append(measure_start(folder / f"start-{number}", port))
    with targets(folder, nginx=True) as found:
        gateway = found[-1]
        results.gateway_idle = Usage.of(gateway.pid)
        for target in found:
            uvloop.run(measure_streams(target, _WARM_UP))
        for number in range(plan.call_rounds):
            console.print(f"calls, round {number + 1} of {plan.call_rounds}", style="dim")
            for connections in _CONNECTIONS:
                if pinned:
                    place(found, cores, alone=connections == 1)
                results.calls += [
                    measure_calls(target, connections, plan.call_seconds, folder)
                    for target in found
                ]
            results.calls += [
                measure_calls(target, _LARGE_CONNECTIONS, plan.call_seconds, folder, large=True)
                for target in found
            ]
        for number in range(plan.stream_rounds):
            console.print(f"streams, round {number + 1} of {plan.stream_rounds}", style="dim")
            for streams in plan.streams:
                if pinned:
                    place(found, cores, alone=streams.lanes == 1)
                results.streams += [
                    uvloop.run(measure_streams(target, streams)) for target in found
                ]
        results.gateway_loaded = Usage.of(gateway.pid)
    return results


def _require_tools(*, install: bool) -> None:
    """Raises BenchError with the line that helps."""
    if shutil.which("wrk") and find_nginx():
        return
    hint = f"apt-get install {' '.join(_PACKAGES)}"
    if not install:
        raise BenchError(f"wrk or nginx is missing: {hint}, or run this with --install.")
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise BenchError(f"--install needs Debian and root. Elsewhere: {hint}")
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *_PACKAGES]):
        if subprocess.run(["apt-get", *command], check=False).returncode != 0:
            raise BenchError(f"apt-get {command[0]} failed.")


def _leave(_signal: int, _frame: object) -> None:
    sys.exit(143)


if __name__ == "__main__":
    typer.run(bench)
