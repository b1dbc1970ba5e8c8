"""``python -m bench.path_before COMMIT``: the call path of an older version and of this one.

Each version measures itself by its own ``bench.path``, the older one from a copy of its files and
with this environment's libraries. They take turns, for the speed of shared machines changes by the
second; what compares is how many calls cost as much as the reference, which is the same in both.

With ``--instructions`` they are counted by valgrind instead, which the machine does not move: those
of some calls less those of a few, so that a start does not count.
"""

import io
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from statistics import median
from typing import Annotated, Final

import typer

from bench.processes import ROOT, BenchError, clean_environment

_SAID: Final = re.compile(r"([\d.]+) microseconds .*; (\d+) calls cost as much as the reference")
_COLLECTED: Final = re.compile(r"Collected : (\d+)")
_CALLS: Final = "from bench.path import run; run(calls={calls}, rounds=1)"
_FEW, _MORE = 200, 3200
_AT_MOST_SECONDS: Final = 600.0


def calls_to_the_reference(root: Path) -> int:
    """Of the version whose files are in ``root``. Raises BenchError."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.path"],
        cwd=root,
        env=clean_environment(PYTHONPATH=str(root / "src")),
        capture_output=True,
        text=True,
        timeout=_AT_MOST_SECONDS,
        check=False,
    )
    said = _SAID.search(run.stdout)
    if said is None:
        raise BenchError(f"bench.path of {root} said no figures: {run.stderr[-2000:]}")
    return int(said[2])


def instructions_a_call(root: Path) -> float:
    """Of the version whose files are in ``root``, its start left out. Raises BenchError."""
    _said_of_calls(root, 1)  # compiles what would be compiled in the first of the others alone
    few, more = (_instructions(root, calls) for calls in (_FEW, _MORE))
    return (more - few) / (_MORE - _FEW)


def _instructions(root: Path, calls: int) -> int:
    valgrind = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    said = _said_of_calls(root, calls, *valgrind)
    found = _COLLECTED.search(said)
    if found is None:
        raise BenchError(f"The calls of {root} were not counted: {said[-2000:]}")
    return int(found[1])


def _said_of_calls(root: Path, calls: int, *under: str) -> str:
    try:
        run = subprocess.run(
            [*under, sys.executable, "-c", _CALLS.format(calls=calls)],
            cwd=root,
            # Without a seed, dictionaries of texts lie otherwise in each run.
            env=clean_environment(PYTHONPATH=str(root / "src"), PYTHONHASHSEED="0"),
            capture_output=True,
            text=True,
            timeout=_AT_MOST_SECONDS,
            check=False,
        )
    except FileNotFoundError as fault:
        raise BenchError(f"There is no {under[0]} here: apt-get install it.") from fault
    if run.returncode != 0:
        raise BenchError(f"The calls of {root} failed: {run.stderr[-2000:]}")
    return run.stderr


def copy_of(commit: str, folder: Path) -> None:
    """Raises BenchError."""
    archive = subprocess.run(
        ["git", "archive", "--format=tar", commit, "--", "src", "bench"],
        cwd=ROOT,
        capture_output=True,
        timeout=_AT_MOST_SECONDS,
        check=False,
    )
    if archive.returncode != 0:
        raise BenchError(f"There is no {commit} here: {archive.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")


def main(
    commit: Annotated[str, typer.Argument(help="The older version, as git names it.")],
    turns: Annotated[int, typer.Option(min=1, help="Each of ten seconds for each of both.")] = 5,
    *,
    instructions: Annotated[
        bool, typer.Option("--instructions", help="Count them, by valgrind: about five minutes.")
    ] = False,
) -> None:
    found: list[tuple[int, int]] = []
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as name:
        folder = Path(name)
        copy_of(commit, folder)
        if instructions:
            before, now = instructions_a_call(folder), instructions_a_call(ROOT)
            print(
                f"Instructions of a call: {before:,.0f} before, {now:,.0f} now, {now / before:.3f}"
            )
            return
        for _ in range(turns):
            found.append((calls_to_the_reference(folder), calls_to_the_reference(ROOT)))
            print(f"{found[-1][0]} calls cost as much as the reference before, {found[-1][1]} now")
    ratios = [now / before for before, now in found]
    print(
        f"Medians: {median(before for before, _ in found):.0f} before,"
        f" {median(now for _, now in found):.0f} now. Now over before, within each turn:"
        f" {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    typer.run(main)
