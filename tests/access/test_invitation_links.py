"""An invitation link lets one person join, for a week, for as long as its owner is one."""

from datetime import timedelta
from pathlib import Path

import pytest

from notion_gateway.access.rules.invitation_links import (
    LINK_LIFETIME,
    MAX_LINKS_OF_A_SPACE,
    InvitationLink,
)
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_commands import (
    CreateSpace,
    DeleteSpace,
    EndLink,
    HandOver,
    JoinByLink,
    MakeLink,
    RemoveMember,
    SpaceCommand,
)
from notion_gateway.access.rules.space_events import Role, SpaceInvitationLinkEnded
from notion_gateway.kernel.errors import InvalidRequest, OwnerRequired, SpaceNotAccessible
from tests.access.test_space import NOW
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.strict_gateway import person, strict_rig


def after(*commands: SpaceCommand) -> Space:
    space = Space("team")
    for command in (CreateSpace("Team", "ada"), *commands):
        for event in space.decide(command, NOW):
            space = space.apply(event)
    return space


LINK = MakeLink("l1", "sha", "ada")
BOB = JoinByLink("bob", "sha")


def test_one_person_joins_by_it_as_a_member() -> None:
    space = after(LINK, BOB)
    assert (space.role_of("bob"), space.members["bob"].added_by) == (Role.MEMBER, "ada")
    assert space.members["bob"].is_chosen
    assert space.decide(BOB, NOW) == []
    with pytest.raises(SpaceNotAccessible):
        space.decide(JoinByLink("cleo", "sha"), NOW)


def test_who_belongs_already_leaves_it_as_it_is() -> None:
    assert after(LINK).decide(JoinByLink("ada", "sha"), NOW) == []


def test_nobody_joins_by_one_that_has_ended_or_never_was() -> None:
    handed = HandOver("bob", "ada", stays_owner=False)
    for space in (
        after(),
        after(MakeLink("l1", "other", "ada")),
        after(LINK, EndLink("l1", "ada")),
        after(LINK, MakeLink("l2", "second", "ada"), JoinByLink("bob", "second"), handed),
    ):
        with pytest.raises(SpaceNotAccessible):
            space.decide(JoinByLink("cleo", "sha"), NOW)
    space = after(LINK)
    assert space.decide(BOB, NOW + LINK_LIFETIME - timedelta(seconds=1))
    with pytest.raises(SpaceNotAccessible):
        space.decide(BOB, NOW + LINK_LIFETIME)
    assert after(LINK, DeleteSpace("Team", "ada", keeps_audit=False)).links == {}


def test_whom_an_owner_removed_joins_by_none() -> None:
    removed = after(LINK, BOB, RemoveMember("bob", "ada"), MakeLink("l2", "second", "ada"))
    with pytest.raises(SpaceNotAccessible):
        removed.decide(JoinByLink("bob", "second"), NOW)
    assert removed.decide(JoinByLink("cleo", "second"), NOW)


def test_only_owners_make_them_and_a_space_has_so_many() -> None:
    with pytest.raises(OwnerRequired):
        after().decide(MakeLink("l1", "sha", "bob"), NOW)
    full = after(*(MakeLink(f"l{one}", str(one), "ada") for one in range(MAX_LINKS_OF_A_SPACE)))
    with pytest.raises(InvalidRequest):
        full.decide(MakeLink("more", "sha", "ada"), NOW)
    # Those that have expired make room.
    events = full.decide(MakeLink("more", "sha", "ada"), NOW + LINK_LIFETIME)
    assert sum(isinstance(one, SpaceInvitationLinkEnded) for one in events) == MAX_LINKS_OF_A_SPACE


async def look(who: Person, space: str, secret: str) -> Answer:
    return await who.post("/invitation-links/look", {"space_id": space, "secret": secret})


async def join(who: Person, space: str, secret: str) -> Answer:
    return await who.post("/invitation-links/accept", {"space_id": space, "secret": secret})


@pytest.mark.anyio
@pytest.mark.promise("threats:70")
async def test_a_link_leads_into_its_space_and_into_no_other(ada: Person, bob: Person) -> None:
    space, other = await ada.create_space("Ada's"), await ada.create_space("Other")
    links = f"/spaces/{space}/invitation-links"
    made = (await ada.post(links, {})).json
    secret = made["secret"]
    (listed,) = (await ada.get(f"/spaces/{space}/members")).json["links"]
    assert listed == {key: made[key] for key in ("link_id", "made_at", "made_by", "ends_at")}

    refused = (403, "space_not_accessible")
    for where, what in ((other, secret), (space, "guessed"), ("nowhere", secret)):
        for answer in (await look(bob, where, what), await join(bob, where, what)):
            assert (answer.status, answer.reason) == refused
    seen = (await look(bob, space, secret)).json
    assert (seen["name"], seen["invited_by"], seen["belongs"]) == ("Ada's", "ada", False)
    assert (await bob.get(f"/spaces/{space}")).status == 403  # looking is not joining

    joined = await join(bob, space, secret)
    assert (joined.status, joined.json["role"]) == (200, "member")
    assert (await bob.get(f"/spaces/{space}")).status == 200
    assert (await join(bob, space, secret)).status == 200  # twice is once
    assert (await ada.get(f"/spaces/{space}/members")).json["links"] == []
    assert (await bob.post(links, {})).reason == "owner_required"
    assert (await bob.get(f"/spaces/{other}")).status == 403

    taken = (await ada.post(links, {})).json
    assert (await ada.send("DELETE", f"{links}/{taken['link_id']}")).status == 204
    assert (await ada.get(f"/spaces/{space}/members")).json["links"] == []


@pytest.mark.anyio
async def test_where_any_secret_is_taken_for_the_links_a_guess_lets_somebody_in(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    def any_link(space: Space, *_: object) -> InvitationLink | None:
        return next(iter(space.links.values()), None)

    space = await ada.create_space()
    await ada.post(f"/spaces/{space}/invitation-links", {})
    monkeypatch.setattr(Space, "open_link", any_link)
    assert (await join(bob, space, "guessed")).status == 200


@pytest.mark.anyio
async def test_who_guesses_at_the_links_of_one_space_has_to_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    async with strict_rig(
        tmp_path, monkeypatch, signer, gateway_failed_logins_per_minute=20
    ) as rig:
        ada, eve = person(rig, signer, "ada"), person(rig, signer, "eve")
        space = await ada.create_space()
        answers = [await join(eve, space, f"guess-{number}") for number in range(30)]
        assert {one.reason for one in answers} == {"space_not_accessible", "too_many_requests"}
        assert [one.reason for one in answers[-5:]] == ["too_many_requests"] * 5
