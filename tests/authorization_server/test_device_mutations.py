"""Whatever is changed about a device code, the code that is typed or a request for them is refused,
each for its own reason; what nobody has changed is not.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import pytest
import structlog

from notion_gateway.authorization_server import opening
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.device_logins import DeviceLogin
from tests.authorization_server.device_mutations import BEGINNINGS, POLLS, wrong_user_codes
from tests.authorization_server.device_steps import DEVICE, GRANT, begin, begun, decide, poll
from tests.authorization_server.request_mutations import (
    LET_IN,
    Told,
    WrongRequest,
    names_of,
    recorded,
    told,
    unlike,
    wrong_codes,
)
from tests.support.browser import browsing
from tests.support.mcp_login import Logins, logging_in
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

GRANTS = ["authorization_code", GRANT]
LOGINS = "notion_gateway.authorization_server.device_logins"


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Logins]:
    """Somebody may mistype here as often as there are mistakes to try."""
    monkeypatch.setattr(opening, "_GUESSES_PER_MINUTE", 1000)
    async with logging_in(
        tmp_path, monkeypatch, gateway_audit=True, gateway_new_clients_per_minute=1000
    ) as logins:
        yield logins


async def test_every_mutation_of_a_device_code_and_of_its_poll_is_refused(here: Logins) -> None:
    codes = await begun(here)
    await decide(here, codes)
    code = codes["device_code"]
    good = {"grant_type": GRANT, "client_id": "notion-gateway", "device_code": code}
    typed = codes["user_code"]
    unknown = [
        WrongRequest({"device_code": one}, "invalid_grant", "device_code_unknown")
        for one in {*wrong_codes(code), typed, typed.replace("-", ""), typed.lower()} - {code}
    ]
    assert len(unknown) > 100

    names = await names_of(here, grant_types=GRANTS)
    assert await unlike(here, "/oauth/token", good, names, [*unknown, *POLLS]) == []

    kept = {"device_code_of_another_client", "device_code_for_another_resource"}
    await until(lambda: kept <= {why for _, why in recorded(here)})
    assert here.rig.sql("select * from gateway_tokens where kind = 'command_line'") == []
    assert (await poll(here, code)).status == 200


async def test_every_mutation_of_a_request_for_codes_is_refused(here: Logins) -> None:
    good = {"client_id": "notion-gateway", "resource": f"{here.origin}/spaces/{here.space}"}

    names = await names_of(here, grant_types=GRANTS)
    assert await unlike(here, "/oauth/device_authorization", good, names, BEGINNINGS) == []

    assert here.rig.sql("select * from device_logins") == []
    assert (await begin(here)).status == 200


async def test_every_mutation_of_a_typed_code_is_refused_and_told_in_one_way(
    here: Logins,
) -> None:
    codes, denied, old = [await begun(here) for _ in range(3)]
    await decide(here, denied, "deny")
    code = codes["user_code"]
    expire = "update device_logins set expires_at = created_at where user_code = "
    here.rig.sql(f"{expire} '{old['user_code']}'")
    wrong = {typed: why for typed, why in wrong_user_codes(code) if typed != code}
    wrong |= {denied["user_code"]: "user_code_decided", old["user_code"]: "user_code_expired"}
    assert len(wrong) > 100
    heard, pages = dict[str, str](), Counter[str]()
    async with browsing(here.origin) as browser:
        await browser.sign_in("ada")
        for typed in wrong:
            with structlog.testing.capture_logs() as lines:
                page = await browser.open(f"{here.origin}{DEVICE}?user_code={quote(typed)}")
            assert page.status == 400, page.html
            assert "Let a program in" in page.html
            pages[page.html.partition('role="alert">')[2].partition("</p>")[0]] += 1
            (line,) = [line for line in lines if line["event"] == "login_refused"]
            assert line["user_id"] == "ada"
            heard[typed] = line["why"]
        assert (
            "Let this program in?" in (await browser.open(codes["verification_uri_complete"])).html
        )

    assert heard == wrong
    (sentence,) = pages
    assert sentence.startswith("No program waits with this code.")
    async with browsing(here.origin) as browser:
        page = await browser.sign_in("eve", codes["verification_uri_complete"])
        assert page.status == 403
    kept = [
        ("ada", "user_code_decided"),
        ("ada", "user_code_expired"),
        ("eve", "person_not_in_space"),
    ]
    await until(lambda: recorded(here) == kept)


async def test_the_judges_are_what_refuses_them(here: Logins) -> None:
    """The control: without them each of these gets what it asks for."""
    names = await names_of(here, grant_types=GRANTS)
    stolen = {"client_id": "<SAME_GRANTS>"}
    elsewhere = {"resource": "<ORIGIN>/spaces/another"}
    unproven = {"client_id": "<WITH_SECRET>"}

    async def heard(path: str, good: dict[str, str], changes: Mapping[str, str | None]) -> Told:
        wrong = WrongRequest(changes, "", "")
        return await told(here, path, wrong.form(good, names), wrong.content_type)

    for guard, off, changes in [
        (f"{LOGINS}.judge_poll", None, stolen),
        (f"{LOGINS}.is_address_of", True, elsewhere),
    ]:
        codes = await begun(here)
        await decide(here, codes)
        good = {
            "grant_type": GRANT,
            "client_id": "notion-gateway",
            "device_code": codes["device_code"],
        }
        with patch(guard, return_value=off):
            assert await heard("/oauth/token", good, changes) == LET_IN, guard

    asks = {"client_id": "notion-gateway", "resource": f"{here.origin}/spaces/{here.space}"}
    with patch.object(McpClient, "is_secret", return_value=True):
        shown = {**unproven, "client_secret": "wrong", "resource": here.resource}
        assert await heard("/oauth/device_authorization", asks, shown) == LET_IN
    with patch(f"{LOGINS}.space_of", return_value=here.space):
        assert await heard("/oauth/device_authorization", asks, elsewhere) == LET_IN

    denied = await begun(here)
    await decide(here, denied, "deny")

    def trusting(_: str | None, login: DeviceLogin, __: datetime) -> DeviceLogin:
        return login

    with patch(f"{LOGINS}.judge_typed", trusting):
        async with browsing(here.origin) as browser:
            await browser.sign_in("ada")
            page = await browser.open(denied["verification_uri_complete"])
    assert "Let this program in?" in page.html
