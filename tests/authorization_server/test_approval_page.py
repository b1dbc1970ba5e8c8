"""The consent page: what a person reads on it, and who can answer it."""

import asyncio
from urllib.parse import urlencode

import pytest

from notion_gateway.access.rules.sign_in import connect_path
from tests.support.browser import Browser, Page, browsing
from tests.support.figures import Figure
from tests.support.gateway import query_of
from tests.support.mcp_login import REDIRECT_URI, Logins
from tests.support.privacy import require_private

pytestmark = pytest.mark.anyio

CONSENT = "/oauth/consent"
HOSTILE = "</strong><script>alert(1)</script>\u202e\nSigned in as <b>root</b>"


def fields_of(page: Page) -> dict[str, str]:
    return page.form(CONSENT).fields


async def asked(browser: Browser, logins: Logins, user: str = "ada", **changes: str) -> Page:
    page = await browser.sign_in(user, logins.authorize_url(**changes))
    assert page.status == 200, page.html
    return page


async def test_it_names_client_space_redirect_host_and_person(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        page = await asked(browser, logins)

    for shown in ("Birch Editor", logins.client_id, "127.0.0.1:4711", "Birch Studio", "ada"):
        assert shown in page.html
    assert logins.space in page.html
    assert "Sign in as somebody else" in page.html


@pytest.mark.promise("threats:59")
async def test_what_a_client_calls_itself_is_text_and_nothing_runs(
    logins: Logins, figure: Figure
) -> None:
    client_id = (await logins.register(client_name=HOSTILE)).json["client_id"]
    async with browsing(logins.origin) as browser:
        page = await asked(browser, logins, client_id=client_id)

    assert "<script" not in page.html
    assert "<b>" not in page.html
    tags = ("<script", "<b>")
    words = "{} tags in a stranger's name, {} of them on the page"
    figure(words, *(sum(map(where.count, tags)) for where in (HOSTILE, page.html)))
    assert "\u202e" not in page.html
    assert "&lt;script&gt;" in page.html
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"


@pytest.mark.promise("threats:58")
async def test_allow_and_deny_lead_back_to_the_client(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        allowed = await browser.submit(await asked(browser, logins), CONSENT, decision="allow")
        page = await browser.open(logins.authorize_url())
        denied = await browser.submit(page, CONSENT, decision="deny")

    assert query_of(allowed.location or "").keys() == {"code", "state", "iss"}
    assert denied.location is not None
    assert denied.location.startswith(f"{REDIRECT_URI}?")
    assert query_of(denied.location) == {
        "error": "access_denied",
        "state": "st&te",
        "iss": logins.origin,
    }
    for answer in (allowed, denied):
        assert answer.status == 303
        require_private(answer.headers)


async def test_it_says_that_the_space_is_not_connected_and_leads_an_owner_on_to_connect(
    logins: Logins,
) -> None:
    connect = connect_path(logins.space)
    async with browsing(logins.origin) as browser:
        page = await asked(browser, logins)
        assert "not connected to Notion yet" in page.html
        connecting = await browser.open(
            f"{logins.origin}{connect}?{urlencode(page.form(connect).fields)}"
        )
        leaving = await browser.submit(connecting, connect)
        back = await logins.rig.caller.get(leaving.location or "", user=None)
        page = await browser.open(back.location)
        assert page.url.startswith(f"{logins.origin}{CONSENT}?")
        assert "not connected" not in page.html
        allowed = await browser.submit(page, CONSENT, decision="allow")

    assert "code" in query_of(allowed.location or "")
    assert (await logins.rig.caller.status(logins.space))["status"] == "connected"


async def test_it_names_the_workspace_that_opens_to_the_program_and_as_text(
    logins: Logins,
) -> None:
    async with browsing(logins.origin) as browser:
        assert "Notion workspace</dt>" not in (await asked(browser, logins)).html
        logins.rig.notion.wire.workspace_name = HOSTILE
        await logins.rig.caller.connect(logins.space)
        page = await browser.open(logins.authorize_url())

    assert "Notion workspace</dt><dd>&lt;/strong&gt;&lt;script&gt;alert(1)" in page.html
    assert "what this space's connection opens" in page.html
    assert "<script" not in page.html
    assert "\u202e" not in page.html


async def test_with_connections_of_their_own_it_names_the_one_that_serves_this_person(
    connected_logins: Logins,
) -> None:
    logins, caller = connected_logins, connected_logins.rig.caller
    own = connect_path(logins.space, is_own=True)
    chosen = await caller.send(
        "PUT", f"/spaces/{logins.space}/grants", json={"mode": "personal_else_shared"}
    )
    assert chosen.status == 200, chosen.body
    async with browsing(logins.origin) as ada, browsing(logins.origin) as mona:
        logins.rig.notion.wire.workspace_name = "Ada's notes"
        await caller.connect(logins.space, grant="mine")
        of_ada = await asked(ada, logins)
        of_mona = await asked(mona, logins, "mona")
        await caller.send("PUT", f"/spaces/{logins.space}/grants", json={"mode": "personal"})
        without = await mona.open(logins.authorize_url())
        connecting = await mona.open(f"{logins.origin}{own}?{urlencode(without.form(own).fields)}")

    assert "<dd>Ada&#x27;s notes" in of_ada.html
    assert "what your own connection opens" in of_ada.html
    assert "<dd>Acme" in of_mona.html
    assert "what this space's connection opens" in of_mona.html
    assert "You have not connected your own Notion in this space yet" in without.html
    assert "Acme" not in without.html
    assert connecting.form(own).fields["next"].startswith(CONSENT)


async def test_a_member_reads_whom_to_ask_and_may_allow_all_the_same(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        page = await asked(browser, logins, "mona")
        assert "Only an owner can connect it: ask ada" in page.html
        assert connect_path(logins.space) in page.html
        allowed = await browser.submit(page, CONSENT, decision="allow")

    assert "code" in query_of(allowed.location or "")


async def test_a_consent_that_failed_is_told_on_the_page_it_comes_back_to(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        page = await asked(browser, logins)
        failed = await browser.open(f"{page.url}&status=error&error=access_denied")

    assert "Access was not granted" in failed.html
    assert failed.form(CONSENT)


@pytest.mark.parametrize("onward", ["https://evil.example/", "/sign-out", "//evil.example"])
async def test_connecting_comes_back_to_the_gateways_own_approval_page_only(
    logins: Logins, onward: str
) -> None:
    connect = connect_path(logins.space)
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("ada", f"{logins.origin}{connect}")
        fields = page.form(connect).fields
        leaving = await browser.post(f"{logins.origin}{connect}", {**fields, "next": onward})
        back = await logins.rig.caller.get(leaving.location or "", user=None)
        ended = await browser.open(back.location)
        offered = await browser.open(f"{logins.origin}{connect}?{urlencode({'next': onward})}")

    assert ended.url.startswith(f"{logins.origin}/connected?")
    assert "next" not in offered.form(connect).fields


async def test_it_is_asked_again_for_each_login(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        await browser.submit(await asked(browser, logins), CONSENT, decision="allow")

        again = await browser.open(logins.authorize_url())

    assert again.location is None
    assert again.form(CONSENT)


async def test_a_request_is_decided_once(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        page = await asked(browser, logins)
        answers = await asyncio.gather(
            *(browser.submit(page, CONSENT, decision="allow") for _ in range(20))
        )
        reloaded = await browser.submit(page, CONSENT, decision="deny")

    assert sum(one.location is not None for one in answers) == 1
    assert reloaded.location is None
    assert len(logins.rig.sql("select * from client_grants")) == 1


async def test_a_request_is_open_for_ten_minutes(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        page = await asked(browser, logins)
        logins.rig.clock.skip(601)

        late = await browser.submit(page, CONSENT, decision="allow")

    assert late.location is None
    assert late.status == 422


# --- who may answer -----------------------------------------------------------------------


async def test_another_site_cannot_answer_for_somebody(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        fields = fields_of(await asked(browser, logins)) | {"decision": "allow"}
        url = f"{logins.origin}{CONSENT}"
        foreign = await browser.post(url, fields, origin="https://evil.example")
        null = await browser.post(url, fields, origin="null")
        guessed = await browser.post(url, {**fields, "proof": "0" * 64})
        absent = await browser.post(url, {**fields, "proof": ""})

    assert (foreign.status, null.status) == (403, 403)
    assert (guessed.location, absent.location) == (None, None)
    assert logins.rig.sql("select * from client_grants") == []


async def test_a_proof_is_good_for_its_session_and_request_only(logins: Logins) -> None:
    url = f"{logins.origin}{CONSENT}"
    async with browsing(logins.origin) as ada, browsing(logins.origin) as mona:
        of_ada = fields_of(await asked(ada, logins)) | {"decision": "allow"}
        of_mona = fields_of(await asked(mona, logins, "mona")) | {"decision": "allow"}
        other = fields_of(await ada.open(logins.authorize_url()))

        stolen = await mona.post(url, of_ada)
        swapped = await ada.post(url, {**of_ada, "request": other["request"]})
        crossed = await mona.post(url, {**of_mona, "request": of_ada["request"]})

    assert (stolen.location, swapped.location, crossed.location) == (None, None, None)
    assert logins.rig.sql("select * from client_grants") == []


async def test_nobody_answers_who_has_signed_out(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        page = await asked(browser, logins)
        await browser.submit(page, "/sign-out")

        late = await browser.submit(page, CONSENT, decision="allow")

    assert late.location is None


@pytest.mark.parametrize("change", ["cut", "flip", "other"])
async def test_a_request_that_was_altered_is_not_shown(logins: Logins, change: str) -> None:
    async with browsing(logins.origin) as browser:
        sealed = fields_of(await asked(browser, logins))["request"]
        altered = {
            "cut": sealed[:-2],
            "flip": ("B" if sealed[20] == "A" else "A").join((sealed[:20], sealed[21:])),
            "other": "not-one-of-ours",
        }[change]

        page = await browser.open(f"{logins.origin}{CONSENT}?request={altered}")

    assert page.status == 422
    assert page.forms == []


# --- who does not belong ------------------------------------------------------------------


@pytest.mark.promise("threats:61")
async def test_a_stranger_cannot_tell_a_closed_space_from_an_absent_one(logins: Logins) -> None:
    absent = f"{logins.origin}/mcp/notion/sp-nobody00000000000"
    async with browsing(logins.origin) as browser:
        closed = await browser.sign_in("eve", logins.authorize_url())
        missing = await browser.open(logins.authorize_url(resource=absent))

    assert closed.status == missing.status == 403

    def without_names(page: Page, space: str) -> str:
        for one in (*fields_of(page).values(), *page.form("/sign-out").fields.values(), space):
            page_html = page.html.replace(one, "")
            page = Page(page.url, page.status, page.headers, page_html, page.location)
        return page.html

    assert without_names(closed, logins.space) == without_names(missing, "sp-nobody00000000000")
    assert "Birch Studio" not in closed.html


async def test_a_stranger_can_only_go_back(logins: Logins) -> None:
    url = f"{logins.origin}{CONSENT}"
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("eve", logins.authorize_url())
        forced = await browser.post(url, {**fields_of(page), "decision": "allow"})
        back = await browser.submit(page, CONSENT)

    assert forced.status == 403
    assert forced.location is None
    assert query_of(back.location or "")["error"] == "access_denied"
    assert logins.rig.sql("select * from client_grants") == []


async def test_somebody_else_signs_in_and_is_asked_the_same(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("eve", logins.authorize_url())
        form = await browser.submit(page, "/sign-out")
        shown = await browser.submit(form, "/sign-in", name="mona")

    assert shown.status == 200
    assert "Signed in as</dt><dd>mona" in shown.html
