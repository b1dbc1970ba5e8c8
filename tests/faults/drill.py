"""Kills a process in the middle of a refresh, many times, and counts what the next one finds.

    python -m tests.faults.drill --times 100
    python -m tests.faults.drill --times 100 --database postgresql

Each trial connects a space, lets its token expire, and forks a process that refreshes and is
killed with SIGKILL at a failpoint. A second process then asks for a token, as the restarted
gateway would, once the lease has run out that nobody gave back. Real processes, a real SQLite
file or PostgreSQL, the simulator on a real socket.
"""

import argparse
import asyncio
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

import httpx2
import sqlalchemy as sa

from notion_gateway.kernel.log import configure_logging
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema import leases
from notion_simulator import SimulatorSettings, serving
from tests.faults.children import (
    LIFETIME_SECONDS,
    Child,
    connecting,
    later,
    lending,
    settings_for,
)
from tests.faults.failpoints import FAILPOINTS, Failpoint, arm
from tests.faults.places import new_database, on
from tests.support.databases import running_postgres

Rotation = Literal["lenient", "strict"]
ROTATIONS: tuple[Rotation, ...] = ("lenient", "strict")
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Drill:
    """``outcomes`` counts what the second process got: ``token``, or an error's reason."""

    rotation: Rotation
    point: Failpoint
    outcomes: Counter[str]


def run(point: Failpoint, rotation: Rotation, times: int, folder: Path, **database: Any) -> Drill:
    """``database`` are settings that name another one than the file in ``folder``."""
    settings = SimulatorSettings(
        rotation=rotation,
        auto_consent=True,
        access_token_lifetime_seconds=LIFETIME_SECONDS,
    )
    outcomes: Counter[str] = Counter()
    with serving(settings) as notion:
        for number in range(times):
            place = settings_for(notion.url, folder, **database)
            outcomes[_trial(notion.url, place, f"space-{number}", point)] += 1
    return Drill(rotation, point, outcomes)


def _trial(notion: str, settings: Settings, space_id: str, point: Failpoint) -> str:
    connected = Child(connecting(settings, space_id)).result()
    assert connected == "connected", connected
    expired, killed = later(hours=2), ""
    for _ in range(_ATTEMPTS):
        if point == "request-sent":
            fault = {"target": "token", "kind": "delay_after", "delay_seconds": 60}
            fault["grant_type"] = "refresh_token"
            httpx2.post(f"{notion}/_simulator/faults", json=fault).raise_for_status()
        killed = Child(lending(settings, space_id), expired, lambda: arm(point)).result()
        httpx2.delete(f"{notion}/_simulator/faults").raise_for_status()
        asyncio.run(_let_leases_run_out(settings))
        if killed != "refresh_unavailable":  # the machine stood still until its lease ran out
            break
    assert killed == "killed", killed
    return Child(lending(settings, space_id), expired).result()


async def _let_leases_run_out(settings: Settings) -> None:
    """Sooner than they would by themselves, which ``tests/contracts/test_lease.py`` waits for."""
    database = Database(settings.sqlalchemy_url)
    async with database.writing() as connection:
        await connection.execute(sa.update(leases).values(expires_at=0.0))
    await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=100, help="kills at each failpoint")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    arguments = parser.parse_args()
    configure_logging("json", "error")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        server = None
        if arguments.database == "postgresql":
            servers = Path(name) / "servers"
            servers.mkdir()
            server = stack.enter_context(running_postgres(servers))
        for rotation, point in product(ROTATIONS, FAILPOINTS):
            folder = Path(name) / f"{rotation}-{point}"
            folder.mkdir()
            database = on(server.url(asyncio.run(new_database(server)))) if server else {}
            drill = run(point, rotation, arguments.times, folder, **database)
            print(f"{rotation:8} {point:20} {dict(drill.outcomes)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
