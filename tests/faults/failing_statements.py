"""A fifth of all statements fails, while tokens expire and callers ask for them.

    python -m tests.faults.failing_statements --minutes 10 --database sqlite
    python -m tests.faults.failing_statements --minutes 10 --database postgresql
    python -m tests.faults.failing_statements --minutes 1 --without-retries   # the negative control

Two real gateways in this process on one database, before a strict Notion on a real socket, which
ends a grant whose token is sent twice. What fails is chosen at random, at the driver: half of it
before the statement or commit is sent, half after it was carried out, so that only its answer is
lost. On PostgreSQL the connection is cut with it.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import pytest
from sqlalchemy import exc

from notion_gateway.integration import refresh
from notion_gateway.integration.errors import RefreshUnavailable
from notion_gateway.kernel.errors import GatewayError, StoreUnavailable
from notion_gateway.kernel.log import configure_logging
from notion_gateway.settings import Settings
from notion_gateway.storage import prepared
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import DatabaseClock
from notion_gateway.wiring import Features, open_gateway
from tests.faults.children import lend, settings_for
from tests.faults.places import new_database, on
from tests.faults.planting import plant
from tests.support.clocks import SharedClock
from tests.support.databases import running_postgres
from tests.support.longer_runs import told
from tests.support.notion import Notion, serving_notion

_GATEWAYS = 2
_SPACES = tuple(f"space-{number}" for number in range(8))
_LIFETIME_SECONDS = 600
_COME_AGAIN_SECONDS = 0.05
_SHARE = 0.2
_OF_THE_DRIVER = ("do_execute", "do_execute_no_params", "do_executemany", "do_commit")


@final
class FailingStatements:
    """``asked``: statements and commits while it was ``on``; ``unsent`` and ``unanswered`` of them
    failed.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret is made of it
        self.on = False
        self.asked = self.unsent = self.unanswered = 0

    def watch(self, database: Database) -> None:
        """What goes through SQLAlchemy."""
        dialect: Any = database.engine.dialect
        for name in _OF_THE_DRIVER:
            setattr(dialect, name, self._failing(dialect, getattr(dialect, name)))

    def watch_fetched(self, patch: pytest.MonkeyPatch) -> None:
        """What goes to PostgreSQL's driver as it is."""
        fetch = prepared.fetch

        async def failing(connection: Any, *given: Any) -> Any:
            if not self.on:
                return await fetch(connection, *given)
            self._fail_or_go_on(connection.terminate, _FETCHED, before=True)
            found = await fetch(connection, *given)
            self._fail_or_go_on(connection.terminate, _FETCHED, before=False)
            return found

        patch.setattr(prepared, "fetch", failing)

    def _failing(self, dialect: Any, carry_out: Callable[..., None]) -> Callable[..., None]:
        def failing(*given: Any, **named: Any) -> None:
            if not self.on:
                carry_out(*given, **named)
                return
            cut, fault = _cut(dialect, given), dialect.dbapi.OperationalError("injected")
            self._fail_or_go_on(cut, fault, before=True)
            carry_out(*given, **named)
            self._fail_or_go_on(cut, fault, before=False)

        return failing

    def _fail_or_go_on(self, cut: Callable[[], object], fault: Exception, *, before: bool) -> None:
        """A tenth fails ``before`` it is sent, and of the others as many after it."""
        self.asked += before
        if self._random.random() < (_SHARE / 2 if before else _SHARE / 2 / (1 - _SHARE / 2)):
            self.unsent += before
            self.unanswered += not before
            cut()
            raise fault


_FETCHED = exc.DBAPIError("injected", None, OSError("injected"))


def _cut(dialect: Any, given: Sequence[Any]) -> Callable[[], object]:
    if dialect.name != "postgresql":
        return lambda: None
    # A commit is given its connection; a statement's last argument is its context.
    connection = given[0] if len(given) == 1 else given[-1].root_connection.connection
    return connection.driver_connection.terminate


@dataclass(slots=True)
class Result:
    """``told``: what callers were told who did not get a token at once, by reason; they came again,
    but for those of ``lost``: spaces that were said to need a reconnect. ``redemptions`` by what
    Notion said. ``working``: spaces whose token works in the end, renewed once more.
    """

    rounds: int = 0
    statements: int = 0
    unsent: int = 0
    unanswered: int = 0
    told: Counter[str] = field(default_factory=Counter[str])
    lost: set[str] = field(default_factory=set[str])
    redemptions: dict[str, int] = field(default_factory=dict[str, int])
    working: int = 0

    @property
    def spaces(self) -> int:
        return len(_SPACES)

    @property
    def kept(self) -> bool:
        """Whether every pair that Notion issued is there, and none was redeemed in vain."""
        return not self.lost and self.working == self.spaces and set(self.redemptions) == {"ok"}


async def fail_statements(
    folder: Path,
    enough: Callable[[Result], bool],
    *,
    retries: bool = True,
    seed: int = 1,
    **database: Any,
) -> Result:
    """Round after round of expiries until it is ``enough``; without ``retries`` until a connection
    is lost. ``database`` are settings that name another one than the file in ``folder``.
    """
    clock, statements, result = SharedClock(), FailingStatements(seed), Result()
    async with AsyncExitStack() as stack:
        _bend(stack.enter_context(pytest.MonkeyPatch.context()), clock, statements, retries=retries)
        rules: dict[str, Any] = {
            "rotation": "strict",
            "access_token_lifetime_seconds": _LIFETIME_SECONDS,
        }
        notion = await stack.enter_async_context(serving_notion(clock=clock, **rules))
        settings = settings_for(notion.url, folder, **database)
        gateways = [
            await stack.enter_async_context(open_gateway(settings)) for _ in range(_GATEWAYS)
        ]
        await plant(gateways[0], notion.simulator, _SPACES)
        statements.on = True
        while not enough(result) and (retries or not result.lost):
            clock.skip(_LIFETIME_SECONDS + 1)
            asked = [_ask(one, space, result) for one in gateways for space in _SPACES]
            await asyncio.gather(*asked)
            result.rounds += 1
        statements.on = False
        clock.skip(_LIFETIME_SECONDS + 1)
        result.working = await _working(settings, gateways[0], result)
        _sum_up(result, statements, notion)
    return result


def _bend(
    patch: pytest.MonkeyPatch, clock: SharedClock, statements: FailingStatements, *, retries: bool
) -> None:
    opened = Database.__init__

    def watched(database: Database, *given: Any, **named: Any) -> None:
        opened(database, *given, **named)
        statements.watch(database)

    def told(_: DatabaseClock) -> float:
        return clock.timestamp()

    patch.setattr(Database, "__init__", watched)
    statements.watch_fetched(patch)
    patch.setattr(DatabaseClock, "timestamp", told)
    if not retries:
        again: Any = refresh.stamina.retry_context

        def once(**options: Any) -> Any:
            return again(**{**options, "attempts": 1})

        patch.setattr(refresh.stamina, "retry_context", once)


async def _ask(gateway: Features, space: str, result: Result) -> None:
    """Until there is a token, or no hope."""
    while space not in result.lost:
        try:
            await gateway.integrations.access_tokens.lend(space)
        except (RefreshUnavailable, StoreUnavailable) as fault:
            result.told[str(fault.reason)] += 1
            await asyncio.sleep(_COME_AGAIN_SECONDS)
        except GatewayError as fault:
            result.told[str(fault.reason)] += 1
            result.lost.add(space)
        else:
            return


async def _working(settings: Settings, gateway: Features, result: Result) -> int:
    for space in _SPACES:
        await _ask(gateway, space, result)
    return [await lend(settings, gateway, space) for space in _SPACES].count("token")


def _sum_up(result: Result, statements: FailingStatements, notion: Notion) -> None:
    result.statements = statements.asked
    result.unsent, result.unanswered = statements.unsent, statements.unanswered
    answered = notion.simulator.observation()["token_requests"]
    result.redemptions = answered.get("refresh_token", {})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--without-retries", action="store_true", help="the negative control")
    arguments = parser.parse_args()
    configure_logging("json", "critical")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        database: dict[str, Any] = {}
        if arguments.database == "postgresql":
            servers = Path(name) / "servers"
            servers.mkdir()
            server = stack.enter_context(running_postgres(servers))
            database = on(server.url(asyncio.run(new_database(server))))
        end = time.monotonic() + 60 * arguments.minutes
        result = asyncio.run(
            fail_statements(
                Path(name),
                lambda _: time.monotonic() > end,
                retries=not arguments.without_retries,
                seed=arguments.seed,
                **database,
            )
        )
    return told(
        f"{result.unsent + result.unanswered:,} of {result.statements:,} statements failed:"
        f" {result.redemptions.get('ok', 0):,} pairs redeemed, {len(result.lost)} spaces lost;"
        f" {result.working} of {result.spaces} work in the end",
        kept=result.kept,
    )


if __name__ == "__main__":
    raise SystemExit(main())
