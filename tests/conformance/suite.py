"""The conformance suite: installed from its lock file, run, and read check by check."""

import asyncio
import json
import os
import re
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
    return await _scenarios("--client")


async def authorization_server_scenarios() -> Mapping[str, Sequence[str]]:
    """The same of an authorization server."""
    return await _scenarios("--authorization")


async def _scenarios(role: str) -> Mapping[str, Sequence[str]]:
    said = await _run("list", role)
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


async def run_authorization_suite(
    issuer: str, *options: str, output: Path, person: Callable[[str], Awaitable[None]]
) -> Results:
    """Every scenario for authorization servers. ``person`` is given the address that the suite
    asks somebody to open.

    Raises SuiteFailed as ``run_suite`` does.
    """
    process = await _started("authorization", "--url", issuer, *options, "-o", str(output))
    assert process.stdout is not None
    said: list[str] = []
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async for raw in process.stdout:
                line = raw.decode(errors="replace").strip()
                said.append(line)
                if line.startswith(f"{issuer}/") and "code_challenge=" in line:
                    await person(line)
            await process.wait()
    except TimeoutError:
        raise SuiteFailed(f"no end after {_PATIENCE_SECONDS} s: {said}") from None
    finally:
        await _ended(process)
    results = read_results(output)
    if not results:
        raise SuiteFailed("\n".join(said)[-2000:])
    return results


async def _started(*arguments: str, environment: Mapping[str, str] | None = None) -> Process:
    return await asyncio.create_subprocess_exec(
        str(node.NODE),
        str(_COMMAND),
        *arguments,
        cwd=_HERE,
        env={**os.environ, **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def _ended(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _run(*arguments: str, environment: Mapping[str, str] | None = None) -> str:
    process = await _started(*arguments, environment=environment)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        raise SuiteFailed(f"no end after {_PATIENCE_SECONDS} s: {arguments}") from None
    finally:
        await _ended(process)
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
