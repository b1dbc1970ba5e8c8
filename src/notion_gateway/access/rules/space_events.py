"""What happens to a space, as it is recorded."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime

from notion_gateway.kernel.events import EventTypes, Record, UnknownEvent


class Role(StrEnum):
    """An owner connects, disconnects and decides who belongs; a member uses."""

    OWNER = "owner"
    MEMBER = "member"

    def covers(self, needed: "Role") -> bool:
        return self is Role.OWNER or needed is Role.MEMBER


class GrantMode(StrEnum):
    """With whose grant people act in Notion: the space's shared one, each with their own, or with
    their own where they have one and else the shared one.
    """

    SHARED = "shared"
    PERSONAL = "personal"
    PERSONAL_ELSE_SHARED = "personal_else_shared"


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
    """Also when somebody who belongs already gets another role, or belongs by another issuer's word
    from now on.

    ``accepted``: they took an invitation, which ``added_by`` had made; without it an operator
    added them, or a version that knew no invitations. ``issuer``: they belong by its word, and for
    as long as it says so. ``kept``: by no issuer's word from now on, whatever one says.
    """

    type: Literal["SpaceMemberAdded"] = "SpaceMemberAdded"
    at: AwareDatetime
    user_id: str
    role: Role
    added_by: str
    accepted: bool = False
    issuer: str | None = None
    kept: bool = False


class SpaceMemberRemoved(Record):
    """``kept_out``: somebody else removed them, so no issuer's word makes them a member again until
    they accept an invitation or are added.
    """

    type: Literal["SpaceMemberRemoved"] = "SpaceMemberRemoved"
    at: AwareDatetime
    user_id: str
    removed_by: str
    kept_out: bool = False


class SpaceMemberInvited(Record):
    """Does not belong yet. Also when somebody who is invited already shall get another role."""

    type: Literal["SpaceMemberInvited"] = "SpaceMemberInvited"
    at: AwareDatetime
    user_id: str
    role: Role
    invited_by: str


class SpaceInvitationEnded(Record):
    """Without anybody having joined: declined by the invited, or taken back."""

    type: Literal["SpaceInvitationEnded"] = "SpaceInvitationEnded"
    at: AwareDatetime
    user_id: str
    ended_by: str


class SpaceInvitationLinkMade(Record):
    """Whoever has the link may join as a member. ``sha256``: of its secret, which nobody keeps."""

    type: Literal["SpaceInvitationLinkMade"] = "SpaceInvitationLinkMade"
    at: AwareDatetime
    link_id: str
    sha256: str
    made_by: str


class SpaceInvitationLinkEnded(Record):
    """Somebody joined by it, or it was taken back."""

    type: Literal["SpaceInvitationLinkEnded"] = "SpaceInvitationLinkEnded"
    at: AwareDatetime
    link_id: str
    ended_by: str


class SpaceGrantsChosen(Record):
    """``service_tokens_use_shared``: whether tokens of nobody in particular act with the shared
    grant where people act with their own; otherwise such tokens reach nothing there.
    """

    type: Literal["SpaceGrantsChosen"] = "SpaceGrantsChosen"
    at: AwareDatetime
    mode: GrantMode
    service_tokens_use_shared: bool
    chosen_by: str


class SpaceWorkloadAllowed(Record):
    """A program may act in the space that proves who it is by a token of where it runs. The keys
    are ``jwks``, at ``jwks_url``, or where ``issuer`` says.
    """

    type: Literal["SpaceWorkloadAllowed"] = "SpaceWorkloadAllowed"
    at: AwareDatetime
    workload_id: str
    name: str
    issuer: str
    audience: str
    subject: str
    expires_at: AwareDatetime
    jwks: dict[str, Any] | None = None
    jwks_url: str | None = None
    read_only: bool = False
    tools: list[str] | None = None
    allowed_by: str


class SpaceWorkloadEnded(Record):
    type: Literal["SpaceWorkloadEnded"] = "SpaceWorkloadEnded"
    at: AwareDatetime
    workload_id: str
    ended_by: str


class SpaceDeleted(Record):
    """Nobody belongs to it any more, and nobody can again. ``keeps_audit``: what was called in it
    stays for as long as it would have.

    The same is said after it of each member, invitation and workload, for versions that do not know
    this event. Others go by this one alone.
    """

    type: Literal["SpaceDeleted"] = "SpaceDeleted"
    at: AwareDatetime
    name: str
    deleted_by: str
    keeps_audit: bool


SpaceEvent = (
    SpaceCreated
    | SpaceRenamed
    | SpaceMemberAdded
    | SpaceMemberRemoved
    | SpaceMemberInvited
    | SpaceInvitationEnded
    | SpaceInvitationLinkMade
    | SpaceInvitationLinkEnded
    | SpaceGrantsChosen
    | SpaceWorkloadAllowed
    | SpaceWorkloadEnded
    | SpaceDeleted
)
AnySpaceEvent = SpaceEvent | UnknownEvent

SPACE_EVENT_TYPES: EventTypes[SpaceEvent] = EventTypes(
    SpaceCreated,
    SpaceRenamed,
    SpaceMemberAdded,
    SpaceMemberRemoved,
    SpaceMemberInvited,
    SpaceInvitationEnded,
    SpaceInvitationLinkMade,
    SpaceInvitationLinkEnded,
    SpaceGrantsChosen,
    SpaceWorkloadAllowed,
    SpaceWorkloadEnded,
    SpaceDeleted,
)


def up_to_deletion(events: Sequence[SpaceEvent]) -> Sequence[SpaceEvent]:
    """Without what is only said for versions that do not know deletions."""
    for number, event in enumerate(events, 1):
        if isinstance(event, SpaceDeleted):
            return events[:number]
    return events
