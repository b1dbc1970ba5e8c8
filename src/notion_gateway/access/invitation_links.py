"""Making invitation links, and joining a space by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.access.manage_spaces import ManageSpaces, orderer
from notion_gateway.access.membership import Members
from notion_gateway.access.rules.invitation_links import InvitationLink
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_commands import EndLink, JoinByLink, MakeLink
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.randomness import random_identifier, random_token
from notion_gateway.kernel.secret import Secret

log = structlog.stdlib.get_logger()


@final
@dataclass(frozen=True)
class InvitationLinks:
    spaces: ManageSpaces
    members: Members
    clock: Clock

    async def make(self, space_id: str, by: Principal) -> tuple[InvitationLink, Secret]:
        """The link, and its secret for the only time.

        Raises InvalidRequest where the space has too many, OwnerRequired or StoreUnavailable.
        """
        secret, link_id = Secret(random_token()), random_identifier()
        command = MakeLink(link_id, secret.fingerprint(), *orderer(by))
        _, after = await self.spaces.carry_out(space_id, command)
        log.info("invitation_link_made", space_id=space_id, link_id=link_id, by=command.by)
        return after.links[link_id], secret

    def of_space(self, space: Space) -> Sequence[InvitationLink]:
        """Those by which somebody may join still."""
        now = self.clock.now()
        return [one for one in space.links.values() if one.is_open(now)]

    async def take_back(self, space_id: str, link_id: str, by: Principal) -> None:
        """Nothing where it has ended already. Raises OwnerRequired or StoreUnavailable."""
        command = EndLink(link_id, *orderer(by))
        before, after = await self.spaces.carry_out(space_id, command)
        if after.version > before.version:
            log.info("invitation_link_ended", space_id=space_id, link_id=link_id, by=command.by)

    async def find(
        self, space_id: str, secret: Secret, principal: Principal
    ) -> tuple[Space, InvitationLink | None]:
        """Where it leads; without the link for who belongs there already, and comes with one that
        has ended.

        Raises SpaceNotAccessible where it leads nowhere, TooManyRequests or StoreUnavailable.
        """
        now, sha256 = self.clock.now(), secret.fingerprint()
        space = await self.members.require_link(principal, space_id, sha256, now)
        return space, space.open_link(sha256, now)

    async def join(self, space_id: str, secret: Secret, principal: Principal) -> Space:
        """From now on they belong to the space. Nothing new for who belongs already.

        Raises as ``find``.
        """
        await self.find(space_id, secret, principal)
        command = JoinByLink(principal.user_id, secret.fingerprint())
        before, after = await self.spaces.carry_out(space_id, command)
        if after.version > before.version:
            log.info("joined_by_link", space_id=space_id, user_id=principal.user_id)
        return after
