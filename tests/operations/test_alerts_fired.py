"""What the alerts are for, done to a real gateway that a real Prometheus reads: each fires. And the
dashboard's panels have shown numbers.

Alerts fire as soon as they are so, not after the minutes that the shipped rules wait.
"""

import asyncio
import os
import re
import resource
import signal
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.budget.rationed import tool_call
from tests.operations.test_alerts import alerts, panel_queries
from tests.support.clocks import SharedClock
from tests.support.gateway import Caller, calling
from tests.support.notion import Notion, serving_notion
from tests.support.ports import free_port
from tests.support.processes import Running, gateway_process
from tests.support.prometheus import RULES, Prometheus, prometheus
from tests.support.upstreams import JSON_HEADERS, RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.alone, pytest.mark.thorough]

SEARCH = {
    "Content-Type": "application/json",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "notion-search",
}
SPACES: Final = [f"team-{number}" for number in range(7)]
FORGOTTEN: Final = "nobodys"
PATIENTLY: Final = 2 * PATIENCE_SECONDS
"""Secrets are looked at twice a minute."""
NOT_FIRED: Final = {
    "CatalogueLooksFail",  # a gateway looks every two minutes
    "DatabaseConnectionsUsedUp",  # of PostgreSQL alone
    "GrantsNotCounted",  # after hours
    "LogLinesLost",  # after four mebibytes that nobody reads
    "MaintenanceOverdue",  # after a day
}
"""``alerts.yaml`` alone makes these fire: of written series, not of a gateway."""


HANGS_WHEN_TOLD: Final = """
import signal, time
signal.signal(signal.SIGRTMIN, lambda *_: time.sleep(45))
"""
"""Signals are heeded where the event loop turns; other threads go on."""


@dataclass(frozen=True, slots=True)
class Watched:
    gateway: Running
    notion: Notion
    mcp: RecordingMcp
    caller: Caller
    server: Prometheus
    database: Path
    fired: set[str] = field(default_factory=set[str])

    async def fires(self, *names: str) -> None:
        for name in names:

            def fires(name: str = name) -> bool:
                return name in self.server.firing()

            await asyncio.to_thread(self.server.until, fires, f"{name} fires", PATIENTLY)
            self.fired.add(name)

    async def finds(self, query: str) -> None:
        def found() -> bool:
            return bool(self.server.query(query))

        await asyncio.to_thread(self.server.until, found, query, PATIENTLY)

    async def counts(self, error: str) -> None:
        """Its first: only what comes after that is an increase to Prometheus."""
        calls = f'mcp_server_operation_duration_seconds_count{{error_type="{error}"}}'
        await self.finds(f"sum({calls}) > 0")

    def sql(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.database, timeout=PATIENCE_SECONDS)) as database:
            for one in statements:
                database.execute(one)
                database.commit()

    async def calls(self, *spaces: str) -> list[int]:
        body = tool_call("notion-search")
        answers = [self.caller.call(one, body, headers=SEARCH) for one in spaces]
        return [one.status for one in await asyncio.gather(*answers)]


@asynccontextmanager
async def watched(folder: Path) -> AsyncGenerator[Watched]:
    rules, port = folder / "rules.yaml", free_port()
    (folder / "sitecustomize.py").write_text(HANGS_WHEN_TOLD)
    rules.write_text(re.sub(r"^ +for: .*\n", "", RULES.read_text(), flags=re.MULTILINE))
    variables = {
        "GATEWAY_METRICS_PORT": str(port),
        "PYTHONPATH": str(folder),
        "GATEWAY_AUDIT": "1",
        "GATEWAY_WEBHOOK_URL": f"http://127.0.0.1:{free_port()}/nobody",
        "GATEWAY_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "GATEWAY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "1",
    }
    data = folder / "data"
    async with (
        serving_notion(clock=SharedClock(), mcp=(mcp := RecordingMcp())) as notion,
        gateway_process(data, notion.url, folder / "log", **variables) as gateway,
        calling(gateway.url) as caller,
    ):
        with prometheus(folder, port, rules) as server:
            place = Watched(gateway, notion, mcp, caller, server, data / "gateway.sqlite3")
            await place.finds('up{job="notion-gateway"} == 1')
            yield place


async def test_what_alerts_are_for_makes_them_fire_and_panels_show_it(tmp_path: Path) -> None:
    async with watched(tmp_path) as place:
        await a_process_that_stands_still(place)
        assert "GatewayNotReady" not in await asyncio.to_thread(place.server.firing)
        await an_event_loop_that_hangs(place)
        await spaces_of_which_one_is_forgotten(place)
        await calls_that_notion_takes_and_refuses(place)
        await descriptors_used_up(place)
        await leases_that_others_hold(place)
        await messages_and_entries_that_get_lost(place)
        await renewals_without_an_answer(place)
        await a_database_without_its_tables(place)
        await place.fires("GrantsLapse", "SecretsUnreadable")
        await grants_that_notion_ends(place)

        assert place.fired == alerts().keys() - NOT_FIRED
        for query in panel_queries():
            ever = f"max_over_time(({query})[30m:1s])"
            await place.finds(f"({ever}) >= 0")  # NaN is not


async def a_process_that_stands_still(place: Watched) -> None:
    """Each time adds to how late the process was, of few samples so far."""
    pid = place.gateway.process.pid
    while "GatewayBusy" not in await asyncio.to_thread(place.server.firing):
        os.kill(pid, signal.SIGSTOP)
        try:
            await place.fires("GatewayDown", "GatewayReplicasMissing")
        finally:
            os.kill(pid, signal.SIGCONT)
        late = 'notion_gateway_event_loop_delay_seconds{job="notion-gateway"} > 0.5'
        await place.finds(f"max_over_time(({late})[10s:1s])")
        await place.finds('up{job="notion-gateway"} == 1')
    place.fired.add("GatewayBusy")


async def an_event_loop_that_hangs(place: Watched) -> None:
    os.kill(place.gateway.process.pid, signal.SIGRTMIN)
    await place.fires("GatewayHangs")
    assert "GatewayDown" not in await asyncio.to_thread(place.server.firing)
    await place.finds("(time() - notion_gateway_heartbeat_timestamp_seconds) < 5")


async def spaces_of_which_one_is_forgotten(place: Watched) -> None:
    """Nobody has renewed it for 24 days, and its refresh token's key is gone."""
    for space in (FORGOTTEN, *SPACES):
        assert (await place.caller.connect(space)).result["status"] == "success"
    of_it = f"space_id = '{FORGOTTEN}' AND field"
    place.sql(
        f"UPDATE secrets SET created_at = created_at - 24 * 86400 WHERE {of_it} = 'access_token'",  # noqa: S608
        f"UPDATE secrets SET key_id = 'gone' WHERE {of_it} = 'refresh_token'",  # noqa: S608
    )


async def calls_that_notion_takes_and_refuses(place: Watched) -> None:
    assert await place.calls(*SPACES) == [200] * len(SPACES)

    place.mcp.status = 503
    assert await place.calls(SPACES[0]) == [503]
    await place.counts("503")
    assert await place.calls(*SPACES[:3]) == [503] * 3
    await place.fires("NotionCallsFail")

    place.mcp.status, place.mcp.headers = 429, (*JSON_HEADERS, (b"retry-after", b"1"))
    assert await place.calls(*SPACES[:2]) == [429, 429]
    waiting = asyncio.create_task(place.calls(*SPACES[:2]))
    await place.finds('sum(notion_gateway_budget_waiting_calls{job="notion-gateway"}) == 2')
    place.mcp.status = 200
    assert await waiting == [200, 200]

    place.mcp.status, place.mcp.headers = 429, (*JSON_HEADERS, (b"retry-after", b"120"))
    await place.calls(*SPACES[2:4])
    for _ in range(7):
        await place.calls(*SPACES[2:4])
    await place.fires("CallsRefusedForBudget")
    place.mcp.status, place.mcp.headers = 200, JSON_HEADERS


async def descriptors_used_up(place: Watched) -> None:
    pid = place.gateway.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    opened = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names that may be gone at once
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (int(opened * 1.15), before[1]))
    try:
        await place.fires("FileDescriptorsUsedUp")
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


async def leases_that_others_hold(place: Watched) -> None:
    """For longer than a renewal should wait, and not so long that it gives up."""
    held = SPACES[4:]
    now = "(julianday('now') - 2440587.5) * 86400.0"
    place.notion.expire_access_tokens()
    place.sql(*(f"INSERT INTO leases VALUES ('{one}', 'another', {now} + 7)" for one in held))  # noqa: S608
    assert await place.calls(*held) == [200] * len(held)
    await place.fires("LeaseWaits", "GatewayAddsLatency")


async def messages_and_entries_that_get_lost(place: Watched) -> None:
    await place.finds(
        'sum(notion_gateway_notice_delivery_duration_seconds_count{outcome="failed"}) > 0'
    )
    place.sql(
        "UPDATE webhook_deliveries SET give_up_at = 0, next_at = 0",
        "CREATE TRIGGER refuses BEFORE INSERT ON audit_entries"
        " BEGIN SELECT RAISE(ABORT, 'refused'); END",
    )
    await place.calls(SPACES[4])
    await place.fires("MessagesGivenUp", "AuditEntriesLost")
    place.sql("DROP TRIGGER refuses")


async def renewals_without_an_answer(place: Watched) -> None:
    fault = {"target": "token", "grant_type": "refresh_token", "kind": "status", "status": 503}
    url = f"{place.notion.url}/_simulator/faults"
    async with place.caller.http.post(url, json={**fault, "times": None}) as answer:
        assert answer.ok
    place.notion.expire_access_tokens()
    await place.calls(*SPACES)
    await place.fires("TokenRefreshesFail")
    async with place.caller.http.delete(url) as answer:
        assert answer.ok


async def a_database_without_its_tables(place: Watched) -> None:
    place.sql("ALTER TABLE changes RENAME TO changes_away")
    await place.fires("GatewayDegraded", "ChangeFeedLate")
    place.sql("ALTER TABLE changes_away RENAME TO changes")

    place.sql("ALTER TABLE events RENAME TO events_away")
    assert await place.calls("unknown-1") == [503]
    await place.counts("store_unavailable")
    assert await place.calls("unknown-2", "unknown-3", "unknown-4") == [503] * 3
    await place.fires("GatewayCallsFail")
    place.sql("ALTER TABLE events_away RENAME TO events")

    place.sql("ALTER TABLE alembic_version RENAME TO alembic_away")
    await place.fires("GatewayNotReady")
    place.sql("ALTER TABLE alembic_away RENAME TO alembic_version")


async def grants_that_notion_ends(place: Watched) -> None:
    url = f"{place.notion.url}/_simulator/revoke-grants"
    await place.caller.send("POST", url, user=None)
    await place.calls(*SPACES)
    await place.fires("GrantsRefused")
