"""A space: who belongs to it, and what they may do. A stream of its own, folded as it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from notion_gateway.kernel.errors import LastOwner, SpaceNotAccessible
from notion_gateway.kernel.events import EventTypes, Record, UnknownEvent


class Role(StrEnum):
    """An owner connects, disconnects and decides who belongs; a member uses."""

    OWNER = "owner"
    MEMBER = "member"

    def covers(self, needed: "Role") -> bool:
        return self is Role.OWNER or needed is Role.MEMBER


# --- what happened ------------------------------------------------------------------------


class SpaceCreated(Record):
    type: Literal["SpaceCreated"] = "SpaceCreated"
    at: AwareDatetime
    name: str
    created_by: str


class SpaceRenamed(Record):
    type: Literal["SpaceRenamed"] = "SpaceRenamed"
    at: AwareDatetime
    name: str
    renamed_by: str


class SpaceMemberAdded(Record):
    """Also when somebody who belongs already gets another role."""

    type: Literal["SpaceMemberAdded"] = "SpaceMemberAdded"
    at: AwareDatetime
    user_id: str
    role: Role
    added_by: str


class SpaceMemberRemoved(Record):
    type: Literal["SpaceMemberRemoved"] = "SpaceMemberRemoved"
    at: AwareDatetime
    user_id: str
    removed_by: str


SpaceEvent = SpaceCreated | SpaceRenamed | SpaceMemberAdded | SpaceMemberRemoved
AnySpaceEvent = SpaceEvent | UnknownEvent

SPACE_EVENT_TYPES: EventTypes[SpaceEvent] = EventTypes(
    SpaceCreated, SpaceRenamed, SpaceMemberAdded, SpaceMemberRemoved
)


# --- what can be asked --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreateSpace:
    name: str
    created_by: str


@dataclass(frozen=True, slots=True)
class RenameSpace:
    name: str
    renamed_by: str


@dataclass(frozen=True, slots=True)
class AddMember:
    user_id: str
    role: Role
    added_by: str


@dataclass(frozen=True, slots=True)
class RemoveMember:
    user_id: str
    removed_by: str


SpaceCommand = CreateSpace | RenameSpace | AddMember | RemoveMember


# --- what is ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Member:
    user_id: str
    role: Role
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class Space:
    """Without ``created_at`` nobody has created it: it has no members and no name."""

    space_id: str
    version: int = 0
    name: str = ""
    created_at: datetime | None = None
    created_by: str | None = None
    members: Mapping[str, Member] = field(default_factory=dict[str, Member])

    @property
    def exists(self) -> bool:
        return self.created_at is not None

    def role_of(self, user_id: str) -> Role | None:
        member = self.members.get(user_id)
        return member.role if member is not None else None

    def some_owners(self) -> str:
        """Whom to ask, as a page says it; five names at most."""
        owners = [one.user_id for one in self.members.values() if one.role is Role.OWNER]
        return " or ".join(owners[:5])

    def apply(self, event: AnySpaceEvent) -> "Space":
        state = replace(self, version=self.version + 1)
        match event:
            case SpaceCreated():
                owner = Member(event.created_by, Role.OWNER, event.at, event.created_by)
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
                added_at, added_by = event.at, event.added_by
                if known is not None:  # another role does not change since when they belong
                    added_at, added_by = known.added_at, known.added_by
                member = Member(event.user_id, event.role, added_at, added_by)
                return replace(state, members={**self.members, event.user_id: member})
            case SpaceMemberRemoved():
                rest = {name: one for name, one in self.members.items() if name != event.user_id}
                return replace(state, members=rest)
            case UnknownEvent():
                return state

    def decide(self, command: SpaceCommand, now: datetime) -> list[SpaceEvent]:
        """What comes of it; nothing where it is so already.

        Raises LastOwner where nobody would be left to look after the space, and
        SpaceNotAccessible where there is none.
        """
        if isinstance(command, CreateSpace):
            if self.exists:
                return []
            return [SpaceCreated(at=now, name=command.name, created_by=command.created_by)]
        if not self.exists:
            raise SpaceNotAccessible
        match command:
            case RenameSpace():
                if command.name == self.name:
                    return []
                return [SpaceRenamed(at=now, name=command.name, renamed_by=command.renamed_by)]
            case AddMember():
                if self.role_of(command.user_id) is command.role:
                    return []
                if command.role is not Role.OWNER:
                    self._require_another_owner(command.user_id)
                return [
                    SpaceMemberAdded(
                        at=now,
                        user_id=command.user_id,
                        role=command.role,
                        added_by=command.added_by,
                    )
                ]
            case RemoveMember():
                if command.user_id not in self.members:
                    return []
                self._require_another_owner(command.user_id)
                return [
                    SpaceMemberRemoved(
                        at=now, user_id=command.user_id, removed_by=command.removed_by
                    )
                ]

    def _require_another_owner(self, user_id: str) -> None:
        owners = {one.user_id for one in self.members.values() if one.role is Role.OWNER}
        if owners == {user_id}:
            raise LastOwner


def fold_space(space_id: str, events: Iterable[AnySpaceEvent]) -> Space:
    """The state of a whole stream, oldest event first."""
    state = Space(space_id)
    for event in events:
        state = state.apply(event)
    return state
