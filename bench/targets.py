"""What is compared: the upstream itself, nginx before it, and the gateway before it."""

import http.client
import json
import os
import shutil
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.processes import (
    BenchError,
    answers,
    clean_environment,
    fake_upstream,
    free_port,
    listens,
    pin,
    running,
    wait_until,
)
from bench.upstream import HOST

SPACE_ID = "bench-space"
USER_ID = "bench-user"
PROXY_PATH = "/mcp/notion/proxy"
CALLBACK_PATH = "/integrations/notion/mcp/oauth/callback"
_CALLER = {"X-User-ID": USER_ID, "X-Space-ID": SPACE_ID}


@dataclass(frozen=True, slots=True)
class Target:
    """Somewhere to send calls; ``headers`` are what each call carries."""

    name: str
    port: int
    path: str
    pid: int
    headers: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}{self.path}"


def call_headers() -> dict[str, str]:
    return {
        **_CALLER,
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
    }


@contextmanager
def targets(folder: Path, *, nginx: bool) -> Generator[list[Target]]:
    """All of them, connected and warm; everything ends with the block, in whatever way."""
    with ExitStack() as stack:
        upstream_pid, port = stack.enter_context(fake_upstream())
        token = {"Authorization": "Bearer bench"}
        found = [Target("direct", port, "/mcp", upstream_pid, call_headers() | token)]
        if nginx:
            found.append(stack.enter_context(_nginx(folder, port)))
        found.append(stack.enter_context(gateway(folder, port)))
        yield found


def place(found: Sequence[Target], cores: Sequence[int], *, alone: bool) -> None:
    """Takes the scheduler's luck out of the figures.

    ``alone``: one call at a time keeps one core busy, so everything shares one, and nobody
    pays for waking another. Otherwise each proxy in its turn has a core of its own, and the
    upstream shares the other one with the load.
    """
    first, *others = cores
    own = first if alone or not others else others[0]
    pin(os.getpid(), {first})
    for target in found:
        pin(target.pid, {first if target.name == "direct" else own})


@contextmanager
def gateway(
    folder: Path, upstream_port: int, *, workers: int = 1, **settings: str
) -> Generator[Target]:
    """As ``served``, with ``SPACE_ID`` connected by a consent."""
    with served(folder, upstream_port, workers=workers, data=None, **settings) as target:
        connect(target.port)
        yield target


@contextmanager
def served(
    folder: Path,
    upstream_port: int,
    *,
    workers: int = 1,
    data: Path | None = None,
    **settings: str,
) -> Generator[Target]:
    """The real process with everything on that is on by default, from when every worker is ready.
    ``data``: the folder with its database, where that is another gateway's, too.

    It logs a JSON line for each request to a file.
    """
    port = free_port()
    command = shutil.which("notion-gateway", path=str(Path(sys.executable).parent))
    if command is None:
        raise BenchError("notion-gateway is not installed in this environment: uv sync")
    environment = clean_environment(
        GATEWAY_TRUST_HEADERS="1",
        GATEWAY_DATA_DIR=str(data or folder / "gateway-data"),
        NOTION_MCP_URL=f"http://{HOST}:{upstream_port}/mcp",
        NOTION_MCP_OAUTH_REDIRECT_URI=f"http://{HOST}:{port}{CALLBACK_PATH}",
        **settings,
    )
    log = folder / "gateway.log"
    serve = [command, "serve", "--host", HOST, "--port", str(port), "--workers", str(workers)]

    def is_ready() -> bool:
        if workers > 1:  # whose sockets listen before anybody serves them
            return "workers_ready" in log.read_text()
        return answers(port, "/readyz")

    with running(serve, folder=folder, name="gateway", environment=environment) as pid:
        wait_until(is_ready, pid, log)
        yield Target("gateway", port, PROXY_PATH, pid, call_headers())


@contextmanager
def _nginx(folder: Path, upstream_port: int) -> Generator[Target]:
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(_nginx_configuration(folder, port, upstream_port))
    command = [find_nginx() or "nginx", "-p", str(folder), "-c", str(configuration)]
    with running(command, folder=folder, name="nginx", environment=clean_environment()) as pid:
        wait_until(lambda: listens(port), pid, folder / "nginx.log")
        yield Target("nginx", port, "/", pid, call_headers())


def find_nginx() -> str | None:
    """Debian keeps it where an ordinary user's PATH does not look."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def _nginx_configuration(folder: Path, port: int, upstream_port: int) -> str:
    """One process in the foreground: own pid, nothing forked, no change of user."""
    temporary = "\n".join(
        f"    {kind}_temp_path {folder}/nginx-{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
{temporary}
    access_log {folder}/nginx-access.log;
    keepalive_requests 100000000;
    upstream notion {{
        server {HOST}:{upstream_port};
        keepalive 256;
        keepalive_requests 100000000;
    }}
    server {{
        listen {HOST}:{port};
        location / {{
            proxy_pass http://notion/mcp;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Authorization "Bearer bench";
            proxy_buffering off;
            proxy_read_timeout 1h;
        }}
    }}
}}
"""


def connect(port: int, space_id: str = SPACE_ID) -> None:
    """Start, consent, callback: what a browser does, over HTTP."""
    query = f"/integrations/notion/oauth/mcp/start?space_id={space_id}&return_path=/"
    status, _, body = _get(port, query)
    if status != http.client.OK:
        raise BenchError(f"The gateway did not start a consent: {status} {body!r}")
    address: str = json.loads(body)["authorizeUrl"]
    authorize = urlsplit(address)
    _, consent, _ = _get(authorize.port or 80, f"{authorize.path}?{authorize.query}")
    callback = urlsplit(consent)
    _, end, _ = _get(port, f"{callback.path}?{callback.query}")
    if parse_qs(urlsplit(end).query).get("status") != ["success"]:
        raise BenchError(f"The consent did not end in a connection: {end!r}")


def _get(port: int, path: str) -> tuple[int, str, bytes]:
    """Status, Location and body; follows nothing."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path, headers={"X-User-ID": USER_ID})
        answer = connection.getresponse()
        return answer.status, answer.getheader("location", ""), answer.read()
    finally:
        connection.close()
