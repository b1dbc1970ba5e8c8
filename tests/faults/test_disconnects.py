"""A disconnect and a refresh of the same space at once, over real sockets, in every order."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.integration.refresh import Refresher
from notion_gateway.integration.revocation import Revoker
from tests.support.figures import Figure
from tests.support.gateway import Answer
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("both_ways")]

SLOW_SECONDS = 1.0
LEFT_OVER = "{} grants disconnected during a refresh: {} alive at Notion, {} secrets stored"


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Rig]:
    """A space whose token has expired, at a Notion that tolerates no replay."""
    upstream = RecordingMcp()
    async with a_rig(tmp_path, monkeypatch, mcp=upstream, notion={"rotation": "strict"}) as one:
        assert (await one.caller.connect("team")).result["status"] == "success"
        one.let_token_expire()
        yield one


async def order(rig: Rig, **fault: Any) -> None:
    """A fault of the simulator's token endpoint."""
    url = f"{rig.notion.url}/_simulator/faults"
    headers = {"content-type": "application/json"}
    document = json.dumps(fault).encode()
    done = await rig.caller.send("POST", url, user=None, data=document, headers=headers)
    assert done.status == 201, done.body


async def disconnect_in_mid_refresh(rig: Rig, **slow: Any) -> tuple[Answer, Answer]:
    """The ends of a call and of a disconnect that came while its refresh was at Notion.

    The disconnect's own revocation does not arrive: what else could end the new grant?
    """
    await order(rig, target="token", delay_seconds=SLOW_SECONDS, **slow)
    await order(rig, target="revoke", kind="status", status=503, times=2)
    calling = asyncio.create_task(rig.caller.call("team"))
    await until(lambda: rig.notion.wire.refreshes() != [])
    disconnected = await rig.caller.disconnect("team")
    assert not calling.done()
    return await calling, disconnected


def redemptions(rig: Rig) -> dict[str, int]:
    counted: dict[str, Any] = rig.notion.simulator.observation()["token_requests"]
    found: dict[str, int] = counted.get("refresh_token", {})
    return found


def ends(rig: Rig) -> list[str | None]:
    grants: list[dict[str, Any]] = rig.notion.simulator.observation()["grants"]
    return [grant["revoked_because"] for grant in grants]


async def assert_disconnected(rig: Rig, figure: Figure) -> None:
    assert (await rig.caller.status("team"))["status"] == "disconnected"
    assert (await rig.caller.event_types("team"))[-1] == "Disconnected"
    stored, alive = rig.sql("SELECT * FROM secrets"), ends(rig).count(None)
    assert stored == []
    figure(LEFT_OVER, len(ends(rig)), alive, len(stored))
    sent = len(rig.notion.wire.token_forms)
    assert (await rig.caller.call("team")).reason == "not_connected"
    assert len(rig.notion.wire.token_forms) == sent


@pytest.mark.promise("threats:28")
@pytest.mark.parametrize("kind", ["delay", "delay_after"])
async def test_a_disconnect_wins_over_a_refresh_at_notion_and_its_new_pair_is_revoked(
    rig: Rig, kind: str, figure: Figure
) -> None:
    called, disconnected = await disconnect_in_mid_refresh(
        rig, kind=kind, grant_type="refresh_token"
    )
    assert (called.status, called.reason) == (401, "not_connected")
    assert disconnected.json["revoked_at_notion"] is False
    assert redemptions(rig) == {"ok": 1}
    assert ends(rig) == ["revoked_by_client"]
    await assert_disconnected(rig, figure)


@pytest.mark.promise("threats:28")
async def test_a_refresh_that_comes_while_a_disconnect_is_at_notion_does_not_happen(
    rig: Rig, figure: Figure
) -> None:
    await order(rig, target="revoke", kind="delay", delay_seconds=SLOW_SECONDS)
    disconnecting = asyncio.create_task(rig.caller.disconnect("team"))
    await until(lambda: any("token" in form for form in rig.notion.wire.token_forms))
    called = await rig.caller.call("team")
    assert not disconnecting.done()
    assert (await disconnecting).json["revoked_at_notion"] is True

    assert (called.status, called.reason) == (401, "not_connected")
    assert redemptions(rig) == {}
    assert ends(rig) == ["revoked_by_client"]
    await assert_disconnected(rig, figure)


@pytest.mark.promise("threats:28")
async def test_a_disconnect_between_intent_and_redemption_wins_too(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    redeem: Any = getattr(Refresher, "_redeem")  # noqa: B009 - from outside, on purpose
    reached, go = asyncio.Event(), asyncio.Event()

    async def held(*arguments: Any) -> Any:
        reached.set()
        await go.wait()
        return await redeem(*arguments)

    monkeypatch.setattr(Refresher, "_redeem", held)
    await order(rig, target="revoke", kind="status", status=503, times=2)
    calling = asyncio.create_task(rig.caller.call("team"))
    await reached.wait()
    await rig.caller.disconnect("team")
    go.set()
    assert (await calling).reason == "not_connected"
    assert ends(rig) == ["revoked_by_client"]
    await assert_disconnected(rig, figure)


async def test_without_revoking_what_nobody_owns_the_grant_lives_on_at_notion(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_told(*_: object) -> bool:
        return False

    monkeypatch.setattr(Revoker, "revoke", not_told)
    await disconnect_in_mid_refresh(rig, kind="delay_after", grant_type="refresh_token")
    assert ends(rig) == [None]
