"""Gateways whose clocks disagree, and a Notion that says strange things about time."""

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from notion_gateway.integration.lease import Lease
from notion_gateway.integration.leases import Leases
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.settings import Settings
from notion_gateway.storage.database_clock import DatabaseClock
from notion_simulator import SimulatorSettings, serving
from tests.faults.children import (
    LIFETIME_SECONDS,
    Bend,
    Child,
    connecting,
    defaults_of,
    later,
    lending,
    own_clock_off,
    settings_for,
)
from tests.faults.failpoints import replace
from tests.faults.places import Kind, settings_on
from tests.faults.test_pauses import stopping
from tests.support.databases import PostgresServer
from tests.support.figures import Figure
from tests.support.leases import leases_go_by
from tests.support.rig import Rig

EXPIRED = later(hours=2)
BEHIND, AHEAD = own_clock_off(hours=-3), own_clock_off(hours=3)
"""By the first one's clock the token is good for two hours more; by the other's, no token ever
is."""

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
    ("kind", "first", "second"),
    [
        pytest.param("sqlite", BEHIND, AHEAD, id="behind-then-ahead"),
        pytest.param("sqlite", AHEAD, BEHIND, id="ahead-then-behind"),
        pytest.param("postgresql", BEHIND, AHEAD, id="on-postgresql"),
    ],
)
def test_gateways_six_hours_apart_redeem_an_expired_token_once_and_agree_on_the_new_one(
    kind: Kind, first: Bend, second: Bend, tmp_path: Path, postgres: PostgresServer
) -> None:
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path, **settings_on(kind, postgres))
        ends = overlap(notion.url, settings, [EXPIRED, first], [EXPIRED, second])
        again = [
            Child(lending(settings, "space"), EXPIRED, bend).result() for bend in (first, second)
        ]
        seen = notion.simulator.observation()
    assert ends == again == ["token", "token"]
    assert seen["token_requests"]["refresh_token"] == {"ok": 1}
    assert [grant["state"] for grant in seen["grants"]] == ["active"]


def tokens_by_own_clock() -> None:
    """The negative control: each process judges a token's age by its own clock."""

    def own(_: DatabaseClock) -> float:
        return SystemClock().timestamp()

    setattr(DatabaseClock, "timestamp", own)  # noqa: B010 - from outside, on purpose


def renewals_of_a_new_token(folder: Path, *bends: Bend) -> int:
    """How often it is redeemed by gateways of which none has a reason to."""
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, folder)
        assert Child(connecting(settings, "space"), BEHIND, *bends).result() == "connected"
        ends = [
            Child(lending(settings, "space"), off, *bends).result()
            for off in (BEHIND, own_clock_off(hours=0), AHEAD, BEHIND)
        ]
        assert ends == ["token"] * 4
        redeemed = notion.simulator.observation()["token_requests"]
    return sum(redeemed.get("refresh_token", {}).values())


@pytest.mark.promise("threats:47")
def test_a_gateway_whose_own_clock_is_wrong_does_not_make_others_renew(tmp_path: Path) -> None:
    assert renewals_of_a_new_token(tmp_path) == 0


def test_with_tokens_by_their_own_clocks_each_renews_what_the_other_got(tmp_path: Path) -> None:
    assert renewals_of_a_new_token(tmp_path, tokens_by_own_clock) == 2


def lease_by_own_clock() -> None:
    """The negative control: leases go by the clocks of the processes."""

    def own_now() -> sa.ColumnElement[float]:
        return sa.literal(SystemClock().now().timestamp())

    leases_go_by(own_now)


def test_with_leases_by_their_own_clocks_they_replay_and_the_grant_is_lost(
    tmp_path: Path,
) -> None:
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path)
        bends = [EXPIRED, lease_by_own_clock]
        overlap(notion.url, settings, [BEHIND, *bends], [AHEAD, *bends])
        seen = notion.simulator.observation()
    assert seen["token_requests"]["refresh_token"] == {"invalid_grant": 1, "ok": 1}
    assert [grant["revoked_because"] for grant in seen["grants"]] == ["refresh_token_replayed"]


# --- the database's own clock is set while somebody holds a lease ---------------------------


def settable_clock() -> None:
    """The database's clock, and what a table in it says that it was set by."""
    now = "((julianday('now') - 2440587.5) * 86400.0 + (SELECT seconds FROM clock_set_by))"

    def set_now() -> sa.ColumnElement[float]:
        return sa.literal_column(now, sa.Double())

    leases_go_by(set_now)


def patient() -> None:
    """No time of a test's is enough for the deadline: it is the database's clock that moves."""
    defaults_of(Leases).update(lease_seconds=120.0, deadline_seconds=100.0)


def without_confirming() -> None:
    """The negative control: a holder that goes by what it was told when it took the lease."""

    async def taken_for_granted(_: Lease) -> bool:
        return True

    replace(Lease, "confirm", lambda _: taken_for_granted)


def set_the_clock(settings: Settings, by_seconds: int, *bends: Bend) -> tuple[str, str]:
    """The ends of who comes after the clock was set, and of who held the lease before.

    The holder stands still meanwhile, with a connection to Notion and the request unsent.
    """
    assert Child(connecting(settings, "space")).result() == "connected"
    with sqlite3.connect(settings.sqlite_file) as beside:
        beside.execute("CREATE TABLE clock_set_by (seconds REAL)")
        beside.execute("INSERT INTO clock_set_by VALUES (0)")
    common = (EXPIRED, settable_clock, patient)
    holder = Child(lending(settings, "space"), *common, *bends, stopping("while-connecting"))
    holder.await_stop()
    with beside:
        beside.execute("UPDATE clock_set_by SET seconds = ?", (by_seconds,))
    beside.close()
    successor = Child(lending(settings, "space"), *common).result()
    holder.wake()
    return successor, holder.result()


@pytest.mark.promise("threats:47", "threats:4")
@pytest.mark.parametrize("by_seconds", [3600, -3600], ids=["forward", "back"])
def test_a_holder_whose_lease_was_lost_to_a_clock_that_was_set_does_not_redeem(
    by_seconds: int, tmp_path: Path
) -> None:
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path)
        ends = set_the_clock(settings, by_seconds)
        seen = notion.simulator.observation()
    assert ends == ("token", "refresh_unavailable")
    assert seen["token_requests"]["refresh_token"] == {"ok": 1}
    assert [grant["state"] for grant in seen["grants"]] == ["active"]


def test_without_confirming_its_lease_it_replays_and_the_grant_is_lost(tmp_path: Path) -> None:
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path)
        ends = set_the_clock(settings, 3600, without_confirming)
        seen = notion.simulator.observation()
    assert ends == ("token", "dead token")
    assert seen["token_requests"]["refresh_token"] == {"invalid_grant": 1, "ok": 1}
    assert [grant["revoked_because"] for grant in seen["grants"]] == ["refresh_token_replayed"]


# --- what Notion says about time ------------------------------------------------------------

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
    connected: Rig, figure: Figure
) -> None:
    for told, believed in LIFETIMES:
        connected.clock.skip(90_000)
        await answer_with(connected, told)
        assert (await connected.caller.call("team")).status == 200
        status = await connected.caller.status("team")
        expires_at = datetime.fromisoformat(status["access_token_expires_at"])
        left = expires_at - connected.clock.now()
        off = abs(left - timedelta(seconds=believed))
        assert off < timedelta(seconds=5), told
        words = "{} lifetimes told, missing and absurd ones among them: {:.0f} s off at most"
        figure(words, 1, off.total_seconds())
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
