"""The command line as people run it: real processes, on free ports, in folders of their own."""

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx2

from tests.support.forked import Started, started
from tests.support.waiting import PATIENCE_SECONDS

GATEWAY = (str(Path(sys.prefix, "bin", "notion-gateway")),)
SIMULATOR = (str(Path(sys.prefix, "bin", "notion-simulator")),)
ROOT = Path(__file__).parents[2]
_UNUSED_TLS = ssl.create_default_context()
"""What is called here speaks plain HTTP; a context for each client takes 20 ms."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a finished command left."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Cli:
    """Runs ``program`` in ``folder``; nothing of the caller's own settings reaches it."""

    folder: Path
    variables: Mapping[str, str]
    program: Sequence[str] = GATEWAY

    def __call__(self, *arguments: str, **variables: str) -> Ran:
        with self.started(*arguments, **variables) as process:
            return finish(process)

    @contextmanager
    def started(self, *arguments: str, **variables: str) -> Generator[Started]:
        """The running process; ended with the block, if it has not ended before."""
        process = started(
            [*self.program, *arguments],
            cwd=self.folder,
            env=bare_environment() | dict(self.variables) | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with ended_after(process):
            yield process


@dataclass(frozen=True, slots=True)
class Pair:
    """A gateway and the simulated Notion it speaks to."""

    gateway: str
    simulator: str
    data: Path
    """The gateway's data folder."""

    def cli(self, folder: Path, space: str) -> Cli:
        return Cli(
            folder,
            {
                "NOTION_GATEWAY_URL": self.gateway,
                "NOTION_GATEWAY_SPACE": space,
                "NOTION_GATEWAY_USER": "mona",
            },
        )

    @contextmanager
    def settings(self, **changed: object) -> Generator[None]:
        """The simulated Notion with other settings, for the length of the block."""
        url = f"{self.simulator}/_simulator/settings"
        before = httpx2.get(url, trust_env=False).json()
        httpx2.patch(url, json=changed, trust_env=False).raise_for_status()
        try:
            yield
        finally:
            httpx2.patch(url, json=before, trust_env=False).raise_for_status()


def bare_environment() -> dict[str, str]:
    """What a shell has, without any setting of the gateway or the simulator.

    Our programs are compiled once, also where the tests themselves must not leave anything.
    """
    foreign = (
        *("NOTION_", "GATEWAY_", "SIMULATOR_", "TOKEN_", "DATABASE_", "REDIS_"),
        *("AWS_", "AZURE_", "CLOUDSDK_", "GOOGLE_", "IDENTITY_"),
        "PYTHONDONTWRITEBYTECODE",
    )
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def finish(process: Started, timeout_seconds: float = PATIENCE_SECONDS) -> Ran:
    out, err = process.communicate(timeout=timeout_seconds)
    return Ran(process.returncode, out, err)


@contextmanager
def ended_after(
    process: Started | subprocess.Popen[bytes], within_seconds: float = 15
) -> Generator[None]:
    with process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.communicate(timeout=within_seconds)
            except subprocess.TimeoutExpired:
                process.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(
    is_so: Callable[[], bool], what: str, within_seconds: float = PATIENCE_SECONDS
) -> None:
    """Another process has no event to wait for: it is asked until it is so."""
    deadline = time.monotonic() + within_seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not in {within_seconds:g} seconds: {what}"
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        return status(url) < HTTPStatus.BAD_REQUEST
    except httpx2.HTTPError:
        return False


def status(url: str, headers: Mapping[str, str] | None = None) -> int:
    """What is answered to a GET over a connection of its own."""
    with httpx2.Client(trust_env=False, verify=_UNUSED_TLS, timeout=PATIENCE_SECONDS) as http:
        return http.get(url, headers=headers).status_code


@contextmanager
def gateway(folder: Path, port: int, **variables: str) -> Generator[str]:
    """The URL of a gateway that is ready."""
    cli = Cli(folder, {"GATEWAY_TRUST_HEADERS": "1", "GATEWAY_DATA_DIR": str(folder / "data")})
    url = f"http://localhost:{port}"
    log_file = folder / "gateway.log"
    with _server(cli, ["serve", "--port", str(port)], log_file, variables, f"{url}/readyz"):
        yield url


@contextmanager
def simulator(folder: Path, port: int) -> Generator[str]:
    """The URL of a simulated Notion that consents by itself."""
    options = ["--port", str(port), "--auto-consent", "--test-tools"]
    url = f"http://localhost:{port}"
    log_file = folder / "simulator.log"
    health = f"{url}/_simulator/health"
    with _server(Cli(folder, {}, SIMULATOR), options, log_file, {}, health):
        yield url


@contextmanager
def _server(
    cli: Cli,
    arguments: Sequence[str],
    log_file: Path,
    variables: Mapping[str, str],
    ready_url: str,
) -> Generator[None]:
    with (
        log_file.open("w") as log,
        started(
            [*cli.program, *arguments],
            cwd=cli.folder,
            env=bare_environment() | dict(cli.variables) | dict(variables),
            stdout=log,
            stderr=log,
        ) as process,
    ):

        def is_ready() -> bool:
            assert process.poll() is None, log_file.read_text()
            return answers(ready_url)

        try:
            eventually(is_ready, f"{ready_url} answers")
            yield
        finally:
            process.terminate()


def consent(link: str) -> str:
    """Follows a consent link as a browser does; where it ended."""
    with httpx2.Client(follow_redirects=True, trust_env=False, timeout=PATIENCE_SECONDS) as browser:
        return str(browser.get(link).url)


def connect(cli: Cli) -> None:
    """Connects the space that ``cli`` speaks for, as a front end would."""
    started = httpx2.get(
        f"{cli.variables['NOTION_GATEWAY_URL']}/integrations/notion/oauth/mcp/start",
        params={"space_id": cli.variables["NOTION_GATEWAY_SPACE"]},
        headers={"x-user-id": cli.variables["NOTION_GATEWAY_USER"]},
        trust_env=False,
        timeout=PATIENCE_SECONDS,
    )
    assert "status=success" in consent(started.json()["authorizeUrl"])
