"""Runs that take longer than a test may, each by its name: ``./just longer-runs NAME …``.

    ./just longer-runs                      # which there are, and the command of each
    ./just longer-runs races kills          # these two, one after the other
    ./just longer-runs all --quick          # all of them, in a few minutes

Each is a command of its own, whose last line says with a figure whether what it tries was kept;
its exit code is 1 where it was not. After several, those lines come again together.
"""

import argparse
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Run:
    """``arguments`` of the module for the length that counts, ``quick`` for a look."""

    name: str
    module: str
    arguments: str
    quick: str

    def command(self, *, quick: bool = False) -> str:
        """What a person types, after the path of Python."""
        return f"-m {self.module} {self.quick if quick else self.arguments}".rstrip()


RUNS: Final = (
    Run(
        "races",
        "tests.faults.rounds",
        "--rounds 1000 --replicas 3 --database postgresql",
        "--rounds 5 --replicas 3 --database postgresql",
    ),
    Run("kills", "tests.faults.drill", "--times 1000", "--times 3"),
    Run(
        "kills-postgresql",
        "tests.faults.drill",
        "--times 1000 --database postgresql",
        "--times 3 --database postgresql",
    ),
    Run(
        "deploys",
        "tests.faults.deploys",
        "--rotations 10 --restarts 3 --streams 500",
        "--rotations 1 --restarts 1 --streams 20",
    ),
    Run("rotations", "tests.faults.rotations", "--rotations 10", "--rotations 2"),
    Run("rollout", "tests.faults.rollout", "", "--callers 8"),
    Run(
        "held-streams",
        "bench.held_streams",
        "--streams 2000 --minutes 30",
        "--streams 200 --minutes 1",
    ),
    Run(
        "failing-statements",
        "tests.faults.failing_statements",
        "--minutes 10 --database sqlite",
        "--minutes 0.2 --database sqlite",
    ),
    Run(
        "failing-statements-postgresql",
        "tests.faults.failing_statements",
        "--minutes 10 --database postgresql",
        "--minutes 0.2 --database postgresql",
    ),
    Run(
        "old-versions",
        "tests.faults.old_versions",
        "",
        "--before 0011 --before 0034 --database sqlite",
    ),
    Run("failover", "tests.faults.failover", "", "--callers 8"),
    Run("expiries", "tests.faults.expiries", "--grants 10000", "--grants 500"),
    Run("growth", "bench.statements", "", "--quick"),
    Run("month", "bench.month", "--grants 1000000", "--grants 2000"),
    Run("spaces", "bench.spaces", "", "--spaces 2000 --rounds 1"),
)


def told(figure: str, *, kept: bool) -> int:
    """Prints a run's last line; its exit code."""
    print(f"{'kept' if kept else 'NOT kept'}: {figure}", flush=True)  # noqa: T201 - a command's answer
    return 0 if kept else 1


def run(one: Run, *, quick: bool) -> tuple[int, str]:
    """Shows what it prints as it comes: its exit code and its last line."""
    command = [sys.executable, *shlex.split(one.command(quick=quick))]
    print(f"\n== {one.name}: python {one.command(quick=quick)}", flush=True)  # noqa: T201
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        for line in process.stdout or ():
            print(line, end="", flush=True)  # noqa: T201
            last = line.strip() or last
    return process.returncode, last


def run_all(names: Sequence[str], *, quick: bool) -> int:
    """The exit code of the first that failed, else 0."""
    wanted = [one for one in RUNS if one.name in names or "all" in names]
    ended = [(one, *run(one, quick=quick)) for one in wanted]
    print()  # noqa: T201
    for one, code, last in ended:
        print(f"{one.name:30} {'' if code == 0 else f'exit code {code}; '}{last}")  # noqa: T201
    return next((code for _, code, _ in ended if code), 0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./just longer-runs", description="Runs by hand.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="of those listed, or all")
    parser.add_argument("--quick", action="store_true", help="short ones, for a look")
    given = parser.parse_args()
    unknown = {*given.names} - {one.name for one in RUNS} - {"all"}
    if unknown:
        parser.error(f"there is no run {', '.join(sorted(unknown))}: see ./just longer-runs")
    if given.names:
        return run_all(given.names, quick=given.quick)
    for one in RUNS:
        print(f"{one.name:30} .venv/bin/python {one.command(quick=given.quick)}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
