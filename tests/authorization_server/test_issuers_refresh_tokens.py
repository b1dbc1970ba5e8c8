"""The issuer's refresh tokens: when one is asked for and kept, and what ends it."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.rules.space_events import Role
from notion_gateway.operations.maintenance import open_by_hand
from notion_gateway.operations.operator import open_operator
from notion_gateway.operations.restored import Original, settle
from notion_gateway.settings import Settings
from notion_gateway.storage.opening import open_database
from notion_gateway.vault.rotation import open_rotation
from tests.authorization_server.renewing import (
    HOUR,
    MEMBER,
    a_company_with_refresh_tokens,
    kept,
    renewed,
    sealed,
)
from tests.authorization_server.test_members_of_issuers import Company, a_company, revoke
from tests.support.browser import browsing
from tests.support.gateway import query_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Company]:
    async with a_company_with_refresh_tokens(tmp_path, monkeypatch) as one:
        yield one


# --- asking for one -----------------------------------------------------------------------


async def test_a_refresh_token_is_asked_for_where_the_issuer_names_the_scope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases: list[tuple[list[str], list[Any] | None, bool]] = [
        (["offline_access"], None, True),
        ([], None, False),
        (["offline_access"], [], False),
    ]
    for number, (scopes, rules, is_asked_for) in enumerate(cases):
        settings: dict[str, Any] = {} if rules is None else {"gateway_oidc_memberships": rules}
        async with a_company(tmp_path / str(number), monkeypatch, **settings) as company:
            company.issuer.scopes += scopes
            async with browsing(company.logins.origin) as browser:
                leaving = await browser.open(f"{company.logins.origin}/sign-in")
        asked = query_of(leaving.location or "")["scope"].split()
        assert ("offline_access" in asked) == is_asked_for


@pytest.mark.parametrize("error", ["invalid_scope", "not_allowed"])
async def test_where_the_issuer_refuses_its_client_one_people_sign_in_without(
    company: Company, error: str
) -> None:
    company.issuer.refuses = error
    async with browsing(company.logins.origin) as browser:
        again = await company.sign_in(browser, "mona", **MEMBER)
        asked = query_of(again.location or "")
        assert "offline_access" not in asked["scope"].split()
        company.issuer.says["nonce"] = asked["nonce"]
        back = f"{company.logins.origin}/sign-in/callback?code=c&state={asked['state']}"
        page = await browser.open(back)

    assert "signed in as <strong>mona</strong>" in page.html
    assert (company.members()["mona"], kept(company)) == ("member", [])


@pytest.mark.parametrize(
    ("error", "asked_for"), [("invalid_scope", [True, False, True]), ("not_allowed", [True] * 3)]
)
async def test_what_the_issuer_refuses_its_client_is_not_asked_for_at_each_sign_in(
    company: Company, error: str, asked_for: list[bool]
) -> None:
    """For an hour. What it refuses one person it may give another."""
    issuer, origin = company.issuer, company.logins.origin
    found: list[bool] = []
    for pause in (0, HOUR - 60, 120):
        company.logins.rig.clock.skip(pause)
        async with browsing(origin) as browser:
            first = query_of((await browser.open(f"{origin}/sign-in")).location or "")
            found.append("offline_access" in first["scope"].split())
            if found == [True]:
                issuer.refuses = error
                issuer.says["nonce"] = first["nonce"]
                await browser.open(f"{origin}/sign-in/callback?code=c&state={first['state']}")
    assert found == asked_for


async def test_who_wants_to_sign_in_as_somebody_else_is_asked_who_they_are_without_one_too(
    company: Company,
) -> None:
    company.issuer.scopes.append("offline_access")
    origin = company.logins.origin
    async with browsing(origin) as browser:
        first = query_of((await browser.open(f"{origin}/sign-in?again=true")).location or "")
        refused = f"error=invalid_scope&state={first['state']}"
        second = query_of(
            (await browser.open(f"{origin}/sign-in/callback?{refused}")).location or ""
        )
    assert ("offline_access" in first["scope"], "offline_access" in second["scope"]) == (
        True,
        False,
    )
    assert (first["prompt"], second["prompt"]) == ("login", "login")


async def test_none_is_kept_for_who_belongs_nowhere_by_the_issuers_word(company: Company) -> None:
    for user, groups in (("mona", ["sales"]), ("ada", ["notion"])):
        async with browsing(company.logins.origin) as browser:
            await company.sign_in(browser, user, groups=groups)
    assert (kept(company), sealed(company)) == ([], 0)


# --- what ends it -------------------------------------------------------------------------


async def test_with_signing_out_it_goes_unless_a_program_goes_on(company: Company) -> None:
    for is_with_program in (False, True):
        if is_with_program:
            await company.program("mona", **MEMBER)
        async with browsing(company.logins.origin) as browser:
            page = await company.sign_in(browser, "mona", **MEMBER)
            assert kept(company) == [("mona", 1)]
            await browser.submit(page, "/sign-out")
        assert kept(company) == ([("mona", 1)] if is_with_program else [])
        assert sealed(company) == len(kept(company))


async def test_with_the_removal_the_link_and_the_issuer_it_goes(company: Company) -> None:
    named: dict[str, Any] = {
        "gateway_oidc_issuer": company.issuer.url,
        "gateway_oidc_client_id": "gateway",
    }
    settings = Settings(gateway_data_dir=company.folder, **named)
    await company.program("mona", **MEMBER)
    async with open_operator(settings) as operator:
        await operator.issuers.forget("sign-in", "mona")
    assert (kept(company), sealed(company)) == ([], 0)

    await company.program("mona", **MEMBER)
    assert kept(company) == [("mona", 1)]
    async with open_operator(settings) as operator:
        await operator.spaces.remove_member("birch", "mona", "operator")
    assert (kept(company), sealed(company)) == ([], 0)

    await company.program("zoe", **MEMBER)
    assert kept(company) == [("zoe", 1)]
    await revoke(company.folder, **named)
    assert (kept(company), sealed(company)) == ([], 0)


async def test_maintenance_ends_what_nobody_has_used_for_a_month_and_what_is_of_no_use(
    company: Company,
) -> None:
    settings = Settings(gateway_data_dir=company.folder)
    await company.program("mona", **MEMBER)
    await company.program("zoe", **MEMBER)
    async with open_operator(settings) as operator:
        await operator.spaces.add_member("birch", "zoe", Role.MEMBER, "operator", keep=True)
    async with open_by_hand(settings) as by_hand:
        await by_hand.maintenance.now()
        assert (kept(company), sealed(company)) == ([("mona", 1)], 1)

        company.logins.rig.clock.skip(31 * 24 * HOUR)
        await by_hand.maintenance.now()
    assert (kept(company), sealed(company)) == ([], 0)


async def test_a_rotation_of_keys_seals_it_anew(company: Company) -> None:
    tokens = await company.program("mona", **MEMBER)
    async with open_rotation(Settings(gateway_data_dir=company.folder)) as keys:
        assert keys.add is not None
        key_id = keys.add()
        await keys.rotate.run()

    query = "select key_id from secrets where field = 'issuer_refresh_token'"
    assert company.logins.rig.sql(query) == [(key_id,)]
    await renewed(company, tokens)
    assert len(company.issuer.redeemed) == 1


@pytest.mark.parametrize("original", Original)
async def test_a_restored_database_has_none(company: Company, original: Original) -> None:
    """Its issuer may have taken it since, and would take a second use for a theft."""
    await company.program("mona", **MEMBER)
    async with open_database(Settings(gateway_data_dir=company.folder)) as database:
        await settle(database, original)
    assert (kept(company), sealed(company)) == ([], 0)
