"""Whatever is changed about a device code, the code that is typed or a request for them is refused,
each for its own reason; what nobody has changed is not.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import structlog

from notion_gateway.authorization_server import opening
from tests.authorization_server.device_mutations import (
    BEGINNINGS,
    POLLS,
    WrongRequest,
    wrong_device_codes,
    wrong_user_codes,
)
from tests.authorization_server.device_steps import DEVICE, GRANT, begin, begun, decide, poll
from tests.support.browser import browsing
from tests.support.mcp_login import Logins, logging_in
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

Told = tuple[str, str]
"""OAuth's error, and why, as the log has it."""


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Logins]:
    """Somebody may mistype here as often as there are mistakes to try."""
    monkeypatch.setattr(opening, "_GUESSES_PER_MINUTE", 1000)
    async with logging_in(
        tmp_path, monkeypatch, gateway_audit=True, gateway_new_clients_per_minute=1000
    ) as logins:
        yield logins


async def names_of(logins: Logins) -> dict[str, str]:
    grants = ["authorization_code", GRANT]
    with_secret = await logins.register(
        grant_types=grants, token_endpoint_auth_method="client_secret_post"
    )
    command_lines = "notion-gateway, the command line"
    return {
        "ORIGIN": logins.origin,
        "HOST": logins.origin.removeprefix("http://"),
        "SPACE": logins.space,
        "OTHER_GRANTS": logins.client_id,
        "SAME_GRANTS": (await logins.register(grant_types=grants)).json["client_id"],
        "SAME_NAME": (await logins.register(grant_types=grants, client_name=command_lines)).json[
            "client_id"
        ],
        "WITH_SECRET": with_secret.json["client_id"],
        "SECRET": with_secret.json["client_secret"],
    }


async def told(logins: Logins, path: str, form: list[tuple[str, str]], content_type: str) -> Told:
    with structlog.testing.capture_logs() as lines:
        answer = await logins.rig.caller.send(
            "POST",
            path,
            user=None,
            headers={"Content-Type": content_type},
            data=urlencode(form).encode(),
        )
    assert answer.status in (400, 401), (form, answer.body)
    assert set(answer.json) == {"error", "error_description"}
    (why,) = [line["why"] for line in lines if line["event"] == "login_refused"]
    return answer.json["error"], why


async def unlike(
    logins: Logins, path: str, good: dict[str, str], wrong: Iterator[WrongRequest]
) -> list[str]:
    """Which of them were not refused as they should be."""
    names, differing = await names_of(logins), list[str]()
    for one in wrong:
        form = one.form(good, names)
        heard = await told(logins, path, form, one.content_type)
        if heard != (one.error, one.why):
            differing.append(f"{form} {one.content_type}: {heard}, not {(one.error, one.why)}")
    return differing


def recorded(logins: Logins) -> list[tuple[str, str]]:
    """Who and why, as the space's audit has it."""
    return sorted(logins.rig.sql("select user_id, reason from audit_entries where kind = 'login'"))


async def test_every_mutation_of_a_device_code_and_of_its_poll_is_refused(here: Logins) -> None:
    codes = await begun(here)
    await decide(here, codes)
    code = codes["device_code"]
    good = {"grant_type": GRANT, "client_id": "notion-gateway", "device_code": code}
    unknown = [
        WrongRequest({"device_code": one}, "invalid_grant", "device_code_unknown")
        for one in dict.fromkeys(wrong_device_codes(code, codes["user_code"]))
        if one != code
    ]
    assert len(unknown) > 100

    assert await unlike(here, "/oauth/token", good, iter([*unknown, *POLLS])) == []

    kept = {"device_code_of_another_client", "device_code_for_another_resource"}
    await until(lambda: kept <= {why for _, why in recorded(here)})
    assert here.rig.sql("select * from gateway_tokens where kind = 'command_line'") == []
    assert (await poll(here, code)).status == 200


async def test_every_mutation_of_a_request_for_codes_is_refused(here: Logins) -> None:
    good = {"client_id": "notion-gateway", "resource": f"{here.origin}/spaces/{here.space}"}

    assert await unlike(here, "/oauth/device_authorization", good, iter(BEGINNINGS)) == []

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
