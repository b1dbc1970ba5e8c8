"""Making spaces, and deciding who belongs to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.access.authentication_cache import AuthenticationCache
from notion_gateway.access.membership import Members
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space import (
    INVITATION_LIFETIME,
    GrantChoice,
    Invitation,
    Member,
    Space,
)
from notion_gateway.access.rules.space_commands import (
    AcceptInvitation,
    AddMember,
    AllowWorkload,
    ChooseGrants,
    CreateSpace,
    DeclineInvitation,
    DeleteSpace,
    FollowIssuer,
    HandOver,
    InviteMember,
    RemoveMember,
    RenameSpace,
    SpaceCommand,
)
from notion_gateway.access.rules.space_events import GrantMode, Role, SpaceEvent
from notion_gateway.access.rules.workloads import Workload
from notion_gateway.access.space_store import Membership, OwnInvitation, SpaceStore
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import InvalidRequest, SpaceNotAccessible
from notion_gateway.kernel.identifiers import is_space_id, is_user_id
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.storage.deciding import decide_and_append
from notion_gateway.storage.event_streams import InTransaction

log = structlog.stdlib.get_logger()

MAX_NAME_CHARACTERS = 100
_ID_CHARACTERS = 20


@final
@dataclass(frozen=True)
class ManageSpaces:
    """Where somebody gives an owner's command (``by``), a name stands for an operator, who need not
    own the space. Raises OwnerRequired, which is not said at each, for who does not own it then.
    """

    store: SpaceStore
    members: Members
    bearers: AuthenticationCache
    clock: Clock

    async def of_user(self, principal: Principal) -> Sequence[Membership]:
        """One space at most for a principal that is bound to one."""
        found = await self.store.of_user(principal.user_id)
        bound = principal.space_id
        return [one for one in found if bound is None or one.space_id == bound]

    async def create(self, name: str, created_by: str, space_id: str | None = None) -> Space:
        """The gateway names it: a chosen id would tell whether somebody has it already.

        Only an operator chooses ``space_id``; raises InvalidRequest where it is taken.
        """
        if space_id is None:
            space_id = f"sp-{random_identifier().replace('-', '')[:_ID_CHARACTERS]}"
        elif not is_space_id(space_id):
            raise InvalidRequest("space_id is malformed: letters, digits and . _ : @ | + ~ - only.")
        if not is_user_id(created_by):
            raise InvalidRequest("The owner's user id is malformed.")
        before, after = await self.carry_out(space_id, CreateSpace(_named(name), created_by))
        if before.exists:
            raise InvalidRequest(f"There is a space {space_id} already.")
        if before.deletion is not None:
            raise InvalidRequest(
                f"There was a space {space_id}, which was deleted: choose another."
            )
        log.info("space_created", space_id=space_id, user_id=created_by)
        return after

    async def rename(self, space_id: str, name: str, by: Principal | str) -> Space:
        _, after = await self.carry_out(space_id, RenameSpace(_named(name), *orderer(by)))
        return after

    async def add_member(
        self, space_id: str, user_id: str, role: Role, added_by: str, *, keep: bool = False
    ) -> Member:
        """Without asking them, for an operator; also changes the role of who is there, and with
        ``keep`` keeps them in the same step.

        Raises InvalidRequest, LastOwner or StoreUnavailable.
        """
        _require_user_id(user_id)
        command = AddMember(user_id, role, added_by, keep)
        before, after = await self.carry_out(space_id, command)
        if after.version > before.version:
            about = {"space_id": space_id, "user_id": user_id, "role": role, "by": added_by}
            log.info("member_added", **about, keep=keep)
        return after.members[user_id]

    async def invite(
        self, space_id: str, user_id: str, role: Role, by: Principal, *, keep: bool = False
    ) -> Member | Invitation:
        """Asks somebody to join, who belongs only once they accept; of who belongs already it
        changes the role, at once, and with ``keep`` keeps them in the same step.

        Raises InvalidRequest, LastOwner, OwnerRequired or StoreUnavailable.
        """
        _require_user_id(user_id)
        command = InviteMember(user_id, role, *orderer(by), keep)
        before, after = await self.carry_out(space_id, command)
        member = after.members.get(user_id)
        if after.version > before.version:
            what = "member_invited" if member is None else "member_added"
            log.info(what, space_id=space_id, user_id=user_id, role=role, keep=keep, by=by.user_id)
        return after.invitations[user_id] if member is None else member

    async def invitations_of(self, principal: Principal) -> Sequence[OwnInvitation]:
        """Of one space at most for a principal that is bound to one."""
        since = self.clock.now() - INVITATION_LIFETIME
        return await self.store.invitations_of(principal.user_id, since, principal.space_id)

    def invited_to(self, space: Space) -> Sequence[Invitation]:
        """Who may still accept."""
        now = self.clock.now()
        return [one for one in space.invitations.values() if one.is_open(now)]

    async def accept(self, space_id: str, user_id: str) -> Space:
        """Nothing new for who belongs already.

        Raises SpaceNotAccessible where there is no invitation, and StoreUnavailable.
        """
        before, after = await self.carry_out(space_id, AcceptInvitation(user_id))
        if after.version > before.version:
            log.info("invitation_accepted", space_id=space_id, user_id=user_id)
        return after

    async def decline(self, space_id: str, user_id: str) -> None:
        """Who belongs already goes on belonging. Raises StoreUnavailable."""
        before, after = await self.carry_out(space_id, DeclineInvitation(user_id))
        if after.version > before.version:
            log.info("invitation_declined", space_id=space_id, user_id=user_id)

    async def remove_member(self, space_id: str, user_id: str, by: Principal | str) -> None:
        """All that they, and programs in their name, were given in the space ends with it, in the
        same transaction. Takes back the invitation of who is no member yet. Anybody may leave.
        Raises LastOwner and StoreUnavailable.
        """
        command = RemoveMember(user_id, *orderer(by))
        before, after = await self.carry_out(space_id, command)
        if after.version > before.version:
            what = "member_removed" if user_id in before.members else "invitation_taken_back"
            log.info(what, space_id=space_id, user_id=user_id, by=command.by)

    async def hand_over(
        self, space_id: str, user_id: str, handed_by: str, *, stays_owner: bool
    ) -> Space:
        """Makes another member an owner, and unless they stay one, whoever hands over a member: in
        one step, so that there is an owner at any time.

        Raises InvalidRequest, OwnerRequired, SpaceNotAccessible or StoreUnavailable.
        """
        command = HandOver(user_id, handed_by, stays_owner)
        before, after = await self.carry_out(space_id, command)
        if after.version > before.version:
            log.info("space_handed_over", space_id=space_id, user_id=user_id, by=handed_by)
        return after

    async def delete(
        self, space_id: str, name: str, by: Principal | str, *, keeps_audit: bool
    ) -> None:
        """Nobody belongs to it any more, its tokens end and what was said in its chats cannot be
        opened, in one step. Its connections with Notion are ended by whichever gateway hears of it
        first (``LeftMembers``), and the rest goes by maintenance. Nothing where it was deleted
        before.

        Raises InvalidRequest where that is not its name, SpaceNotAccessible or StoreUnavailable.
        """
        who, by_anybody = orderer(by)
        command = DeleteSpace(name, who, keeps_audit, by_anybody)
        before, after = await self.carry_out(space_id, command)
        if after.version > before.version:
            log.info("space_deleted", space_id=space_id, by=who, keeps_audit=keeps_audit)

    async def follow_issuer(
        self,
        space_id: str,
        user_id: str,
        issuer: str,
        role: Role | None,
        only_if: InTransaction | None = None,
        *,
        lets_in: bool = True,
    ) -> None:
        """What an issuer says about somebody: see ``FollowIssuer``. Whoever it lets go is removed,
        as by ``remove_member``. Nothing where there is no such space. Raises StoreUnavailable, and
        what ``only_if`` raises in the transaction that would change something.
        """
        command = FollowIssuer(user_id, issuer, role, lets_in)
        try:
            before, after = await self.carry_out(space_id, command, only_if)
        except SpaceNotAccessible:
            log.warning("space_of_rule_unknown", space_id=space_id, issuer=issuer)
            return
        if after.version == before.version:
            return
        what = "member_added" if user_id in after.members else "member_removed"
        log.info(what, space_id=space_id, user_id=user_id, role=role, by=f"issuer:{issuer}")

    async def allow_workload(self, space_id: str, workload: Workload, by: Principal) -> None:
        """``by`` is who ``workload`` names. Raises InvalidRequest where the space has too many,
        SpaceNotAccessible and StoreUnavailable.
        """
        await self.carry_out(space_id, AllowWorkload(workload, by.is_believed))
        log.info(
            "workload_allowed",
            space_id=space_id,
            workload_id=workload.workload_id,
            issuer=workload.issuer,
            user_id=workload.allowed_by,
        )

    async def choose_grants(
        self,
        space_id: str,
        mode: GrantMode,
        by: Principal | str,
        *,
        service_tokens_use_shared: bool,
    ) -> GrantChoice:
        """With whose grant people act in Notion from now on; every replica knows it within two
        seconds. Nobody's grant is ended by that.
        """
        command = ChooseGrants(mode, service_tokens_use_shared, *orderer(by))
        before, after = await self.carry_out(space_id, command)
        if after.version > before.version:
            log.info("grants_chosen", space_id=space_id, mode=mode, by=command.by)
        return after.grants

    async def carry_out(
        self, space_id: str, command: SpaceCommand, only_if: InTransaction | None = None
    ) -> tuple[Space, Space]:
        """Before and after, as ``decide_and_append``."""

        async def load() -> Space:
            return await self.store.load(space_id)

        async def append(before: Space, events: Sequence[SpaceEvent], after: Space) -> bool:
            await self.store.append(space_id, before.version, events, after, only_if)
            return True

        outcome = await decide_and_append(command, load=load, append=append, now=self.clock.now)
        if outcome.happened:
            self.members.forget(space_id)
            self.bearers.forget(space_id)
        return outcome.before, outcome.after


def orderer(by: Principal | str) -> tuple[str, bool]:
    """Who gives an owner's command, and whether they need not own the space. A name stands for an
    operator.
    """
    return (by, True) if isinstance(by, str) else (by.user_id, by.is_believed)


def _require_user_id(user_id: str) -> None:
    if not is_user_id(user_id):
        raise InvalidRequest(
            "user_id is malformed: 1 to 255 characters, all of which can be shown."
        )


def _named(name: str) -> str:
    """Raises InvalidRequest for what does not show as one line."""
    shown = " ".join(name.split())
    if not shown or len(shown) > MAX_NAME_CHARACTERS or not shown.isprintable():
        raise InvalidRequest(f"A space's name has 1 to {MAX_NAME_CHARACTERS} printable characters.")
    return shown
