"""Invitations by e-mail, for a space's owners."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import OF_OWNERS, AnOwnedSpace, APrincipal, TheAccess
from notion_gateway.access.space_routes import InvitationLinkAnswer, invitation_link
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import Reason
from notion_gateway.notices.routes import ASeenSpace, TheNotices
from notion_gateway.notices.rules.retries import Failure

router = APIRouter(tags=["spaces"], route_class=BoundedBodyRoute)


class InvitationMailsAnswer(BaseModel):
    domains: list[str] = Field(
        description="At which people may be invited by e-mail, * for any. None: it is not sent."
    )


class InvitationMailBody(BaseModel):
    address: str = Field(min_length=1, max_length=254, description="Whom to invite.")


class InvitationMailAnswer(BaseModel):
    """What the mail server said, once: what it did not take is not sent again."""

    delivered: bool
    status: int | None = Field(description="Of SMTP; null where nobody answered.")
    reason: Failure | None
    link: InvitationLinkAnswer | None = Field(
        description="By which they join. Its secret stands in the mail alone. Null where the mail"
        " was not taken: then the link has ended."
    )


@router.get("/spaces/{space_id}/invitation-mails", responses=refusals(*OF_OWNERS))
async def invitation_mails(notices: TheNotices, _: ASeenSpace) -> InvitationMailsAnswer:
    """Whether this gateway sends invitations of the space by e-mail, and where to."""
    return InvitationMailsAnswer(domains=sorted(notices.invitation_mails.domains))


@router.post(
    "/spaces/{space_id}/invitation-mails",
    responses=refusals(*OF_OWNERS, Reason.ADDRESS_NOT_ALLOWED),
)
async def invite_by_mail(
    access: TheAccess,
    notices: TheNotices,
    here: AnOwnedSpace,
    principal: APrincipal,
    body: InvitationMailBody,
) -> InvitationMailAnswer:
    """Makes an invitation link and sends it there now, within thirty seconds: twenty of a space in
    a day. The address is not kept.
    """
    link, attempt = await notices.invitation_mails.send(
        access.links, here.space_id, principal, body.address
    )
    delivered = attempt.failure is None
    return InvitationMailAnswer(
        delivered=delivered,
        status=attempt.status,
        reason=attempt.failure,
        link=invitation_link(link) if delivered else None,
    )
