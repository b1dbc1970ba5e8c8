"""``python -m bench.statements``: what the database is asked, and how that grows.

A renewal, a call whose space is not in memory, one that is, status, history, connect, disconnect,
and a gateway that has nothing to do: statements (BEGIN, COMMIT and ROLLBACK counted) and
milliseconds, on SQLite and PostgreSQL, after so many renewals of the same space. A whole gateway
in this process, the stand-in for Notion in another; PostgreSQL is started as the tests start it.
The loopback only. About a minute; ``--quick`` leaves out the longest history.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import structlog
import uvloop
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from bench.histories import Later, plant_history
from bench.processes import fake_upstream
from bench.upstream import HOST
from notion_gateway.access.caller import principal_of
from notion_gateway.access.gateway_tokens import TokenWish
from notion_gateway.access.opening import Access, open_access
from notion_gateway.integration.opening import Integrations, open_integrations
from notion_gateway.settings import GivenSettings, Settings
from notion_gateway.storage.opening import Storage, open_storage
from notion_gateway.vault.derived_keys import Proofs
from notion_gateway.vault.keyring import generate_key
from notion_gateway.vault.opening import open_vault, prepare
from notion_gateway.vault.proof_key import ProofKey
from notion_gateway.wiring import open_gateway
from tests.support.databases import PostgresServer, new_database, running_postgres
from tests.support.longer_runs import told
from tests.support.statements import Statements, counting

Kind = Literal["sqlite", "postgresql"]
EARLIER = (0, 100, 1_000, 10_000)
_ROUNDS = 9
_IDLE_SECONDS = 10.0
_USER = "bench-user"
_BOUNDS = {"renewal": 12, "cold call": 4, "warm call": 0, "status": 1, "history": 1}
_IDLE_BOUND = 2.0
"""What was asked for, of PostgreSQL. The tests hold it to what it is."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one operation: the most statements of any round, and the median time."""

    statements: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Costs:
    """By operation, after so many earlier renewals of the same space."""

    kind: Kind
    earlier: int
    of: Mapping[str, Cost]


async def measure(
    kind: Kind, settings: Settings, earlier: int, statements: Statements, rounds: int = _ROUNDS
) -> Costs:
    async with _without_background(settings) as (storage, access, integrations):
        space = await access.spaces.create("Bench", _USER)
        _, token = await access.tokens.issue(space.space_id, _USER, TokenWish("bench"))
        one = _Space(access, integrations, space.space_id, token.reveal())
        issuer = settings.notion_mcp_url.removesuffix("/mcp")
        store = integrations.connect.recorder.store
        await plant_history(storage.database, store, space.space_id, issuer, renewals=earlier)
        steps: dict[str, Callable[[], Awaitable[object]]] = {
            "renewal": one.renew,
            "cold call": one.call_cold,
            "warm call": one.call,
            "status": one.status,
            "history": one.history,
        }
        found = {
            name: await _cost(step, statements, one.settle, rounds) for name, step in steps.items()
        }
        found["disconnect"] = await _cost(one.disconnect, statements, one.settle, 1)
        found["connect"] = await _cost(one.connect, statements, one.settle, 1)
        return Costs(kind, earlier, found)


async def idle(settings: Settings, statements: Statements, seconds: float = _IDLE_SECONDS) -> float:
    """Statements a second of a gateway that nobody calls."""
    async with open_gateway(settings):
        await asyncio.sleep(1)  # what a start asks once
        statements.clear()
        await asyncio.sleep(seconds)
        return len(statements.sent) / seconds


async def _cost(
    step: Callable[[], Awaitable[object]],
    statements: Statements,
    settle: Callable[[], Awaitable[None]],
    rounds: int,
) -> Cost:
    """After one round that is not counted, where there are several."""
    counts: list[int] = []
    took: list[float] = []
    for number in range(rounds + (rounds > 1)):
        statements.clear()
        began = time.perf_counter()
        await step()
        seconds = time.perf_counter() - began
        await settle()
        if number or rounds == 1:
            took.append(seconds * 1000)
            counts.append(len(statements.sent))
    return Cost(max(counts), median(took))


@asynccontextmanager
async def _without_background(
    settings: Settings,
) -> AsyncGenerator[tuple[Storage, Access, Integrations]]:
    """What goes on by itself (change feed, clock) would be counted with the rest."""
    vault = await open_vault(settings)
    async with open_storage(settings) as storage:
        proofs = Proofs(vault.keyring, await ProofKey(storage.database, vault).load())
        async with (
            open_access(settings, storage, vault, proofs, []) as access,
            open_integrations(settings, storage, vault, access.members) as integrations,
        ):
            yield storage, access, integrations


class _Space:
    """One space of a gateway, as those who use it do."""

    def __init__(
        self, access: Access, integrations: Integrations, space_id: str, token: str
    ) -> None:
        self._access = access
        self._integrations = integrations
        self._space_id = space_id
        self._tokens = integrations.access_tokens
        self._clock = Later(self._tokens.clock)
        self._tokens.clock = self._clock
        integrations.connect.recorder.store.clock = self._clock
        headers = [(b"authorization", f"Bearer {token}".encode())]
        self._scope: dict[str, Any] = {"type": "http", "client": (HOST, 1), "headers": headers}

    async def settle(self) -> None:
        """What was begun ends before the next is counted."""
        await asyncio.sleep(0.02)

    async def renew(self) -> None:
        self._clock.skip(2 * 24 * 3600.0)
        await self._tokens.lend(self._space_id)

    async def call(self) -> None:
        access = self._access
        principal = await principal_of(access, self._scope)
        if access.members.remembered(principal, self._space_id) is None:
            await access.members.require(principal, self._space_id)
        await self._tokens.lend(self._space_id)

    async def call_cold(self) -> None:
        self._access.members.forget_all()
        self._access.authentication.cache.forget_all()
        self._tokens.forget(self._space_id)
        await self.call()

    async def status(self) -> None:
        await self._integrations.manage.state(self._space_id)

    async def history(self) -> None:
        await self._integrations.manage.history(self._space_id, limit=100)

    async def disconnect(self) -> None:
        await self._integrations.manage.disconnect(self._space_id, _USER)

    async def connect(self) -> None:
        principal = await principal_of(self._access, self._scope)
        connect = self._integrations.connect
        started = await connect.start(
            space_id=self._space_id, principal=principal, return_path="/", in_browser=False
        )
        there = await asyncio.to_thread(_redirected, started.authorize_url)
        query = dict(parse_qsl(urlsplit(there).query))
        end = await connect.finish(query, browser=None, user_id=_USER)
        assert end.error is None, end.error  # noqa: S101 - a figure of a failure would be none


def _redirected(url: str) -> str:
    """Where the stand-in's consent page sends the browser."""
    there = urlsplit(url)
    connection = HTTPConnection(HOST, there.port, timeout=10)
    try:
        connection.request("GET", f"{there.path}?{there.query}")
        return connection.getresponse().headers["location"]
    finally:
        connection.close()


# --- the table ----------------------------------------------------------------------------


def settings_on(kind: Kind, folder: Path, notion_port: int, server: PostgresServer) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    given: dict[str, Any] = {
        "gateway_data_dir": folder,
        "gateway_trust_headers": True,
        "notion_mcp_url": f"http://{HOST}:{notion_port}/mcp",
    }
    if kind == "postgresql":
        given["database_url"] = server.url(asyncio.run(new_database(server)))
        given["token_encryption_keys"] = SecretStr(generate_key())
    settings = GivenSettings(**given)
    prepare(settings)
    return settings


def show(found: Sequence[Costs], idles: Mapping[Kind, float], console: Console) -> None:
    for kind, idles_at in idles.items():
        mine = [one for one in found if one.kind == kind]
        table = Table(title=f"{kind}: statements, and milliseconds, after so many renewals")
        table.add_column("", no_wrap=True)
        for one in mine:
            table.add_column(f"{one.earlier:,}", justify="right", no_wrap=True)
        for name in mine[0].of:
            cells = [
                f"{one.of[name].statements} · {one.of[name].milliseconds:,.1f}" for one in mine
            ]
            table.add_row(name, *cells)
        console.print(table)
        console.print(f"{kind}: {idles_at:.2f} statements a second with nothing to do")


def told_of(found: Sequence[Costs], idles_at: float) -> int:
    """The last line, of PostgreSQL: a long history may cost no statement more than none."""
    first, *_, last = [one for one in found if one.kind == "postgresql"]
    grown = {name: (first.of[name].statements, last.of[name].statements) for name in _BOUNDS}
    counts = "; ".join(f"a {name} {few} and {many}" for name, (few, many) in grown.items())
    return told(
        f"statements on PostgreSQL after {first.earlier} and {last.earlier:,} renewals: {counts};"
        f" {idles_at:.1f} a second with nothing to do",
        kept=idles_at <= _IDLE_BOUND
        and all(few >= many <= _BOUNDS[name] for name, (few, many) in grown.items()),
    )


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    parser = argparse.ArgumentParser(prog="python -m bench.statements", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the longest history")
    arguments = parser.parse_args()
    earlier = EARLIER[:-1] if arguments.quick else EARLIER
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-bench-")))
        folder.chmod(0o755)
        server = stack.enter_context(running_postgres(folder))
        _, port = stack.enter_context(fake_upstream())
        statements = stack.enter_context(counting())
        found: list[Costs] = []
        idles: dict[Kind, float] = {}
        kinds: tuple[Kind, ...] = ("sqlite", "postgresql")
        for kind in kinds:
            for count in earlier:
                settings = settings_on(kind, folder / f"{kind}-{count}", port, server)
                found.append(uvloop.run(measure(kind, settings, count, statements)))
            idles[kind] = uvloop.run(
                idle(settings_on(kind, folder / f"{kind}-idle", port, server), statements)
            )
        show(found, idles, Console())
        return told_of(found, idles["postgresql"])


if __name__ == "__main__":
    raise SystemExit(main())
