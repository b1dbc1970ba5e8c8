"""A lease holder that stands still at the worst moment, while somebody else takes over."""

from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest

from notion_gateway.adapters.memory import MemoryLease
from notion_gateway.config import Settings
from notion_gateway.usecases.refresh import Refresher
from notion_simulator import SimulatorSettings, serving
from tests.faults.children import (
    LIFETIME_SECONDS,
    Bend,
    Child,
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

Point = Literal["before-the-last-check", "while-connecting"]

_STRICT = SimulatorSettings(
    rotation="strict", auto_consent=True, access_token_lifetime_seconds=LIFETIME_SECONDS
)


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
        async def stopped(*arguments: Any, **options: Any) -> Any:
            connection = await connect(*arguments, **options)
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
            return await redeem(self, redemption, MemoryLease(float("inf")))

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
    point: Point, kind: Kind, tmp_path: Path, postgres: PostgresServer
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
