"""The conformance suite: installed from its lock file, run, and read check by check."""

import asyncio
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import node

_HERE = Path(__file__).parent
_COMMAND = _HERE.joinpath("node_modules", "@modelcontextprotocol", "conformance", "dist/index.js")
_PATIENCE_SECONDS = 150
_SCENARIO_OF_FOLDER = re.compile(r"(?:server-)?(.+)-\d{4}-\d\d-\d\dT[\d-]+Z")

Results = Mapping[str, Sequence["Check"]]
"""The checks of each scenario, in the order in which they were made."""


class SuiteFailed(Exception):
    """The suite ended without results, or did not end at all."""


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
    """Raises InstallFailed."""
    node.install(_HERE)


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
        str(node.NODE),
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
