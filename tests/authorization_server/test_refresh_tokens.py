"""An MCP client's refresh tokens: each is good once, and a second use is theft."""

from datetime import datetime
from unittest.mock import patch

import pytest

from notion_gateway.authorization_server.rules.grants import RefreshToken, RefreshVerdict
from tests.support.mcp_login import Logins, error_of

pytestmark = pytest.mark.anyio


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

    with patch("notion_gateway.authorization_server.rules.redeeming.judge_refresh", trusting):
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
