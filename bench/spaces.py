"""``python -m bench.spaces``: a gateway with many connected spaces, beside one with few.

Both are started on databases that were filled beforehand, through the gateway's own sealing and
events. Compared: how long a start takes, memory, what an idle gateway computes, and calls over 64
connections that go round among 1,000 spaces, turn by turn: whoever was first in one round is second
in the next, for the second has it harder on a machine that gets warm. The loopback only; needs wrk.
About two minutes with 100,000 spaces, most of them for filling.
"""

import http.client
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import sqlalchemy as sa
import typer
import uvloop
from rich.console import Console
from rich.table import Table

from bench.calls import CALL, CallRound, measure_calls
from bench.processes import BenchError, Usage, fake_upstream
from bench.targets import USER_ID, Target, call_headers, served
from bench.upstream import HOST
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.commands import Connect
from notion_gateway.integration.rules.events import Client, Grant, Workspace
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.events import to_record
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.settings import GivenSettings
from notion_gateway.storage.database import Database
from notion_gateway.storage.opening import open_storage
from notion_gateway.storage.schema.events import events as events_table
from notion_gateway.vault.opening import open_vault, prepare
from tests.support.longer_runs import told

IN_A_TRANSACTION: Final = 1000
_CALLED_SPACES: Final = 1000
_FURTHER_SPACES: Final = 4000
"""Called besides, where there are so many more, for their memory."""
_CONNECTIONS: Final = 64
_LIFETIME_SECONDS: Final = 86_400
_IDLE_SECONDS: Final = 10.0
_ROUND_SECONDS: Final = 2
_MOST_GROWTH: Final = 0.1
"""Of memory when idle, and of the time of calls: spaces that nobody calls take none."""


@dataclass(frozen=True, slots=True)
class SpacesCost:
    """``called_bytes``: of memory for each space that was called beyond the first thousand, which
    fill the database's own cache; None where there are no more. ``idle_cpu``: seconds of processor
    time in each second. ``rounds``: in the order in which they were.
    """

    spaces: int
    ready_seconds: float
    idle_bytes: int
    idle_cpu: float
    called_bytes: float | None
    rounds: list[CallRound]

    @property
    def calls(self) -> CallRound:
        """The middle one."""
        by_number = sorted(self.rounds, key=lambda one: one.calls_per_second)
        return by_number[len(by_number) // 2]


def space_id(number: int) -> str:
    return f"space-{number}"


async def fill(folder: Path, upstream_port: int, count: int) -> None:
    """A data folder with so many connected spaces."""
    issuer = f"http://{HOST}:{upstream_port}"
    given: dict[str, Any] = {"gateway_data_dir": folder, "notion_mcp_url": f"{issuer}/mcp"}
    settings = GivenSettings(**given)
    prepare(settings)
    vault = await open_vault(settings)
    async with open_storage(settings) as storage:
        store = IntegrationStore(IntegrationEvents(storage.database), vault, storage.clock)
        for begun in range(0, count, IN_A_TRANSACTION):
            some = range(begun, min(begun + IN_A_TRANSACTION, count))
            await store_connected(
                storage.database, store, [_connected(number, issuer) for number in some]
            )


def _connected(number: int, issuer: str) -> tuple[str, Grant, Issued]:
    grant = Grant(
        process_id=f"process-{number}",
        issuer=issuer,
        resource=f"{issuer}/mcp",
        client=Client(client_id=f"client-{number}"),
        authorized_by=USER_ID,
        workspace=Workspace(id=f"workspace-{number}", name="Acme"),
    )
    access, refresh = Secret(f"access-{number:040}"), Secret(f"refresh-{number:040}")
    return space_id(number), grant, Issued(access, refresh, _LIFETIME_SECONDS)


async def store_connected(
    database: Database, store: IntegrationStore, connected: Sequence[tuple[str, Grant, Issued]]
) -> None:
    """What each space's consent brought, sealed and decided on by the gateway's own code, and
    stored in one transaction for all of them.
    """
    rows: list[dict[str, Any]] = []
    async with database.writing() as connection:
        for space, grant, issued in connected:
            pair, sealed = store.seal_pair(space, grant.process_id, issued)
            decided = Integration(space).decide(Connect(grant, pair), store.now())
            for version, event in enumerate(decided, start=1):
                record = to_record(event)
                stream = f"notion-integration/{space}"
                rows.append(
                    {"stream": stream, "version": version, "type": record["type"], "data": record}
                )
            for step in store.events.secrets.replaced(sealed, (), space):
                await step.take(connection)
        await connection.execute(sa.insert(events_table), rows)


@contextmanager
def gateways(folder: Path, upstream_port: int, counts: Sequence[int]) -> Generator[list[Target]]:
    """One after the other, on what ``fill`` made for each count in ``folder``."""
    if not counts:
        yield []
        return
    first, *others = counts
    with (
        served(folder / str(first), upstream_port) as target,
        gateways(folder, upstream_port, others) as rest,
    ):
        yield [target, *rest]


def call_each(target: Target, spaces: int, *, after: int = 0) -> None:
    """Once in each, so that memory has it; but for the first ``after``."""
    connection = http.client.HTTPConnection(HOST, target.port, timeout=10)
    for number in range(after, spaces):
        headers = call_headers() | {"X-Space-ID": space_id(number)}
        connection.request("POST", target.path, CALL, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:  # noqa: PLR2004
            raise BenchError(f"A call was answered with {answer.status}: {said[:200]!r}")
    connection.close()


def measure(
    folder: Path,
    upstream_port: int,
    counts: Sequence[int],
    *,
    called: int,
    rounds: int,
    idle_seconds: float,
) -> list[SpacesCost]:
    for count in counts:
        uvloop.run(fill(folder / str(count) / "gateway-data", upstream_port, count))
    found: list[SpacesCost] = []
    ready: list[float] = []
    calls: dict[int, list[CallRound]] = {count: [] for count in counts}
    for count in counts:
        began = time.perf_counter()
        with served(folder / str(count), upstream_port):
            ready.append(time.perf_counter() - began)
    with gateways(folder, upstream_port, counts) as targets:
        idle = [Usage.of(target.pid) for target in targets]
        time.sleep(idle_seconds)
        later = [Usage.of(target.pid) for target in targets]
        for target in targets:
            call_each(target, called)
        pairs = zip(counts, targets, strict=True)
        further = [_further_bytes(target, called, count) for count, target in pairs]
        for number in range(rounds):
            turns = list(zip(counts, targets, strict=True))
            for count, target in turns if number % 2 == 0 else reversed(turns):
                calls[count].append(
                    measure_calls(
                        target, _CONNECTIONS, _ROUND_SECONDS, folder, spaces=_names(called)
                    )
                )
        for number, count in enumerate(counts):
            found.append(
                SpacesCost(
                    spaces=count,
                    ready_seconds=ready[number],
                    idle_bytes=idle[number].rss_bytes,
                    idle_cpu=(later[number].cpu_seconds - idle[number].cpu_seconds) / idle_seconds,
                    called_bytes=further[number],
                    rounds=calls[count],
                )
            )
    return found


def _further_bytes(target: Target, called: int, count: int) -> float | None:
    further = min(_FURTHER_SPACES, count - called)
    if further <= 0:
        return None
    before = Usage.of(target.pid).rss_bytes
    call_each(target, called + further, after=called)
    return (Usage.of(target.pid).rss_bytes - before) / further


def quicker(one: SpacesCost, other: SpacesCost) -> float:
    """How many calls a second ``one`` answers for each of ``other``'s: the middle of the rounds."""
    pairs = zip(one.rounds, other.rounds, strict=True)
    return median(mine.calls_per_second / theirs.calls_per_second for mine, theirs in pairs)


def _names(count: int) -> list[str]:
    return [space_id(number) for number in range(count)]


def show(found: Sequence[SpacesCost]) -> None:
    table = Table("", *(f"{one.spaces:,} spaces" for one in found))
    rows = {
        "start to ready, s": [f"{one.ready_seconds:.2f}" for one in found],
        "memory idle, MB": [f"{one.idle_bytes / 1e6:.0f}" for one in found],
        "processor time idle, ms in a second": [f"{one.idle_cpu * 1000:.1f}" for one in found],
        "memory for each further space called, bytes": [
            "" if one.called_bytes is None else f"{one.called_bytes:,.0f}" for one in found
        ],
        "calls per second": [f"{one.calls.calls_per_second:,.0f}" for one in found],
        "median, ms": [f"{one.calls.p50_ms:.2f}" for one in found],
        "99 %, ms": [f"{one.calls.p99_ms:.2f}" for one in found],
    }
    for name, values in rows.items():
        table.add_row(name, *values)
    Console().print(table)


def main(spaces: int = 100_000, rounds: int = 8) -> None:
    counts = sorted({_CALLED_SPACES, spaces})
    with tempfile.TemporaryDirectory() as folder, fake_upstream() as (_, port):
        found = measure(
            Path(folder),
            port,
            counts,
            called=_CALLED_SPACES,
            rounds=rounds,
            idle_seconds=_IDLE_SECONDS,
        )
    show(found)
    few, many = found[0], found[-1]
    code = told(
        f"with {many.spaces:,} spaces beside {few.spaces:,}: {many.idle_bytes / 1e6:.0f} MB beside"
        f" {few.idle_bytes / 1e6:.0f} idle, ready after {many.ready_seconds:.1f} s beside"
        f" {few.ready_seconds:.1f}, {quicker(many, few):.2f} times as many calls",
        kept=many.idle_bytes < (1 + _MOST_GROWTH) * few.idle_bytes
        and quicker(many, few) > 1 - _MOST_GROWTH,
    )
    raise typer.Exit(code)


if __name__ == "__main__":
    typer.run(main)
