"""MCP clients' logins: the whole way, and how people and clients end them."""

import base64

import pytest

from tests.support.gateway import query_of
from tests.support.mcp_login import REDIRECT_URI, Logins, bearer, error_of

pytestmark = pytest.mark.anyio


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
