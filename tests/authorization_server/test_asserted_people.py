"""Who somebody is by an issuer's assertion, and where they belong."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from notion_gateway.access.rules.space_events import Role
from notion_gateway.operations.operator import open_operator
from notion_gateway.settings import Settings
from tests.authorization_server.asserting import NO_GRANT, Asserting, asserting, why
from tests.support.identity_issuer import IdentityIssuer

pytestmark = pytest.mark.anyio


async def test_an_address_links_a_person_once_and_the_subject_decides_from_then_on(
    here: Asserting,
) -> None:
    await here.let_in(jti="first")
    assert "mona@birch.example" in here.members()

    again = await here.say(jti="renamed", email="mona.birch@birch.example")
    another = here.say(jti="another", sub="00u2somebody-else")

    assert again.status == 200
    assert await why(another) == (NO_GRANT, "email_linked_before")
    linked = here.logins.rig.sql("select subject, user_id, email from issuer_people")
    assert linked == [("00u1mona", "mona@birch.example", "mona@birch.example")]


@pytest.mark.parametrize(
    "address",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": 1},
        {"email_verified": "yes"},
        {"email": None},
        {"email": "mona@elsewhere.example"},
        {"email": "mona@birch.example@elsewhere.example"},
        {"email": "mona@sub.birch.example"},
        {"email": ["mona@birch.example"]},
    ],
)
@pytest.mark.promise("threats:69")
async def test_an_address_that_is_not_verified_or_not_allowed_links_nobody(
    here: Asserting, address: dict[str, Any]
) -> None:
    assert await why(here.say(**address)) == (NO_GRANT, "person_not_in_space")

    assert here.members() == {"ada": "owner", "mona": "member"}
    assert here.logins.rig.sql("select user_id from issuer_people") == [("okta||00u1mona",)]


async def test_an_issuer_cannot_name_anothers_people(here: Asserting) -> None:
    """Ada and Mona belong to the space by other means."""
    for name in ("ada", "mona"):
        sent = here.say(sub=name, email=None, jti=name)
        assert await why(sent) == (NO_GRANT, "person_not_in_space")


AUTH0 = "okta|00u1mona"
"""Of the issuer that people sign in at: a connection's name, and the person's number there."""


async def test_a_subject_of_the_issuer_that_people_sign_in_at_is_nobody_else(
    here: Asserting,
) -> None:
    caller, space = here.logins.rig.caller, here.logins.space
    path = f"/spaces/{space}/members/{quote(AUTH0)}"
    assert (await caller.send("PUT", path, json={"role": "owner"})).status == 202
    joined = await caller.send("POST", f"/invitations/{space}/accept", user=AUTH0)
    assert joined.status == 200

    assert await why(here.say(email=None)) == (NO_GRANT, "person_not_in_space")


async def test_who_was_linked_by_an_earlier_version_stays_who_they_were(here: Asserting) -> None:
    row = f"'{here.okta.url}', '00u1mona', '{AUTH0}', '2026-11-01'"
    here.logins.rig.sql(
        f"insert into issuer_people (issuer, subject, user_id, linked_at) values ({row})"  # noqa: S608
    )
    caller, space = here.logins.rig.caller, here.logins.space
    await caller.send("PUT", f"/spaces/{space}/members/{quote(AUTH0)}", json={"role": "member"})
    await caller.send("POST", f"/invitations/{space}/accept", user=AUTH0)

    assert (await here.say(email=None)).status == 200


async def test_subjects_are_user_ids_where_the_settings_say_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> None:
    same: dict[str, Any] = {"same_user_ids": True, "email_domains": []}
    async with asserting(tmp_path, monkeypatch, *issuers, of_okta=same) as here:
        assert (await here.say(sub="mona")).status == 200
        assert await why(here.say(sub="zoe", jti="zoe")) == (NO_GRANT, "person_not_in_space")


GROUPS = [{"group": "notion-owners", "role": "owner"}, {"group": "notion"}]


async def test_groups_decide_the_role_on_every_exchange_and_who_lost_them_is_out(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> None:
    async with asserting(tmp_path, monkeypatch, *issuers, rules=GROUPS) as here:
        who = "mona@birch.example"
        assert await why(here.say(jti="0", groups=["sales"])) == (NO_GRANT, "person_not_in_space")
        assert who not in here.members()

        await here.let_in(jti="1", groups=["sales", "notion"])
        assert here.members()[who] == "member"
        await here.let_in(jti="2", groups=["notion", "notion-owners"])
        assert here.members()[who] == "owner"
        access = await here.let_in(jti="3", groups=["notion"])
        assert here.members()[who] == "member"
        await here.let_in(jti="4")  # says nothing about groups
        assert here.members()[who] == "member"

        lost = here.say(jti="5", groups=["sales"])
        assert await why(lost) == (NO_GRANT, "person_not_in_space")
        assert who not in here.members()
        assert (await here.logins.call(access)).status in (401, 403)
        assert here.members() == {"ada": "owner", "mona": "member"}


async def test_an_assertion_is_followed_in_every_space_and_confirms_only_what_it_says(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> None:
    """No rule names ``ash`` any more. ``elm`` is a space of the issuer's sign-ins, which an
    assertion does not speak of.
    """
    who, rules = "mona@birch.example", [{"group": "notion"}, {"space": "oak", "group": "notion"}]
    settings: dict[str, Any] = {
        "gateway_oidc_issuer": issuers[0].url,
        "gateway_oidc_front_end_client_id": "front-end",
        "gateway_oidc_memberships": [{"space": "elm", "group": "notion"}],
    }
    async with asserting(tmp_path, monkeypatch, *issuers, rules=rules, **settings) as here:
        async with open_operator(Settings(gateway_data_dir=tmp_path)) as operator:
            for name in ("oak", "ash", "elm"):
                await operator.spaces.create(name, "zoe", name)
                if name != "oak":
                    await operator.spaces.follow_issuer(name, who, here.okta.url, Role.MEMBER)

        def spaces() -> set[str]:
            query = f"select space_id from space_members where user_id = '{who}'"  # noqa: S608
            return {row[0] for row in here.logins.rig.sql(query)}

        def confirmed() -> list[tuple[Any, ...]]:
            return here.logins.rig.sql("select confirmed_at from issuer_people")

        await here.let_in(jti="1", groups=["notion"])
        assert spaces() == {here.logins.space, "oak", "elm"}
        said = confirmed()
        assert said != [(None,)]

        here.logins.rig.clock.skip(60)
        await here.let_in(jti="2")  # says nothing about groups
        assert (spaces(), confirmed()) == ({here.logins.space, "oak", "elm"}, said)
        await here.let_in(jti="3", groups=["notion"])
        assert confirmed() > said

        lost = here.say(jti="4", groups=["sales"])
        assert await why(lost) == (NO_GRANT, "person_not_in_space")
        assert spaces() == {"elm"}


async def test_whom_an_owner_removed_is_refused_until_they_are_let_in_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> None:
    async with asserting(tmp_path, monkeypatch, *issuers, rules=GROUPS) as here:
        who, send = "mona@birch.example", here.logins.rig.caller.send
        await here.let_in(jti="1", groups=["notion"])
        path = f"/spaces/{here.logins.space}/members/{who}"
        assert (await send("DELETE", path, user="ada")).status == 204

        refused = here.say(jti="2", groups=["notion", "notion-owners"])
        assert await why(refused) == (NO_GRANT, "person_removed")
        assert who not in here.members()

        assert (await send("PUT", path, user="ada", json={"role": "member"})).status == 202
        invited = here.say(jti="3", groups=["notion"])
        assert await why(invited) == (NO_GRANT, "person_removed")
        accept = f"/invitations/{here.logins.space}/accept"
        assert (await send("POST", accept, user=who)).status == 200
        await here.let_in(jti="4", groups=["notion"])
        assert here.members()[who] == "member"


async def test_who_belongs_otherwise_keeps_their_role_whatever_the_groups(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> None:
    same: dict[str, Any] = {"same_user_ids": True, "email_domains": []}
    async with asserting(tmp_path, monkeypatch, *issuers, of_okta=same, rules=GROUPS) as here:
        await here.let_in(sub="mona", jti="1", groups=["notion-owners"])
        await here.let_in(sub="ada", jti="2", groups=[])

        assert here.members() == {"ada": "owner", "mona": "member"}


async def test_without_a_rule_nobody_is_made_a_member(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> None:
    async with asserting(tmp_path, monkeypatch, *issuers) as here:
        refused = here.say(groups=["notion"])

        assert await why(refused) == (NO_GRANT, "person_not_in_space")
        assert here.members() == {"ada": "owner", "mona": "member"}
