"""Other people's MCP proxies from PyPI: how each is installed, started and told of its upstream.

Each has an environment of its own below ``.tools/``, outside the project's lock, and runs as its
documentation says, without authentication and without limits on calls.
"""

import http.client
import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.processes import (
    ROOT,
    BenchError,
    answers,
    clean_environment,
    free_port,
    listens,
    running,
    wait_until,
)
from bench.upstream import HOST, TOOL

_START_SECONDS: Final = 300.0
"""ContextForge makes its tables first."""


@dataclass(frozen=True, slots=True)
class Peer:
    """``command`` gets the folder of its programs, the upstream's URL and a port. ``tell``: of the
    upstream, by its port, where the command does not. ``tool``: its name for the one to call.
    """

    package: str
    version: str
    command: Callable[[Path, str, int], list[str]]
    path: str = "/mcp"
    tool: str = TOOL
    health: str | None = None
    environment: Callable[[], dict[str, str]] = field(default=dict[str, str])
    tell: Callable[[int, str], None] | None = None

    @property
    def name(self) -> str:
        return f"{self.package} {self.version}"


def _fastmcp(programs: Path, upstream: str, port: int) -> list[str]:
    address = ("--transport", "http", "--host", HOST, "--port", str(port))
    return [str(programs / "fastmcp"), "run", upstream, *address, "--no-banner"]


def _mcp_proxy(programs: Path, upstream: str, port: int) -> list[str]:
    """Two of it: one side is always stdio."""
    own = str(programs / "mcp-proxy")
    inner = [own, "--transport", "streamablehttp", upstream]
    return [own, "--log-level", "WARNING", "--host", HOST, "--port", str(port), "--", *inner]


def _contextforge(programs: Path, _upstream: str, port: int) -> list[str]:
    return [str(programs / "mcpgateway"), "--host", HOST, "--port", str(port)]


def _contextforge_environment() -> dict[str, str]:
    return {
        "AUTH_REQUIRED": "false",
        "ALLOW_UNAUTHENTICATED_ADMIN": "true",
        "JWT_SECRET_KEY": secrets.token_urlsafe(48),
        "AUTH_ENCRYPTION_SECRET": secrets.token_urlsafe(48),
        "DATABASE_URL": "sqlite:///./mcp.db",
        "SSRF_ALLOW_LOCALHOST": "true",
        "RATE_LIMITING_ENABLED": "false",
        "LOG_LEVEL": "ERROR",
    }


def _register_at_contextforge(port: int, upstream: str) -> None:
    document = {"name": "bench", "url": upstream, "transport": "STREAMABLEHTTP"}
    status, _, said = post(port, "/gateways", document, {})
    if status not in {http.client.OK, http.client.CREATED}:
        raise BenchError(f"It does not take the upstream: {status} {said[:500]}")


PEERS: Final = (
    Peer("fastmcp", "4.2.3", _fastmcp),
    Peer("mcp-proxy", "0.13.0", _mcp_proxy),
    Peer(
        "mcp-contextforge-gateway",
        "1.0.7.post20260921",
        _contextforge,
        path="/mcp/",
        tool="bench-notion-search",
        health="/health",
        environment=_contextforge_environment,
        tell=_register_at_contextforge,
    ),
)


def installed(peer: Peer) -> Path:
    """The folder of its programs. Raises BenchError with what the installer said."""
    folder = ROOT / ".tools" / "bench-peers" / f"{peer.package}-{peer.version}"
    done = folder / "installed"
    if not done.exists():
        uv = shutil.which("uv")
        if uv is None:
            raise BenchError("uv is not there to install it: ./just bench brings its own.")
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
        python = str(folder / "bin" / "python")
        wanted = f"{peer.package}=={peer.version}"
        _run([uv, "pip", "install", "--quiet", "--python", python, wanted])
        done.touch()
    return folder / "bin"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"It could not be installed: {done.stderr[-1000:].strip()}")


@contextmanager
def started(peer: Peer, folder: Path, upstream: str) -> Generator[tuple[int, int]]:
    """Its process id and port, from when it serves ``upstream``. Raises BenchError with the end of
    its log. ``folder`` is made here, and its home.
    """
    programs, port = installed(peer), free_port()
    folder.mkdir()
    environment = clean_environment(HOME=str(folder), **peer.environment())
    log = folder / f"{peer.package}.log"

    def is_ready() -> bool:
        return answers(port, peer.health) if peer.health else listens(port)

    command = peer.command(programs, upstream, port)
    with running(command, folder=folder, name=peer.package, environment=environment) as pid:
        wait_until(is_ready, pid, log, seconds=_START_SECONDS)
        if peer.tell is not None:
            peer.tell(port, upstream)
        yield pid, port


def post(
    port: int, path: str, document: object, headers: dict[str, str]
) -> tuple[int, dict[str, Any], str]:
    """Status, headers by their names in lower case, and body."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    sent = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        **headers,
    }
    try:
        connection.request("POST", path, json.dumps(document), sent)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read().decode()
    except (OSError, http.client.HTTPException) as fault:
        raise BenchError(f"It does not answer a request: {fault!r}") from None
    finally:
        connection.close()
