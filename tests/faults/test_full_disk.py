"""The disk under SQLite is full: before a refresh, and in the middle of one."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.integration.refresh import Refresher
from notion_gateway.integration.rules.commands import StartRefresh
from notion_gateway.integration.store import IntegrationStore, Outcome
from notion_gateway.kernel.log import configure_logging
from notion_gateway.settings import Settings
from notion_gateway.wiring import Features, open_gateway
from notion_simulator import SimulatorSettings, serving
from tests.faults.children import (
    LIFETIME_SECONDS,
    Bend,
    Child,
    Work,
    connecting,
    later,
    lend,
    lending,
    settings_for,
)
from tests.faults.failpoints import counting_refusals, die, disarm_lease, replace
from tests.faults.small_disks import WAYS, SmallDisk, Way, small_disk
from tests.support.figures import Figure
from tests.support.waiting import until

_STRICT = SimulatorSettings(
    rotation="strict", auto_consent=True, access_token_lifetime_seconds=LIFETIME_SECONDS
)
_SOON_SECONDS = 5.0
"""A call on a full disk is refused at once, unless a pair was redeemed that finds no room."""


def quiet() -> None:
    """As served: a line that cannot be written is lost, where a test's own would raise."""
    configure_logging("json", "error")


async def lent_twice(settings: Settings, gateway: Features) -> list[str]:
    return [await lend(settings, gateway, "space") for _ in range(2)]


def lending_on_a_full_disk(settings: Settings, disk: SmallDisk) -> Work:
    """The ends of three calls: with no room, still with none, and with room again."""

    async def work() -> str:
        async with open_gateway(settings) as gateway:
            disk.fill()
            asking = asyncio.create_task(lent_twice(settings, gateway))
            try:
                await until(asking.done, _SOON_SECONDS)
                ends = asking.result()
            except TimeoutError:
                asking.cancel()
                return "redeemed, and waiting for room"
            finally:
                disk.free()
            return " ".join([*ends, await lend(settings, gateway, "space")])

    return work


def unbent() -> None:
    """With everything the gateway has."""


def without_intent() -> None:
    """Redeems without having recorded that it will."""

    def change(carry_out: Any) -> Any:
        async def skipping(self: IntegrationStore, space: str, command: Any, **rest: Any) -> Any:
            if not isinstance(command, StartRefresh):
                return await carry_out(self, space, command, **rest)
            state = await self.load(space)
            return Outcome(state, state)

        return skipping

    replace(IntegrationStore, "carry_out", change)


@pytest.mark.promise("threats:51")
@pytest.mark.parametrize(
    "bend",
    [unbent, disarm_lease, without_intent],
    ids=["as it is", "by the intent alone", "by the lease alone"],
)
@pytest.mark.parametrize("way", WAYS)
def test_with_a_full_disk_nothing_is_redeemed_and_with_room_again_the_refresh_works(
    way: Way, bend: Bend, tmp_path: Path, figure: Figure
) -> None:
    """Lease and intent are both written before the token leaves, and either one suffices."""
    with serving(_STRICT) as notion, small_disk(tmp_path / "disk", way) as disk:
        settings = settings_for(notion.url, disk.folder)
        assert Child(connecting(settings, "space")).result() == "connected"
        ends = Child(lending_on_a_full_disk(settings, disk), quiet, later(hours=2), bend).result()
        seen = notion.simulator.observation()
    assert ends == "store_unavailable store_unavailable token"
    assert seen["requests"]["POST /token"] == 2, "the consent's, and the one with room again"
    assert [grant["state"] for grant in seen["grants"]] == ["active"]
    refused = ends.split().count("store_unavailable")
    redeemed = sum(seen["token_requests"]["refresh_token"].values())
    words = "{} calls refused on full disks; {} tokens redeemed, with room again; {} lost"
    lost = len(seen["grants"]) - ends.split().count("token")
    figure(words, refused, redeemed, lost)


def filling_once_redeemed(disk: SmallDisk) -> Bend:
    def change(keep: Any) -> Any:
        async def filled(*arguments: Any) -> Any:
            disk.fill()
            replace(Refresher, "_keep", lambda _: keep)
            return await keep(*arguments)

        return filled

    return lambda: replace(Refresher, "_keep", change)


def lending_until_there_is_room(settings: Settings, disk: SmallDisk) -> Work:
    async def work() -> str:
        refused = counting_refusals()
        async with open_gateway(settings) as gateway:
            calling = asyncio.create_task(lend(settings, gateway, "space"))
            await until(lambda: len(refused) >= 2 or calling.done())
            assert not calling.done(), "the caller was answered, so the pair was given up"
            disk.free()
            return await calling

    return work


@pytest.mark.promise("threats:51", "threats:7")
@pytest.mark.parametrize("way", WAYS)
def test_a_pair_redeemed_before_the_disk_was_full_is_kept_until_there_is_room(
    way: Way, tmp_path: Path
) -> None:
    with serving(_STRICT) as notion, small_disk(tmp_path / "disk", way) as disk:
        settings = settings_for(notion.url, disk.folder)
        assert Child(connecting(settings, "space")).result() == "connected"
        work = lending_until_there_is_room(settings, disk)
        assert Child(work, quiet, later(hours=2), filling_once_redeemed(disk)).result() == "token"
        assert Child(lending(settings, "space"), later(hours=4)).result() == "token"
        seen = notion.simulator.observation()
    assert seen["token_requests"]["refresh_token"] == {"ok": 2}


def test_without_lease_and_intent_a_token_is_redeemed_that_nobody_can_store(
    tmp_path: Path,
) -> None:
    with serving(_STRICT) as notion, small_disk(tmp_path / "disk", "file-size-limit") as disk:
        settings = settings_for(notion.url, disk.folder)
        assert Child(connecting(settings, "space")).result() == "connected"

        async def work() -> str:
            refused = counting_refusals()
            async with open_gateway(settings) as gateway:
                disk.fill()
                calling = asyncio.create_task(lend(settings, gateway, "space"))
                await until(lambda: len(refused) >= 1)
                assert not calling.done()
                die()

        bends = (quiet, later(hours=2), disarm_lease, without_intent)
        assert Child(work, *bends).result() == "killed"
        redeemed = notion.simulator.observation()["token_requests"]["refresh_token"]
        after = Child(lending(settings, "space"), later(hours=2)).result()
    assert (redeemed, after) == ({"ok": 1}, "reconnect_required")
