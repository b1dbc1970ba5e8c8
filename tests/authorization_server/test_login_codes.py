"""What an MCP client's code is good for: once, for a minute, for whom and what it was made."""

import asyncio

import pytest

from tests.support.mcp_login import Logins, error_of

pytestmark = pytest.mark.anyio


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
