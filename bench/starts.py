"""How long a gateway takes from its start until it is ready: one machine, embedded SQLite.

``python -m bench.starts`` measures that alone, with the memory that it takes then. Figures of two
versions are comparable where their starts take turns.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.processes import Usage, fake_upstream
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
    seconds, usage = _start(folder, upstream_port)
    return StartRound(first, seconds, usage.cpu_seconds)


def _start(folder: Path, upstream_port: int) -> tuple[float, Usage]:
    """Seconds, and what it has taken until then."""
    began = time.monotonic()
    with served(folder, upstream_port) as target:
        return time.monotonic() - began, Usage.of(target.pid)


def run(folder: Path, upstream_port: int, times: int) -> None:
    new = [folder / str(number) for number in range(times)]
    for one in new:
        one.mkdir()
    for name, folders in (("new data folder", new), ("each next start", [folder / "0"] * times)):
        found = [_start(one, upstream_port) for one in folders]
        seconds = median(took for took, _ in found)
        cpu = median(usage.cpu_seconds for _, usage in found)
        memory = median(usage.rss_bytes for _, usage in found) / 1e6
        print(f"{name}: {seconds:.2f} s, {cpu:.2f} s of processor time, {memory:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.starts", description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as name, fake_upstream() as (_, port):
        run(Path(name), port, arguments.times)


if __name__ == "__main__":
    main()
