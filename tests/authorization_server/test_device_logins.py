"""Logging in on a machine without a browser (RFC 8628): what is asked, decided and fetched."""

import asyncio
import re
from urllib.parse import quote

import pytest
import structlog

from tests.support.browser import Browser, Page, browsing
from tests.support.gateway import Answer
from tests.support.mcp_login import Logins, bearer

pytestmark = pytest.mark.anyio

DEVICE = "/oauth/device"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
HOSTILE = "</dd><script>alert(1)</script>\u202e\nroot"


async def begin(logins: Logins, **changes: str | None) -> Answer:
    """None leaves a parameter out."""
    form: dict[str, str | None] = {
        "client_id": "notion-gateway",
        "resource": f"{logins.origin}/spaces/{logins.space}",
        "machine": "build-7",
        **changes,
    }
    given = {name: value for name, value in form.items() if value is not None}
    return await logins.rig.caller.send(
        "POST", "/oauth/device_authorization", user=None, data=given
    )


async def begun(logins: Logins, **changes: str | None) -> dict[str, str]:
    answer = await begin(logins, **changes)
    assert answer.status == 200, answer.body
    codes: dict[str, str] = answer.json
    return codes


async def poll(logins: Logins, device_code: str, **changes: str) -> Answer:
    form = {
        "grant_type": GRANT,
        "client_id": "notion-gateway",
        "device_code": device_code,
        **changes,
    }
    return await logins.token(form)


async def refused(logins: Logins, device_code: str, **changes: str) -> tuple[str, str | None]:
    """OAuth's error, and why, as the log has it."""
    with structlog.testing.capture_logs() as lines:
        answer = await poll(logins, device_code, **changes)
    assert answer.status in (400, 401), answer.body
    whys = [line["why"] for line in lines if line["event"] == "login_refused"]
    return answer.json["error"], whys[0] if whys else None


async def shown(browser: Browser, codes: dict[str, str], user: str = "ada") -> Page:
    page = await browser.sign_in(user, codes["verification_uri_complete"])
    assert page.status == 200, page.html
    return page


async def decide(
    logins: Logins, codes: dict[str, str], decision: str = "allow", may: str = "use"
) -> Page:
    async with browsing(logins.origin) as browser:
        page = await shown(browser, codes)
        done = await browser.submit(page, DEVICE, decision=decision, may=may)
    assert done.status == 200, done.html
    return done


async def logged_in(logins: Logins, may: str = "use") -> dict[str, str]:
    codes = await begun(logins)
    await decide(logins, codes, may=may)
    answer = await poll(logins, codes["device_code"])
    assert answer.status == 200, answer.body
    tokens: dict[str, str] = answer.json
    return tokens


# --- the whole way ------------------------------------------------------------------------


async def test_a_command_line_gets_tokens_once_a_person_has_allowed_it(
    connected_logins: Logins,
) -> None:
    logins = connected_logins
    answer = await begin(logins)
    codes = answer.json
    assert answer.headers["cache-control"] == "no-store"
    assert codes["verification_uri"] == f"{logins.origin}{DEVICE}"
    assert codes["expires_in"] == 600
    assert codes["interval"] == 5
    assert await refused(logins, codes["device_code"]) == ("authorization_pending", None)

    await decide(logins, codes)
    answer = await poll(logins, codes["device_code"])

    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["access_token"].startswith("nmgc_")
    called = await logins.call(answer.json["access_token"])
    assert called.status == 200
    status = await logins.rig.caller.get(
        f"/integrations/notion/{logins.space}",
        user=None,
        headers=bearer(answer.json["access_token"]),
    )
    assert status.json["status"] == "connected"
    (listed,) = await logins.tokens_listed()
    assert listed["kind"] == "command_line"
    assert listed["name"] == "notion-gateway, the command line, build-7"


async def test_its_tokens_are_renewed_and_given_back(logins: Logins) -> None:
    tokens = await logged_in(logins)

    renewed = (await logins.refresh(tokens["refresh_token"], client_id="notion-gateway")).json
    assert renewed["access_token"].startswith("nmgc_")
    form = {"token": renewed["refresh_token"], "client_id": "notion-gateway"}
    ended = await logins.rig.caller.send("POST", "/oauth/revoke", user=None, data=form)
    assert ended.status == 200
    assert (await logins.call(renewed["access_token"])).status == 401
    assert await logins.tokens_listed() == []


async def test_a_registered_client_gets_tokens_for_the_mcp_address_alone(
    connected_logins: Logins,
) -> None:
    logins = connected_logins
    grants = ["authorization_code", "refresh_token", GRANT]
    client_id = (await logins.register(grant_types=grants)).json["client_id"]
    codes = await begun(logins, client_id=client_id, resource=logins.resource, machine=None)
    async with browsing(logins.origin) as browser:
        page = await shown(browser, codes)
        assert "Manage the space" not in page.html
        assert "did not say its name" in page.html
        over = await browser.submit(page, DEVICE, decision="allow", may="manage")
        assert "cannot manage the space" in over.html
        await browser.submit(page, DEVICE, decision="allow", may="use")

    answer = await poll(logins, codes["device_code"], client_id=client_id)

    token = answer.json["access_token"]
    assert token.startswith("nmga_")
    assert (await logins.call(token)).status == 200
    elsewhere = await logins.rig.caller.get(
        f"/integrations/notion/{logins.space}", user=None, headers=bearer(token)
    )
    assert elsewhere.json["reason"] == "token_not_allowed"


@pytest.mark.parametrize(
    ("may", "changes_pages", "disconnects"),
    [("read", 403, 403), ("use", 200, 403), ("manage", 200, 200)],
)
async def test_a_person_chooses_what_it_may_do(
    connected_logins: Logins, may: str, changes_pages: int, disconnects: int
) -> None:
    logins = connected_logins
    token = (await logged_in(logins, may))["access_token"]
    call = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notion-move-pages"}}'

    assert (await logins.call(token, call)).status == changes_pages
    path = f"/integrations/notion/{logins.space}"
    ended = await logins.rig.caller.send("DELETE", path, user=None, headers=bearer(token))
    assert ended.status == disconnects


# --- the page -----------------------------------------------------------------------------


async def test_the_page_says_which_machine_asks_for_what_and_warns(logins: Logins) -> None:
    logins.rig.notion.wire.workspace_name = HOSTILE
    await logins.rig.caller.connect(logins.space)
    codes = await begun(logins)
    async with browsing(logins.origin) as browser:
        page = await shown(browser, codes)

    for told in (
        codes["user_code"],
        "build-7",
        "127.0.0.1",
        "Birch Studio",
        logins.space,
        "ada",
        "Did somebody send you this code or this link? Then deny it",
        "Notion workspace</dt><dd>&lt;/dd&gt;&lt;script&gt;alert(1)",
    ):
        assert told in page.html
    assert "<script" not in page.html


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "without hyphen"])
async def test_a_code_may_be_typed_in_any_case_and_without_its_hyphen(
    logins: Logins, typed: str
) -> None:
    code = (await begun(logins))["user_code"]
    written = {
        "lower": code.lower(),
        "without hyphen": code.replace("-", " "),
    }.get(typed, typed.format(code))
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("ada", f"{logins.origin}{DEVICE}")
        assert "Enter it only if" in page.html
        page = await browser.open(f"{logins.origin}{DEVICE}?user_code={written.replace(' ', '+')}")

    assert "Let this program in?" in page.html


async def test_what_a_machine_calls_itself_is_text(logins: Logins) -> None:
    codes = await begun(logins, machine=HOSTILE)
    async with browsing(logins.origin) as browser:
        page = await shown(browser, codes)

    assert "<script" not in page.html
    assert "\u202e" not in page.html


async def test_somebody_who_does_not_belong_to_the_space_can_allow_nothing(
    logins: Logins,
) -> None:
    codes = await begun(logins)
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("eve", codes["verification_uri_complete"])
        assert page.status == 403
        assert "Birch Studio" not in page.html
        assert all(one.action != DEVICE for one in page.forms)

    assert (await refused(logins, codes["device_code"]))[0] == "authorization_pending"


async def test_a_form_of_another_session_or_of_another_code_is_refused(logins: Logins) -> None:
    codes, other = await begun(logins), await begun(logins)
    async with browsing(logins.origin) as browser, browsing(logins.origin) as second:
        page = await shown(browser, codes)
        await second.sign_in("mona")
        fields = page.form(DEVICE).fields
        url = f"{logins.origin}{DEVICE}"
        sent = {"decision": "allow", "may": "use"}
        assert "not made for you" in (await second.post(url, fields | sent)).html
        swapped = {**fields, "user_code": other["user_code"]}
        assert "not made for you" in (await browser.post(url, swapped | sent)).html
        foreign = await browser.post(url, fields | sent, origin="https://evil.example")
        assert foreign.status == 403

    for one in (codes, other):
        assert (await refused(logins, one["device_code"]))[0] == "authorization_pending"


async def test_a_code_is_decided_once(logins: Logins) -> None:
    codes = await begun(logins)
    async with browsing(logins.origin) as browser:
        page = await shown(browser, codes)
        answers = await asyncio.gather(
            browser.submit(page, DEVICE, decision="allow", may="use"),
            browser.submit(page, DEVICE, decision="deny"),
        )
    assert sorted(one.status == 200 for one in answers) == [False, True]


async def test_a_code_that_is_none_can_be_entered_again(logins: Logins) -> None:
    right = (await begun(logins))["user_code"]
    wrong = "BBBB-BBBB<b>"
    async with browsing(logins.origin) as browser:
        await browser.sign_in("ada", f"{logins.origin}{DEVICE}")
        page = await browser.open(f"{logins.origin}{DEVICE}?user_code={quote(wrong)}")

        assert page.status == 400
        assert "No program waits with this code" in page.html
        assert 'aria-invalid="true"' in page.html
        assert 'value="BBBB-BBBB&lt;b&gt;"' in page.html
        assert "<b>" not in page.html
        asked = await browser.open(f"{logins.origin}{DEVICE}?user_code={right}")

    assert "Let this program in?" in asked.html


async def test_who_guesses_codes_has_to_wait_and_others_do_not(logins: Logins) -> None:
    codes = await begun(logins)
    async with browsing(logins.origin) as eve, browsing(logins.origin) as ada:
        await eve.sign_in("mona")
        wrong = [f"{logins.origin}{DEVICE}?user_code=BBBB-BBB{x}" for x in "BCDFG"]
        for url in wrong:
            assert "No program waits with this code" in (await eve.open(url)).html
        assert (await eve.open(codes["verification_uri_complete"])).status == 429
        await shown(ada, codes)


# --- refusals -----------------------------------------------------------------------------


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


async def test_no_device_code_is_stored_as_it_is(logins: Logins) -> None:
    codes = await begun(logins)
    await decide(logins, codes)
    await poll(logins, codes["device_code"])

    tables = "client_grants", "device_logins", "gateway_tokens"
    stored = str([logins.rig.sql(f"select * from {table}") for table in tables])  # noqa: S608
    assert codes["device_code"] not in stored


async def test_the_metadata_names_the_endpoint_and_the_grant(logins: Logins) -> None:
    path = "/.well-known/oauth-authorization-server"
    told = (await logins.rig.caller.get(path, user=None)).json

    assert told["device_authorization_endpoint"] == f"{logins.origin}/oauth/device_authorization"
    assert GRANT in told["grant_types_supported"]
