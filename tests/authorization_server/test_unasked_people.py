"""About whom no program asks, the gateway asks the issuer by itself."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import structlog

from notion_gateway.access import issuer_renewal
from tests.authorization_server.renewing import HOUR, MEMBER, a_company_with_refresh_tokens
from tests.authorization_server.test_members_of_issuers import Company, a_company
from tests.support.gateway import serving_gateway
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Company]:
    async with a_company_with_refresh_tokens(tmp_path, monkeypatch) as one:
        yield one


async def test_who_renews_nothing_is_asked_about_within_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a token made by hand they would go on for as long as that is good. About who is in their
    group the issuer is asked as often, and they stay.
    """
    monkeypatch.setattr(issuer_renewal, "LOOK_EVERY_SECONDS", 0.02)
    async with a_company(tmp_path, monkeypatch) as company:
        company.issuer.scopes.append("offline_access")
        clock, caller = company.logins.rig.clock, company.logins.rig.caller
        for user in ("mona", "zoe"):
            await company.program(user, **MEMBER)
        made = await caller.send(
            "POST", "/spaces/birch/tokens", user="mona", json={"name": "by hand"}
        )
        clock.skip(23 * HOUR)
        assert (await company.logins.call(made.json["token"])).status == 200
        assert company.issuer.redeemed == []

        company.issuer.anew = {"groups": ["notion"]}
        clock.skip(2 * HOUR)
        await until(lambda: len(company.issuer.redeemed) == 2)
        assert (await company.logins.call(made.json["token"])).status == 200

        company.issuer.anew = {"groups": ["sales"]}
        clock.skip(25 * HOUR)
        await until(lambda: company.members() == {"ada": "owner"})
        assert (await company.logins.call(made.json["token"])).status in (401, 403)
        assert len(company.issuer.redeemed) == 4


async def test_an_issuer_that_is_away_is_not_asked_about_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_company(tmp_path, monkeypatch) as company:
        company.issuer.scopes.append("offline_access")
        for user in ("mona", "zoe"):
            await company.program(user, **MEMBER)
        company.issuer.is_down = True
        company.logins.rig.clock.skip(25 * HOUR)
        before = company.issuer.asked.count("/token_endpoint")
        settings = {
            "gateway_oidc_issuer": company.issuer.url,
            "gateway_oidc_client_id": "gateway",
            "gateway_oidc_memberships": [{"space": "birch", "group": "notion"}],
        }
        notion = company.logins.rig.notion.url
        with structlog.testing.capture_logs() as lines:
            async with serving_gateway(tmp_path, notion, **settings):
                await until(lambda: any(one["event"] == "issuer_not_asked" for one in lines))

        assert [one["event"] for one in lines].count("issuer_not_asked") == 1
        assert company.issuer.asked.count("/token_endpoint") <= before + 1
        assert set(company.members()) == {"ada", "mona", "zoe"}


async def test_a_token_that_does_not_open_keeps_nobody_else_from_being_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_company(tmp_path, monkeypatch) as company:
        company.issuer.scopes.append("offline_access")
        rig = company.logins.rig
        for user in ("mona", "zoe"):
            await company.program(user, **MEMBER)
            rig.clock.skip(60)
        rig.sql(
            "update secrets set key_id = 'gone' where secret_id ="
            " (select secret_id from issuer_refresh_tokens order by asked_at limit 1)"
        )
        rig.clock.skip(25 * HOUR)
        settings = {
            "gateway_oidc_issuer": company.issuer.url,
            "gateway_oidc_client_id": "gateway",
            "gateway_oidc_memberships": [{"space": "birch", "group": "notion"}],
        }
        async with serving_gateway(tmp_path, rig.notion.url, **settings):
            await until(lambda: len(company.issuer.redeemed) == 1)
