"""What the alerts are for, done to a real gateway that a real Prometheus reads: each fires. And the
dashboard's panels have shown numbers.

Alerts fire as soon as they are so, not after the minutes that the shipped rules wait.
"""

import asyncio
import os
import resource
import signal
from pathlib import Path
from typing import Final

import pytest

from tests.operations.test_alerts import alerts, panel_queries
from tests.operations.watched import Watched, watched
from tests.support.upstreams import JSON_HEADERS

pytestmark = [pytest.mark.anyio, pytest.mark.alone, pytest.mark.thorough]

SPACES: Final = [f"team-{number}" for number in range(7)]
FORGOTTEN: Final = "nobodys"
FIRED_ELSEWHERE: Final = {"DatabaseConnectionsUsedUp", "LogLinesLost"}
"""By ``test_alerts_on_servers.py``."""
NOT_FIRED: Final = {
    "CatalogueLooksFail",  # a gateway looks every two minutes
    "GrantsNotCounted",  # after hours
    "MaintenanceOverdue",  # after a day
}
"""``alerts.yaml`` alone makes these fire: of written series, not of a gateway."""


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

        assert place.fired == alerts().keys() - FIRED_ELSEWHERE - NOT_FIRED
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
