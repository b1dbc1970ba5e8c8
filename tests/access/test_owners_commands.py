"""What only an owner may ask of a space, decided on the space as it is then.

The route has seen an owner a moment before; a command says who gives it, and is looked at again.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import get_args

import pytest

from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_commands import (
    AddMember,
    AllowWorkload,
    ChooseGrants,
    CreateSpace,
    DeleteSpace,
    EndLink,
    FollowIssuer,
    InviteMember,
    KeepMember,
    MakeLink,
    OwnersCommand,
    RemoveMember,
    RenameSpace,
    SpaceCommand,
)
from notion_gateway.access.rules.space_events import GrantMode, Role
from notion_gateway.access.rules.workloads import Workload
from notion_gateway.kernel.errors import LastOwner, OwnerRequired

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OKTA = "https://okta.example"
MEMBER, OWNER = Role.MEMBER, Role.OWNER
BY_ANYBODY = True

Made = Callable[[str, bool], OwnersCommand]
COMMANDS: list[Made] = [
    lambda by, anybody: RenameSpace("New", by, anybody),
    lambda by, anybody: DeleteSpace("Team", by, keeps_audit=True, by_anybody=anybody),
    lambda by, anybody: ChooseGrants(
        GrantMode.PERSONAL, service_tokens_use_shared=True, by=by, by_anybody=anybody
    ),
    lambda by, anybody: AllowWorkload(workload(by), anybody),
    lambda by, anybody: MakeLink("l2", "sha", by, anybody),
    lambda by, anybody: EndLink("l1", by, anybody),
    lambda by, anybody: InviteMember("dora", MEMBER, by, anybody),
    lambda by, anybody: KeepMember("mona", by, anybody),
    lambda by, anybody: RemoveMember("mona", by, anybody),
]


def workload(by: str) -> Workload:
    return Workload("w1", "Builds", OKTA, "here", "repo:a/b:c", NOW, by, NOW + timedelta(days=1))


def after(*commands: SpaceCommand, space: Space | None = None) -> Space:
    space = space or after(CreateSpace("Team", "ada"), space=Space("s"))
    for command in commands:
        space = reduce(Space.apply, space.decide(command, NOW), space)
    return space


TEAM = after(
    AddMember("bob", OWNER, "ada"),
    AddMember("cleo", MEMBER, "ada"),
    MakeLink("l1", "sha", "ada"),
    FollowIssuer("mona", OKTA, MEMBER),
)


def test_every_owners_command_is_tried_here() -> None:
    assert {type(made("ada", not BY_ANYBODY)) for made in COMMANDS} == set(get_args(OwnersCommand))


@pytest.mark.parametrize("made", COMMANDS)
@pytest.mark.parametrize("end", [RemoveMember("bob", "ada"), AddMember("bob", MEMBER, "ada")])
def test_who_owns_the_space_no_more_gets_nothing_decided(made: Made, end: SpaceCommand) -> None:
    ended = after(end, space=TEAM)
    for by in ("bob", "cleo", "eve"):
        with pytest.raises(OwnerRequired):
            ended.decide(made(by, not BY_ANYBODY), NOW)
    assert TEAM.decide(made("bob", not BY_ANYBODY), NOW)  # the control: he was one before
    assert ended.decide(made("operator", BY_ANYBODY), NOW)


def test_a_member_removes_themselves_and_nobody_else() -> None:
    assert TEAM.decide(RemoveMember("cleo", "cleo"), NOW)
    with pytest.raises(OwnerRequired):
        TEAM.decide(RemoveMember("mona", "cleo"), NOW)


def test_an_application_says_who_chooses_in_a_space_that_it_looks_after() -> None:
    chosen = ChooseGrants(GrantMode.PERSONAL, service_tokens_use_shared=True, by="theirs")
    assert Space("theirs").decide(chosen, NOW)


# --- a role, and keeping, in one step -----------------------------------------------------


def test_a_member_is_kept_and_gets_another_role_at_once() -> None:
    both = InviteMember("mona", OWNER, "ada", keep=True)

    space = after(both, space=TEAM)

    mona = space.members["mona"]
    assert (mona.role, mona.issuer) == (OWNER, None)
    assert space.decide(both, NOW) == []
    kept = after(InviteMember("mona", MEMBER, "ada", keep=True), space=TEAM).members["mona"]
    assert (kept.role, kept.issuer) == (MEMBER, None)
    owns = after(InviteMember("mona", OWNER, "ada"), space=TEAM).members["mona"]
    assert (owns.role, owns.issuer) == (OWNER, OKTA)


def test_where_the_role_cannot_be_given_nobody_is_kept() -> None:
    two = after(FollowIssuer("mona", OKTA, OWNER))
    with pytest.raises(OwnerRequired):  # nobody keeps themselves
        two.decide(InviteMember("mona", MEMBER, "mona", keep=True), NOW)
    alone = after(RemoveMember("ada", "ada"), space=two)
    with pytest.raises(LastOwner):
        alone.decide(InviteMember("mona", MEMBER, "operator", BY_ANYBODY, keep=True), NOW)
