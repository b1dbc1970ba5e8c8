"""Nobody is a member of a space without having accepted: what an owner says invites."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.rules.space import Space
from tests.support.browser import browsing
from tests.support.figures import Figure
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.mcp_login import Logins, logging_in
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio


@pytest.fixture
async def logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Logins]:
    async with logging_in(tmp_path, monkeypatch) as found:
        yield found


async def invitations_of(who: Person) -> list[dict[str, Any]]:
    answer = await who.get("/invitations")
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json["invitations"]
    return found


async def everywhere(who: Person, space: str) -> dict[str, Answer]:
    """What somebody gets at each place that belongs to a space's members."""
    return {
        "the proxy": await who.call(space),
        "the space": await who.get(f"/spaces/{space}"),
        "its members": await who.get(f"/spaces/{space}/members"),
        "its tokens": await who.get(f"/spaces/{space}/tokens"),
        "a new token": await who.post(f"/spaces/{space}/tokens", {"name": "t"}),
        "the connection": await who.get(f"/integrations/notion/{space}"),
        "its history": await who.get(f"/integrations/notion/{space}/events"),
        "a consent": await who.get(f"/integrations/notion/oauth/mcp/start?space_id={space}"),
    }


@pytest.mark.promise("threats:70")
@pytest.mark.parametrize("role", ["member", "owner"])
async def test_who_is_invited_belongs_nowhere_until_they_accept(
    ada: Person, bob: Person, upstream: RecordingMcp, role: str, figure: Figure
) -> None:
    space = await ada.create_space("Ada's")
    await ada.connect(space)

    invited = await ada.invite(space, "bob", role)
    assert (invited.status, invited.json["role"]) == (202, role)
    for place, answer in (await everywhere(bob, space)).items():
        assert (answer.status, answer.reason) == (403, "space_not_accessible"), place
        figure("{} requests before accepting: {} answered", 1, int(answer.status != 403))
    assert upstream.seen == []
    assert (await bob.get("/spaces")).json == {"spaces": []}
    (shown,) = await invitations_of(bob)
    assert {key: shown[key] for key in ("space_id", "name", "role", "invited_by")} == {
        "space_id": space,
        "name": "Ada's",
        "role": role,
        "invited_by": "ada",
    }

    accepted = await bob.accept(space)
    assert (accepted.status, accepted.json["role"]) == (200, role)
    assert (await bob.call(space)).status == 200
    (mine,) = (await bob.get("/spaces")).json["spaces"]
    assert (mine["space_id"], mine["role"], mine["is_chosen"]) == (space, role, True)
    assert await invitations_of(bob) == []
    assert (await bob.accept(space)).status == 200  # twice is once


async def test_where_invitations_count_as_membership_the_invited_gets_in(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    def generous(space: Space, user_id: str) -> object:
        one = space.members.get(user_id) or space.invitations.get(user_id)
        return one.role if one is not None else None

    monkeypatch.setattr(Space, "role_of", generous)
    space = await ada.create_space()
    await ada.connect(space)
    await ada.invite(space, "bob")

    assert (await bob.call(space)).status == 200


@pytest.mark.promise("threats:70")
async def test_the_pages_take_the_invited_for_a_stranger_until_they_accept(logins: Logins) -> None:
    caller, space = logins.rig.caller, logins.space
    path = f"/spaces/{space}/members/bob"
    assert (await caller.send("PUT", path, json={"role": "owner"})).status == 202
    link = f"{logins.origin}/connect/{space}"
    async with browsing(logins.origin) as browser:
        connect = await browser.sign_in("bob", link)
        approval = await browser.open(logins.authorize_url())
        assert (connect.status, approval.status) == (403, 403)
        for page in (connect, approval):
            assert "Birch Studio" not in page.html

        accepted = await caller.send("POST", f"/invitations/{space}/accept", user="bob")
        assert accepted.status == 200
        assert (await browser.open(link)).status == 200
        assert (await browser.open(logins.authorize_url())).status == 200


async def test_members_see_who_is_invited_and_an_owner_takes_it_back(
    ada: Person, bob: Person
) -> None:
    space = await ada.create_space()
    await ada.invite(space, "bob")
    await ada.invite(space, "bob", "owner")  # another role, still one invitation
    listed = (await ada.get(f"/spaces/{space}/members")).json
    assert [one["user_id"] for one in listed["members"]] == ["ada"]
    (shown,) = listed["invitations"]
    assert (shown["user_id"], shown["role"], shown["invited_by"]) == ("bob", "owner", "ada")

    for _ in range(2):
        assert (await ada.send("DELETE", f"/spaces/{space}/members/bob")).status == 204
    assert await invitations_of(bob) == []
    refused = await bob.accept(space)
    assert (refused.status, refused.reason) == (403, "space_not_accessible")


async def test_who_declines_is_no_member_and_may_be_invited_again(ada: Person, bob: Person) -> None:
    space = await ada.create_space()
    await ada.invite(space, "bob")
    assert (await bob.send("DELETE", f"/invitations/{space}")).status == 204
    assert (await bob.accept(space)).reason == "space_not_accessible"
    assert (await ada.get(f"/spaces/{space}/members")).json["invitations"] == []

    await ada.add(space, "bob")
    assert (await bob.get(f"/spaces/{space}")).status == 200


async def test_declining_is_not_leaving(ada: Person, bob: Person) -> None:
    space = await ada.create_space()
    await ada.add(space, "bob")
    assert (await bob.send("DELETE", f"/invitations/{space}")).status == 204
    assert (await bob.get(f"/spaces/{space}")).status == 200


async def test_a_members_role_changes_at_once(ada: Person, bob: Person) -> None:
    space = await ada.create_space()
    await ada.add(space, "bob")
    changed = await ada.invite(space, "bob", "owner")
    assert (changed.status, changed.json["role"]) == (200, "owner")
    assert (await bob.get(f"/spaces/{space}")).json["role"] == "owner"
    assert (await bob.get("/spaces")).json["spaces"][0]["is_chosen"] is True


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_nobody_answers_anothers_invitation_or_learns_of_a_space(
    ada: Person, bob: Person, eve: Person, method: str
) -> None:
    space = await ada.create_space()
    await ada.invite(space, "bob")
    end = "/accept" if method == "POST" else ""
    closed, absent = [
        await eve.send(method, f"/invitations/{where}{end}") for where in (space, "absent")
    ]
    assert (closed.status, closed.reason) == (403, "space_not_accessible")
    assert (absent.status, absent.reason, absent.json["detail"]) == (
        closed.status,
        closed.reason,
        closed.json["detail"],
    )
    assert len(await invitations_of(bob)) == 1


async def test_who_tries_many_spaces_has_to_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    async with strict_rig(
        tmp_path, monkeypatch, signer, gateway_failed_logins_per_minute=20
    ) as rig:
        ada, bob, eve = [person(rig, signer, name) for name in ("ada", "bob", "eve")]
        space = await ada.create_space()
        await ada.invite(space, "bob")
        answers = [await eve.accept(f"sp-{number}") for number in range(30)]
        assert {one.reason for one in answers} == {"space_not_accessible", "too_many_requests"}
        assert (await bob.accept(space)).status == 200


@pytest.mark.parametrize(
    ("method", "end"), [("GET", ""), ("POST", "/{space}/accept"), ("DELETE", "/{space}")]
)
async def test_no_gateway_token_answers_for_its_person(
    ada: Person, bob: Person, method: str, end: str
) -> None:
    """Also one that may manage, and is of the very space."""
    space, own = await ada.create_space(), await bob.create_space()
    await ada.add(space, "bob")
    of_space, of_own = [await bob.token(one, can_manage=True) for one in (space, own)]
    path = f"/invitations{end.format(space=space)}"
    script = Person(bob.caller, "bob", bob.signer, bob.now, of_space)
    refused = await script.send(method, path)
    assert (refused.status, refused.reason) == (403, "token_not_allowed")

    await ada.send("DELETE", f"/spaces/{space}/members/bob")
    await ada.invite(space, "bob")
    script = Person(bob.caller, "bob", bob.signer, bob.now, of_own)
    refused = await script.send(method, path)
    assert refused.reason in ("token_not_allowed", "principal_mismatch")
    assert (await bob.get(f"/spaces/{space}")).status == 403
    assert len(await invitations_of(bob)) == 1


async def test_no_mcp_clients_token_answers_for_its_person(logins: Logins) -> None:
    access_token = (await logins.log_in("mona"))["access_token"]
    headers = {"Authorization": f"Bearer {access_token}"}
    path = f"/invitations/{logins.space}/accept"
    refused = await logins.rig.caller.send("POST", path, user=None, headers=headers)

    assert refused.status in (401, 403)
    assert refused.reason != "space_not_accessible"


async def test_a_principal_for_one_space_answers_for_no_other(ada: Person, bob: Person) -> None:
    space, other = await ada.create_space(), await ada.create_space()
    for one in (space, other):
        await ada.invite(one, "bob")
    crossed = await bob.send("POST", f"/invitations/{space}/accept", space=other)
    assert crossed.reason == "principal_mismatch"
    listed = await bob.send("GET", "/invitations", space=other)
    assert [one["space_id"] for one in listed.json["invitations"]] == [other]


@pytest.mark.parametrize("ending", ["removed", "demoted"])
async def test_the_invitations_of_who_is_no_owner_any_more_end(
    ada: Person, bob: Person, eve: Person, ending: str
) -> None:
    space = await ada.create_space()
    await ada.add(space, "bob", "owner")
    await bob.invite(space, "eve", "owner")
    if ending == "removed":
        await ada.send("DELETE", f"/spaces/{space}/members/bob")
    else:
        await ada.invite(space, "bob", "member")

    assert await invitations_of(eve) == []
    assert (await eve.accept(space)).reason == "space_not_accessible"


async def test_who_has_accepted_is_let_in_at_once_by_another_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    """It remembers the space as it was when they were invited."""
    async with (
        strict_rig(tmp_path, monkeypatch, signer) as rig,
        second_replica(rig, signer) as elsewhere,
    ):
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
        space = await ada.create_space()
        await ada.invite(space, "bob")
        there = Person(elsewhere, "bob", signer, bob.now)
        assert (await there.get(f"/spaces/{space}")).status == 403
        assert (await bob.accept(space)).status == 200

        assert (await there.get(f"/spaces/{space}")).status == 200


async def test_an_invitation_brings_no_old_token_back(ada: Person, bob: Person) -> None:
    space = await ada.create_space()
    await ada.connect(space)
    await ada.add(space, "bob")
    script = Person(bob.caller, "bob", bob.signer, bob.now, await bob.token(space))
    assert (await script.call(space)).status == 200
    await ada.send("DELETE", f"/spaces/{space}/members/bob")

    await ada.add(space, "bob")
    assert (await script.call(space)).status == 401


async def test_what_an_application_asserts_needs_no_invitation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    applications = [signer.settings(asserts_spaces=True)]
    async with strict_rig(tmp_path, monkeypatch, signer, gateway_applications=applications) as rig:
        ada = person(rig, signer, "ada")
        asserted = ada.principal(spaces={"team-7": "member"})
        bearer = Person(ada.caller, "ada", signer, ada.now, asserted)
        assert (await bearer.get("/spaces/team-7")).json["role"] == "member"
