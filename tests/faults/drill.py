"""Kills a process in the middle of a refresh, many times, and counts what the next one finds.

    python -m tests.faults.drill --times 1000
    python -m tests.faults.drill --times 100 --database postgresql
    python -m tests.faults.drill --times 10 --without-second-try    # the negative control

Spaces are connected and their tokens expire. For each of them a process is forked that opens a
gateway of its own, refreshes, and is killed with SIGKILL at a failpoint. Then one more process
asks for every space's token, as the restarted gateway would, once the leases have run out that
nobody gave back. The forking process has done the same work before, so that the others need not
load code anew. Real processes, a real SQLite file or PostgreSQL, the simulator on a real socket.
"""

import argparse
import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
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
from notion_gateway.storage.schema.grants import leases
from notion_gateway.wiring import Features, open_gateway
from notion_simulator import SimulatorSettings, serving
from tests.faults.children import (
    LIFETIME_SECONDS,
    UNUSED_TLS,
    Bend,
    Child,
    Work,
    consent,
    later,
    lend,
    lending,
    settings_for,
)
from tests.faults.failpoints import (
    FAILPOINTS,
    LOSES_IN_STRICT_MODE,
    Failpoint,
    arm,
    without_second_try,
)
from tests.faults.places import new_database, on
from tests.support.databases import running_postgres
from tests.support.longer_runs import told

Rotation = Literal["lenient", "strict"]
ROTATIONS: tuple[Rotation, ...] = ("lenient", "strict")
_ATTEMPTS = 3
_FOUND_TOGETHER = 10
_LOADED_BY = "loaded-by"


@dataclass(frozen=True, slots=True)
class Drill:
    """``outcomes`` counts what the second process got: ``token``, or an error's reason."""

    rotation: Rotation
    point: Failpoint
    outcomes: Counter[str]

    @property
    def kept(self) -> bool:
        """Whether a token was lost nowhere but where nothing can save it, and that was said."""
        lost = self.rotation == "strict" and self.point in LOSES_IN_STRICT_MODE
        return set(self.outcomes) == {"reconnect_required" if lost else "token"}


def run(
    point: Failpoint,
    rotation: Rotation,
    times: int,
    folder: Path,
    *,
    found_by: Sequence[Bend] = (),
    **database: Any,
) -> Drill:
    """``found_by``: how the process that comes afterwards is bent. ``database`` are settings that
    name another one than the file in ``folder``.
    """
    settings = SimulatorSettings(
        rotation=rotation,
        auto_consent=True,
        access_token_lifetime_seconds=LIFETIME_SECONDS,
    )
    outcomes: Counter[str] = Counter()
    with serving(settings) as notion, httpx2.Client(base_url=notion.url, trust_env=False) as faults:
        place = settings_for(notion.url, folder, **database)
        asyncio.run(_get_loaded(place))
        for first in range(0, times, _FOUND_TOGETHER):
            numbers = range(times)[first : first + _FOUND_TOGETHER]
            spaces = [f"space-{one}" for one in numbers]
            outcomes += _trials(faults, place, spaces, point, found_by)
    return Drill(rotation, point, outcomes)


async def _get_loaded(settings: Settings) -> None:
    """Every module that a child needs is there, and no connection is left that it would share."""
    async with open_gateway(settings) as gateway:
        assert await _connected(settings, gateway, _LOADED_BY) == "connected"
        assert await lend(settings, gateway, _LOADED_BY) == "token"
        lent = await gateway.integrations.access_tokens.lend(_LOADED_BY)
        await gateway.integrations.access_tokens.replace(_LOADED_BY, lent)


def _trials(
    faults: httpx2.Client,
    settings: Settings,
    spaces: Sequence[str],
    point: Failpoint,
    found_by: Sequence[Bend],
) -> Counter[str]:
    """One kill for each of ``spaces``, and what a process finds that comes after them all."""
    connected = _told(Child(_all(_connected, settings, spaces)))
    assert set(connected) == {"connected"}, connected
    for space in spaces:
        _kill(faults, settings, space, point)
    asyncio.run(_let_leases_run_out(settings))
    return _told(Child(_all(lend, settings, spaces), later(hours=2), *found_by))


def _told(child: Child) -> Counter[str]:
    return Counter(child.result().splitlines())


def _all(
    work: Callable[[Settings, Features, str], Awaitable[str]],
    settings: Settings,
    spaces: Sequence[str],
) -> Work:
    """What it says of each of ``spaces``, one after the other, in one gateway: line by line."""

    async def working() -> str:
        async with open_gateway(settings) as gateway:
            return "\n".join([await work(settings, gateway, space) for space in spaces])

    return working


async def _connected(_: Settings, gateway: Features, space: str) -> str:
    async with httpx2.AsyncClient(verify=UNUSED_TLS) as browser:
        return await consent(gateway, space, browser)


def _kill(faults: httpx2.Client, settings: Settings, space: str, point: Failpoint) -> None:
    """A process of its own is killed while it renews the space's token."""
    for _ in range(_ATTEMPTS):
        if point == "request-sent":
            fault = {"target": "token", "kind": "delay_after", "delay_seconds": 60}
            fault["grant_type"] = "refresh_token"
            faults.post("/_simulator/faults", json=fault).raise_for_status()
        ended = Child(lending(settings, space), later(hours=2), lambda: arm(point)).result()
        faults.delete("/_simulator/faults").raise_for_status()
        if ended == "killed":
            return
        # Nothing else may be: the machine stood still until its lease ran out.
        assert ended == "refresh_unavailable", ended
        asyncio.run(_let_leases_run_out(settings))
    raise AssertionError(f"{space} was never renewed")


async def _let_leases_run_out(settings: Settings) -> None:
    """Sooner than they would by themselves, which ``tests/contracts/test_lease.py`` waits for."""
    database = Database(settings.sqlalchemy_url)
    async with database.writing() as connection:
        await connection.execute(sa.update(leases).values(expires_at=0.0))
    await database.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=100, help="kills at each failpoint")
    parser.add_argument("--rotation", choices=ROTATIONS, help="one of them only")
    parser.add_argument("--point", choices=FAILPOINTS, action="append", help="one of them only")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--without-second-try", action="store_true", help="the negative control")
    arguments = parser.parse_args()
    found_by = [without_second_try] if arguments.without_second_try else []
    drills: list[Drill] = []
    rotations = [arguments.rotation] if arguments.rotation else ROTATIONS
    configure_logging("json", "error")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        server = None
        if arguments.database == "postgresql":
            servers = Path(name) / "servers"
            servers.mkdir()
            server = stack.enter_context(running_postgres(servers))
        for rotation, point in product(rotations, arguments.point or FAILPOINTS):
            folder = Path(name) / f"{rotation}-{point}"
            folder.mkdir()
            database = on(server.url(asyncio.run(new_database(server)))) if server else {}
            drill = run(point, rotation, arguments.times, folder, found_by=found_by, **database)
            drills.append(drill)
            print(f"{rotation:8} {point:20} {dict(drill.outcomes)}", flush=True)  # noqa: T201
    return told(_figure(drills), kept=all(drill.kept for drill in drills))


def _figure(drills: Sequence[Drill]) -> str:
    """What was found after how many kills, where Notion tolerates one retry and where none."""
    found: dict[Rotation, Counter[str]] = {}
    for drill in drills:
        found[drill.rotation] = found.get(drill.rotation, Counter()) + drill.outcomes
    return "; ".join(
        f"{outcomes.total():,} kills in {rotation} mode: {outcomes['token']:,} found a token,"
        f" {outcomes['reconnect_required']:,} were told to reconnect,"
        f" {outcomes.total() - outcomes['token'] - outcomes['reconnect_required']:,} neither"
        for rotation, outcomes in found.items()
    )


if __name__ == "__main__":
    raise SystemExit(main())
