"""What can be asked of a space."""

from dataclasses import dataclass

from notion_gateway.access.rules.space_events import GrantMode, Role
from notion_gateway.access.rules.workloads import Workload


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
    """At once, without asking them: for an operator, and for the role of who belongs already."""

    user_id: str
    role: Role
    added_by: str


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Asks them; of who belongs already it changes the role, at once.

    ``by_anybody``: whoever calls is believed and need not own the space, as on a machine of
    one's own.
    """

    user_id: str
    role: Role
    invited_by: str
    by_anybody: bool = False


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    user_id: str


@dataclass(frozen=True, slots=True)
class DeclineInvitation:
    user_id: str


@dataclass(frozen=True, slots=True)
class MakeLink:
    """By which whoever has it may join, once. ``by_anybody``: as in ``InviteMember``."""

    link_id: str
    sha256: str
    made_by: str
    by_anybody: bool = False


@dataclass(frozen=True, slots=True)
class EndLink:
    link_id: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class JoinByLink:
    """``sha256``: of the secret that they came with."""

    user_id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Or takes back their invitation. No issuer's word brings back whom somebody else removed,
    until they accept an invitation or are added.
    """

    user_id: str
    removed_by: str


@dataclass(frozen=True, slots=True)
class KeepMember:
    """Who belongs by an issuer's word stays from now on, whatever it says. ``by_anybody``: as in
    ``InviteMember``.
    """

    user_id: str
    kept_by: str
    by_anybody: bool = False


@dataclass(frozen=True, slots=True)
class FollowIssuer:
    """What an issuer says of somebody: their role, or None where they do not belong. It counts for
    whom its word has made a member, and for who is none yet; a role also for whom another issuer's
    word has made one.
    """

    user_id: str
    issuer: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class ChooseGrants:
    """Also of a space whose members an application looks after."""

    mode: GrantMode
    service_tokens_use_shared: bool
    chosen_by: str


@dataclass(frozen=True, slots=True)
class AllowWorkload:
    workload: Workload


@dataclass(frozen=True, slots=True)
class EndWorkloads:
    """Ids that are none of the space's are left alone."""

    workload_ids: frozenset[str]
    ended_by: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """Makes ``user_id``, who belongs already, an owner; whoever hands over becomes a member, or
    stays an owner as well.
    """

    user_id: str
    handed_by: str
    stays_owner: bool


@dataclass(frozen=True, slots=True)
class DeleteSpace:
    """``name``: as whoever deletes it has typed it. ``by_anybody``: as in ``InviteMember``."""

    name: str
    deleted_by: str
    keeps_audit: bool
    by_anybody: bool = False


LinkCommand = MakeLink | EndLink | JoinByLink
PeopleCommand = (
    AddMember
    | InviteMember
    | AcceptInvitation
    | DeclineInvitation
    | RemoveMember
    | KeepMember
    | HandOver
    | FollowIssuer
)
SpaceCommand = (
    CreateSpace
    | RenameSpace
    | DeleteSpace
    | ChooseGrants
    | AllowWorkload
    | EndWorkloads
    | LinkCommand
    | PeopleCommand
)
