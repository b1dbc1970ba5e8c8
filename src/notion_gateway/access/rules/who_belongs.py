"""Who belongs to a space: what comes of adding, inviting, accepting, removing, handing over."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING

from notion_gateway.access.rules.space_commands import (
    AcceptInvitation,
    AddMember,
    DeclineInvitation,
    FollowIssuer,
    HandOver,
    InviteMember,
    KeepMember,
    OwnersCommand,
    PeopleCommand,
    RemoveMember,
)
from notion_gateway.access.rules.space_events import (
    Role,
    SpaceEvent,
    SpaceInvitationEnded,
    SpaceMemberAdded,
    SpaceMemberInvited,
    SpaceMemberRemoved,
)
from notion_gateway.kernel.errors import (
    InvalidRequest,
    LastOwner,
    OwnerRequired,
    SpaceNotAccessible,
)

if TYPE_CHECKING:
    from notion_gateway.access.rules.space import Space

MAX_INVITATIONS_OF_A_SPACE = 100


def require_owner(space: "Space", command: OwnersCommand) -> None:
    """Whoever gives it was an owner a moment ago, when the request came. Raises OwnerRequired."""
    if command.by_anybody or space.role_of(command.by) is Role.OWNER:
        return
    if isinstance(command, RemoveMember) and command.user_id == command.by:
        return  # they leave
    raise OwnerRequired


def decide_who_belongs(space: "Space", command: PeopleCommand, now: datetime) -> list[SpaceEvent]:
    match command:
        case AddMember():
            return _add(space, command, now)
        case InviteMember():
            return _invite(space, command, now)
        case AcceptInvitation():
            return _accept(space, command, now)
        case DeclineInvitation():
            return _end_invitation(space, command.user_id, command.user_id, now)
        case RemoveMember():
            return _remove(space, command, now)
        case KeepMember():
            return _keep(space, command, now)
        case HandOver():
            return _hand_over(space, command, now)
        case FollowIssuer():
            return _follow(space, command, now)


def _add(space: "Space", command: AddMember, now: datetime) -> list[SpaceEvent]:
    who, role, by = command.user_id, command.role, command.added_by
    if command.keep and who in space.members:
        kept = _keep(space, KeepMember(who, by, by_anybody=True), now)
        return [*kept, *_add(_after(space, kept), AddMember(who, role, by), now)]
    if space.role_of(who) is role:
        return []
    if role is not Role.OWNER:
        _require_another_owner(space, who)
    added = SpaceMemberAdded(at=now, user_id=who, role=role, added_by=by)
    return [added, *ended_with(space, added, by)]


def _invite(space: "Space", command: InviteMember, now: datetime) -> list[SpaceEvent]:
    """Those that count no longer go with it, so that a space has no more of them than it may."""
    who, role, by = command.user_id, command.role, command.by
    if who in space.members:
        kept = _keep(space, KeepMember(who, by, command.by_anybody), now) if command.keep else []
        return [*kept, *_add(_after(space, kept), AddMember(who, role, by), now)]
    known = space.invitations.get(who)
    if known is not None and known.is_open(now) and (known.role, known.invited_by) == (role, by):
        return []
    waiting = [one for one in space.invitations.values() if one.is_open(now)]
    if known is None and len(waiting) >= MAX_INVITATIONS_OF_A_SPACE:
        raise InvalidRequest(
            f"{MAX_INVITATIONS_OF_A_SPACE} people are invited and have not answered: take some"
            " of those invitations back first."
        )
    past = sorted(name for name, one in space.invitations.items() if not one.is_open(now))
    return [
        *(
            SpaceInvitationEnded(at=now, user_id=one, ended_by="gateway")
            for one in past
            if one != who
        ),
        SpaceMemberInvited(at=now, user_id=who, role=role, invited_by=by),
    ]


def _accept(space: "Space", command: AcceptInvitation, now: datetime) -> list[SpaceEvent]:
    who = command.user_id
    if who in space.members:
        return []
    invitation = space.invitations.get(who)
    if invitation is None or not invitation.is_open(now):
        raise SpaceNotAccessible
    role, by = invitation.role, invitation.invited_by
    joined = SpaceMemberAdded(at=now, user_id=who, role=role, added_by=by, accepted=True)
    return [joined, *ended_with(space, joined, who)]


def _remove(space: "Space", command: RemoveMember, now: datetime) -> list[SpaceEvent]:
    who, by = command.user_id, command.by
    if who not in space.members:
        return _end_invitation(space, who, by, now)
    _require_another_owner(space, who)
    removed = SpaceMemberRemoved(at=now, user_id=who, removed_by=by, kept_out=by != who)
    return [removed, *ended_with(space, removed, by)]


def _keep(space: "Space", command: KeepMember, now: datetime) -> list[SpaceEvent]:
    who, by = command.user_id, command.by
    known = space.members.get(who)
    if who == by and not command.by_anybody and known is not None and known.issuer is not None:
        raise OwnerRequired("Nobody keeps themselves: another owner of the space can keep you.")
    if known is None:
        raise InvalidRequest("Only somebody who belongs to the space already can be kept in it.")
    if known.issuer is None:
        return []
    kept = SpaceMemberAdded(at=now, user_id=who, role=known.role, added_by=by, kept=True)
    return [kept, *ended_with(space, kept, by)]


def _hand_over(space: "Space", command: HandOver, now: datetime) -> list[SpaceEvent]:
    who, by = command.user_id, command.by
    if space.role_of(by) is not Role.OWNER:
        if not command.stays_owner and space.role_of(who) is Role.OWNER:
            return []  # it was done before
        raise OwnerRequired
    if who not in space.members or who == by:
        raise InvalidRequest("A space is handed over to somebody else who belongs to it.")
    made = _add(space, AddMember(who, Role.OWNER, by), now)
    if command.stays_owner:
        return made
    stepped_down = SpaceMemberAdded(at=now, user_id=by, role=Role.MEMBER, added_by=by)
    return [*made, stepped_down, *ended_with(space, stepped_down, by)]


def _follow(space: "Space", command: FollowIssuer, now: datetime) -> list[SpaceEvent]:
    """Nobody is kept for being the last owner: an operator makes another one. Of several issuers
    that say somebody belongs, the one that said so last counts, alone: theirs is the word that is
    asked for anew. Only a sign-in makes another one the last: of two that are asked at renewals,
    each would take them over from the other for ever. Whom somebody removed stays out, whatever an
    issuer says.
    """
    who, issuer, role = command.user_id, command.issuer, command.role
    known, by = space.members.get(who), f"issuer:{command.issuer}"
    if who in space.kept_out:
        return []
    if known is None and role is not None and command.lets_in:
        added = SpaceMemberAdded(at=now, user_id=who, role=role, added_by=by, issuer=issuer)
        return [added, *ended_with(space, added, by)]
    if known is None or known.issuer is None or (known.issuer, known.role) == (issuer, role):
        return []
    if known.issuer != issuer and (role is None or not command.lets_in):
        return []
    if role is None:
        removed = SpaceMemberRemoved(at=now, user_id=who, removed_by=by)
        return [removed, *ended_with(space, removed, by)]
    changed = SpaceMemberAdded(at=now, user_id=who, role=role, added_by=by, issuer=issuer)
    return [changed, *ended_with(space, changed, by)]


def _end_invitation(space: "Space", user_id: str, ended_by: str, now: datetime) -> list[SpaceEvent]:
    if user_id not in space.invitations:
        return []
    return [SpaceInvitationEnded(at=now, user_id=user_id, ended_by=ended_by)]


def ended_with(
    space: "Space", change: SpaceMemberAdded | SpaceMemberRemoved, ended_by: str
) -> list[SpaceEvent]:
    """The invitations that end with the change, because who made them is no owner after it: as
    ``apply`` has it, said for whoever looks at the events or makes a table of them.
    """
    left = space.apply(change).invitations.keys() | {change.user_id}
    return [
        SpaceInvitationEnded(at=change.at, user_id=one, ended_by=ended_by)
        for one in space.invitations
        if one not in left
    ]


def _after(space: "Space", events: Sequence[SpaceEvent]) -> "Space":
    return reduce(lambda state, event: state.apply(event), events, space)


def _require_another_owner(space: "Space", user_id: str) -> None:
    owners = {one.user_id for one in space.members.values() if one.role is Role.OWNER}
    if owners == {user_id}:
        raise LastOwner
