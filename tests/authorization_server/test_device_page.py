"""The page on which a person lets a program of another machine in."""

import asyncio
from urllib.parse import quote

import pytest

from tests.authorization_server.device_steps import DEVICE, begun, refused, shown
from tests.support.browser import browsing
from tests.support.mcp_login import Logins

pytestmark = pytest.mark.anyio

HOSTILE = "</dd><script>alert(1)</script>\u202e\nroot"


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
