"""What an issuer's word about somebody changes in a space, by whose word they belong already."""

from datetime import UTC, datetime

import pytest

from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_commands import (
    AcceptInvitation,
    AddMember,
    CreateSpace,
    DeclineInvitation,
    FollowIssuer,
    InviteMember,
    KeepMember,
    RemoveMember,
    SpaceCommand,
)
from notion_gateway.access.rules.space_events import Role
from notion_gateway.kernel.errors import InvalidRequest, OwnerRequired

NOW = datetime(2026, 11, 30, tzinfo=UTC)
OKTA, ENTRA = "https://okta.example", "https://entra.example"
OWNER, MEMBER = Role.OWNER, Role.MEMBER


def after(*commands: SpaceCommand) -> Space:
    space = Space("birch")
    for one in (CreateSpace("Birch", "ada"), *commands):
        for event in space.decide(one, NOW):
            space = space.apply(event)
    return space


@pytest.mark.parametrize(
    ("said", "then"),
    [
        # what was said, by whom: the role in the end, and by whose word
        ([(OKTA, MEMBER)], (MEMBER, OKTA)),
        ([(OKTA, MEMBER), (OKTA, OWNER)], (OWNER, OKTA)),
        ([(OKTA, MEMBER), (OKTA, None)], None),
        ([(OKTA, MEMBER), (ENTRA, MEMBER)], (MEMBER, ENTRA)),
        ([(OKTA, OWNER), (ENTRA, MEMBER)], (MEMBER, ENTRA)),
        ([(OKTA, MEMBER), (ENTRA, None)], (MEMBER, OKTA)),
        ([(OKTA, MEMBER), (ENTRA, MEMBER), (OKTA, None)], (MEMBER, ENTRA)),
        ([(OKTA, MEMBER), (ENTRA, MEMBER), (ENTRA, None)], None),
        ([(OKTA, None)], None),
    ],
)
def test_the_word_counts_of_the_issuer_that_spoke_for_them_last(
    said: list[tuple[str, Role | None]], then: tuple[Role, str] | None
) -> None:
    space = after(*(FollowIssuer("mona", issuer, role) for issuer, role in said))

    mona = space.members.get("mona")
    assert (None if mona is None else (mona.role, mona.issuer)) == then


@pytest.mark.parametrize("role", [OWNER, MEMBER, None])
def test_it_changes_nothing_for_who_belongs_otherwise_or_is_what_it_says(role: Role | None) -> None:
    added = after(AddMember("mona", MEMBER, "ada"))
    assert added.decide(FollowIssuer("mona", OKTA, role), NOW) == []

    followed = after(FollowIssuer("mona", OKTA, MEMBER), AddMember("mona", OWNER, "ada"))
    assert followed.members["mona"].issuer == OKTA  # another role is no other word
    assert followed.decide(FollowIssuer("mona", OKTA, OWNER), NOW) == []


def test_two_issuers_that_are_asked_at_renewals_do_not_take_anybody_from_each_other() -> None:
    """The one of the last sign-in counts, whatever each of them goes on saying."""
    space = after(FollowIssuer("mona", OKTA, OWNER), FollowIssuer("mona", ENTRA, MEMBER))
    for issuer, role in ((OKTA, OWNER), (ENTRA, MEMBER), (OKTA, MEMBER), (OKTA, None)):
        assert space.decide(FollowIssuer("mona", issuer, role, lets_in=False), NOW) == []
    (changed,) = space.decide(FollowIssuer("mona", ENTRA, OWNER, lets_in=False), NOW)
    assert space.apply(changed).members["mona"].issuer == ENTRA


SAID, REMOVED = FollowIssuer("mona", OKTA, MEMBER), RemoveMember("mona", "ada")
INVITED = InviteMember("mona", MEMBER, "ada")


@pytest.mark.parametrize("before", [SAID, AddMember("mona", MEMBER, "ada")])
def test_whom_an_owner_removed_stays_out_whatever_an_issuer_says(before: SpaceCommand) -> None:
    for issuer in (OKTA, ENTRA):
        said = FollowIssuer("mona", issuer, OWNER)
        assert "mona" not in after(before, REMOVED, said).members


@pytest.mark.parametrize(
    ("between", "is_let_in"),
    [
        ([AddMember("mona", MEMBER, "ada")], True),
        ([INVITED, AcceptInvitation("mona")], True),
        ([INVITED], False),
        ([INVITED, RemoveMember("mona", "ada")], False),
        ([INVITED, DeclineInvitation("mona")], False),
    ],
)
def test_who_accepts_an_invitation_or_is_added_again_is_kept_out_no_longer(
    between: list[SpaceCommand], is_let_in: bool
) -> None:
    space = after(SAID, REMOVED, *between)

    assert ("mona" in space.members) == is_let_in
    if is_let_in:  # and, once they have left by themselves, by the issuer's word
        left = [RemoveMember("mona", "mona"), SAID]
        assert after(SAID, REMOVED, *between, *left).members["mona"].issuer == OKTA
    else:
        assert space.decide(SAID, NOW) == []


KEPT = KeepMember("mona", "ada")


def test_whom_an_owner_keeps_stays_what_they_are_whatever_an_issuer_says() -> None:
    kept = after(SAID, KEPT)

    assert (kept.members["mona"].role, kept.members["mona"].issuer) == (MEMBER, None)
    for issuer in (OKTA, ENTRA):
        for role in (OWNER, MEMBER, None):
            assert kept.decide(FollowIssuer("mona", issuer, role), NOW) == []
    assert kept.decide(KEPT, NOW) == []
    assert "mona" in after(SAID, REMOVED, INVITED, AcceptInvitation("mona"), KEPT).members
    with pytest.raises(InvalidRequest):
        after(SAID, REMOVED).decide(KEPT, NOW)
    with pytest.raises(OwnerRequired):
        after(SAID).decide(KeepMember("mona", "mona"), NOW)
    own = FollowIssuer("mona", OKTA, OWNER)
    with pytest.raises(OwnerRequired, match="another owner"):
        after(own).decide(KeepMember("mona", "mona"), NOW)
    assert after(own).decide(KeepMember("mona", "mona", by_anybody=True), NOW)


@pytest.mark.parametrize("before", [[], [SAID], [SAID, REMOVED], [SAID, KEPT]])
@pytest.mark.parametrize("role", [MEMBER, OWNER])
def test_an_operator_adds_and_keeps_in_one_step(before: list[SpaceCommand], role: Role) -> None:
    added = after(*before, AddMember("mona", role, "operator", keep=True))

    assert (added.members["mona"].role, added.members["mona"].issuer) == (role, None)
    for said in (OWNER, MEMBER, None):
        assert added.decide(FollowIssuer("mona", OKTA, said), NOW) == []


def test_of_who_was_removed_it_is_known_when_and_by_whom() -> None:
    (one,) = after(SAID, REMOVED).kept_out.values()

    assert (one.user_id, one.removed_at, one.removed_by) == ("mona", NOW, "ada")
    assert after(SAID, RemoveMember("mona", "mona")).kept_out == {}


def test_who_left_by_themselves_comes_back_by_the_issuers_word() -> None:
    space = after(SAID, RemoveMember("mona", "mona"), SAID)

    assert space.members["mona"].issuer == OKTA
