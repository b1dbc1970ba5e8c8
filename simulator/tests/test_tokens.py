import re
from typing import Any

import aiohttp
import pytest

from support.caller import Caller

pytestmark = pytest.mark.anyio

TOKEN = re.compile(r"[0-9a-f-]{36}:[A-Za-z0-9]{16}:[A-Za-z0-9]{32}")


async def test_tokens_have_notions_form_and_the_answer_notions_fields(caller: Caller) -> None:
    client_id = (await caller.register())["client_id"]
    code = (await caller.authorize(client_id)).query["code"]
    answer = await caller.exchange(client_id, code)
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json
    assert all(TOKEN.fullmatch(t) for t in (code, body["access_token"], body["refresh_token"]))
    assert (body["token_type"], body["expires_in"]) == ("bearer", 28_800)
    assert body["resource"] == f"{caller.url}/mcp"
    assert not {"workspace_name", "bot_id", "owner"} & set(body)


async def test_workspace_fields_can_be_left_out(caller: Caller) -> None:
    await caller.settings(token_workspace_fields=False)
    connection = await caller.connect()
    body = (await caller.refresh(connection.client_id, connection.refresh_token)).json
    assert not {"user_id", "workspace_id"} & set(body)


async def test_json_is_not_a_form(caller: Caller) -> None:
    answer = await caller.post("/token", json={"grant_type": "refresh_token"})
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert (
        answer.json["error_description"] == "Content-Type must be application/x-www-form-urlencoded"
    )


async def test_a_refresh_ends_the_earlier_access_token_unless_told_otherwise(
    caller: Caller,
) -> None:
    connection = await caller.connect()
    renewed = (await caller.refresh(connection.client_id, connection.refresh_token)).json
    assert not await caller.is_valid(connection.access_token)
    assert await caller.is_valid(renewed["access_token"])
    await caller.settings(refresh_revokes_access_tokens=False)
    await caller.refresh(connection.client_id, renewed["refresh_token"])
    assert await caller.is_valid(renewed["access_token"])


async def test_the_token_endpoint_may_be_asked_too_often(caller: Caller) -> None:
    connection = await caller.connect()
    await caller.settings(token_rate_limit_per_minute=2)  # one was the code's
    renewed = await caller.refresh(connection.client_id, connection.refresh_token)
    answer = await caller.refresh(connection.client_id, renewed.json["refresh_token"])
    assert (answer.status, answer.json["error"]) == (429, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "30"
    await caller.settings(token_rate_limit_per_minute=None)
    kept = await caller.refresh(connection.client_id, renewed.json["refresh_token"])
    assert kept.status == 200


async def test_strict_rotation_revokes_the_grant_at_the_first_replay(caller: Caller) -> None:
    await caller.settings(rotation="strict")
    connection = await caller.connect()
    renewed = (await caller.refresh(connection.client_id, connection.refresh_token)).json
    replay = await caller.refresh(connection.client_id, connection.refresh_token)
    assert (replay.status, replay.json) == (
        400,
        {"error": "invalid_grant", "error_description": "OAuth grant revoked"},
    )
    assert not await caller.is_valid(renewed["access_token"])
    successor = await caller.refresh(connection.client_id, renewed["refresh_token"])
    assert successor.json["error_description"] == "OAuth grant revoked"


async def test_lenient_rotation_lets_the_previous_token_through_once_more(caller: Caller) -> None:
    connection = await caller.connect()
    lost = await caller.refresh(connection.client_id, connection.refresh_token)
    retried = await caller.refresh(connection.client_id, connection.refresh_token)
    assert (lost.status, retried.status) == (200, 200)
    overtaken = await caller.refresh(connection.client_id, lost.json["refresh_token"])
    assert overtaken.json["error_description"] == "OAuth grant revoked"


@pytest.mark.parametrize(
    ("token", "description"),
    [
        ("garbage", "Invalid token format"),
        ("user:grant:secret", "Invalid refresh token"),
    ],
)
async def test_an_unknown_refresh_token_is_invalid_and_revokes_nothing(
    caller: Caller, token: str, description: str
) -> None:
    connection = await caller.connect()
    answer = await caller.refresh(connection.client_id, token)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert answer.json["error_description"] == description
    assert (await caller.counters())["grants"][0]["state"] == "active"


async def test_another_client_cannot_refresh(caller: Caller) -> None:
    connection = await caller.connect()
    other = (await caller.register())["client_id"]
    answer = await caller.refresh(other, connection.refresh_token)
    assert (answer.status, answer.json["error_description"]) == (400, "Client ID mismatch")


@pytest.mark.parametrize(("mode", "field"), [("absent", "missing"), ("null", None), ("empty", "")])
async def test_a_refresh_may_answer_without_a_refresh_token_and_the_old_one_stays(
    caller: Caller, mode: str, field: str | None
) -> None:
    await caller.settings(refresh_answer=mode, rotation="strict")
    connection = await caller.connect()
    for _ in range(2):
        answer = await caller.refresh(connection.client_id, connection.refresh_token)
        assert answer.status == 200
        assert answer.json.get("refresh_token", "missing") == field


async def test_access_tokens_expire_after_their_lifetime(caller: Caller, clock: Any) -> None:
    await caller.settings(access_token_lifetime_seconds=60)
    connection = await caller.connect()
    assert await caller.is_valid(connection.access_token)
    clock.advance(60)
    assert not await caller.is_valid(connection.access_token)


async def test_a_second_consent_of_the_same_client_revokes_the_first(caller: Caller) -> None:
    first = await caller.connect()
    await caller.settings(auto_consent_workspace="Birch Studio")
    await caller.connect(first.client_id)
    states = [grant["state"] for grant in (await caller.counters())["grants"]]
    assert states == ["revoked", "active"]


async def test_grants_live_side_by_side_when_the_user_id_is_per_workspace(caller: Caller) -> None:
    await caller.settings(user_id_per_workspace=True)
    first = await caller.connect()
    await caller.settings(auto_consent_workspace="Birch Studio")
    await caller.connect(first.client_id)
    grants = (await caller.counters())["grants"]
    assert [grant["state"] for grant in grants] == ["active", "active"]
    assert len({grant["user_id"] for grant in grants}) == 2


async def test_a_second_consent_can_leave_the_first_alone(caller: Caller) -> None:
    await caller.settings(reconsent_revokes_grant=False)
    first = await caller.connect()
    await caller.connect(first.client_id)
    assert await caller.is_valid(first.access_token)


async def test_revoking_the_refresh_token_ends_the_connection(caller: Caller) -> None:
    connection = await caller.connect()
    form = {"token": connection.refresh_token, "client_id": connection.client_id}
    answer = await caller.token(form)
    assert (answer.status, answer.text) == (200, "")
    assert not await caller.is_valid(connection.access_token)
    counters = await caller.counters()
    assert counters["token_requests"]["revoke"] == {"ok": 1}
    assert counters["grants"][0]["revoked_because"] == "revoked_by_client"


async def test_revoking_an_unknown_token_is_answered_like_a_known_one(caller: Caller) -> None:
    client_id = (await caller.register())["client_id"]
    answer = await caller.token({"token": "nobody:knows:it", "client_id": client_id})
    assert (answer.status, answer.text) == (200, "")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_confidential_client_must_prove_itself(caller: Caller, method: str) -> None:
    client = await caller.register(token_endpoint_auth_method=method)
    code = (await caller.authorize(client["client_id"])).query["code"]
    refused = await caller.exchange(client["client_id"], code)
    assert (refused.status, refused.json["error"]) == (401, "invalid_client")
    wrong = await caller.exchange(client["client_id"], code, client_secret="x")
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")
    accepted = await caller.exchange(
        client["client_id"], code, client_secret=client["client_secret"]
    )
    assert accepted.status == 200
    form = {"grant_type": "refresh_token", "refresh_token": accepted.json["refresh_token"]}
    basic = aiohttp.encode_basic_auth(client["client_id"], client["client_secret"])
    assert (await caller.token(form, headers={"Authorization": basic})).status == 200


@pytest.mark.parametrize("grant_type", ["password", "urn:ietf:params:oauth:grant-type:jwt-bearer"])
async def test_other_grant_types_are_not_supported(caller: Caller, grant_type: str) -> None:
    client_id = (await caller.register())["client_id"]
    answer = await caller.token({"grant_type": grant_type, "client_id": client_id})
    assert (answer.status, answer.json["error"]) == (400, "unsupported_grant_type")


async def test_the_token_endpoint_takes_only_post(caller: Caller) -> None:
    assert (await caller.get("/token")).status == 405


async def test_introspection_tells_a_client_about_its_own_tokens_only(caller: Caller) -> None:
    connection = await caller.connect()
    other = (await caller.register())["client_id"]
    own = await caller.post(
        "/introspect",
        data={"token": connection.access_token, "client_id": connection.client_id},
    )
    assert own.json["active"] is True
    assert own.json["exp"] - own.json["iat"] == 28_800
    foreign = await caller.post(
        "/introspect", data={"token": connection.access_token, "client_id": other}
    )
    assert foreign.json == {"active": False}
