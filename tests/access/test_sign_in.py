"""Signing in on the gateway's own pages, with a name on this machine."""

from pathlib import Path
from typing import Any

import pytest
from multidict import CIMultiDict

from tests.support.browser import browsing
from tests.support.mcp_login import Logins, logging_in

pytestmark = pytest.mark.anyio


async def test_a_name_signs_in_for_twelve_hours(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("ada")
        assert "signed in as <strong>ada</strong>" in page.html
        logins.rig.clock.skip(12 * 3600 - 60)
        assert "ada" in (await browser.open(f"{logins.origin}/sign-in")).html

        logins.rig.clock.skip(61)
        assert "Who are you?" in (await browser.open(f"{logins.origin}/sign-in")).html


async def test_signing_out_needs_the_persons_own_page(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("ada")
        url = f"{logins.origin}/sign-out"
        forged = await browser.post(url, {"proof": "0" * 64, "next": ""})
        assert forged.status == 401
        assert "ada" in (await browser.open(f"{logins.origin}/sign-in")).html

        assert "Signed out" in (await browser.submit(page, "/sign-out")).html
        assert "Who are you?" in (await browser.open(f"{logins.origin}/sign-in")).html


async def test_nobody_is_signed_in_by_anothers_form(logins: Logins) -> None:
    url = f"{logins.origin}/sign-in"
    async with browsing(logins.origin) as mallory, browsing(logins.origin) as victim:
        form = (await mallory.open(url)).form("/sign-in").fields
        fields = {**form, "name": "mallory"}

        assert (await victim.post(url, fields)).status == 401
        await victim.open(url)
        assert (await victim.post(url, fields)).status == 401
        assert (await mallory.post(url, fields, origin="https://evil.example")).status == 403


@pytest.mark.promise("threats:25")
@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/oauth/consent?request=x&request=y#",
        "/oauth/consent",
        "/connect/",
        "/connect/../sign-out",
        "/connect/oauth",
        "/spaces",
        "javascript:alert(1)",
    ],
)
async def test_after_signing_in_one_ends_on_the_gateways_own_pages(
    logins: Logins, onward: str
) -> None:
    async with browsing(logins.origin) as browser:
        page = await browser.open(f"{logins.origin}/sign-in")
        form = page.form("/sign-in").fields
        fields = {**form, "name": "ada", "next": onward}

        ended = await browser.post(f"{logins.origin}/sign-in", fields)

    assert ended.location is None
    assert ended.url == f"{logins.origin}/sign-in"


@pytest.mark.parametrize("name", ["", " ", "a b", "<script>", "a/b", "a" * 201])
async def test_a_name_is_a_user_id(logins: Logins, name: str) -> None:
    async with browsing(logins.origin) as browser:
        page = await browser.open(f"{logins.origin}/sign-in")

        refused = await browser.submit(page, "/sign-in", name=name)

    assert refused.status in (401, 422)
    assert "<script>" not in refused.html


async def test_a_cookie_that_was_altered_signs_nobody_in(logins: Logins) -> None:
    cookie = "notion_gateway_session=" + "A" * 200
    answer = await logins.rig.caller.get("/sign-in", user=None, headers={"Cookie": cookie})

    assert b"Who are you?" in answer.body


async def test_on_https_the_cookies_are_bound_to_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"gateway_public_url": "https://gateway.example"}
    async with logging_in(tmp_path, monkeypatch, **options) as logins:
        send = logins.rig.caller.send
        form = await send("GET", "/sign-in", user=None)
        (cookie,) = form.headers.getall("set-cookie")
        browser = cookie.partition(";")[0]
        proof = form.body.decode().partition('name="proof" value="')[2].partition('"')[0]
        headers = CIMultiDict({"Cookie": browser, "Origin": "https://gateway.example"})
        done = await send(
            "POST", "/sign-in", user=None, headers=headers, data={"name": "ada", "proof": proof}
        )

    session = next(one for one in done.headers.getall("set-cookie") if "_session=" in one)
    for one in (cookie, session):
        assert one.startswith("__Host-notion_gateway_")
        for part in ("; Secure", "; HttpOnly", "; SameSite=lax", "; Path=/"):
            assert part in one
        assert "Domain" not in one
    assert "Max-Age=43200" in session


async def test_without_a_way_to_sign_in_the_page_says_how_to_set_one_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        logging_in(tmp_path, monkeypatch, gateway_local_sign_in=False) as logins,
        browsing(logins.origin) as browser,
    ):
        page = await browser.open(logins.authorize_url())
        form = {"name": "ada", "proof": "x", "next": ""}
        posted = await browser.post(f"{logins.origin}/sign-in", form)

    assert page.status == 200
    for named in ("GATEWAY_OIDC_ISSUER", "/sign-in/callback", "nmgp_"):
        assert named in page.html
    assert posted.status == 401
