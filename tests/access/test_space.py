"""Who belongs to a space: an owner always, each once, and nothing happens twice."""

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notion_gateway.access.rules.space import INVITATION_LIFETIME, Space
from notion_gateway.access.rules.space_commands import (
    AcceptInvitation,
    AddMember,
    CreateSpace,
    DeclineInvitation,
    DeleteSpace,
    FollowIssuer,
    HandOver,
    InviteMember,
    KeepMember,
    RemoveMember,
    RenameSpace,
    SpaceCommand,
)
from notion_gateway.access.rules.space_events import (
    SPACE_EVENT_TYPES,
    Role,
    SpaceDeleted,
    SpaceEvent,
    SpaceMemberAdded,
    SpaceMemberRemoved,
    up_to_deletion,
)
from notion_gateway.access.rules.who_belongs import MAX_INVITATIONS_OF_A_SPACE
from notion_gateway.access.space_store import WRITTEN
from notion_gateway.kernel.errors import (
    InvalidRequest,
    LastOwner,
    OwnerRequired,
    SpaceGone,
    SpaceNotAccessible,
)
from notion_gateway.kernel.events import EventTypes, UnknownEvent, to_record
from tests.support.folding import fold_space

"""On a busy machine too."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)

REFUSALS = (InvalidRequest, LastOwner, OwnerRequired, SpaceNotAccessible)
people = st.sampled_from(["ada", "bob", "cleo"])
commands = st.one_of(
    st.builds(CreateSpace, st.sampled_from(["Team", "Other"]), people),
    st.builds(RenameSpace, st.sampled_from(["Team", "New"]), people, st.booleans()),
    st.builds(AddMember, people, st.sampled_from(list(Role)), people),
    st.builds(
        InviteMember, people, st.sampled_from(list(Role)), people, st.booleans(), st.booleans()
    ),
    st.builds(AcceptInvitation, people),
    st.builds(DeclineInvitation, people),
    st.builds(RemoveMember, people, people, st.booleans()),
    st.builds(HandOver, people, people, st.booleans()),
    st.builds(DeleteSpace, st.sampled_from(["Team", "New"]), people, st.booleans(), st.booleans()),
)

followed = st.builds(
    FollowIssuer, people, st.sampled_from(["okta", "claude"]), st.sampled_from([*Role, None])
)
kept = st.builds(KeepMember, people, people, st.booleans())


def created() -> Space:
    return done(Space("s"), CreateSpace("Team", "ada"))


def done(space: Space, command: SpaceCommand, now: datetime = NOW) -> Space:
    for event in space.decide(command, now):
        space = space.apply(event)
    return space


def test_who_creates_a_space_owns_it() -> None:
    space = created()

    assert (space.exists, space.name, space.created_by) == (True, "Team", "ada")
    assert space.role_of("ada") is Role.OWNER
    assert space.role_of("bob") is None


def test_a_space_that_nobody_created_takes_no_members() -> None:
    for command in (
        RenameSpace("x", "ada"),
        AddMember("ada", Role.OWNER, "ada"),
        InviteMember("bob", Role.MEMBER, "ada"),
        AcceptInvitation("bob"),
        DeclineInvitation("bob"),
        RemoveMember("ada", "ada"),
    ):
        with pytest.raises(SpaceNotAccessible):
            Space("s").decide(command, NOW)


@pytest.mark.parametrize(
    "command", [RemoveMember("ada", "ada"), AddMember("ada", Role.MEMBER, "ada")]
)
def test_the_last_owner_neither_leaves_nor_becomes_a_member(command: SpaceCommand) -> None:
    alone = done(created(), AddMember("bob", Role.MEMBER, "ada"))
    with pytest.raises(LastOwner):
        alone.decide(command, NOW)

    two = done(alone, AddMember("bob", Role.OWNER, "ada"))
    assert done(two, command).role_of("ada") is not Role.OWNER


def test_another_role_keeps_since_when_somebody_belongs() -> None:
    space = done(created(), AddMember("bob", Role.MEMBER, "ada"))
    space = done(space, AddMember("bob", Role.OWNER, "cleo"), LATER)

    bob = space.members["bob"]
    assert (bob.role, bob.added_at, bob.added_by) == (Role.OWNER, NOW, "ada")


@pytest.mark.parametrize(
    ("role", "needed", "enough"),
    [
        (Role.OWNER, Role.OWNER, True),
        (Role.OWNER, Role.MEMBER, True),
        (Role.MEMBER, Role.MEMBER, True),
        (Role.MEMBER, Role.OWNER, False),
    ],
)
def test_an_owner_may_what_a_member_may(role: Role, needed: Role, enough: bool) -> None:
    assert role.covers(needed) is enough


def test_a_space_is_handed_over_in_one_step_and_has_an_owner_at_any_time() -> None:
    space = done(created(), AddMember("bob", Role.MEMBER, "ada"))
    space = done(space, InviteMember("cleo", Role.MEMBER, "ada"))

    after = done(space, HandOver("bob", "ada", stays_owner=False))

    assert (after.role_of("bob"), after.role_of("ada")) == (Role.OWNER, Role.MEMBER)
    assert after.invitations == {}  # who is no owner any more brings nobody in
    assert after.decide(HandOver("bob", "ada", stays_owner=False), LATER) == []
    both = done(space, HandOver("bob", "ada", stays_owner=True))
    assert (both.role_of("bob"), both.role_of("ada")) == (Role.OWNER, Role.OWNER)


@pytest.mark.parametrize("to", ["eve", "ada"])
def test_a_space_is_handed_over_to_nobody_else_than_another_member(to: str) -> None:
    with pytest.raises(InvalidRequest):
        created().decide(HandOver(to, "ada", stays_owner=False), NOW)
    member = done(created(), AddMember("bob", Role.MEMBER, "ada"))
    with pytest.raises(OwnerRequired):
        member.decide(HandOver("bob", "bob", stays_owner=False), NOW)


def test_a_deleted_space_has_nobody_and_takes_nobody() -> None:
    space = done(created(), AddMember("bob", Role.MEMBER, "ada"))
    space = done(space, InviteMember("cleo", Role.MEMBER, "ada"))
    order = DeleteSpace("Team", "ada", keeps_audit=True)

    event, *said_again = space.decide(order, NOW)
    gone = space.apply(event)

    assert event == SpaceDeleted(at=NOW, name="Team", deleted_by="ada", keeps_audit=True)
    assert (gone.exists, gone.members, gone.invitations) == (False, {}, {})
    for event in said_again:
        gone = gone.apply(event)
    assert gone.deletion is not None
    assert gone.deletion.people == {"ada", "bob"}
    assert gone.decide(order, LATER) == []
    assert gone.decide(CreateSpace("Team", "eve"), LATER) == []
    for command in (AddMember("eve", Role.OWNER, "operator"), AcceptInvitation("cleo")):
        with pytest.raises(SpaceGone):
            gone.decide(command, LATER)


def folded_by_the_version_before(events: Sequence[SpaceEvent]) -> Space:
    """As a version folds them that does not know what a deletion is."""
    known = EventTypes(*(one for one in get_args(SpaceEvent) if one is not SpaceDeleted))
    space = Space("s")
    for event in events:
        space = space.apply(known.read(to_record(event)))
    return space


def test_a_version_that_knows_no_deletion_lets_nobody_into_a_deleted_space() -> None:
    """The control: by the deletion alone it would, and whoever is let in by it stays out here."""
    events: list[SpaceEvent] = []
    space = Space("s")
    for order in (
        CreateSpace("Team", "ada"),
        AddMember("bob", Role.MEMBER, "ada"),
        InviteMember("cleo", Role.MEMBER, "ada"),
        DeleteSpace("Team", "ada", keeps_audit=True),
    ):
        for event in space.decide(order, NOW):
            events.append(event)
            space = space.apply(event)

    older = folded_by_the_version_before(events)
    assert (older.members, older.invitations) == ({}, {})
    assert up_to_deletion(events) == events[:4]
    control = folded_by_the_version_before(events[:4])
    assert control.members.keys() == {"ada", "bob"}
    assert control.invitations.keys() == {"cleo"}

    assert older.version == space.version
    added = SpaceMemberAdded(at=LATER, user_id="eve", role=Role.OWNER, added_by="operator")
    assert space.apply(added).members == {}


def test_a_space_is_deleted_by_an_owner_who_has_typed_its_name() -> None:
    space = done(created(), AddMember("bob", Role.MEMBER, "ada"))
    with pytest.raises(OwnerRequired):
        space.decide(DeleteSpace("Team", "bob", keeps_audit=True), NOW)
    for name in ("team", "Team ", ""):
        with pytest.raises(InvalidRequest):
            space.decide(DeleteSpace(name, "ada", keeps_audit=True), NOW)


@given(st.lists(commands, max_size=25))
@example(
    [
        CreateSpace("Team", "ada"),
        AddMember("bob", Role.OWNER, "ada"),
        InviteMember("ada", Role.MEMBER, "ada"),
    ]
)
def test_in_any_order_a_space_has_an_owner_and_repeating_changes_nothing(
    orders: list[SpaceCommand],
) -> None:
    space = Space("s")
    happened: list[object] = []
    for order in orders:
        try:
            events = space.decide(order, NOW)
        except REFUSALS:
            continue
        happened += events
        for event in events:
            space = space.apply(event)
        if isinstance(order, InviteMember) and order.user_id == order.by:
            with contextlib.suppress(OwnerRequired):  # an owner who stepped down is none any more
                assert space.decide(order, LATER) == []
        else:
            assert space.decide(order, LATER) == []
        owners = [one for one in space.members.values() if one.role is Role.OWNER]
        assert owners or not space.exists
    assert space.version == len(happened)


@given(st.lists(commands, max_size=25))
def test_a_space_is_what_its_written_history_says(orders: list[SpaceCommand]) -> None:
    space = Space("s")
    written: list[dict[str, object]] = []
    for order in orders:
        try:
            events = space.decide(order, NOW)
        except REFUSALS:
            continue
        written += [event.model_dump(mode="json") for event in events]
        for event in events:
            space = space.apply(event)

    assert fold_space("s", [SPACE_EVENT_TYPES.read(record) for record in written]) == space
    snapshot = json.dumps(WRITTEN.adapter.dump_python(space, mode="json"))
    assert WRITTEN.adapter.validate_python(json.loads(snapshot)) == space


def test_an_event_of_a_newer_version_is_passed_over() -> None:
    space = created()
    event = SPACE_EVENT_TYPES.read({"type": "SpacePainted", "colour": "red"})

    assert isinstance(event, UnknownEvent)
    assert space.apply(event).members == space.members
    assert space.apply(event).version == space.version + 1


# --- invitations --------------------------------------------------------------------------


@given(st.lists(commands, max_size=30))
def test_nobody_joins_who_was_not_added_by_an_operator_or_accepted(
    orders: list[SpaceCommand],
) -> None:
    space, allowed = created(), {"ada"}
    for order in orders:
        invited = set(space.invitations)
        try:
            space = done(space, order)
        except REFUSALS:
            continue
        match order:
            case AddMember(user_id):
                allowed.add(user_id)
            case AcceptInvitation(user_id) if user_id in invited:
                allowed.add(user_id)
            case RemoveMember(user_id):
                allowed.discard(user_id)
            case _:
                pass
        assert set(space.members) <= allowed
        assert not set(space.members) & set(space.invitations)


@pytest.mark.parametrize("command", [AcceptInvitation("bob"), DeclineInvitation("bob")])
def test_who_belongs_already_has_nothing_to_answer(command: SpaceCommand) -> None:
    space = done(created(), AddMember("bob", Role.MEMBER, "operator"))

    assert space.decide(command, NOW) == []


def test_nobody_accepts_what_was_never_offered() -> None:
    with pytest.raises(SpaceNotAccessible):
        created().decide(AcceptInvitation("bob"), NOW)


def test_who_accepts_belongs_by_choice_since_then_and_by_whom_they_were_invited() -> None:
    space = done(created(), InviteMember("bob", Role.OWNER, "ada"))
    space = done(space, AcceptInvitation("bob"), LATER)
    bob = space.members["bob"]

    assert (bob.role, bob.added_at, bob.added_by, bob.is_chosen) == (
        Role.OWNER,
        LATER,
        "ada",
        True,
    )


def test_who_is_no_owner_any_more_invites_nobody() -> None:
    space = done(created(), AddMember("bob", Role.OWNER, "ada"))
    for gone in (RemoveMember("bob", "ada"), AddMember("bob", Role.MEMBER, "ada")):
        with pytest.raises(OwnerRequired):
            done(space, gone).decide(InviteMember("eve", Role.OWNER, "bob"), NOW)


@pytest.mark.parametrize(
    "said_by_an_older_version",
    [
        SpaceMemberRemoved(at=NOW, user_id="bob", removed_by="ada"),
        SpaceMemberAdded(at=NOW, user_id="bob", role=Role.MEMBER, added_by="ada"),
    ],
)
def test_with_an_owner_their_invitations_end_whether_or_not_an_event_says_so(
    said_by_an_older_version: SpaceMemberRemoved | SpaceMemberAdded,
) -> None:
    space = done(created(), AddMember("bob", Role.OWNER, "ada"))
    space = done(space, InviteMember("eve", Role.OWNER, "bob"))
    space = space.apply(said_by_an_older_version)

    with pytest.raises(SpaceNotAccessible):
        space.decide(AcceptInvitation("eve"), NOW)


@given(st.lists(st.one_of(commands, followed, kept), max_size=25))
@example(
    [
        CreateSpace("Team", "ada"),
        InviteMember("cleo", Role.MEMBER, "bob", by_anybody=True),
        FollowIssuer("bob", "okta", Role.MEMBER),
    ]
)
def test_every_invitation_that_ends_is_named_by_an_event(orders: list[SpaceCommand]) -> None:
    """For a table is made of the events one by one."""
    space = Space("s")
    for order in orders:
        try:
            events = space.decide(order, NOW)
        except REFUSALS:
            continue
        after = reduce(Space.apply, events, space)
        named = {getattr(event, "user_id", None) for event in events}
        ended = space.invitations.keys() - after.invitations.keys()
        assert after.deletion is not None or ended <= named
        space = after


def test_an_invitation_ends_after_thirty_days_and_can_be_made_anew() -> None:
    invite = InviteMember("bob", Role.MEMBER, "ada")
    space, late = done(created(), invite), NOW + INVITATION_LIFETIME
    with pytest.raises(SpaceNotAccessible):
        space.decide(AcceptInvitation("bob"), late)
    assert space.decide(invite, late - timedelta(seconds=1)) == []

    space = done(space, invite, late)
    assert "bob" in done(space, AcceptInvitation("bob"), late + timedelta(days=29)).members


def test_so_many_may_be_invited_at_a_time_and_no_more() -> None:
    space = created()
    for number in range(MAX_INVITATIONS_OF_A_SPACE):
        space = done(space, InviteMember(f"person-{number}", Role.MEMBER, "ada"))

    with pytest.raises(InvalidRequest):
        space.decide(InviteMember("bob", Role.MEMBER, "ada"), NOW)
    assert space.decide(InviteMember("person-1", Role.OWNER, "ada"), NOW)
    space = done(space, RemoveMember("person-1", "ada"))
    assert space.decide(InviteMember("bob", Role.MEMBER, "ada"), NOW)
    assert space.decide(InviteMember("bob", Role.MEMBER, "ada"), NOW + INVITATION_LIFETIME)


def test_invitations_that_count_no_longer_go_with_the_next_one() -> None:
    space = created()
    for who in ("bob", "cleo"):
        space = done(space, InviteMember(who, Role.MEMBER, "ada"))
    later = NOW + INVITATION_LIFETIME
    events = space.decide(InviteMember("bob", Role.MEMBER, "ada"), later)
    for event in events:
        space = space.apply(event)
    assert space.invitations.keys() == {"bob"}
    assert space.invitations["bob"].is_open(later)
    assert len(events) == 2
