import pytest

from notion_simulator.workspace.samples import sample_id
from support.caller import Caller

pytestmark = pytest.mark.anyio


async def test_counters_tell_requests_outcomes_and_grants_without_tokens(caller: Caller) -> None:
    connection = await caller.connect()
    await caller.refresh(connection.client_id, "un:kno:wn")
    answer = await caller.get("/_simulator/counters")
    assert answer.json["requests"]["POST /token"] == 2
    assert answer.json["token_requests"] == {
        "authorization_code": {"ok": 1},
        "refresh_token": {"invalid_grant": 1},
    }
    (grant,) = answer.json["grants"]
    assert (grant["state"], grant["valid_refresh_tokens"], grant["valid_access_tokens"]) == (
        "active",
        1,
        1,
    )
    assert connection.access_token not in answer.text
    assert connection.refresh_token not in answer.text


async def test_expiring_access_tokens_leaves_refreshing_possible(caller: Caller) -> None:
    connection = await caller.connect()
    expired = await caller.post("/_simulator/expire-access-tokens")
    assert expired.json == {"expired": 1}
    assert not await caller.is_valid(connection.access_token)
    assert (await caller.refresh(connection.client_id, connection.refresh_token)).status == 200


async def test_revoking_grants_ends_everything(caller: Caller) -> None:
    connection = await caller.connect()
    assert (await caller.post("/_simulator/revoke-grants")).json == {"revoked": 1}
    answer = await caller.refresh(connection.client_id, connection.refresh_token)
    assert answer.json["error_description"] == "OAuth grant revoked"
    assert not await caller.is_valid(connection.access_token)


async def test_forgotten_clients_are_invalid_clients(caller: Caller) -> None:
    connection = await caller.connect()
    assert (await caller.post("/_simulator/forget-clients")).json == {"forgotten": 1}
    answer = await caller.refresh(connection.client_id, connection.refresh_token)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


async def test_settings_change_at_once_and_only_as_a_whole(caller: Caller) -> None:
    await caller.settings(rotation="strict", access_token_lifetime_seconds=5)
    refused = await caller.send(
        "PATCH", "/_simulator/settings", json={"rotation": "lenient", "response_mode": "xml"}
    )
    assert refused.status == 400
    assert refused.json["detail"] == [
        {"field": "response_mode", "message": "Input should be 'sse' or 'json'"}
    ]
    now = (await caller.get("/_simulator/settings")).json
    assert (now["rotation"], now["access_token_lifetime_seconds"]) == ("strict", 5)


@pytest.mark.parametrize("body", ["[]", "{", '{"no_such_setting": 1}'])
async def test_a_change_that_is_not_understood_is_refused(caller: Caller, body: str) -> None:
    assert (await caller.send("PATCH", "/_simulator/settings", data=body)).status == 400


async def test_reset_forgets_clients_grants_settings_and_counts(caller: Caller) -> None:
    await caller.connect()
    await caller.settings(rotation="strict")
    await caller.fault(target="token", kind="drop_before")
    assert (await caller.post("/_simulator/reset")).status == 204
    counters = await caller.counters()
    assert (counters["clients"], counters["grants"], counters["requests"]) == (0, [], {})
    assert (await caller.get("/_simulator/settings")).json["rotation"] == "lenient"
    assert (await caller.get("/_simulator/faults")).json == {"faults": []}


async def test_waiting_for_a_count_that_does_not_come_times_out(caller: Caller) -> None:
    answer = await caller.get(
        "/_simulator/wait",
        params={"path": "mcp.cancelled", "at_least": 1, "timeout_seconds": "0.05"},
    )
    assert (answer.status, answer.json["mcp"]["cancelled"]) == (408, 0)


@pytest.mark.parametrize(
    "query", [{}, {"path": "mcp.open"}, {"path": "a", "at_least": "x"}, {"path": "a", "equals": ""}]
)
async def test_a_wait_for_nothing_in_particular_is_refused(
    caller: Caller, query: dict[str, str]
) -> None:
    assert (await caller.get("/_simulator/wait", params=query)).status == 400


async def test_a_web_page_cannot_steer_the_simulator(caller: Caller) -> None:
    answer = await caller.post("/_simulator/reset", headers={"Origin": "https://evil.example"})
    assert answer.status == 403


async def test_the_workspaces_can_be_listed_for_auto_consent(caller: Caller) -> None:
    listed = (await caller.get("/_simulator/workspaces")).json["workspaces"]
    assert listed[0]["id"] == sample_id("Acme")
    assert [workspace["name"] for workspace in listed] == ["Acme", "Birch Studio", "Ada's Notes"]
