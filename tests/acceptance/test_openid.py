"""Signing in at a real OpenID provider, and its access tokens as bearers."""

import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from notion_gateway.operations.operator import open_operator
from notion_gateway.settings import Settings
from tests.clients.programs import running
from tests.support.browser import Browser, Page, browsing
from tests.support.gateway import Answer, query_of
from tests.support.mcp_login import REDIRECT_URI, VERIFIER, Logins, challenge_of
from tests.support.privacy import require_private
from tests.support.rig import Rig, a_rig
from tests.support.serving import listen, port_of

pytestmark = pytest.mark.anyio

AUDIENCE = "https://gateway.example"
SECRET = "the client's own, for tests"


@dataclass(frozen=True, slots=True)
class Federated:
    """A gateway that signs people in at ``issuer``, with the space ``birch`` of Ada's."""

    rig: Rig
    issuer: str

    @property
    def origin(self) -> str:
        return self.rig.gateway.url

    def at_issuer(self, browser: Browser) -> Browser:
        """The same browser, for the issuer's pages."""
        return replace(browser, origin=self.issuer)

    async def signed_in(self, browser: Browser, page: Page, name: str) -> str:
        """From the gateway's redirect to the issuer, through its pages, to its redirect back."""
        assert page.location is not None, page.html
        assert page.location.startswith(f"{self.issuer}/auth?"), page.location
        return await self.answered(browser, page.location, name)

    async def answered(self, browser: Browser, url: str, name: str) -> str:
        issuer = self.at_issuer(browser)
        page = await issuer.open(url)
        while page.location is None:
            form = page.forms[0]  # who are you; may it; or one that a script sends at once
            typed = {"login": name, "password": "x"} if "/interaction/" in form.action else {}
            page = await issuer.post(form.action, {**form.fields, **typed})
        return page.location

    async def access_token(self, name: str, **changes: str) -> str:
        """What the issuer gives a product that asks for the gateway's audience."""
        query = {
            "response_type": "code",
            "client_id": "product",
            "redirect_uri": REDIRECT_URI,
            "scope": "openid",
            "resource": AUDIENCE,
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
        async with browsing(self.issuer) as browser:
            back = await self.answered(browser, f"{self.issuer}/auth?{urlencode(query)}", name)
        form = {
            "grant_type": "authorization_code",
            "code": query_of(back)["code"],
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            "resource": AUDIENCE,
        }
        pair = base64.b64encode(f"product:{urlencode({'': SECRET})[1:]}".encode()).decode()
        answer = await self.rig.caller.send(
            "POST",
            f"{self.issuer}/token",
            user=None,
            headers={"Authorization": f"Basic {pair}"},
            data={**form, **changes},
        )
        assert answer.status == 200, answer.body
        token: str = answer.json["access_token"]
        return token

    async def me(self, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.rig.caller.get("/me", user=None, headers=headers)


@asynccontextmanager
async def federated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *mode: str, **changes: Any
) -> AsyncGenerator[Federated]:
    """``mode``: "conforming", for an issuer whose ID tokens hold the subject alone."""
    with listen() as one:
        port = port_of(one)
    issuer = f"http://127.0.0.1:{port}"
    settings: dict[str, Any] = {
        "gateway_trust_headers": False,
        "gateway_oidc_issuer": issuer,
        "gateway_oidc_audience": AUDIENCE,
        "gateway_oidc_client_id": "gateway",
        "gateway_oidc_client_secret": SECRET,
        **changes,
    }
    async with a_rig(folder, monkeypatch, **settings) as rig:
        callback = f"{rig.gateway.url}/sign-in/callback"
        async with open_operator(Settings(gateway_data_dir=folder)) as operator:
            await operator.spaces.create("Birch", "ada", "birch")
        async with running("openid-provider.mjs", str(port), callback, AUDIENCE, *mode) as provider:
            while await provider.line() != "ready":
                pass
            yield Federated(rig, issuer)


@pytest.fixture
async def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Federated]:
    async with federated(tmp_path, monkeypatch) as one:
        yield one


async def test_a_client_logs_in_through_the_issuer(there: Federated) -> None:
    blank = Logins(there.rig, "birch", "")
    logins = replace(blank, client_id=(await blank.register()).json["client_id"])
    async with browsing(there.origin) as browser:
        leaving = await browser.open(logins.authorize_url())
        back = await there.signed_in(browser, leaving, "ada")
        assert query_of(back)["iss"] == there.issuer
        page = await browser.open(back)
        assert "Signed in as</dt><dd>ada" in page.html
        allowed = await browser.submit(page, "/oauth/consent", decision="allow")

    tokens = (await logins.exchange(query_of(allowed.location or "")["code"])).json
    assert (await logins.call(tokens["access_token"])).status == 200


@pytest.mark.promise("threats:58")
async def test_a_sign_in_ends_once_and_in_its_own_browser(there: Federated) -> None:
    url = f"{there.origin}/sign-in"
    async with browsing(there.origin) as browser, browsing(there.origin) as stranger:
        leaving = await browser.open(url)
        back = await there.signed_in(browser, leaving, "ada")

        stolen = await stranger.open(back)
        done = await browser.open(back)
        repeated = await browser.open(back)

    assert (stolen.status, repeated.status) == (401, 401)
    assert leaving.status == 303
    for page in (leaving, stolen, repeated):
        require_private(page.headers)
    assert "signed in as <strong>ada</strong>" in done.html


async def test_a_sign_in_that_took_ten_minutes_is_over(there: Federated) -> None:
    async with browsing(there.origin) as browser:
        back = await there.signed_in(browser, await browser.open(f"{there.origin}/sign-in"), "ada")
        there.rig.clock.skip(601)
        late = await browser.open(back)

    assert late.status == 401


async def test_whoever_begins_to_sign_in_leaves_no_row_behind(there: Federated) -> None:
    """However often, and whatever they want to go on to."""
    tables = [
        name for (name,) in there.rig.sql("SELECT name FROM sqlite_master WHERE type='table'")
    ]

    def rows() -> dict[str, int]:
        return {one: there.rig.sql(f"SELECT count(*) FROM {one}")[0][0] for one in tables}  # noqa: S608

    before = rows()
    for number in range(50):
        onward = f"/oauth/consent?request={'x' * 160 * number}"
        answer = await there.rig.caller.get(f"/sign-in?{urlencode({'next': onward})}", user=None)
        assert answer.status == 303
        (cookie,) = answer.headers.getall("set-cookie")
        assert len(cookie.partition(";")[0]) < 4096  # browsers drop what is larger

    assert rows() == before


async def test_where_the_way_on_is_too_long_for_a_cookie_the_person_is_told_to_start_again(
    there: Federated,
) -> None:
    onward = f"/oauth/consent?request={'x' * 3000}"
    async with browsing(there.origin) as browser:
        leaving = await browser.open(f"{there.origin}/sign-in?{urlencode({'next': onward})}")
        page = await browser.open(await there.signed_in(browser, leaving, "ada"))

    assert "signed in as <strong>ada</strong>" in page.html
    assert "Start again" in page.html


@pytest.mark.parametrize("change", ["iss", "no iss", "state", "code", "error"])
async def test_an_altered_answer_signs_nobody_in(there: Federated, change: str) -> None:
    async with browsing(there.origin) as browser:
        back = await there.signed_in(browser, await browser.open(f"{there.origin}/sign-in"), "ada")
        query = query_of(back)
        match change:
            case "iss":
                query["iss"] = "https://elsewhere.example"
            case "no iss":
                del query["iss"]
            case "error":
                query = {"error": "<script>", "state": query["state"], "iss": query["iss"]}
            case name:
                query[name] = "another"

        page = await browser.open(f"{there.origin}/sign-in/callback?{urlencode(query)}")
        after = await browser.open(f"{there.origin}/sign-in")

    assert page.status == 401
    assert "<script>" not in page.html
    assert after.location is not None  # to the issuer again: nobody is signed in


async def test_somebody_else_is_asked_for_at_the_issuer_too(there: Federated) -> None:
    link = f"{there.origin}/connect/birch"
    async with browsing(there.origin) as browser:
        page = await browser.open(await there.signed_in(browser, await browser.open(link), "eve"))
        assert page.status == 403
        leaving = await browser.submit(page, "/sign-out")
        assert query_of(leaving.location or "")["prompt"] == "login"
        page = await browser.open(await there.signed_in(browser, leaving, "ada"))

    assert "Go on to Notion" in page.html


async def test_a_verified_e_mail_address_can_be_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = {"gateway_oidc_user_claim": "email"}
    async with (
        federated(tmp_path, monkeypatch, **email) as there,
        browsing(there.origin) as browser,
        browsing(there.origin) as other,
    ):
        url = f"{there.origin}/sign-in"
        page = await browser.open(await there.signed_in(browser, await browser.open(url), "ada"))
        unverified = await there.signed_in(other, await other.open(url), "unverified-ada")
        refused = await other.open(unverified)

    assert "signed in as <strong>ada@birch.example</strong>" in page.html
    assert refused.status == 401


@pytest.mark.parametrize("mode", [("conforming",), ()], ids=["conforming", "all in the ID token"])
@pytest.mark.parametrize(
    ("claim", "user", "expected"),
    [
        ("sub", "ada", "ada"),
        ("sub", "_o'brien+x==", "_o&#x27;brien+x=="),
        ("email", "ada", "ada@birch.example"),
        ("email", "text-ada", "text-ada@birch.example"),
        ("email", "unverified-ada", None),
        ("preferred_username", "ada", "ada o&#x27;Brien"),
        ("nickname", "ada", None),
    ],
)
async def test_a_claim_counts_wherever_the_issuer_tells_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: tuple[str, ...],
    claim: str,
    user: str,
    expected: str | None,
) -> None:
    settings = {"gateway_oidc_user_claim": claim}
    async with (
        federated(tmp_path, monkeypatch, *mode, **settings) as there,
        browsing(there.origin) as browser,
    ):
        leaving = await browser.open(f"{there.origin}/sign-in")
        page = await browser.open(await there.signed_in(browser, leaving, user))

    if expected is None:
        assert page.status == 401
    else:
        assert f"signed in as <strong>{expected}</strong>" in page.html


async def test_an_issuer_that_is_away_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = {
        "gateway_oidc_issuer": "http://127.0.0.1:9",
        "gateway_oidc_client_id": "gateway",
    }
    async with a_rig(tmp_path, monkeypatch, **settings) as rig:
        answer = await rig.caller.get("/sign-in", user=None)

    assert answer.status == 503
    assert b"cannot be reached" in answer.body


async def test_its_access_tokens_are_principals(there: Federated) -> None:
    token = await there.access_token("ada")

    answer = await there.me(token)
    spaces = await there.rig.caller.get(
        "/spaces", user=None, headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.json == {"user_id": "ada", "space_id": None, "means": "oidc"}
    assert [one["space_id"] for one in spaces.json["spaces"]] == ["birch"]


@pytest.mark.promise("threats:26")
async def test_a_token_for_another_audience_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"gateway_oidc_audience": "https://another.example"}
    async with federated(tmp_path, monkeypatch, **other) as there:
        answer = await there.me(await there.access_token("ada"))

    assert answer.status == 401
    assert "aud" in answer.json["detail"]
