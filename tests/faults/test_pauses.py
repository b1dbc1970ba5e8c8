"""A lease holder that stands still at the worst moment, while somebody else takes over."""

import itertools
from pathlib import Path
from typing import Any, Literal

import aiohttp
import httpx2
import pytest

from notion_gateway.integration.refresh import Refresher
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.settings import Settings
from notion_simulator import SimulatorSettings, serving
from tests.faults.children import (
    LIFETIME_SECONDS,
    Bend,
    Child,
    calling,
    connecting,
    later,
    lending,
    settings_for,
    short_lease,
    stop_here,
)
from tests.faults.failpoints import replace
from tests.faults.places import Kind, settings_on
from tests.support.databases import PostgresServer
from tests.support.figures import Figure
from tests.support.leases import LeaseUntil

Point = Literal["before-the-last-check", "while-connecting"]

_LENIENT = SimulatorSettings(auto_consent=True, access_token_lifetime_seconds=LIFETIME_SECONDS)
_STRICT = _LENIENT.model_copy(update={"rotation": "strict"})


def stopping(point: Point) -> Bend:
    """The intent is recorded, the token has not left: there this process stops."""

    def before_the_last_check(redeem: Any) -> Any:
        async def stopped(*arguments: Any) -> Any:
            stop_here()
            return await redeem(*arguments)

        return stopped

    def while_connecting(redeem: Any) -> Any:
        async def armed(*arguments: Any) -> Any:
            replace(aiohttp.TCPConnector, "connect", connected)
            return await redeem(*arguments)

        return armed

    def connected(connect: Any) -> Any:
        stops = itertools.count()

        async def stopped(self: Any, request: Any, *arguments: Any, **options: Any) -> Any:
            connection = await connect(self, request, *arguments, **options)
            if request.method == "POST" and next(stops) == 0:
                stop_here()
            return connection

        return stopped

    changes = {
        "before-the-last-check": before_the_last_check,
        "while-connecting": while_connecting,
    }
    return lambda: replace(Refresher, "_redeem", changes[point])


def without_deadline() -> None:
    """The negative control: a holder that takes its lease to be good for ever."""

    def change(redeem: Any) -> Any:
        async def unchecked(self: Refresher, redemption: Any, _: Any) -> Any:
            return await redeem(self, redemption, LeaseUntil(float("inf")))

        return unchecked

    replace(Refresher, "_redeem", change)


def take_over(settings: Settings, *bends: Bend) -> tuple[str, str]:
    """How it ends for who took over while the holder stood still, and then for the holder."""
    assert Child(connecting(settings, "space")).result() == "connected"
    expired = (later(hours=2), short_lease)
    holder = Child(lending(settings, "space"), *expired, *bends)
    holder.await_stop()
    successor = Child(lending(settings, "space"), *expired).result()
    holder.wake()
    return successor, holder.result()


@pytest.mark.promise("threats:4")
@pytest.mark.parametrize(
    ("point", "kind"),
    [
        ("before-the-last-check", "sqlite"),
        ("while-connecting", "sqlite"),
        ("while-connecting", "postgresql"),
    ],
)
def test_a_holder_that_stood_still_for_longer_than_its_lease_does_not_redeem(
    point: Point, kind: Kind, tmp_path: Path, postgres: PostgresServer, figure: Figure
) -> None:
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path, **settings_on(kind, postgres))
        ends = take_over(settings, stopping(point))
        seen = notion.simulator.observation()
        after = Child(lending(settings, "space"), later(hours=2)).result()

    assert ends == ("token", "refresh_unavailable")
    assert seen["token_requests"]["refresh_token"] == {"ok": 1}
    assert [grant["state"] for grant in seen["grants"]] == ["active"]
    assert after == "token"
    redemptions = sum(seen["token_requests"]["refresh_token"].values())
    words = "{} expired tokens whose holder stood still: {} redemptions"
    figure(words, len(seen["grants"]), redemptions)


def test_without_the_deadline_the_woken_holder_replays_and_the_grant_is_lost(
    tmp_path: Path,
) -> None:
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path)
        ends = take_over(settings, without_deadline, stopping("before-the-last-check"))
        seen = notion.simulator.observation()

    assert ends == ("token", "dead token")
    assert seen["token_requests"]["refresh_token"] == {"invalid_grant": 1, "ok": 1}
    assert [grant["revoked_because"] for grant in seen["grants"]] == ["refresh_token_replayed"]


# --- after the request has left, nobody can take it back ------------------------------------


def stopping_with_the_answer() -> None:
    """Notion has answered, nothing of it is stored: there this process stops."""

    def change(keep: Any) -> Any:
        async def stopped(*arguments: Any) -> Any:
            stop_here()
            return await keep(*arguments)

        return stopped

    replace(Refresher, "_keep", change)


def stopped_while_waiting(notion: str, settings: Settings, *bends: Bend) -> Child:
    """A holder that stands still between its request and the answer."""
    fault = {"target": "token", "grant_type": "refresh_token", "kind": "delay_after"}
    order = {**fault, "delay_seconds": 1.0}
    httpx2.post(f"{notion}/_simulator/faults", json=order).raise_for_status()
    holder = Child(lending(settings, "space"), *bends)
    path = "/_simulator/wait?path=faults.token/delay_after&at_least=1&timeout_seconds=30"
    httpx2.get(f"{notion}{path}", timeout=60).raise_for_status()
    holder.stop()
    return holder


@pytest.mark.promise("threats:4", "threats:5")
def test_a_holder_that_stood_still_with_the_answer_adopts_what_its_successor_got(
    tmp_path: Path,
) -> None:
    with serving(_LENIENT) as notion:
        settings = settings_for(notion.url, tmp_path)
        ends = take_over(settings, stopping_with_the_answer)
        after = Child(lending(settings, "space"), later(hours=4)).result()
        seen = notion.simulator.observation()

    assert ends == ("token", "token")
    assert after == "token", "the pair that stayed is the one that Notion still knows"
    assert seen["token_requests"]["refresh_token"] == {"ok": 3}
    assert [grant["state"] for grant in seen["grants"]] == ["active"]


def dating_pairs_when_they_are_read() -> None:
    """The negative control: an answer counts from when somebody got round to it."""

    def change(seal_pair: Any) -> Any:
        def dated(*arguments: Any, **options: Any) -> Any:
            return seal_pair(*arguments, **{**options, "issued_at": None})

        return dated

    replace(IntegrationStore, "seal_pair", change)


def test_if_pairs_were_dated_when_they_are_read_the_holders_dead_one_would_win(
    tmp_path: Path,
) -> None:
    with serving(_LENIENT) as notion:
        settings = settings_for(notion.url, tmp_path)
        take_over(settings, stopping_with_the_answer, dating_pairs_when_they_are_read)
        after = Child(lending(settings, "space"), later(hours=4)).result()
    assert after == "reconnect_required"


@pytest.mark.promise("threats:4", "threats:5")
def test_a_holder_that_stood_still_while_it_waited_costs_nothing_where_one_retry_is_tolerated(
    tmp_path: Path,
) -> None:
    with serving(_LENIENT) as notion:
        settings = settings_for(notion.url, tmp_path)
        assert Child(connecting(settings, "space")).result() == "connected"
        holder = stopped_while_waiting(notion.url, settings, later(hours=2), short_lease)
        successor = Child(lending(settings, "space"), later(hours=2)).result()
        holder.wake()
        woken = holder.result()
        after = Child(lending(settings, "space"), later(hours=4)).result()
        seen = notion.simulator.observation()

    assert (successor, after) == ("token", "token")
    assert woken in ("token", "refresh_unavailable")  # with the answer, or too late for it
    assert [grant["state"] for grant in seen["grants"]] == ["active"]


@pytest.mark.promise("threats:4", "threats:5")
@pytest.mark.parametrize("point", ["while-waiting", "with-the-answer"])
def test_where_no_retry_is_tolerated_a_stop_after_sending_ends_in_reconnect_required(
    point: str, tmp_path: Path
) -> None:
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path)
        if point == "with-the-answer":
            successor, woken = take_over(settings, stopping_with_the_answer)
        else:
            assert Child(connecting(settings, "space")).result() == "connected"
            holder = stopped_while_waiting(notion.url, settings, later(hours=2), short_lease)
            successor = Child(lending(settings, "space"), later(hours=2)).result()
            holder.wake()
            woken = holder.result()
        after = [Child(calling(settings, "space"), later(hours=2)).result() for _ in range(2)]
        refused = notion.simulator.observation()["token_requests"]["refresh_token"]

    assert successor == "reconnect_required"
    # Its pair proves the refusal wrong as far as it can tell; Notion has ended that one as well.
    assert woken in ("dead token", "reconnect_required", "refresh_unavailable")
    assert after == ["reconnect_required", "reconnect_required"]
    assert refused["ok"] == 1
