"""Logins of machines without a browser that are refused, for the program as OAuth has it."""

import asyncio
import re

import pytest

from tests.authorization_server.device_steps import (
    DEVICE,
    GRANT,
    begin,
    begun,
    decide,
    poll,
    refused,
    shown,
)
from tests.support.browser import browsing
from tests.support.mcp_login import Logins

pytestmark = pytest.mark.anyio


async def test_who_polls_too_soon_is_told_to_slow_down_and_waits_longer_each_time(
    logins: Logins,
) -> None:
    code = (await begun(logins))["device_code"]
    pending, slow = ("authorization_pending", None), ("slow_down", "device_polled_too_soon")
    skip = logins.rig.clock.skip

    assert await refused(logins, code) == pending
    assert await refused(logins, code) == slow  # ten seconds from here
    skip(6)
    assert await refused(logins, code) == slow  # fifteen
    skip(14)
    assert await refused(logins, code) == pending
    skip(14)
    assert await refused(logins, code) == pending


async def test_of_many_polls_at_once_one_is_in_time(logins: Logins) -> None:
    code = (await begun(logins))["device_code"]

    answers = await asyncio.gather(*(poll(logins, code) for _ in range(20)))

    errors = sorted(one.json["error"] for one in answers)
    assert errors == ["authorization_pending"] + ["slow_down"] * 19


async def test_a_decision_is_told_at_any_pace(logins: Logins) -> None:
    codes = await begun(logins)
    await refused(logins, codes["device_code"])
    await decide(logins, codes, "deny")

    denied = ("access_denied", "device_login_denied")
    assert await refused(logins, codes["device_code"]) == denied
    assert await refused(logins, codes["device_code"]) == denied


async def test_codes_expire_after_ten_minutes_for_the_program_and_for_its_person(
    logins: Logins,
) -> None:
    codes = await begun(logins)
    allowed = await begun(logins)
    await decide(logins, allowed)
    logins.rig.clock.skip(601)

    for one in (codes, allowed):
        assert await refused(logins, one["device_code"]) == ("expired_token", "device_code_expired")
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("ada", codes["verification_uri_complete"])
    assert "No program waits with this code" in page.html


async def test_a_device_code_used_twice_ends_what_it_got(connected_logins: Logins) -> None:
    logins = connected_logins
    codes = await begun(logins)
    await decide(logins, codes)
    token = (await poll(logins, codes["device_code"])).json["access_token"]
    assert (await logins.call(token)).status == 200

    assert await refused(logins, codes["device_code"]) == ("invalid_grant", "device_code_used")

    assert (await logins.call(token)).status == 401
    assert await logins.tokens_listed() == []


async def test_of_many_exchanges_at_once_none_leaves_a_token_alive(logins: Logins) -> None:
    codes = await begun(logins)
    await decide(logins, codes)

    answers = await asyncio.gather(*(poll(logins, codes["device_code"]) for _ in range(30)))

    issued = [one.json["access_token"] for one in answers if one.status == 200]
    assert len(issued) == 1
    assert (await logins.call(issued[0])).status == 401


async def test_who_left_the_space_meanwhile_lets_nobody_in(logins: Logins) -> None:
    codes = await begun(logins)
    async with browsing(logins.origin) as browser:
        page = await shown(browser, codes, "mona")
        await browser.submit(page, DEVICE, decision="allow", may="use")
    path = f"/spaces/{logins.space}/members/mona"
    assert (await logins.rig.caller.send("DELETE", path)).status == 204

    assert await refused(logins, codes["device_code"]) == ("invalid_grant", "person_left_space")


@pytest.mark.parametrize(
    ("changes", "error", "why"),
    [
        ({"device_code": ""}, "invalid_request", "device_code_missing"),
        ({"device_code": "unknown"}, "invalid_grant", "device_code_unknown"),
        ({"client_id": "unknown"}, "invalid_client", "client_unknown"),
        ({"client_id": "OTHER"}, "unauthorized_client", "grant_type_not_registered"),
        ({"client_id": "SAME GRANT"}, "invalid_grant", "device_code_of_another_client"),
        ({"client_id": "SECRET"}, "invalid_client", "client_secret_wrong"),
        (
            {"client_id": "SECRET", "client_secret": "wrong"},
            "invalid_client",
            "client_secret_wrong",
        ),
        (
            {"resource": "ORIGIN/spaces/another"},
            "invalid_target",
            "device_code_for_another_resource",
        ),
    ],
)
async def test_every_refusal_has_its_reason_in_the_log_and_oauths_error_outside(
    logins: Logins, changes: dict[str, str], error: str, why: str
) -> None:
    grants = ["authorization_code", GRANT]
    post = "client_secret_post"
    clients = {
        "OTHER": logins.client_id,
        "SAME GRANT": (await logins.register(grant_types=grants)).json["client_id"],
        "SECRET": (await logins.register(grant_types=grants, token_endpoint_auth_method=post)).json[
            "client_id"
        ],
    }
    codes = await begun(logins)
    await decide(logins, codes)
    sent = {
        name: clients.get(value, value).replace("ORIGIN", logins.origin)
        for name, value in changes.items()
    }

    assert await refused(logins, **{"device_code": codes["device_code"], **sent}) == (error, why)

    assert (await poll(logins, codes["device_code"])).status == 200  # the true one can go on


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"resource": None}, "invalid_target"),
        ({"resource": "ORIGIN/mcp/notion/SPACE"}, "invalid_target"),
        ({"resource": "https://elsewhere.example/spaces/SPACE"}, "invalid_target"),
        ({"client_id": "unknown"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"client_id": "CLIENT"}, "unauthorized_client"),
    ],
)
async def test_codes_are_refused_as_oauth_has_it(
    logins: Logins, changes: dict[str, str | None], error: str
) -> None:
    known = {"ORIGIN": logins.origin, "SPACE": logins.space, "CLIENT": logins.client_id}
    sent = {
        name: value and re.sub("ORIGIN|SPACE|CLIENT", lambda found: known[found[0]], value)
        for name, value in changes.items()
    }

    answer = await begin(logins, **sent)

    assert answer.json["error"] == error


async def test_an_address_that_begins_too_many_logins_has_to_wait(logins: Logins) -> None:
    answers = [await begin(logins) for _ in range(100)]

    last = answers[-1]
    assert last.status == 429
    assert last.json["error"] == "temporarily_unavailable"
    assert "retry-after" in last.headers
