"""People who sign in on the front end's pages: where they belong, and until when."""

from pathlib import Path
from typing import Any

import pytest
import structlog

from notion_gateway.access import unconfirmed_members
from notion_gateway.operations.operator import open_operator
from notion_gateway.settings import Settings
from tests.access.front_end import FrontEnd, a_front_end
from tests.support.identity import Signer
from tests.support.identity_issuer import SignInIssuer
from tests.support.waiting import until, until_told

pytestmark = pytest.mark.anyio

SECONDS = 2.0


async def test_every_sign_in_makes_people_what_their_groups_say(front_end: FrontEnd) -> None:
    said: list[tuple[list[str] | None, str | None]] = [
        (["sales"], None),
        (["notion"], "member"),
        (["notion", "notion-owners"], "owner"),
        (["notion"], "member"),
        ([], None),
        (["notion"], "member"),
    ]
    for groups, role in said:
        assert (await front_end.sign_in("mona", groups=groups)).status == 204
        assert front_end.members().get("mona") == role, groups

    def confirmed() -> list[tuple[object, ...]]:
        return front_end.rig.sql("select confirmed_at from issuer_people")

    front_end.rig.clock.skip(60)
    before = confirmed()
    assert (await front_end.sign_in("mona")).status == 204  # names no groups
    assert (front_end.members()["mona"], confirmed()) == ("member", before)

    front_end.issuer.userinfo = {"groups": ["notion"]}
    assert (await front_end.sign_in("mona")).status == 204
    assert confirmed() > before
    front_end.issuer.userinfo = {"groups": []}
    assert (await front_end.sign_in("mona")).status == 204
    assert front_end.members() == {"ada": "owner"}
    front_end.issuer.userinfo = {"groups": ["notion"]}
    assert (await front_end.sign_in("mona")).status == 204
    assert front_end.members() == {"ada": "owner", "mona": "member"}

    await front_end.sign_in("ada", groups=[])
    assert front_end.members()["ada"] == "owner"


async def test_who_lost_their_group_loses_tokens_and_connection_with_the_next_sign_in(
    front_end: FrontEnd,
) -> None:
    ada, mona = front_end.person("ada"), front_end.person("mona")
    await ada.connect("birch")
    await ada.send("PUT", "/spaces/birch/grants", json={"mode": "personal"})
    await front_end.sign_in("mona", groups=["notion"])
    await mona.connect("birch", mine=True)
    script = front_end.person("mona", await mona.token("birch"))
    assert (await mona.call("birch")).status == (await script.call("birch")).status == 200

    await front_end.sign_in("mona", groups=["sales"])

    assert (await mona.call("birch")).status == 403
    assert (await script.call("birch")).status == 401

    await until(lambda: front_end.rig.notion.grant_states().count("active") == 1)


async def test_of_whom_the_issuer_says_nothing_for_a_month_is_no_member_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada belongs by other means, and has signed in at the issuer once as well; Zoe's link was
    undone.
    """
    monkeypatch.setattr(unconfirmed_members, "LOOK_EVERY_SECONDS", 0.02)
    async with a_front_end(tmp_path, monkeypatch, gateway_membership_days=30) as front_end:
        for user in ("ada", "mona", "zoe"):
            await front_end.sign_in(user, groups=["notion"])
        async with open_operator(Settings(gateway_data_dir=tmp_path)) as operator:
            assert await operator.issuers.store.forget(front_end.issuer.url, "zoe")
        await front_end.person("ada").connect("birch")
        script = front_end.person("mona", await front_end.person("mona").token("birch"))
        front_end.rig.clock.skip(2 * 86400)
        await front_end.sign_in("bob", groups=["notion"])
        assert (await script.call("birch")).status == 200

        front_end.rig.clock.skip(29 * 86400)

        await until(lambda: not {"mona", "zoe"} & front_end.members().keys())
        assert front_end.members() == {"ada": "owner", "bob": "member"}

        async def is_refused() -> bool:
            return (await script.call("birch")).status == 401

        await until_told(is_refused)


async def test_an_id_token_that_proves_nothing_changes_nothing(front_end: FrontEnd) -> None:
    await front_end.sign_in("mona", groups=["notion"])
    now = int(front_end.rig.clock.timestamp())
    another = Signer()
    wrong: list[tuple[dict[str, Any], int]] = [
        ({"aud": "somebody-elses"}, 422),
        ({"aud": ["front-end", "somebody-elses"], "azp": "somebody-elses"}, 422),
        ({"sub": "bob"}, 403),
        ({"iat": now - 600}, 422),
        ({"iat": None}, 422),
        ({"exp": now - 60}, 401),
        ({"body": {"id_token": "no.id.token"}}, 401),
        ({"iss": "https://another.example"}, 422),
        ({"groups": None, "body": {"scope": "openid"}}, 422),  # was not asked for groups
        ({"by": another}, 401),
    ]
    for changes, status in wrong:
        with structlog.testing.capture_logs() as lines:
            said: dict[str, Any] = {"groups": [], **changes}
            answer = await front_end.sign_in("mona", **said)
        assert (answer.status, front_end.members().get("mona")) == (status, "member"), changes
        refused = [one for one in lines if one["event"] == "sign_in_refused"]
        if "by" not in changes:  # who is no application tells nothing
            (one,) = refused
            assert (one["user_id"], one["reason"]) == ("mona", answer.json["reason"])
            assert one["detail"] == answer.json["detail"]
    claims = dict(front_end.issuer.says, groups=["notion-owners"])
    stranger = SignInIssuer()
    forged = {"id_token": stranger.signed(claims, typ="JWT", kid=front_end.issuer.key.kid)}
    assert (await front_end.sign_in("mona", body=forged)).status == 401
    token = await front_end.person("mona").token("birch", can_manage=True)
    script = front_end.person("mona", token)
    refused = await script.post("/sign-ins", {"id_token": "x", "scope": ""})
    assert refused.json["reason"] == "token_not_allowed"
    assert front_end.members()["mona"] == "member"


async def test_without_rules_nothing_is_asked_and_nobody_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_front_end(tmp_path, monkeypatch, gateway_oidc_memberships=[]) as front_end:
        assert (await front_end.sign_in("mona", aud="another")).status == 204

        assert front_end.issuer.asked == []


async def test_whom_a_revoked_issuer_signed_in_at_the_front_end_is_refused(
    front_end: FrontEnd, tmp_path: Path
) -> None:
    """Ada and Bob belong by other means; Ada alone has signed in at the issuer."""
    ada, issuer = front_end.person("ada"), front_end.issuer.url
    await ada.add("birch", "bob")
    await ada.connect("birch")
    signed_in = ada.principal("birch", sign_in_issuer=issuer)
    browser = front_end.person("ada", signed_in)
    assert (await browser.get("/spaces")).status == 200
    await front_end.sign_in("mona", groups=["notion-owners"])
    mona, zoe, yuri = (front_end.person(name) for name in ("mona", "zoe", "yuri"))
    made = await mona.post("/spaces/birch/invitation-links", {})
    link = {"space_id": "birch", "secret": made.json["secret"]}
    invited = await mona.send("PUT", "/spaces/birch/members/yuri", json={"role": "member"})
    assert (made.status, invited.status) == (201, 202)

    named = Settings(
        gateway_data_dir=tmp_path, gateway_oidc_issuer=issuer, gateway_oidc_audience="x"
    )
    async with open_operator(named) as operator:
        await operator.issuers.revoke(issuer, "operator")

    async def is_refused() -> bool:
        return (await browser.get("/spaces")).status == 401

    await until_told(is_refused, SECONDS)
    # Nobody comes in by who is an owner by that issuer's word.
    for answer in (
        await zoe.post("/invitation-links/accept", link),
        await yuri.post("/invitations/birch/accept", {}),
    ):
        assert (answer.status, answer.reason) == (403, "space_not_accessible")
    for answer in (
        await browser.get("/spaces"),
        await front_end.sign_in("nora", groups=["notion"]),
    ):
        assert (answer.status, answer.json["reason"]) == (401, "sign_in_revoked")
    refused = await browser.call("birch")
    assert refused.json["error"]["data"]["reason"] == "sign_in_revoked"
    assert (await front_end.person("bob").get("/spaces")).status == 200
    assert front_end.members().keys() == {"ada", "bob", "mona"}

    async with open_operator(named) as operator:
        await operator.issuers.restore(issuer)

    async def is_back() -> bool:
        return (await browser.get("/spaces")).status == 200

    await until_told(is_back)
    assert (await zoe.post("/invitation-links/accept", link)).status == 200
    assert (await yuri.post("/invitations/birch/accept", {})).status == 200
