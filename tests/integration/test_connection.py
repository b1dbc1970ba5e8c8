"""GET and DELETE /integrations/notion/{space_id}, and its /events."""

import pytest

from tests.support.asgi import answer
from tests.support.rig import Rig

pytestmark = pytest.mark.anyio


@pytest.mark.promise("seed:connected")
async def test_a_connected_space_says_so_and_by_whom(connected: Rig) -> None:
    status = await connected.caller.status("team")

    assert status["status"] == "connected"
    assert status["has_mcp_token"] is True
    assert status["connected_by"] == "ada"
    assert status["workspace"]["name"] == "Acme"
    assert status["connected_at"] < status["access_token_expires_at"]
    assert status["last_refreshed_at"] is None
    assert status["last_failure"] is None


@pytest.mark.promise("seed:connected")
async def test_connected_means_that_a_refresh_token_is_stored(connected: Rig) -> None:
    fields = connected.sql("SELECT field FROM secrets ORDER BY field")

    assert fields == [("access_token",), ("refresh_token",)]
    assert set(await connected.caller.event_types("team")) == {"Authorized"}


async def test_a_space_never_heard_of_is_disconnected(rig: Rig) -> None:
    status = await rig.caller.status("nowhere")

    assert status["status"] == "disconnected"
    assert status["has_mcp_token"] is False
    assert {status[name] for name in ("process_id", "workspace", "connected_by")} == {None}
    assert await rig.caller.events("nowhere") == []


async def test_status_and_history_of_another_space_are_its_own(connected: Rig) -> None:
    await connected.caller.connect("other")

    one, two = [await connected.caller.status(space) for space in ("team", "other")]
    assert one["process_id"] != two["process_id"]
    assert len(await connected.caller.events("team")) == 1


@pytest.mark.promise("seed:encrypted", "threats:18")
async def test_history_and_status_name_no_secret_nor_where_it_lies(connected: Rig) -> None:
    connected.let_token_expire()
    await connected.caller.call("team")
    shown = b"".join(
        [
            (await connected.caller.get("/integrations/notion/team")).body,
            (await connected.caller.get("/integrations/notion/team/events")).body,
        ]
    )

    hidden = [str(row[0]) for row in connected.sql("SELECT secret_id FROM secrets")]
    assert len(hidden) == 2
    for one in (*hidden, *connected.notion.wire.secrets):
        assert one.encode() not in shown


async def test_the_history_tells_what_happened_oldest_first(connected: Rig) -> None:
    connected.let_token_expire()
    await connected.caller.call("team")
    await connected.caller.disconnect("team")

    events = await connected.caller.events("team")
    assert [event["version"] for event in events] == [1, 2, 3, 4]
    assert await connected.caller.event_types("team") == [
        "Authorized",
        "TokenRefreshStarted",
        "TokenRefreshed",
        "Disconnected",
    ]
    assert {event["process_id"] for event in events} == {events[0]["process_id"]}
    assert events[-1]["by"] == "ada"


async def test_disconnecting_revokes_at_notion_and_destroys_the_secrets(connected: Rig) -> None:
    done = await connected.caller.disconnect("team")

    assert done.status == 200
    assert done.json == {
        "status": "disconnected",
        "was_connected": True,
        "revoked_at_notion": True,
    }
    assert connected.sql("SELECT * FROM secrets") == []
    assert connected.notion.grant_states() == ["revoked"]
    hints = [form.get("token_type_hint") for form in connected.notion.wire.token_forms[1:]]
    assert hints == ["refresh_token", "access_token"]


async def test_disconnecting_twice_is_harmless(connected: Rig) -> None:
    await connected.caller.disconnect("team")
    again = await connected.caller.disconnect("team")

    assert again.json == {
        "status": "disconnected",
        "was_connected": False,
        "revoked_at_notion": None,
    }
    assert await connected.caller.event_types("team") == ["Authorized", "Disconnected"]


async def test_disconnecting_while_notion_is_gone_succeeds_and_says_it_was_not_told(
    connected: Rig,
) -> None:
    connected.notion.served.server.stop()
    done = await connected.caller.disconnect("team")

    assert done.status == 200
    assert done.json["was_connected"] is True
    assert done.json["revoked_at_notion"] is False
    assert connected.sql("SELECT * FROM secrets") == []
    assert (await connected.caller.status("team"))["status"] == "disconnected"


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
async def test_disconnecting_where_notion_refuses_succeeds_and_says_it_was_not_confirmed(
    connected: Rig, status: int
) -> None:
    connected.notion.wire.instead["/token"] = answer(status, b'{"error":"invalid_client"}')
    done = await connected.caller.disconnect("team")

    assert (done.status, done.json["revoked_at_notion"]) == (200, False)
    assert connected.sql("SELECT * FROM secrets") == []


async def test_after_a_disconnect_no_call_reaches_notion(connected: Rig) -> None:
    await connected.caller.call("team")
    await connected.caller.disconnect("team")
    before = len(connected.notion.wire.requests)
    refused = await connected.caller.call("team")

    assert (refused.status, refused.reason) == (401, "not_connected")
    assert len(connected.notion.wire.requests) == before
