"""``python -m bench``: direct, nginx and the gateway, turn by turn, and a table."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.against import read_saved, show_against
from bench.peer_programs import PEERS
from bench.processes import BenchError
from bench.results import Results
from bench.run import FULL, QUICK, Run
from bench.table import show
from bench.targets import find_nginx

_PACKAGES = ("wrk", "nginx-light")


def bench(
    quick: Annotated[bool, typer.Option(help="Under a minute; rougher figures.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every round to this file.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Compare with a run that --json has saved.")
    ] = None,
    pinned: Annotated[
        bool, typer.Option("--pin", help="Place the processes on cores: less noise (README).")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Also so many workers, beside one.")
    ] = 1,
    peers: Annotated[
        bool, typer.Option("--peers", help="Also other MCP proxies, installed from PyPI.")
    ] = False,
    install: Annotated[
        bool, typer.Option(help="Install wrk and nginx with apt-get first (Debian, as root).")
    ] = False,
) -> None:
    """Measure the gateway beside nginx and beside nothing, on this machine's loopback."""
    signal.signal(signal.SIGTERM, _leave)  # unwinds, so that no process is left behind
    console, results = Console(), Results(pinned)
    try:
        saved = read_saved(against) if against is not None else None
        _require_tools(install=install)
        with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
            plan = QUICK if quick else FULL
            Run(plan, Path(folder), console, results, workers, PEERS if peers else ()).measure()
    except BenchError as fault:
        typer.echo(str(fault), err=True)
        sys.exit(1)
    show(results, console)
    if saved is not None:
        show_against(saved, results.figures(), console)
    if json_file is not None:
        json_file.write_text(json.dumps(results.document(), indent=2) + "\n")


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
