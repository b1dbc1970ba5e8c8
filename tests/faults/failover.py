"""PostgreSQL's primary is killed while people work, and its standby promoted.

    python -m tests.faults.failover --callers 16
    python -m tests.faults.failover --asynchronous    # the negative control

Two real servers with streaming replication, synchronous as docs/scaling.md says, and two real
gateway processes that know both by ``DATABASE_URL``. Notion is strict: a renewal whose new pair
did not survive costs its space the connection. Before the primary dies, what it streams to the
standby is cut off for a while, so that each commit must choose: wait, or be lost.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from notion_gateway.kernel.log import configure_logging
from notion_gateway.vault.keyring import generate_key
from tests.faults.people import LONG_SECONDS, PATIENCE_SECONDS, SPACES, STEADY, People
from tests.faults.strict_notion import strict_notion
from tests.faults.wire_cutter import WireCutter, wire_cutter
from tests.support.databases import STANDBY, PostgresServer, running_postgres, running_standby
from tests.support.gateway import calling
from tests.support.longer_runs import told
from tests.support.processes import gateway_process
from tests.support.waiting import until

_REPLICAS = 2
_WAITING = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
_FOLLOWS = sa.text("SELECT max(sync_state) FROM pg_stat_replication")


@dataclass(slots=True)
class Result:
    """Answers by HTTP status, or by the reason of a failure: ``steady`` of the space whose token
    was in memory, ``renewing`` of those whose tokens live for two seconds, ``afterwards`` the
    last one of each space. ``acknowledged``: consents of which the gateway said that they had
    succeeded, and ``kept`` those whose space is connected in the end.

    ``promoted_seconds``, ``recovered_seconds``: from the kill until the standby took over, and
    until every space's token had been renewed. The control, where they never are, ends when the
    first caller is asked to reconnect.
    """

    steady: Counter[str] = field(default_factory=Counter[str])
    renewing: Counter[str] = field(default_factory=Counter[str])
    afterwards: Counter[str] = field(default_factory=Counter[str])
    acknowledged: int = 0
    kept: int = 0
    promoted_seconds: float = 0.0
    recovered_seconds: float = 0.0


async def _asked(server: PostgresServer, query: sa.TextClause) -> object:
    engine = create_async_engine(server.url(), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        answer = await connection.execute(query)
        found = answer.scalar() if answer.returns_rows else None
    await engine.dispose()
    return found


async def _until_asked(
    server: PostgresServer, query: sa.TextClause, wanted: Callable[[object], bool]
) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not wanted(await _asked(server, query)):  # noqa: ASYNC110 - over SQL
            await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Servers:
    """``link`` lies between them."""

    primary: PostgresServer
    standby: PostgresServer
    link: WireCutter


@asynccontextmanager
async def _replicated(folder: Path, *, synchronous: bool) -> AsyncGenerator[Servers]:
    async with AsyncExitStack() as stack:
        primary = stack.enter_context(running_postgres(folder))
        link, port = await stack.enter_async_context(wire_cutter(primary.port))
        standby = await asyncio.to_thread(
            stack.enter_context, running_standby(folder, primary, port)
        )
        await _until_asked(primary, _FOLLOWS, lambda found: found == "async")
        if synchronous:
            names = sa.text(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
            await _asked(primary, names)
            await _asked(primary, sa.text("SELECT pg_reload_conf()"))
            await _until_asked(primary, _FOLLOWS, lambda found: found == "sync")
        yield Servers(primary, standby, link)


def both(primary: PostgresServer, standby: PostgresServer) -> str:
    """One address of two servers: whichever of them takes writes."""
    hosts = "&".join(f"host=127.0.0.1:{one.port}" for one in (primary, standby))
    return f"postgresql+asyncpg://postgres@/postgres?{hosts}&target_session_attrs=read-write"


async def fail_over(folder: Path, callers: int, *, synchronous: bool = True) -> Result:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        notion = stack.enter_context(strict_notion(LONG_SECONDS)).url
        servers = await enter(_replicated(folder, synchronous=synchronous))
        variables = {
            "DATABASE_URL": both(servers.primary, servers.standby),
            "TOKEN_ENCRYPTION_KEYS": generate_key(),
        }
        people = People(notion, [])
        for number in range(_REPLICAS):
            log = folder / f"gateway-{number}.log"
            gateway = await enter(gateway_process(folder, notion, log, **variables))
            people.gateways.append(await enter(calling(gateway.url)))
        async with people.at_work(callers):
            result = await _kill_primary(people, servers, synchronous=synchronous)
        result.steady, result.renewing = people.steady, people.renewing
        result.acknowledged = len(people.consented)
        result.kept = await people.still_connected()
        return result


async def _kill_primary(people: People, servers: Servers, *, synchronous: bool) -> Result:
    result = Result()
    servers.link.cut()
    if synchronous:
        await _until_asked(servers.primary, _WAITING, lambda found: found != 0)
    else:
        before = len(people.consented)
        await people.until_renewed(2 * len(SPACES))
        await until(lambda: len(people.consented) > before, PATIENCE_SECONDS)
    killed = time.monotonic()
    await asyncio.to_thread(servers.primary.kill)
    await _asked(servers.standby, sa.text("SELECT pg_promote(true, 60)"))
    result.promoted_seconds = time.monotonic() - killed
    if not synchronous:
        await until(lambda: people.renewing["reconnect_required"] > 0, PATIENCE_SECONDS)
        return result
    await people.until_renewed(len(SPACES))
    for space in (STEADY, *SPACES):
        result.afterwards[await people.until_works(space)] += 1
    result.recovered_seconds = time.monotonic() - killed
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--asynchronous", action="store_true", help="the negative control")
    arguments = parser.parse_args()
    configure_logging("json", "error")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synchronous = not arguments.asynchronous
        result = asyncio.run(fail_over(folder, arguments.callers, synchronous=synchronous))
    return told(
        f"{result.kept} of {result.acknowledged} consents kept; {result.steady['200']} of"
        f" {result.steady.total()} calls answered whose token was in memory; promoted after"
        f" {result.promoted_seconds:.1f} s, all renewed after {result.recovered_seconds:.1f} s",
        kept=result.kept == result.acknowledged and set(result.steady) == {"200"},
    )


if __name__ == "__main__":
    raise SystemExit(main())
