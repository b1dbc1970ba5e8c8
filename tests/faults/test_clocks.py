"""Gateways whose clocks disagree, and a Notion that says strange things about time."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from notion_gateway.adapters import sql_lease
from notion_gateway.adapters.clock import SystemClock
from notion_gateway.config import Settings
from notion_simulator import SimulatorSettings, serving
from tests.faults.children import (
    LIFETIME_SECONDS,
    Bend,
    Child,
    connecting,
    later,
    lending,
    settings_for,
)
from tests.faults.places import Kind, settings_on
from tests.support.databases import PostgresServer
from tests.support.rig import Rig

BEHIND, AHEAD = later(hours=1, minutes=5), later(hours=3, minutes=5)
"""An hour before and after what the simulator would say if it waited: expired for both."""

_STRICT = SimulatorSettings(
    rotation="strict",
    auto_consent=True,
    access_token_lifetime_seconds=LIFETIME_SECONDS,
    refresh_revokes_access_tokens=False,
)


def overlap(notion: str, settings: Settings, first: list[Bend], second: list[Bend]) -> list[str]:
    """The ends of two gateways, the second of which comes while the first is at Notion."""
    assert Child(connecting(settings, "space")).result() == "connected"
    slow = {"target": "token", "grant_type": "refresh_token", "kind": "delay_after"}
    fault = {**slow, "delay_seconds": 2.0}
    httpx2.post(f"{notion}/_simulator/faults", json=fault).raise_for_status()
    holder = Child(lending(settings, "space"), *first)
    path = "/_simulator/wait?path=faults.token/delay_after&at_least=1&timeout_seconds=30"
    httpx2.get(f"{notion}{path}", timeout=60).raise_for_status()
    comer = Child(lending(settings, "space"), *second)
    return [comer.result(), holder.result()]


@pytest.mark.promise("threats:47")
@pytest.mark.parametrize(
    ("kind", "first", "second", "redemptions"),
    [
        pytest.param("sqlite", BEHIND, AHEAD, 2, id="the-one-ahead-renews-once-more"),
        pytest.param("postgresql", BEHIND, AHEAD, 2, id="the-same-on-postgresql"),
        pytest.param("sqlite", AHEAD, BEHIND, 1, id="the-one-behind-adopts"),
    ],
)
def test_gateways_two_hours_apart_never_redeem_a_token_twice(
    kind: Kind,
    first: Bend,
    second: Bend,
    redemptions: int,
    tmp_path: Path,
    postgres: PostgresServer,
) -> None:
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path, **settings_on(kind, postgres))
        ends = overlap(notion.url, settings, [first], [second])
        seen = notion.simulator.observation()
    assert ends == ["token", "token"]
    assert seen["token_requests"]["refresh_token"] == {"ok": redemptions}
    assert [grant["state"] for grant in seen["grants"]] == ["active"]


def lease_by_own_clock() -> None:
    """The negative control: leases go by the clocks of the processes."""

    def own_now() -> sa.ColumnElement[float]:
        return sa.literal(SystemClock().now().timestamp())

    setattr(sql_lease, "database_now", own_now)  # noqa: B010 - from outside, on purpose


def test_with_leases_by_their_own_clocks_they_replay_and_the_grant_is_lost(
    tmp_path: Path,
) -> None:
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path)
        bends = [lease_by_own_clock]
        overlap(notion.url, settings, [BEHIND, *bends], [AHEAD, *bends])
        seen = notion.simulator.observation()
    assert seen["token_requests"]["refresh_token"] == {"invalid_grant": 1, "ok": 1}
    assert [grant["revoked_because"] for grant in seen["grants"]] == ["refresh_token_replayed"]


LIFETIMES: list[tuple[Any, int]] = [
    (None, 3600),  # a merge patch's null: the member is missing
    ("soon", 3600),
    ([], 3600),
    (True, 3600),
    (float("nan"), 3600),
    (-5, 1),
    (0, 1),
    (0.5, 1),
    (7200, 7200),
    ("7200", 7200),
    (10**12, 86400),
    (1e300, 86400),
    ("9" * 40, 86400),
]


@pytest.mark.anyio
@pytest.mark.promise("threats:47")
async def test_a_lifetime_that_is_missing_or_absurd_is_clamped_and_the_connection_works_on(
    connected: Rig,
) -> None:
    for told, believed in LIFETIMES:
        connected.clock.skip(90_000)
        await answer_with(connected, told)
        assert (await connected.caller.call("team")).status == 200
        status = await connected.caller.status("team")
        expires_at = datetime.fromisoformat(status["access_token_expires_at"])
        left = expires_at - connected.clock.now()
        assert abs(left - timedelta(seconds=believed)) < timedelta(seconds=5), told
    redeemed = connected.notion.simulator.observation()["token_requests"]["refresh_token"]
    assert redeemed == {"ok": len(LIFETIMES)}


async def answer_with(rig: Rig, expires_in: object) -> None:
    fault = {
        "target": "token",
        "kind": "patch_body",
        "body": json.dumps({"expires_in": expires_in}),
    }
    url = f"{rig.notion.url}/_simulator/faults"
    headers = {"content-type": "application/json"}
    done = await rig.caller.send("POST", url, user=None, headers=headers, data=json.dumps(fault))
    assert done.status == 201, done.body
