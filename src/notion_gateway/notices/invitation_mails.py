"""An invitation link by e-mail, to the address that an owner names.

It is sent at once, and once: the link's secret is kept nowhere, so nothing can be sent later. An
owner is told what the mail server said, and a link that it did not take has ended.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, final

import structlog

from notion_gateway.access.invitation_links import InvitationLinks
from notion_gateway.access.rules.invitation_links import InvitationLink
from notion_gateway.access.rules.principal import Principal
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import TooManyRequests
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.kernel.secret import Secret
from notion_gateway.notices.errors import AddressNotAllowed
from notion_gateway.notices.mail_sender import MailSender
from notion_gateway.notices.rules.addresses import Allowed
from notion_gateway.notices.rules.mails import invitation_mail
from notion_gateway.notices.sender import Attempt
from notion_gateway.notices.store import WebhookStore
from notion_gateway.storage.used_once import UsedOnce

log = structlog.stdlib.get_logger()

MOST_A_DAY: Final = 20
"""Of one space: whoever owns one has a gateway send mail to strangers no faster than that."""
_A_DAY: Final = timedelta(days=1)
_INSTEAD: Final = "make a link, and send it yourself"

JoinPage = Callable[[str, Secret], str]
"""Where somebody joins a space by a link's secret."""


@final
@dataclass(frozen=True)
class InvitationMails:
    """``mail`` is None where none is sent; ``join_page``, where there is no front end."""

    store: WebhookStore
    mail: MailSender | None
    join_page: JoinPage | None
    allowed: Allowed
    once: UsedOnce
    clock: Clock

    @property
    def domains(self) -> frozenset[str]:
        """At which people may be invited; none where no invitation is sent."""
        is_on = self.mail is not None and self.join_page is not None
        return self.allowed.mail_domains if is_on else frozenset()

    async def send(
        self, links: InvitationLinks, space_id: str, invited_by: Principal, address: str
    ) -> tuple[InvitationLink, Attempt]:
        """Raises AddressNotAllowed, TooManyRequests, and as ``InvitationLinks.make``."""
        mail, join_page = self._open(address)
        await self._count(space_id)
        name = await self.store.name_of(space_id)
        link, secret = await links.make(space_id, invited_by)
        attempt = await mail.send(
            address,
            f"msg_{random_identifier()}",
            invitation_mail(
                space_id,
                name,
                invited_by.user_id,
                join_page(space_id, secret),
                link.ends_at.isoformat(),
            ),
        )
        named = {"space_id": space_id, "link_id": link.link_id, "by": invited_by.user_id}
        if attempt.failure is None:
            log.info("invitation_mailed", **named)
        else:
            await links.take_back(space_id, link.link_id, invited_by)
            log.warning("invitation_not_mailed", **named, reason=attempt.failure)
        return link, attempt

    def _open(self, address: str) -> tuple[MailSender, JoinPage]:
        if (refusal := self.allowed.refusal_of_mail(address, _INSTEAD)) is not None:
            raise AddressNotAllowed(refusal)
        if self.mail is None or self.join_page is None:
            raise AddressNotAllowed(
                "This gateway knows no page where people join. Its operator would have to set"
                f" NOTION_MCP_RETURN_BASE_URL; until then, {_INSTEAD}."
            )
        return self.mail, self.join_page

    async def _count(self, space_id: str) -> None:
        """Also what was not taken, and whichever gateway sends it."""
        now = self.clock.now()
        for number in range(MOST_A_DAY):
            if await self.once.use(f"invitation_mail/{space_id}/{number}", now + _A_DAY, now):
                return
        raise TooManyRequests(
            f"This space has sent {MOST_A_DAY} invitations by e-mail within a day. Send another one"
            " tomorrow, or make a link and send it yourself."
        )
