"""Between two sign-ins the issuer is asked anew where people belong, as their programs renew."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog

from notion_gateway import wiring
from notion_gateway.access import issuer_renewal
from notion_gateway.access.issuer_refresh_tokens import IssuerRefreshTokens, KeptToken
from notion_gateway.kernel.background import ClosingTime
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.secret import Secret
from notion_gateway.operations.operator import open_operator
from notion_gateway.settings import Settings
from tests.access.id_token_mutations import MUTATIONS
from tests.authorization_server.renewing import (
    HOUR,
    LATER,
    MEMBER,
    OWNER,
    a_company_with_refresh_tokens,
    kept,
    renewed,
    sealed,
)
from tests.authorization_server.test_members_of_issuers import Company, a_company
from tests.support.browser import browsing
from tests.support.mcp_login import error_of
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Company]:
    async with a_company_with_refresh_tokens(tmp_path, monkeypatch) as one:
        yield one


async def test_who_has_lost_their_group_is_out_with_the_next_renewal(company: Company) -> None:
    tokens = await company.program("mona", **MEMBER)
    assert kept(company) == [("mona", 1)]
    tokens = await renewed(company, tokens)
    assert company.members()["mona"] == "member"

    company.issuer.anew = {"groups": ["sales"]}
    company.logins.rig.clock.skip(LATER)
    refused = await company.logins.refresh(tokens["refresh_token"])

    assert error_of(refused) == "invalid_grant"
    assert company.members() == {"ada": "owner"}
    assert (await company.logins.call(tokens["access_token"])).status in (401, 403)
    assert (kept(company), sealed(company)) == ([], 0)


async def test_a_renewal_changes_roles_as_a_sign_in_does(company: Company) -> None:
    tokens = await company.program("mona", **MEMBER)
    for said, role in ((OWNER, "owner"), (MEMBER, "member")):
        company.issuer.anew = said
        tokens = await renewed(company, tokens)
        assert company.members()["mona"] == role


async def test_the_issuers_word_counts_for_another_day_with_each_renewal(company: Company) -> None:
    tokens = await company.program("mona", **MEMBER)
    for _ in range(4):
        tokens = await renewed(company, tokens, 20 * HOUR)


async def test_each_refresh_token_of_the_issuers_is_used_once_and_kept_sealed(
    company: Company,
) -> None:
    tokens = await company.program("mona", **MEMBER)
    for _ in range(3):
        tokens = await renewed(company, tokens)

    issuer = company.issuer
    assert len(set(issuer.redeemed)) == len(issuer.redeemed) == 3
    assert len(issuer.signed_in) == sealed(company) == 1
    stored = b"".join(one.read_bytes() for one in company.folder.glob("gateway.sqlite3*"))
    assert b"issuer-refresh-" not in stored


async def test_the_issuer_is_asked_once_in_five_minutes_however_many_programs_renew(
    company: Company,
) -> None:
    programs = [await company.program("mona", **MEMBER) for _ in range(3)]
    programs = [await renewed(company, one, 0) for one in programs]
    assert company.issuer.redeemed == []  # they have signed in just now

    company.logins.rig.clock.skip(LATER)
    refreshed = [company.logins.refresh(one["refresh_token"]) for one in programs]
    assert [one.status for one in await asyncio.gather(*refreshed)] == [200] * 3
    assert len(company.issuer.redeemed) == 1


async def test_groups_that_a_renewed_id_token_leaves_out_are_asked_for_at_userinfo(
    company: Company,
) -> None:
    tokens = await company.program("mona", **MEMBER)
    company.issuer.anew = {"groups": None}
    company.issuer.userinfo = MEMBER
    tokens = await renewed(company, tokens)
    assert company.members()["mona"] == "member"

    company.issuer.userinfo = {}  # what is not said is no group, as at a sign-in
    company.logins.rig.clock.skip(LATER)
    assert error_of(await company.logins.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert company.members() == {"ada": "owner"}


async def test_without_an_id_token_only_the_groups_count_that_userinfo_lists(
    company: Company,
) -> None:
    tokens = await company.program("mona", **MEMBER)
    company.issuer.id_token_anew = ""
    tokens = await renewed(company, tokens)
    assert company.members()["mona"] == "member"

    company.issuer.userinfo = {"groups": ["sales"]}  # an address might let her in
    tokens = await renewed(company, tokens)
    company.issuer.userinfo |= {"email": "mona@elm.example", "email_verified": True}
    company.logins.rig.clock.skip(LATER)
    assert error_of(await company.logins.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert company.members() == {"ada": "owner"}


async def test_an_answer_that_says_nothing_of_the_address_removes_nobody_of_its_domain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [{"space": "birch", "domain": "birch.example"}]
    query = "select confirmed_at from issuer_people where subject = 'mona'"
    async with a_company(tmp_path, monkeypatch, gateway_oidc_memberships=rules) as company:
        issuer = company.issuer
        issuer.scopes.append("offline_access")
        address = {"email": "mona@birch.example", "email_verified": True}
        tokens = await company.program("mona", **address)
        said_at = company.logins.rig.sql(query)

        issuer.id_token_anew, issuer.userinfo = "", {}
        tokens = await renewed(company, tokens)
        issuer.gives_access_tokens = False
        tokens = await renewed(company, tokens)
        assert company.members()["mona"] == "member"
        assert company.logins.rig.sql(query) == said_at
        assert len(issuer.redeemed) == 2

        issuer.gives_access_tokens, issuer.userinfo = True, address
        tokens = await renewed(company, tokens)
        assert company.logins.rig.sql(query) != said_at
        issuer.userinfo = {**address, "email_verified": False}
        company.logins.rig.clock.skip(LATER)
        refused = await company.logins.refresh(tokens["refresh_token"])
        assert error_of(refused) == "invalid_grant"
        assert company.members() == {"ada": "owner"}


@pytest.mark.thorough
async def test_every_mutation_of_an_id_token_is_no_word_at_a_renewal(company: Company) -> None:
    """Each would make a member an owner, and would count for another day."""
    issuer, clock = company.issuer, company.logins.rig.clock
    tokens = await company.program("mona", **MEMBER)
    query = "select confirmed_at from issuer_people where subject = 'mona'"
    said_at = company.logins.rig.sql(query)

    def fresh() -> dict[str, Any]:
        now = int(clock.timestamp())
        said = {"iss": issuer.url, "aud": "gateway", "sub": "mona", "iat": now, "exp": now + 300}
        return said | OWNER

    tried, names = 0, {"ISSUER": issuer.url}
    clock.skip(LATER)
    for tried, (token, _) in enumerate(MUTATIONS.tokens(issuer, fresh, names, clock.timestamp), 1):
        issuer.id_token_anew = token
        with structlog.testing.capture_logs() as lines:
            tokens = await renewed(company, tokens, 0)
        assert [one["event"] for one in lines if one.get("issuer")] == ["issuer_not_asked"], tried
        clock.skip(LATER)

    assert len(issuer.redeemed) == tried > MUTATIONS.distinct() >= 100
    assert company.members()["mona"] == "member"
    assert company.logins.rig.sql(query) == said_at
    issuer.id_token_anew = issuer.signed(fresh(), typ="JWT")
    await renewed(company, tokens, 0)
    assert company.members()["mona"] == "owner"  # the control


async def test_where_the_issuer_is_away_its_last_word_counts_for_a_day(company: Company) -> None:
    tokens = await company.program("mona", **MEMBER)
    company.issuer.is_down = True
    tokens = await renewed(company, tokens, 20 * HOUR)

    company.logins.rig.clock.skip(5 * HOUR)
    refused = await company.logins.refresh(tokens["refresh_token"])
    assert error_of(refused) == "invalid_grant"
    assert "to be asked anew" in refused.json["error_description"]
    assert company.members()["mona"] == "member"


async def test_a_slow_issuer_makes_no_theft_of_a_request_and_its_repeat(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The repeat is answered at once, the request by the last word once it has waited enough; the
    issuer's answer is followed all the same.
    """
    monkeypatch.setattr(issuer_renewal, "WAITED_FOR_SECONDS", 0.2)
    tokens = await company.program("mona", **MEMBER)
    issuer, logins = company.issuer, company.logins
    answers = issuer.holds["/token_endpoint"] = asyncio.Event()
    issuer.anew = OWNER
    logins.rig.clock.skip(LATER)
    before = issuer.asked.count("/token_endpoint")
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        first = group.create_task(logins.refresh(tokens["refresh_token"]))
        await until(lambda: issuer.asked.count("/token_endpoint") > before)
        repeat = await logins.refresh(tokens["refresh_token"])
    assert (first.result().status, repeat.status) == (200, 200)
    assert first.result().json["access_token"] == repeat.json["access_token"]
    assert company.members()["mona"] == "member"

    logins.rig.clock.skip(12)
    answers.set()
    await until(lambda: company.members()["mona"] == "owner")
    assert (await logins.call(repeat.json["access_token"])).status == 200


@pytest.mark.parametrize(("seconds", "sent"), [(30, 1), (90, 0)])
async def test_a_gateway_that_stood_still_does_not_send_what_another_may_have_used(
    company: Company, monkeypatch: pytest.MonkeyPatch, seconds: int, sent: int
) -> None:
    tokens = await company.program("mona", **MEMBER)
    opened = IssuerRefreshTokens.open

    async def after_a_while(kept: IssuerRefreshTokens, which: KeptToken) -> Secret:
        token = await opened(kept, which)
        company.logins.rig.clock.skip(seconds)
        return token

    monkeypatch.setattr(IssuerRefreshTokens, "open", after_a_while)
    await renewed(company, tokens)
    assert len(company.issuer.redeemed) == sent
    assert company.members()["mona"] == "member"


async def test_an_issuer_that_hangs_takes_its_share_of_the_time_for_closing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no time of its own on top, for whoever stops a gateway kills it at the end of that."""
    monkeypatch.setattr(issuer_renewal, "WAITED_FOR_SECONDS", 0.1)
    monkeypatch.setattr(wiring, "ClosingTime", partial(ClosingTime, 0.2))
    async with a_company(tmp_path, monkeypatch) as company:
        issuer = company.issuer
        issuer.scopes.append("offline_access")
        tokens = await company.program("mona", **MEMBER)
        issuer.holds["/token_endpoint"] = asyncio.Event()
        before = issuer.asked.count("/token_endpoint")
        await renewed(company, tokens)
        assert issuer.asked.count("/token_endpoint") == before + 1
        begun = steady_seconds()
    assert steady_seconds() - begun < 8


async def test_who_leaves_is_not_put_back_by_a_renewal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by a program of theirs in another space, nor by an answer that comes when they have
    gone. Their next sign-in puts them back.
    """
    rules = [{"space": one, "group": "notion"} for one in ("birch", "elm")]
    elm = "select user_id from space_members where space_id = 'elm' order by user_id"
    async with a_company(tmp_path, monkeypatch, gateway_oidc_memberships=rules) as company:
        issuer, rig = company.issuer, company.logins.rig
        issuer.scopes.append("offline_access")
        async with open_operator(Settings(gateway_data_dir=tmp_path)) as operator:
            await operator.spaces.create("Elm", "ada", "elm")
        tokens = await company.program("mona", **MEMBER)
        assert rig.sql(elm) == [("ada",), ("mona",)]
        left = await rig.caller.send("DELETE", "/spaces/elm/members/mona", user="mona")
        assert left.status == 204, left.body
        tokens = await renewed(company, tokens)
        assert rig.sql(elm) == [("ada",)]

        answers = issuer.holds["/token_endpoint"] = asyncio.Event()
        before = issuer.asked.count("/token_endpoint")
        rig.clock.skip(LATER)
        renewal = asyncio.create_task(company.logins.refresh(tokens["refresh_token"]))
        await until(lambda: issuer.asked.count("/token_endpoint") > before)
        left = await rig.caller.send("DELETE", "/spaces/birch/members/mona", user="mona")
        assert left.status == 204, left.body
        answers.set()
        assert error_of(await renewal) == "invalid_grant"
        assert company.members() == {"ada": "owner"}

        await company.program("mona", **MEMBER)
        assert company.members()["mona"] == "member"


async def test_whom_the_issuer_refuses_to_speak_of_has_to_sign_in_there_again(
    company: Company,
) -> None:
    """Their password may be new, or they may be gone: only a sign-in tells. All their programs wait
    for it, and what else they have in the space goes on.
    """
    one, other = [await company.program("mona", **MEMBER) for _ in range(2)]
    ada = await company.program("ada", groups=[])
    company.issuer.signed_in.clear()
    company.logins.rig.clock.skip(LATER)

    for program in (one, other):
        refused = await company.logins.refresh(program["refresh_token"])
        assert error_of(refused) == "invalid_grant"
        assert "log in again" in refused.json["error_description"]
    assert len(company.issuer.redeemed) == 1
    assert company.members()["mona"] == "member"
    assert (kept(company), sealed(company)) == ([("mona", 0)], 0)
    assert (await company.logins.refresh(ada["refresh_token"])).status == 200

    again = await company.program("mona", **MEMBER)
    await renewed(company, again)


async def test_a_browser_session_that_the_issuer_refuses_lets_no_program_in(
    company: Company,
) -> None:
    async with browsing(company.logins.origin) as browser:
        await company.sign_in(browser, "mona", **MEMBER)
        company.logins.rig.clock.skip(LATER)
        asked = await browser.open(company.logins.authorize_url())
        assert "Let this program in?" in asked.html  # the control: it speaks of her

        company.issuer.signed_in.clear()
        company.logins.rig.clock.skip(LATER)
        pressed = await browser.submit(asked, "/oauth/consent", decision="allow")
        asked = await browser.open(company.logins.authorize_url())
    assert pressed.status == 422
    assert asked.location is not None
    assert asked.location.startswith(company.issuer.url)


async def test_a_browser_session_of_who_lost_their_group_lets_no_program_in(
    company: Company,
) -> None:
    async with browsing(company.logins.origin) as browser:
        await company.sign_in(browser, "mona", **MEMBER)
        company.issuer.anew = {"groups": []}
        company.logins.rig.clock.skip(LATER)
        asked = await browser.open(company.logins.authorize_url())

    assert asked.status == 403
    assert company.members() == {"ada": "owner"}


async def test_where_the_database_stays_away_the_loss_of_a_token_is_said(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = await company.program("mona", **MEMBER)
    tries: list[str] = []

    async def away(_: IssuerRefreshTokens, kept: KeptToken, __: Secret) -> bool:
        tries.append(kept.user_id)
        raise StoreUnavailable

    monkeypatch.setattr(issuer_renewal, "_STORED_WITHIN_SECONDS", 0.3)
    monkeypatch.setattr(IssuerRefreshTokens, "replace", away)
    with structlog.testing.capture_logs() as lines:
        await renewed(company, tokens)
    (lost,) = [one for one in lines if one["event"] == "issuer_refresh_token_lost"]
    assert (lost["user_id"], lost["reason"]) == ("mona", "store_unavailable")
    assert len(tries) > 1
    assert company.members()["mona"] == "member"


async def test_a_token_that_could_not_be_stored_is_lost_and_the_person_signs_in_again(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a gateway is killed between the issuer's answer and that."""
    tokens = await company.program("mona", **MEMBER)

    async def killed(_: IssuerRefreshTokens, kept: KeptToken, token: Secret) -> bool:
        raise RuntimeError(kept.issuer, token)

    with monkeypatch.context() as patched:
        patched.setattr(IssuerRefreshTokens, "replace", killed)
        tokens = await renewed(company, tokens)
    company.issuer.anew = {"groups": []}
    company.logins.rig.clock.skip(LATER)
    refused = await company.logins.refresh(tokens["refresh_token"])

    assert "log in again" in refused.json["error_description"]
    assert company.members()["mona"] == "member"
    company.issuer.anew = {}
    await renewed(company, await company.program("mona", **MEMBER))
