"""Invitations by link: an owner makes one, and whoever has it joins by it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_CALLERS,
    OF_CHANGES,
    OF_OWNERS,
    OF_SPACES,
    AChangingPrincipal,
    AnOwnedSpace,
    APrincipal,
    TheAccess,
    well_formed_space_id,
)
from notion_gateway.access.rules.space_events import GrantMode, Role
from notion_gateway.access.space_routes import (
    InvitationLinkAnswer,
    SpaceAnswer,
    invitation_link,
    space_answer,
)
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.secret import Secret

router = APIRouter(tags=["spaces"], route_class=BoundedBodyRoute)

_OF_LINKS = refusals(*dict.fromkeys((*OF_CALLERS, *OF_SPACES, *OF_CHANGES)))


class NewInvitationLinkAnswer(InvitationLinkAnswer):
    secret: str = Field(description="What makes it a link. It is shown this once.")


class InvitationLinkBody(BaseModel):
    """In the body, so that no log has it."""

    space_id: str = Field(min_length=1, max_length=128)
    secret: str = Field(min_length=1, max_length=200)


class LinkedSpaceAnswer(BaseModel):
    space_id: str
    name: str
    belongs: bool = Field(description="The caller is a member already.")
    kept_out: bool = Field(
        description="An owner removed the caller: the link does not let them in, an invitation by"
        " user id does."
    )
    mode: GrantMode = Field(description="With whose connection people act in Notion there.")
    invited_by: str | None = Field(description="None where a member comes with an ended link.")
    ends_at: datetime | None


@router.post("/spaces/{space_id}/invitation-links", status_code=201, responses=refusals(*OF_OWNERS))
async def make_link(
    access: TheAccess, here: AnOwnedSpace, principal: APrincipal
) -> NewInvitationLinkAnswer:
    """Whoever has it may join as a member: one person, within seven days."""
    link, secret = await access.links.make(here.space_id, principal)
    return NewInvitationLinkAnswer(**invitation_link(link).model_dump(), secret=secret.reveal())


@router.delete(
    "/spaces/{space_id}/invitation-links/{link_id}",
    status_code=204,
    responses=refusals(*OF_OWNERS),
)
async def take_back_link(
    access: TheAccess,
    here: AnOwnedSpace,
    principal: APrincipal,
    link_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")],
) -> Response:
    """Nobody joins by it any more. Who has joined by it stays."""
    await access.links.take_back(here.space_id, link_id, principal)
    return Response(status_code=204)


@router.post("/invitation-links/look", responses=_OF_LINKS)
async def look_at_link(
    access: TheAccess, principal: APrincipal, body: InvitationLinkBody
) -> LinkedSpaceAnswer:
    """Where a link leads. One that has ended, or never was, answers as no space at all."""
    principal.require_in_person()
    space_id = well_formed_space_id(body.space_id)
    space, link = await access.links.find(space_id, Secret(body.secret), principal)
    return LinkedSpaceAnswer(
        space_id=space_id,
        name=space.name,
        belongs=space.role_of(principal.user_id) is not None,
        kept_out=principal.user_id in space.kept_out,
        mode=space.grants.mode,
        invited_by=None if link is None else link.made_by,
        ends_at=None if link is None else link.ends_at,
    )


@router.post("/invitation-links/accept", responses=_OF_LINKS)
async def join_by_link(
    access: TheAccess, principal: AChangingPrincipal, body: InvitationLinkBody
) -> SpaceAnswer:
    """From now on the caller belongs to the space; the link has ended. Who belonged to it already
    leaves the link as it is. Whom an owner removed is let in by an invitation only.
    """
    principal.require_in_person()
    space_id = well_formed_space_id(body.space_id)
    space = await access.links.join(space_id, Secret(body.secret), principal)
    return space_answer(space, space.role_of(principal.user_id) or Role.MEMBER)
