"""Kills a process in the middle of a refresh, many times, and counts what the next one finds.

    python -m tests.faults.drill --times 100

Each trial connects a space, lets its token expire, and forks a process that refreshes and is
killed with SIGKILL at a failpoint. A second process then asks for a token, as the restarted
gateway would. Real processes, a real SQLite file, the simulator on a real socket.
"""

import argparse
import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx2

from notion_gateway.adapters.clock import SystemClock
from notion_gateway.adapters.sql_lease import SqlLeaseKeeper
from notion_gateway.bootstrap import open_gateway
from notion_gateway.config import CALLBACK_PATH, Settings
from notion_gateway.domain.errors import GatewayError
from notion_gateway.domain.secret import Secret
from notion_gateway.log import configure_logging
from notion_simulator import SimulatorSettings, serving
from tests.faults.failpoints import FAILPOINTS, Failpoint, arm, replace

Rotation = Literal["lenient", "strict"]
_LIFETIME_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Drill:
    """``outcomes`` counts what the second process got: ``token``, or an error's reason."""

    rotation: Rotation
    point: Failpoint
    outcomes: Counter[str]


def run(point: Failpoint, rotation: Rotation, times: int, folder: Path) -> Drill:
    settings = SimulatorSettings(
        rotation=rotation,
        auto_consent=True,
        access_token_lifetime_seconds=_LIFETIME_SECONDS,
    )
    outcomes: Counter[str] = Counter()
    with serving(settings) as notion:
        for number in range(times):
            outcomes[_trial(notion.url, folder, f"space-{number}", point)] += 1
    return Drill(rotation, point, outcomes)


def _trial(notion: str, folder: Path, space_id: str, point: Failpoint) -> str:
    connected = _in_child(_connect(notion, folder, space_id))
    assert connected == "connected", connected
    if point == "request-sent":
        fault = {"target": "token", "kind": "delay_after", "delay_seconds": 2}
        fault["grant_type"] = "refresh_token"
        httpx2.post(f"{notion}/_simulator/faults", json=fault).raise_for_status()
    killed = _in_child(_lend(notion, folder, space_id), point)
    assert killed == "killed", killed
    httpx2.delete(f"{notion}/_simulator/faults").raise_for_status()
    return _in_child(_lend(notion, folder, space_id))


def _in_child(work: Coroutine[Any, Any, str], point: Failpoint | None = None) -> str:
    """What ``work`` returned in a forked process; ``killed`` where it was."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if point is not None:
                arm(point)
            os.write(writing, asyncio.run(work).encode())
        except BaseException as fault:  # noqa: BLE001 - the parent reports it
            os.write(writing, repr(fault).encode())
        finally:
            os._exit(0)
    work.close()
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else said


def _settings(notion: str, folder: Path) -> Settings:
    values: dict[str, Any] = {
        "notion_mcp_url": f"{notion}/mcp",
        "notion_mcp_oauth_redirect_uri": f"http://localhost:8000{CALLBACK_PATH}",
        "gateway_data_dir": folder,
        "_env_file": None,
    }
    return Settings(**values)


async def _connect(notion: str, folder: Path, space_id: str) -> str:
    async with open_gateway(_settings(notion, folder)) as gateway, httpx2.AsyncClient() as browser:
        started = await gateway.connect.start(
            space_id=space_id, user_id="ann", return_path="/", in_browser=False
        )
        redirect = await browser.get(started.authorize_url)
        query = dict(httpx2.URL(redirect.headers["location"]).params)
        end = await gateway.connect.finish(query, browser=None, user_id="ann")
        return "connected" if end.error is None else end.error


async def _lend(notion: str, folder: Path, space_id: str) -> str:
    """Two hours after the consent: its access token has expired."""
    _shorten_lease()
    replace(SystemClock, "now", _two_hours_later)
    async with open_gateway(_settings(notion, folder)) as gateway:
        try:
            credential = await gateway.credentials.lend(space_id)
        except GatewayError as fault:
            return fault.reason
        return "token" if await _works(notion, credential.access_token) else "dead token"


def _two_hours_later(now: Callable[[SystemClock], datetime]) -> Callable[[SystemClock], datetime]:
    def later(self: SystemClock) -> datetime:
        return now(self) + timedelta(hours=2)

    return later


def _shorten_lease() -> None:
    """A killed holder's lease runs out by itself; a drill need not wait as long as others."""
    defaults: dict[str, float] = SqlLeaseKeeper.__init__.__kwdefaults__ or {}
    defaults.update(lease_seconds=0.3, deadline_seconds=0.2)


async def _works(notion: str, token: Secret) -> bool:
    call = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"authorization": f"Bearer {token.reveal()}", "accept": "application/json"}
    async with httpx2.AsyncClient() as http:
        answer = await http.post(f"{notion}/mcp", json=call, headers=headers)
    return answer.status_code != 401


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=100, help="kills at each failpoint")
    times: int = parser.parse_args().times
    configure_logging("json", "error")
    rotations: tuple[Rotation, ...] = ("lenient", "strict")
    for rotation in rotations:
        for point in FAILPOINTS:
            with tempfile.TemporaryDirectory() as folder:
                drill = run(point, rotation, times, Path(folder))
            print(f"{rotation:8} {point:20} {dict(drill.outcomes)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
