"""Who belongs by an issuer's word: at sign-in, at renewals, and once the issuer is revoked."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.types import ASGIApp

from notion_gateway.operations.operator import open_operator
from notion_gateway.settings import Settings
from tests.support.browser import Browser, Page, browsing
from tests.support.gateway import query_of
from tests.support.identity_issuer import SignInIssuer, an_identity_issuer
from tests.support.mcp_login import Logins
from tests.support.rig import a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio

SECONDS = 2.0
STORED = ("database_url", "token_encryption_keys")
RULES = [
    {"space": "birch", "group": "notion-owners", "role": "owner"},
    {"space": "birch", "group": "notion"},
    {"space": "birch", "domain": "birch.example"},
    {"space": "nowhere", "group": "notion"},
]


@dataclass(frozen=True, slots=True)
class Company:
    """A gateway where people sign in at ``issuer``; Ada's space ``birch`` is connected."""

    logins: Logins
    issuer: SignInIssuer
    folder: Path

    def members(self) -> dict[str, str]:
        query = "select user_id, role from space_members where space_id = 'birch'"
        return dict(self.logins.rig.sql(query))

    async def sign_in(
        self, browser: Browser, user: str, onward: str | None = None, **claims: Any
    ) -> Page:
        """The page at the end, whatever it says; None leaves a claim out."""
        leaving = await browser.open(onward or f"{self.logins.origin}/sign-in")
        assert leaving.location is not None, leaving.html
        asked, now = query_of(leaving.location), int(self.logins.rig.clock.timestamp())
        said = {
            "iss": self.issuer.url,
            "aud": "gateway",
            "sub": user,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            **claims,
        }
        self.issuer.says = {name: one for name, one in said.items() if one is not None}
        back = urlencode({"code": "c", "state": asked["state"]})
        return await browser.open(f"{self.logins.origin}/sign-in/callback?{back}")

    async def program(self, user: str, **claims: Any) -> dict[str, Any]:
        """What a client gets by a whole login of that person."""
        async with browsing(self.logins.origin) as browser:
            page = await self.sign_in(browser, user, self.logins.authorize_url(), **claims)
            done = await browser.submit(page, "/oauth/consent", decision="allow")
        answer = await self.logins.exchange(query_of(done.location or "")["code"])
        assert answer.status == 200, answer.body
        tokens: dict[str, Any] = answer.json
        return tokens


@asynccontextmanager
async def a_company(
    folder: Path, monkeypatch: pytest.MonkeyPatch, mcp: ASGIApp | None = None, **changes: Any
) -> AsyncGenerator[Company]:
    async with an_identity_issuer(SignInIssuer) as issuer:
        assert isinstance(issuer, SignInIssuer)
        settings: dict[str, Any] = {
            "gateway_oidc_issuer": issuer.url,
            "gateway_oidc_client_id": "gateway",
            "gateway_oidc_memberships": RULES,
            **changes,
        }
        stored = {name: changes[name] for name in STORED if name in changes}
        async with a_rig(folder, monkeypatch, mcp=mcp or RecordingMcp(), **settings) as rig:
            async with open_operator(Settings(gateway_data_dir=folder, **stored)) as operator:
                await operator.spaces.create("Birch", "ada", "birch")
            assert (await rig.caller.connect("birch")).result["status"] == "success"
            blank = Logins(rig, "birch", "")
            client_id = (await blank.register()).json["client_id"]
            issuer.clock = rig.clock.timestamp
            yield Company(Logins(rig, "birch", client_id), issuer, folder)


@pytest.fixture
async def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Company]:
    async with a_company(tmp_path, monkeypatch) as one:
        yield one


# --- at sign-in ---------------------------------------------------------------------------


async def test_every_sign_in_makes_people_what_their_groups_say(company: Company) -> None:
    said: list[tuple[dict[str, Any], str | None]] = [
        ({"groups": ["sales"]}, None),
        ({"groups": ["notion", "sales"]}, "member"),
        ({"groups": ["notion", "notion-owners"]}, "owner"),
        ({"groups": ["notion"]}, "member"),
        ({"groups": []}, None),
        ({"groups": [], "email": "mona@birch.example", "email_verified": True}, "member"),
        ({"groups": [], "email": "mona@birch.example", "email_verified": False}, None),
        ({"groups": ["notion"]}, "member"),
        ({}, None),  # what is not said is no group
    ]
    for claims, role in said:
        async with browsing(company.logins.origin) as browser:
            page = await company.sign_in(browser, "mona", **claims)
        assert "signed in as <strong>mona</strong>" in page.html
        assert company.members().get("mona") == role, claims
    assert company.members() == {"ada": "owner"}


async def test_groups_change_nothing_for_who_belongs_otherwise(company: Company) -> None:
    async with browsing(company.logins.origin) as browser:
        await company.sign_in(browser, "ada", groups=[])

    assert company.members() == {"ada": "owner"}


async def test_groups_that_userinfo_alone_lists_count(company: Company) -> None:
    company.issuer.scopes.append("groups")
    company.issuer.userinfo = {"groups": ["notion"]}
    async with browsing(company.logins.origin) as browser:
        await company.sign_in(browser, "mona")
    async with browsing(company.logins.origin) as browser:
        leaving = await browser.open(f"{company.logins.origin}/sign-in")

    assert company.members()["mona"] == "member"
    assert query_of(leaving.location or "")["scope"].split() == ["openid", "email", "groups"]


@pytest.mark.parametrize(
    "claims",
    [{"groups": "notion"}, {"groups": [1]}, {"_claim_names": {"groups": "src1"}}],
)
async def test_groups_that_cannot_be_read_sign_nobody_in_and_remove_nobody(
    company: Company, claims: dict[str, Any]
) -> None:
    async with browsing(company.logins.origin) as browser:
        await company.sign_in(browser, "mona", groups=["notion"])
    async with browsing(company.logins.origin) as browser:
        page = await company.sign_in(browser, "mona", **claims)

    assert page.status == 401
    assert company.members()["mona"] == "member"


# --- at renewals --------------------------------------------------------------------------


async def test_who_lost_their_group_loses_tokens_and_renewals_with_the_next_sign_in(
    company: Company,
) -> None:
    tokens = await company.program("mona", groups=["notion"])
    assert (await company.logins.call(tokens["access_token"])).status == 200

    async with browsing(company.logins.origin) as browser:
        await company.sign_in(browser, "mona", groups=[])

    assert (await company.logins.call(tokens["access_token"])).status in (401, 403)
    assert (await company.logins.refresh(tokens["refresh_token"])).json["error"] == "invalid_grant"


async def test_a_renewal_asks_for_a_new_login_once_the_issuers_word_is_a_day_old(
    company: Company,
) -> None:
    """Who belongs otherwise is not asked, and for a token made by hand nobody is."""
    clock, caller = company.logins.rig.clock, company.logins.rig.caller
    mona, ada = await company.program("mona", groups=["notion"]), await company.program("ada")
    made = await caller.send("POST", "/spaces/birch/tokens", user="mona", json={"name": "by hand"})
    clock.skip(23 * 3600)
    mona = (await company.logins.refresh(mona["refresh_token"])).json
    clock.skip(2 * 3600)

    refused = await company.logins.refresh(mona["refresh_token"])
    assert refused.json["error"] == "invalid_grant"
    assert (await company.logins.call(mona["access_token"])).status == 401
    assert (await company.logins.call(made.json["token"])).status == 200
    assert (await company.logins.refresh(ada["refresh_token"])).status == 200
    assert company.members()["mona"] == "member"

    again = await company.program("mona", groups=["notion"])
    assert (await company.logins.refresh(again["refresh_token"])).status == 200


# --- a revoked issuer ---------------------------------------------------------------------


async def revoke(folder: Path, **settings: Any) -> int:
    """As another process's operator does."""
    async with open_operator(Settings(gateway_data_dir=folder, **settings)) as operator:
        (issuer, *_) = operator.issuers.named
        return await operator.issuers.revoke(issuer, "operator")


async def is_refused_soon(call: Any) -> bool:
    async def is_refused() -> bool:
        return (await call()).status in (401, 403)

    try:
        await until_told(is_refused, SECONDS)
    except TimeoutError:
        return False
    return True


async def test_a_revoked_issuers_sign_ins_and_programs_end_and_nobody_comes_back(
    company: Company,
) -> None:
    origin = company.logins.origin
    named: dict[str, Any] = {
        "gateway_oidc_issuer": company.issuer.url,
        "gateway_oidc_client_id": "gateway",
    }
    tokens, ada = await company.program("mona", groups=["notion"]), await company.program("ada")
    async with browsing(origin) as browser:
        await company.sign_in(browser, "mona", groups=["notion"])

        assert await revoke(company.folder, **named) == 2

        async def who() -> Page:
            return await browser.open(f"{origin}/sign-in")

        async def is_signed_out() -> bool:
            return "mona" not in (await who()).html

        await until_told(is_signed_out, SECONDS)
        for one in (tokens, ada):
            assert await is_refused_soon(partial(company.logins.call, one["access_token"]))
            assert (await company.logins.refresh(one["refresh_token"])).status == 400
        assert (await who()).status == 401

    async with open_operator(Settings(gateway_data_dir=company.folder, **named)) as operator:
        await operator.issuers.restore("sign-in")

    async def signs_in() -> bool:
        async with browsing(origin) as browser:
            return (await browser.open(f"{origin}/sign-in")).location is not None

    await until_told(signs_in)
    again = await company.program("mona", groups=["notion"])
    assert (await company.logins.call(again["access_token"])).status == 200
