"""How long a gateway takes from its start until it is ready: one machine, embedded SQLite."""

import time
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Usage
from bench.targets import served


@dataclass(frozen=True, slots=True)
class StartRound:
    """Until ``/readyz`` answers 200. ``first``: with a new data folder, where it makes tables and a
    key. ``cpu_seconds``: of processor time, for the next one.
    """

    first_seconds: float
    next_seconds: float
    cpu_seconds: float


def measure_start(folder: Path, upstream_port: int) -> StartRound:
    """``folder`` is made here."""
    folder.mkdir()
    first, _ = _start(folder, upstream_port)
    return StartRound(first, *_start(folder, upstream_port))


def _start(folder: Path, upstream_port: int) -> tuple[float, float]:
    """Seconds, and seconds of processor time."""
    began = time.monotonic()
    with served(folder, upstream_port) as target:
        return time.monotonic() - began, Usage.of(target.pid).cpu_seconds
