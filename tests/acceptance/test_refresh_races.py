"""What happens around a refresh while it is under way: somebody leaves, reconnects, was faster."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from notion_gateway.integration.access_tokens import AccessTokens, LentToken
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.integration.rules.renewal_timing import Cause
from tests.support.asgi import Held, answer
from tests.support.figures import Figure
from tests.support.gateway import Answer, calling, serving_gateway
from tests.support.leases import LeaseUntil
from tests.support.raw import connection, request
from tests.support.rig import Rig
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

INVALID_GRANT = answer(400, b'{"error":"invalid_grant"}')


def hold_token_endpoint(rig: Rig, held: Held) -> Held:
    rig.notion.wire.instead["/token"] = held
    return held


async def leave_during_a_slow_refresh(rig: Rig) -> None:
    """One caller, gone while the token endpoint still thinks; then the endpoint answers."""
    rig.let_token_expire()
    held = hold_token_endpoint(rig, Held(rig.notion.wire.simulated))
    async with connection(rig.gateway.port) as raw:
        await raw.send(request(body=b"{}"))
        await held.arrived.wait()
    await until(lambda: rig.gateway.open_connections <= 1)
    held.release()


@pytest.mark.promise("threats:6")
async def test_a_caller_who_leaves_during_a_slow_refresh_does_not_take_it_along(
    connected: Rig, figure: Figure
) -> None:
    await leave_during_a_slow_refresh(connected)

    await until(lambda: len(connected.sql("SELECT 1 FROM events")) == 3)
    types = await connected.caller.event_types("team")
    assert types == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]
    assert (await connected.caller.call("team")).status == 200
    redemptions = len(connected.notion.wire.refreshes())
    assert redemptions == 1
    stored = types.count("TokenRefreshed")
    figure("{} pair redeemed for a caller who left, {} stored", redemptions, stored)


@pytest.mark.promise("threats:6")
async def test_a_refresh_that_is_not_detached_goes_with_its_caller(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: tied to the caller, the same refresh is lost after the token was redeemed."""

    async def obtain_alone(
        tokens: AccessTokens, space_id: str, refused: LentToken | None, cause: Cause
    ) -> LentToken:
        return await tokens._obtain(space_id, refused, cause)  # pyright: ignore[reportPrivateUsage]

    monkeypatch.setattr(AccessTokens, "_join", obtain_alone)
    await leave_during_a_slow_refresh(connected)

    with pytest.raises(TimeoutError):
        await until(lambda: len(connected.sql("SELECT 1 FROM events")) == 3, 0.5)


def always(*_: object) -> bool:
    return True


@asynccontextmanager
async def no_lease(_: Leases, __: str) -> AsyncGenerator[LeaseUntil]:
    yield LeaseUntil(float("inf"))


async def refuse_after_another_writer_has_rotated(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Answer:
    """The refusal of a token that a second gateway on the same database has replaced meanwhile.

    The lease would keep the two apart; it is off, as after a holder that slept through its own.
    """
    monkeypatch.setattr(Leases, "hold", no_lease)
    rig.let_token_expire()
    held = hold_token_endpoint(rig, Held(INVALID_GRANT))
    async with (
        serving_gateway(tmp_path, rig.notion.url) as other,
        calling(other.url) as caller,
    ):
        slow = asyncio.create_task(rig.caller.call("team"))
        await held.arrived.wait()
        del rig.notion.wire.instead["/token"]
        assert (await caller.call("team")).status == 200
        held.release()
        return await slow


@pytest.mark.promise("threats:8")
async def test_a_stale_invalid_grant_adopts_the_token_that_another_writer_has_fetched(
    connected: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    end = await refuse_after_another_writer_has_rotated(connected, tmp_path, monkeypatch)

    assert end.status == 200
    failures = (await connected.caller.event_types("team")).count("AuthorizationFailed")
    assert failures == 0
    assert (await connected.caller.status("team"))["status"] == "connected"
    assert connected.notion.grant_states() == ["active"]
    assert (await connected.caller.call("team")).status == 200
    redemptions = len(connected.notion.wire.refreshes())
    words = "{} redemptions of one token, the first refused late: {} failures stored"
    figure(words, redemptions, failures)


@pytest.mark.promise("threats:8")
async def test_a_refusal_believed_without_looking_ends_the_connection(
    connected: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: were it not asked whether the token is still the newest."""
    monkeypatch.setattr(Integration, "is_newest", always)
    end = await refuse_after_another_writer_has_rotated(connected, tmp_path, monkeypatch)

    assert end.status == 401
    assert (await connected.caller.status("team"))["status"] == "reconnect_required"


@pytest.mark.promise("threats:8")
async def test_a_refresh_that_lost_the_race_does_not_revoke_the_winners_grant(
    connected: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both were answered (Notion tolerates one retry): it is the same grant for both."""
    monkeypatch.setattr(Leases, "hold", no_lease)
    connected.let_token_expire()
    held = hold_token_endpoint(connected, Held(connected.notion.wire.simulated))
    async with (
        serving_gateway(tmp_path, connected.notion.url) as other,
        calling(other.url) as caller,
    ):
        slow = asyncio.create_task(connected.caller.call("team"))
        await held.arrived.wait()
        del connected.notion.wire.instead["/token"]
        assert (await caller.call("team")).status == 200
        held.release()
        await slow

    revoked = [form for form in connected.notion.wire.token_forms if "token" in form]
    assert revoked == []


async def reconnect_in_mid_refresh(rig: Rig, then: Held) -> Answer:
    """A call whose refresh is answered only after somebody has connected the space anew."""
    rig.let_token_expire()
    held = hold_token_endpoint(rig, then)
    slow = asyncio.create_task(rig.caller.call("team"))
    await held.arrived.wait()
    del rig.notion.wire.instead["/token"]
    assert (await rig.caller.connect("team")).result["status"] == "success"
    held.release()
    return await slow


@pytest.mark.promise("threats:27")
async def test_a_late_failure_of_an_old_grant_never_ends_the_new_one(
    connected: Rig, figure: Figure
) -> None:
    end = await reconnect_in_mid_refresh(connected, Held(INVALID_GRANT))

    assert end.status == 200
    types = await connected.caller.event_types("team")
    assert types == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]
    assert (await connected.caller.status("team"))["status"] == "connected"
    states = connected.notion.grant_states()
    assert states[-1] == "active"
    failures = types.count("AuthorizationFailed")
    words = "{} grants of one space, a late refusal for the older: {} failures stored"
    figure(words, len(states), failures)


@pytest.mark.promise("threats:27")
async def test_a_failure_believed_without_a_look_at_its_grant_ends_the_new_one(
    connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(Integration, "is_newest", always)
    end = await reconnect_in_mid_refresh(connected, Held(INVALID_GRANT))

    assert end.status == 401
    assert (await connected.caller.status("team"))["status"] == "reconnect_required"


@pytest.mark.promise("threats:27")
async def test_a_late_success_of_an_old_grant_is_dropped_and_revoked(connected: Rig) -> None:
    held = Held(connected.notion.wire.simulated)
    end = await reconnect_in_mid_refresh(connected, held)

    assert end.status == 200
    types = await connected.caller.event_types("team")
    assert types == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]
    await until(lambda: connected.notion.grant_states() == ["revoked", "active"])
    assert len(connected.sql("SELECT * FROM secrets")) == 2
    assert (await connected.caller.call("team")).status == 200


async def test_a_disconnect_in_mid_refresh_wins_and_the_new_pair_is_revoked_too(
    connected: Rig,
) -> None:
    connected.let_token_expire()
    held = hold_token_endpoint(connected, Held(connected.notion.wire.simulated))
    slow = asyncio.create_task(connected.caller.call("team"))
    await held.arrived.wait()
    connected.notion.wire.instead["/token"] = answer(500)  # the revocation does not arrive
    done = await connected.caller.disconnect("team")
    del connected.notion.wire.instead["/token"]
    held.release()
    end = await slow

    assert done.json["revoked_at_notion"] is False
    assert (end.status, end.reason) == (401, "not_connected")
    assert connected.sql("SELECT * FROM secrets") == []
    assert (await connected.caller.event_types("team"))[-1] == "Disconnected"
    await until(lambda: connected.notion.grant_states() == ["revoked"])
