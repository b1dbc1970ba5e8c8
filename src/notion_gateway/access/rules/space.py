"""A space: who belongs to it, and what they may do. A stream of its own, folded as it is read."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from notion_gateway.access.rules.invitation_links import InvitationLink, decide_link, links_after
from notion_gateway.access.rules.space_commands import (
    AllowWorkload,
    ChooseGrants,
    CreateSpace,
    DeleteSpace,
    EndLink,
    EndWorkloads,
    JoinByLink,
    MakeLink,
    OwnersCommand,
    RenameSpace,
    SpaceCommand,
)
from notion_gateway.access.rules.space_events import (
    AnySpaceEvent,
    GrantMode,
    Role,
    SpaceCreated,
    SpaceDeleted,
    SpaceEvent,
    SpaceGrantsChosen,
    SpaceInvitationEnded,
    SpaceInvitationLinkEnded,
    SpaceInvitationLinkMade,
    SpaceMemberAdded,
    SpaceMemberInvited,
    SpaceMemberRemoved,
    SpaceRenamed,
    SpaceWorkloadAllowed,
    SpaceWorkloadEnded,
)
from notion_gateway.access.rules.who_belongs import decide_who_belongs, require_owner
from notion_gateway.access.rules.workloads import Workload, workload_of
from notion_gateway.kernel.errors import InvalidRequest, SpaceGone, SpaceNotAccessible
from notion_gateway.kernel.events import UnknownEvent

INVITATION_LIFETIME = timedelta(days=30)
"""An address or a name may be somebody else's by then."""
MAX_WORKLOADS_OF_A_SPACE = 100


@dataclass(frozen=True, slots=True)
class Member:
    """``is_chosen``: they made the space or accepted an invitation; nobody merely added them.
    ``issuer``: they belong by its word.
    """

    user_id: str
    role: Role
    added_at: datetime
    added_by: str
    is_chosen: bool = False
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody who may become a member, and is none."""

    user_id: str
    role: Role
    invited_at: datetime
    invited_by: str

    def is_open(self, now: datetime) -> bool:
        return now - self.invited_at < INVITATION_LIFETIME


@dataclass(frozen=True, slots=True)
class Removal:
    """Of somebody whom another person removed, and who is kept out since."""

    user_id: str
    removed_at: datetime
    removed_by: str


@dataclass(frozen=True, slots=True)
class GrantChoice:
    """With whose grant people and programs act in Notion, and who said so."""

    mode: GrantMode = GrantMode.SHARED
    service_tokens_use_shared: bool = True
    chosen_at: datetime | None = None
    chosen_by: str | None = None


@dataclass(frozen=True, slots=True)
class Deletion:
    """``people``: who belonged to the space until then, and may know that it is gone."""

    at: datetime
    by: str
    keeps_audit: bool
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class Space:
    """Without ``created_at`` nobody has created it: it has no members and no name. One that was
    deleted has its name still, and nobody belongs to it.

    Nobody is in both ``members`` and ``invitations``. ``kept_out``: people who were removed, whom
    neither an issuer's word nor a link brings back; who accepts an invitation or is added is none
    of them any more.
    """

    space_id: str
    version: int = 0
    name: str = ""
    created_at: datetime | None = None
    created_by: str | None = None
    members: Mapping[str, Member] = field(default_factory=dict[str, Member])
    invitations: Mapping[str, Invitation] = field(default_factory=dict[str, Invitation])
    kept_out: Mapping[str, Removal] = field(default_factory=dict[str, Removal])
    links: Mapping[str, InvitationLink] = field(default_factory=dict[str, InvitationLink])
    grants: GrantChoice = GrantChoice()
    workloads: Mapping[str, Workload] = field(default_factory=dict[str, Workload])
    deletion: Deletion | None = None

    @property
    def exists(self) -> bool:
        return self.created_at is not None and self.deletion is None

    def role_of(self, user_id: str) -> Role | None:
        member = self.members.get(user_id)
        return member.role if member is not None else None

    def open_link(self, sha256: str, now: datetime) -> InvitationLink | None:
        """The one that has this secret, where somebody may join by it still."""
        open_ones = (one for one in self.links.values() if one.is_open(now))
        return next((one for one in open_ones if one.sha256 == sha256), None)

    def some_owners(self) -> str:
        """Whom to ask, as a page says it; five names at most."""
        owners = [one.user_id for one in self.members.values() if one.role is Role.OWNER]
        return " or ".join(owners[:5])

    def without_people_of(self, issuers: Collection[str]) -> "Space":
        """Without those who belong by the word of one of them, and without those they invite."""
        if not issuers:
            return self
        left = {n: one for n, one in self.members.items() if one.issuer not in issuers}
        gone = self.members.keys() - left.keys()
        return replace(self, members=left).without_invitations_by(gone) if gone else self

    def at(self, version: int) -> "Space":
        """The same, after events that are deleted. No version deletes any of these yet."""
        return replace(self, version=version)

    def apply(self, event: AnySpaceEvent) -> "Space":
        """What follows a deletion changes nothing: it is said for gateways of a version that does
        not know deletions, or by one.
        """
        state = replace(self, version=self.version + 1)
        if self.deletion is not None:
            return state
        match event:
            case SpaceCreated():
                owner = Member(event.created_by, Role.OWNER, event.at, event.created_by, True)
                return replace(
                    state,
                    name=event.name,
                    created_at=event.at,
                    created_by=event.created_by,
                    members={event.created_by: owner},
                )
            case SpaceRenamed():
                return replace(state, name=event.name)
            case SpaceMemberAdded():
                known = self.members.get(event.user_id)
                if known is not None:  # nothing changes since when they belong
                    issuer = None if event.kept else event.issuer or known.issuer
                    member = replace(known, role=event.role, issuer=issuer)
                else:
                    member = Member(
                        event.user_id,
                        event.role,
                        event.at,
                        event.added_by,
                        event.accepted,
                        event.issuer,
                    )
                joined = replace(
                    state,
                    members={**self.members, event.user_id: member},
                    invitations=_without(self.invitations, event.user_id),
                    kept_out=_without(self.kept_out, event.user_id),
                )
                steps_down = set[str]() if event.role is Role.OWNER else {event.user_id}
                return joined.without_invitations_by(steps_down)
            case SpaceMemberRemoved():
                kept_out = _kept_out_after(self.kept_out, event)
                members = _without(self.members, event.user_id)
                left = replace(state, members=members, kept_out=kept_out)
                belonged = event.user_id in self.members
                return left.without_invitations_by({event.user_id}) if belonged else left
            case SpaceMemberInvited():
                invitation = Invitation(event.user_id, event.role, event.at, event.invited_by)
                return replace(state, invitations={**self.invitations, event.user_id: invitation})
            case SpaceInvitationEnded():
                return replace(state, invitations=_without(self.invitations, event.user_id))
            case SpaceInvitationLinkMade() | SpaceInvitationLinkEnded():
                return replace(state, links=links_after(self.links, event))
            case SpaceGrantsChosen():
                chosen = GrantChoice(
                    event.mode, event.service_tokens_use_shared, event.at, event.chosen_by
                )
                return replace(state, grants=chosen)
            case SpaceWorkloadAllowed():
                workload = workload_of(event)
                return replace(state, workloads={**self.workloads, event.workload_id: workload})
            case SpaceWorkloadEnded():
                return replace(state, workloads=_without(self.workloads, event.workload_id))
            case SpaceDeleted():
                people = frozenset(self.members)
                deletion = Deletion(event.at, event.deleted_by, event.keeps_audit, people)
                nobody = replace(state, members={}, invitations={}, links={}, kept_out={})
                return replace(nobody, workloads={}, deletion=deletion)
            case UnknownEvent():
                return state

    def without_invitations_by(self, people: Collection[str]) -> "Space":
        """Whoever is no owner any more brings nobody in, and does not come back as another."""
        left = {n: one for n, one in self.invitations.items() if one.invited_by not in people}
        links = {n: one for n, one in self.links.items() if one.made_by not in people}
        return replace(self, invitations=left, links=links)

    def decide(self, command: SpaceCommand, now: datetime) -> list[SpaceEvent]:
        """What comes of it; nothing where it is so already.

        Raises LastOwner where nobody would be left to look after the space, SpaceNotAccessible
        where there is none, or no invitation that could be accepted, SpaceGone where it was
        deleted, OwnerRequired where who gives an owner's command does not own it, and
        InvalidRequest where too many are invited, or a person or the name is not of this space.
        """
        if isinstance(command, CreateSpace):
            if self.created_at is not None:
                return []
            return [SpaceCreated(at=now, name=command.name, created_by=command.created_by)]
        if self.deletion is not None:
            if isinstance(command, DeleteSpace):
                return []
            raise SpaceGone
        if isinstance(command, ChooseGrants) and not self.exists:
            return self._choose(command, now)
        if not self.exists:
            raise SpaceNotAccessible
        if isinstance(command, OwnersCommand):
            require_owner(self, command)
        match command:
            case RenameSpace():
                if command.name == self.name:
                    return []
                return [SpaceRenamed(at=now, name=command.name, renamed_by=command.by)]
            case ChooseGrants():
                return self._choose(command, now)
            case DeleteSpace():
                return self._delete(command, now)
            case AllowWorkload():
                return self._allow(command.workload, now)
            case EndWorkloads():
                return [
                    SpaceWorkloadEnded(at=now, workload_id=one, ended_by=command.ended_by)
                    for one in sorted(command.workload_ids & self.workloads.keys())
                ]
            case MakeLink() | EndLink() | JoinByLink():
                return decide_link(self, command, now)
            case _:
                return decide_who_belongs(self, command, now)

    def _choose(self, command: ChooseGrants, now: datetime) -> list[SpaceEvent]:
        known = self.grants
        if (command.mode, command.service_tokens_use_shared) == (
            known.mode,
            known.service_tokens_use_shared,
        ):
            return []
        return [
            SpaceGrantsChosen(
                at=now,
                mode=command.mode,
                service_tokens_use_shared=command.service_tokens_use_shared,
                chosen_by=command.by,
            )
        ]

    def _delete(self, command: DeleteSpace, now: datetime) -> list[SpaceEvent]:
        if command.name != self.name:
            raise InvalidRequest("That is not this space's name. Nothing was deleted.")
        deleted = SpaceDeleted(
            at=now,
            name=self.name,
            deleted_by=command.by,
            keeps_audit=command.keeps_audit,
        )
        return [deleted, *self._ended_one_by_one(deleted)]

    def _ended_one_by_one(self, deleted: SpaceDeleted) -> Iterator[SpaceEvent]:
        """What the deletion ends, in the words of versions that pass it over: else their gateways
        would go on letting these people and programs in.
        """
        at, by = deleted.at, deleted.deleted_by
        for one in sorted(self.members):
            yield SpaceMemberRemoved(at=at, user_id=one, removed_by=by)
        for one in sorted(self.invitations):
            yield SpaceInvitationEnded(at=at, user_id=one, ended_by=by)
        for one in sorted(self.workloads):
            yield SpaceWorkloadEnded(at=at, workload_id=one, ended_by=by)

    def _allow(self, workload: Workload, now: datetime) -> list[SpaceEvent]:
        """Those that have expired make room."""
        past = [one.workload_id for one in self.workloads.values() if one.expires_at <= now]
        if len(self.workloads) - len(past) >= MAX_WORKLOADS_OF_A_SPACE:
            raise InvalidRequest(
                f"A space has {MAX_WORKLOADS_OF_A_SPACE} workloads at most. Revoke one that is not"
                " used."
            )
        ended = [SpaceWorkloadEnded(at=now, workload_id=one, ended_by="gateway") for one in past]
        tools = None if workload.tools is None else sorted(workload.tools)
        allowed = SpaceWorkloadAllowed(
            at=now,
            workload_id=workload.workload_id,
            name=workload.name,
            issuer=workload.issuer,
            audience=workload.audience,
            subject=workload.subject,
            expires_at=workload.expires_at,
            jwks=None if workload.jwks is None else dict(workload.jwks),
            jwks_url=workload.jwks_url,
            read_only=workload.read_only,
            tools=tools,
            allowed_by=workload.allowed_by,
        )
        return [*ended, allowed]


def _kept_out_after(
    kept_out: Mapping[str, Removal], event: SpaceMemberRemoved
) -> Mapping[str, Removal]:
    """In the order in which people were removed."""
    if not event.kept_out:
        return kept_out
    removal = Removal(event.user_id, event.at, event.removed_by)
    return {**_without(kept_out, event.user_id), event.user_id: removal}


T = TypeVar("T")


def _without(people: Mapping[str, T], user_id: str) -> dict[str, T]:
    return {name: one for name, one in people.items() if name != user_id}
