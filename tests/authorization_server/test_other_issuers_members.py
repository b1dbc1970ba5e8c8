"""Who belongs by an issuer's word that is not asked for any more, or by another issuer's."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from notion_gateway.access.rules.space_events import Role
from notion_gateway.operations.operator import open_operator
from notion_gateway.settings import Settings
from tests.authorization_server.test_members_of_issuers import Company, a_company
from tests.support.browser import browsing
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio

DAY_AND_MORE = 25 * 3600
OTHER = "https://okta.example"


@pytest.fixture
async def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Company]:
    async with a_company(tmp_path, monkeypatch) as one:
        yield one


async def make_member(company: Company, issuer: str) -> None:
    """Mona, by what that issuer said of her at some time; once the gateway knows."""
    async with open_operator(Settings(gateway_data_dir=company.folder)) as operator:
        await operator.issuers.store.signed_in(issuer, "mona", "mona", operator.now())
        await operator.spaces.follow_issuer("birch", "mona", issuer, Role.MEMBER)

    async def is_known() -> bool:
        async with browsing(company.logins.origin) as browser:
            url = company.logins.authorize_url()
            page = await company.sign_in(browser, "mona", url, groups=[])
        return "Let this program in?" in page.html

    await until_told(is_known)
    company.logins.rig.clock.skip(DAY_AND_MORE)


async def test_without_rules_a_sign_in_makes_nobody_a_member_and_keeps_who_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever does not sign in any more is out as before."""
    async with a_company(tmp_path, monkeypatch, gateway_oidc_memberships=[]) as company:
        async with browsing(company.logins.origin) as browser:
            await company.sign_in(browser, "mona", groups=["notion", "notion-owners"])
        assert company.members() == {"ada": "owner"}
        assert company.logins.rig.sql("select * from issuer_people") == []

        await make_member(company, company.issuer.url)
        tokens = await company.program("mona", groups=[])
        assert company.members() == {"ada": "owner", "mona": "member"}

        company.logins.rig.clock.skip(DAY_AND_MORE)
        refused = await company.logins.refresh(tokens["refresh_token"])
        assert refused.json["error"] == "invalid_grant"


async def test_who_came_by_another_issuers_word_stays_by_that_of_where_they_sign_in(
    company: Company,
) -> None:
    """It takes the other's place, for better and worse."""
    await make_member(company, OTHER)
    async with browsing(company.logins.origin) as browser:
        await company.sign_in(browser, "mona", groups=[])
    assert company.members()["mona"] == "member"  # it is the other's word that counts still

    tokens = await company.program("mona", groups=["notion"])
    assert (await company.logins.refresh(tokens["refresh_token"])).status == 200

    async with browsing(company.logins.origin) as browser:
        await company.sign_in(browser, "mona", groups=[])
    assert "mona" not in company.members()
