"""What can be asked of a space.

An owner's command names who gives it, ``by``, and is decided only where they own the space then:
the request came a moment before. ``by_anybody``: whoever calls is believed and need not own the
space, as an operator, or on a machine of one's own.
"""

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
    by: str
    by_anybody: bool = False


@dataclass(frozen=True, slots=True)
class AddMember:
    """At once, without asking them: for an operator, and for the role of who belongs already.
    ``keep``: and keeps who belongs by an issuer's word, as ``KeepMember``.
    """

    user_id: str
    role: Role
    added_by: str
    keep: bool = False


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Asks them; of who belongs already it changes the role, at once. ``keep``: and keeps them, as
    ``KeepMember``.
    """

    user_id: str
    role: Role
    by: str
    by_anybody: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    user_id: str


@dataclass(frozen=True, slots=True)
class DeclineInvitation:
    user_id: str


@dataclass(frozen=True, slots=True)
class MakeLink:
    """By which whoever has it may join, once."""

    link_id: str
    sha256: str
    by: str
    by_anybody: bool = False


@dataclass(frozen=True, slots=True)
class EndLink:
    link_id: str
    by: str
    by_anybody: bool = False


@dataclass(frozen=True, slots=True)
class JoinByLink:
    """``sha256``: of the secret that they came with."""

    user_id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Or takes back their invitation. No issuer's word brings back whom somebody else removed,
    until they accept an invitation or are added. Who is no owner removes nobody but themselves.
    """

    user_id: str
    by: str
    by_anybody: bool = False


@dataclass(frozen=True, slots=True)
class KeepMember:
    """Who belongs by an issuer's word stays from now on, whatever it says."""

    user_id: str
    by: str
    by_anybody: bool = False


@dataclass(frozen=True, slots=True)
class FollowIssuer:
    """What an issuer says of somebody: their role, or None where they do not belong. It counts for
    whom its word has made a member, and for who is none yet; a role also for whom another issuer's
    word has made one. ``lets_in``: also who is none yet; else they may have left meanwhile.
    """

    user_id: str
    issuer: str
    role: Role | None
    lets_in: bool = True


@dataclass(frozen=True, slots=True)
class ChooseGrants:
    """Also of a space whose members an application looks after: it says who owns it."""

    mode: GrantMode
    service_tokens_use_shared: bool
    by: str
    by_anybody: bool = False


@dataclass(frozen=True, slots=True)
class AllowWorkload:
    """``workload.allowed_by`` gives it."""

    workload: Workload
    by_anybody: bool = False

    @property
    def by(self) -> str:
        return self.workload.allowed_by


@dataclass(frozen=True, slots=True)
class EndWorkloads:
    """Ids that are none of the space's are left alone."""

    workload_ids: frozenset[str]
    ended_by: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """Makes ``user_id``, who belongs already, an owner; whoever hands over, for whom nobody else
    can, becomes a member, or stays an owner as well.
    """

    user_id: str
    by: str
    stays_owner: bool


@dataclass(frozen=True, slots=True)
class DeleteSpace:
    """``name``: as whoever deletes it has typed it."""

    name: str
    by: str
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
OwnersCommand = (
    RenameSpace
    | DeleteSpace
    | ChooseGrants
    | AllowWorkload
    | MakeLink
    | EndLink
    | InviteMember
    | KeepMember
    | RemoveMember
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
