"""``python -m bench.idle_renewals``: many idle grants, renewed at a start.

A real ``notion-gateway serve`` on PostgreSQL finds them at once. How many it renews a second, what
processor time each costs the gateway, PostgreSQL and the stand-in for Notion, and how long calls
on another space take meanwhile and afterwards. The loopback only. About a minute.
"""

import argparse
import asyncio
import http.client
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import final

import sqlalchemy as sa
import uvloop

from bench.calls import CALL
from bench.processes import BenchError, Usage, fake_upstream
from bench.targets import Target, gateway
from bench.upstream import HOST
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.commands import Connect
from notion_gateway.integration.rules.events import Client, Grant
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.vault.keyring import FixedKeyring, generate_key, parse_keys
from notion_gateway.vault.vault import Vault
from tests.support.databases import PostgresServer, new_database, running_postgres

_IDLE = timedelta(days=21)
_AT_ONCE = 20
_PATIENCE_SECONDS = 240.0


async def plant(url: str, keys: str, issuer: str, grants: int) -> None:
    database = Database(url)
    await database.migrate()
    vault = Vault(FixedKeyring(parse_keys(keys)))
    store = IntegrationStore(IntegrationEvents(database), vault, SystemClock())

    async def one(number: int) -> None:
        space_id, process_id = f"idle-{number}", f"process-{number}"
        issued = Issued(Secret(f"access-{number}"), Secret(f"refresh-{number}"), 3600)
        pair, sealed = store.seal_pair(space_id, process_id, issued, issued_at=store.now() - _IDLE)
        grant = Grant(
            process_id=process_id,
            issuer=issuer,
            resource=f"{issuer}/mcp",
            client=Client(client_id="bench"),
            authorized_by="bench-user",
        )
        await store.carry_out(space_id, Connect(grant, pair), sealed)

    for first in range(0, grants, _AT_ONCE):
        some = range(first, min(first + _AT_ONCE, grants))
        await asyncio.gather(*(one(number) for number in some))
    async with database.writing() as connection:
        older = secrets.c.created_at - _IDLE.total_seconds()
        await connection.execute(sa.update(secrets).values(created_at=older))
    await database.close()


@final
class Renewed:
    """How many are done, looked at from outside a few times a second."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._idle_since = time.time() - _IDLE.total_seconds() / 2

    async def left(self) -> int:
        idle = sa.select(sa.func.count()).where(
            secrets.c.field == "access_token", secrets.c.created_at < self._idle_since
        )
        async with self._database.reading() as connection:
            return (await connection.execute(idle)).scalar_one()

    async def close(self) -> None:
        await self._database.close()


@dataclass
class Calls:
    """Made one after the other by a thread, with pauses, until ``stop`` is set."""

    target: Target
    stop: threading.Event = field(default_factory=threading.Event)
    took: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """When each began, and its milliseconds."""

    def run(self) -> None:
        connection = http.client.HTTPConnection(HOST, self.target.port, timeout=30)
        while not self.stop.wait(0.01):
            began = time.monotonic()
            connection.request("POST", self.target.path, CALL, self.target.headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise BenchError(f"a call failed: {answer.status}")
            self.took.append((began, (time.monotonic() - began) * 1000))
        connection.close()

    def between(self, first: float, last: float) -> str:
        found = [one for began, one in self.took if first <= began < last]
        return f"p50 {median(found):.2f} ms, p99 {quantiles(found, n=100)[98]:.1f} ms"


@dataclass(frozen=True, slots=True)
class Moment:
    at: float
    left: int
    cpu_seconds: dict[str, float]

    @classmethod
    def now(cls, left: int, pids: dict[str, int]) -> "Moment":
        used = {name: Usage.of(pid).cpu_seconds for name, pid in pids.items()}
        return cls(time.monotonic(), left, used)


async def watch(url: str, pids: dict[str, int]) -> tuple[Moment, Moment]:
    """From now until all are done."""
    renewed = Renewed(url)
    first = last = Moment.now(await renewed.left(), pids)
    give_up = first.at + _PATIENCE_SECONDS
    while last.left:
        if last.at > give_up:
            raise BenchError(f"{last.left} grants were still idle.")
        await asyncio.sleep(0.2)
        last = Moment.now(await renewed.left(), pids)
    await renewed.close()
    return first, last


def run(server: PostgresServer, folder: Path, grants: int, workers: int) -> None:
    url, keys = server.url(asyncio.run(new_database(server))), generate_key()
    with ExitStack() as stack:
        upstream_pid, port = stack.enter_context(fake_upstream())
        uvloop.run(plant(url, keys, f"http://{HOST}:{port}", grants))
        target = stack.enter_context(
            gateway(folder, port, workers=workers, DATABASE_URL=url, TOKEN_ENCRYPTION_KEYS=keys)
        )
        pids = {"gateway": target.pid, "PostgreSQL": server.pid, "Notion": upstream_pid}
        calls = Calls(target)
        thread = threading.Thread(target=calls.run)
        thread.start()
        try:
            first, last = uvloop.run(watch(url, pids))
            time.sleep(3)
        finally:
            calls.stop.set()
            thread.join()
    done, seconds = first.left - last.left, last.at - first.at
    print(f"{done} grants in {seconds:.1f} s: {done / seconds:.0f} a second")
    for name in pids:
        used = last.cpu_seconds[name] - first.cpu_seconds[name]
        print(f"{name:12} {used / done * 1000:5.2f} ms of processor time each", end="")
        print(f", {used / seconds:.0%} of a core")
    print(f"calls meanwhile   {calls.between(first.at, last.at)}")
    print(f"calls afterwards  {calls.between(last.at + 0.5, last.at + 60)}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.idle_renewals", description=__doc__)
    parser.add_argument("--grants", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="gateway-bench-") as name,
        running_postgres(Path(name)) as server,
    ):
        run(server, Path(name), arguments.grants, arguments.workers)


if __name__ == "__main__":
    main()
