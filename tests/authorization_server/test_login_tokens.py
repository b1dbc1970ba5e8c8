"""Codes and refresh tokens: one use each, and what a second one costs."""

import asyncio
import base64
from datetime import datetime
from unittest.mock import patch

import pytest

from notion_gateway.authorization_server.rules.grants import RefreshToken, RefreshVerdict
from tests.access.routes import Operation, operations
from tests.support.gateway import Answer, query_of
from tests.support.mcp_login import REDIRECT_URI, Logins, add_member, bearer, make_space

pytestmark = pytest.mark.anyio

OPEN_TO_CLIENTS = ("/mcp/", "/livez", "/readyz", "/integrations/notion/mcp/oauth/callback")
"""The MCP endpoints, and what anybody may ask for; the callback has a test of its own."""


def error_of(answer: Answer) -> str:
    error: str = answer.json["error"]
    return error


async def test_a_login_ends_in_tokens_that_call_the_space(connected_logins: Logins) -> None:
    answer = await connected_logins.exchange(await connected_logins.code())

    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 3600
    assert answer.json["access_token"].startswith("nmga_")
    assert answer.json["refresh_token"].startswith("nmgr_")
    called = await connected_logins.call(answer.json["access_token"])
    assert called.status == 200
    assert called.json["result"] == {}


async def test_the_redirect_carries_code_state_and_issuer(logins: Logins) -> None:
    result = query_of(await logins.allowed())

    assert result.keys() == {"code", "state", "iss"}
    assert result["state"] == "st&te"
    assert result["iss"] == logins.origin


async def test_no_code_and_no_token_is_stored_as_it_is(logins: Logins) -> None:
    code = await logins.code()
    tokens = (await logins.exchange(code)).json

    tables = "client_grants", "client_refresh_tokens", "gateway_tokens", "oauth_clients"
    stored = str([logins.rig.sql(f"select * from {table}") for table in tables])  # noqa: S608
    for secret in (code, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in stored


# --- codes --------------------------------------------------------------------------------


async def test_a_code_used_twice_ends_what_it_got(connected_logins: Logins) -> None:
    logins = connected_logins
    code = await logins.code()
    tokens = (await logins.exchange(code)).json
    assert (await logins.call(tokens["access_token"])).status == 200

    assert error_of(await logins.exchange(code)) == "invalid_grant"

    assert (await logins.call(tokens["access_token"])).status == 401
    assert error_of(await logins.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert await logins.tokens_listed() == []


async def test_of_a_hundred_exchanges_at_once_none_leaves_a_token_alive(logins: Logins) -> None:
    code = await logins.code()

    answers = await asyncio.gather(*(logins.exchange(code) for _ in range(100)))

    issued = [one.json["access_token"] for one in answers if one.status == 200]
    assert len(issued) == 1
    assert {one.status for one in answers} == {200, 400}
    assert (await logins.call(issued[0])).status == 401


async def test_a_code_expires_after_a_minute(logins: Logins) -> None:
    code = await logins.code()
    logins.rig.clock.skip(61)

    assert error_of(await logins.exchange(code)) == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:4712/callback"}, "invalid_grant"),
        ({"resource": "http://elsewhere.example/mcp/notion/team"}, "invalid_target"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"client_id": "unknown"}, "invalid_client"),
    ],
)
async def test_a_code_is_bound_to_verifier_redirect_resource_and_client(
    logins: Logins, changes: dict[str, str], error: str
) -> None:
    form = {"code": await logins.code(), **changes}

    assert error_of(await logins.exchange(**form)) == error


async def test_another_client_gets_nothing_for_a_code_nor_for_a_refresh_token(
    logins: Logins,
) -> None:
    other = (await logins.register()).json["client_id"]
    code = await logins.code()

    assert error_of(await logins.exchange(code, client_id=other)) == "invalid_grant"
    tokens = (await logins.exchange(code)).json  # the attempt has cost the true client nothing
    assert error_of(await logins.refresh(tokens["refresh_token"], client_id=other)) == (
        "invalid_grant"
    )
    assert (await logins.refresh(tokens["refresh_token"])).status == 200


async def test_a_token_request_names_each_parameter_once(logins: Logins) -> None:
    code = await logins.code()
    form = f"grant_type=authorization_code&code={code}&code=x&client_id={logins.client_id}"

    answer = await logins.rig.caller.send(
        "POST",
        "/oauth/token",
        user=None,
        headers={"content-type": "application/x-www-form-urlencoded"},
        data=form,
    )

    assert answer.status == 400
    assert error_of(answer) == "invalid_request"


async def test_no_token_is_given_to_whoever_has_left_the_space(logins: Logins) -> None:
    code = await logins.code("mona")
    await logins.rig.caller.send("DELETE", f"/spaces/{logins.space}/members/mona")

    assert error_of(await logins.exchange(code)) == "invalid_grant"


# --- access tokens ------------------------------------------------------------------------


async def test_a_token_is_for_its_space_alone_and_manages_nothing(logins: Logins) -> None:
    other = await make_space(logins.rig, "Other")
    token = (await logins.log_in())["access_token"]

    assert (await logins.call(token, space=other)).status == 403
    refused = await logins.rig.caller.send(
        "DELETE", f"/integrations/notion/{logins.space}", user=None, headers=bearer(token)
    )
    assert refused.reason == "token_not_allowed"


@pytest.mark.parametrize(
    "operation",
    [one for one in operations() if not one.path.startswith(OPEN_TO_CLIENTS)],
    ids=str,
)
async def test_a_clients_token_counts_nowhere_but_at_the_mcp_endpoints(
    connected_logins: Logins, operation: Operation
) -> None:
    """An owner's client, at every route there is: its resource is the space's MCP address."""
    logins = connected_logins
    token = (await logins.log_in())["access_token"]
    target, headers = operation.request(logins.space)

    refused = await logins.rig.caller.send(
        operation.method,
        target,
        user=None,
        headers={**bearer(token), **headers},
        data=operation.body,
    )

    assert (refused.status, refused.reason) == (403, "token_not_allowed")
    assert "MCP" in refused.json["detail"]


async def test_a_clients_token_counts_at_both_mcp_endpoints(connected_logins: Logins) -> None:
    logins = connected_logins
    token = (await logins.log_in())["access_token"]

    assert (await logins.call(token)).status == 200
    assert (await logins.call(token, space="proxy")).status == 200


async def test_a_consent_that_a_clients_token_comes_back_with_is_nobodys(
    connected_logins: Logins,
) -> None:
    """The callback takes anybody, and asks who they are where somebody began it."""
    logins = connected_logins
    token = (await logins.log_in())["access_token"]
    caller = logins.rig.caller
    back = await caller.consent(logins.space, confirm="true")

    ended = await caller.get(back, user=None, headers=bearer(token))

    assert ended.result.get("status") != "success"


async def test_a_token_that_may_only_read_does_not_write(connected_logins: Logins) -> None:
    token = (await connected_logins.log_in(ticked=True))["access_token"]
    write = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notion-create-pages"}}'
    )

    refused = await connected_logins.call(token, write)

    assert refused.status == 403
    assert refused.reason == "tool_not_allowed"
    read = write.replace(b"notion-create-pages", b"notion-search")
    assert (await connected_logins.call(token, read)).status == 200


async def test_an_access_token_ends_after_an_hour_and_a_refresh_token_is_none(
    logins: Logins,
) -> None:
    tokens = await logins.log_in()
    assert (await logins.call(tokens["refresh_token"])).status == 401

    logins.rig.clock.skip(3601)
    assert (await logins.call(tokens["access_token"])).status == 401
    renewed = (await logins.refresh(tokens["refresh_token"])).json
    assert (await logins.call(renewed["access_token"])).status == 200


async def test_the_token_of_a_removed_member_dies_at_once(connected_logins: Logins) -> None:
    logins = connected_logins
    tokens = await logins.log_in("mona")
    assert (await logins.call(tokens["access_token"])).status == 200

    await logins.rig.caller.send("DELETE", f"/spaces/{logins.space}/members/mona")

    assert (await logins.call(tokens["access_token"])).status == 401
    await add_member(logins.rig, logins.space, "mona")
    # Whoever comes back lets programs in again.
    assert (await logins.call(tokens["access_token"])).status == 401
    assert error_of(await logins.refresh(tokens["refresh_token"])) == "invalid_grant"


# --- refresh tokens -----------------------------------------------------------------------


async def test_refresh_tokens_rotate_for_as_long_as_they_are_used(logins: Logins) -> None:
    tokens = await logins.log_in()
    for _ in range(3):
        logins.rig.clock.skip(29 * 24 * 3600)
        answer = await logins.refresh(tokens["refresh_token"], resource=logins.resource)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json["refresh_token"] != tokens["refresh_token"]
        tokens = answer.json

    logins.rig.clock.skip(30 * 24 * 3600 + 1)
    assert error_of(await logins.refresh(tokens["refresh_token"])) == "invalid_grant"


async def test_a_refresh_token_used_twice_ends_the_whole_grant(connected_logins: Logins) -> None:
    logins = connected_logins
    first = await logins.log_in()
    second = (await logins.refresh(first["refresh_token"])).json
    logins.rig.clock.skip(11)

    assert error_of(await logins.refresh(first["refresh_token"])) == "invalid_grant"

    assert error_of(await logins.refresh(second["refresh_token"])) == "invalid_grant"
    for one in (first, second):
        assert (await logins.call(one["access_token"])).status == 401
    assert await logins.tokens_listed() == []


async def test_a_lost_answer_may_be_asked_for_again_within_seconds(logins: Logins) -> None:
    first = await logins.log_in()
    await logins.refresh(first["refresh_token"])

    again = await logins.refresh(first["refresh_token"])

    assert again.status == 200
    assert (await logins.refresh(again.json["refresh_token"])).status == 200


async def test_once_the_answer_is_known_to_have_arrived_a_second_use_is_theft(
    logins: Logins,
) -> None:
    first = await logins.log_in()
    second = (await logins.refresh(first["refresh_token"])).json
    third = (await logins.refresh(second["refresh_token"])).json

    assert error_of(await logins.refresh(first["refresh_token"])) == "invalid_grant"
    assert error_of(await logins.refresh(third["refresh_token"])) == "invalid_grant"


async def test_the_judgement_is_what_ends_the_grant(logins: Logins) -> None:
    """Negative control: without it, a stolen refresh token would live on beside the true one."""
    first = await logins.log_in()
    await logins.refresh(first["refresh_token"])
    logins.rig.clock.skip(11)

    def trusting(_: RefreshToken, __: datetime) -> RefreshVerdict:
        return RefreshVerdict.ROTATE

    with patch("notion_gateway.authorization_server.client_tokens.judge_refresh", trusting):
        stolen = await logins.refresh(first["refresh_token"])

    assert stolen.status == 200


async def test_a_refresh_is_for_the_same_resource(logins: Logins) -> None:
    tokens = await logins.log_in()
    other = f"{logins.origin}/mcp/notion/other"

    assert error_of(await logins.refresh(tokens["refresh_token"], resource=other)) == (
        "invalid_target"
    )
    assert (await logins.refresh(tokens["refresh_token"])).status == 200


@pytest.mark.parametrize("token", ["nmgr_", "nmga_" + "0" * 49, "nmgr_" + "0" * 49])
async def test_what_is_no_refresh_token_is_refused(logins: Logins, token: str) -> None:
    assert error_of(await logins.refresh(token)) == "invalid_grant"


# --- ending it ----------------------------------------------------------------------------


async def test_people_see_the_client_and_end_it(connected_logins: Logins) -> None:
    logins = connected_logins
    tokens = await logins.log_in("mona")

    (listed,) = await logins.tokens_listed("mona")
    assert listed["kind"] == "client"
    assert listed["client_name"] == listed["name"] == "Birch Editor"
    assert await logins.tokens_listed() == [listed]  # an owner sees everybody's

    path = f"/spaces/{logins.space}/tokens/{listed['token_id']}"
    assert (await logins.rig.caller.send("DELETE", path)).status == 204
    assert (await logins.call(tokens["access_token"])).status == 401
    assert error_of(await logins.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert await logins.tokens_listed("mona") == []


async def test_a_member_neither_sees_nor_ends_anothers_client(connected_logins: Logins) -> None:
    logins = connected_logins
    tokens = await logins.log_in()
    (listed,) = await logins.tokens_listed()
    path = f"/spaces/{logins.space}/tokens"
    made = await logins.rig.caller.send(
        "POST", path, user="mona", json={"name": "test", "can_manage": True}
    )
    mona = bearer(made.json["token"])

    seen = await logins.rig.caller.get(path, user=None, headers=mona)
    await logins.rig.caller.send("DELETE", f"{path}/{listed['token_id']}", user=None, headers=mona)

    assert [one["user_id"] for one in seen.json["tokens"]] == ["mona"]
    assert (await logins.call(tokens["access_token"])).status == 200


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_a_client_gives_everything_back_with_either_token(
    connected_logins: Logins, which: str
) -> None:
    logins = connected_logins
    tokens = await logins.log_in()
    other = (await logins.register()).json["client_id"]

    async def revoke(client_id: str) -> int:
        form = {"token": tokens[which], "client_id": client_id, "token_type_hint": "odd"}
        answer = await logins.rig.caller.send("POST", "/oauth/revoke", user=None, data=form)
        return answer.status

    assert await revoke(other) == 200  # RFC 7009 section 2.2: nobody is told
    assert (await logins.call(tokens["access_token"])).status == 200
    assert await revoke(logins.client_id) == 200
    assert (await logins.call(tokens["access_token"])).status == 401
    assert error_of(await logins.refresh(tokens["refresh_token"])) == "invalid_grant"


# --- clients with a secret ----------------------------------------------------------------


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
async def test_a_client_that_registered_with_a_secret_needs_it(logins: Logins, method: str) -> None:
    registered = (await logins.register(token_endpoint_auth_method=method)).json
    client_id, secret = registered["client_id"], registered["client_secret"]
    assert secret not in str(logins.rig.sql("select * from oauth_clients"))
    form = {
        "grant_type": "authorization_code",
        "code": await logins.code(client_id=client_id),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": "v" * 64,
    }

    def presented(value: str) -> tuple[dict[str, str], dict[str, str]]:
        if method == "client_secret_post":
            return {}, {**form, "client_id": client_id, "client_secret": value}
        pair = base64.b64encode(f"{client_id}:{value}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}, form

    for wrong in ("", "wrong", secret[:-1]):
        headers, sent = presented(wrong)
        answer = await logins.token(sent, **headers)
        assert (answer.status, error_of(answer)) == (401, "invalid_client")
    headers, sent = presented(secret)
    assert (await logins.token(sent, **headers)).status == 200
