"""Invitations, for whom they are for: nobody belongs to a space without having accepted one."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_CALLERS,
    OF_CHANGES,
    OF_SPACES,
    AnInvitation,
    APrincipal,
    TheAccess,
)
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.space_routes import SpaceAnswer, space_answer
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals

router = APIRouter(tags=["spaces"], route_class=BoundedBodyRoute)

_ANSWERS = refusals(*OF_SPACES, *OF_CHANGES)


class OwnInvitationAnswer(BaseModel):
    space_id: str
    name: str
    role: Role = Field(description="What the caller would be there: owner or member.")
    invited_at: datetime
    invited_by: str


class InvitationsAnswer(BaseModel):
    invitations: list[OwnInvitationAnswer]


@router.get("/invitations", responses=refusals(*OF_CALLERS))
async def invitations(access: TheAccess, principal: APrincipal) -> InvitationsAnswer:
    """The spaces that the caller is invited to, the newest first; 100 at most. An invitation ends
    after 30 days.
    """
    principal.require_in_person()
    found = await access.spaces.invitations_of(principal)
    return InvitationsAnswer(
        invitations=[
            OwnInvitationAnswer(
                space_id=one.space_id,
                name=one.name,
                role=one.role,
                invited_at=one.invited_at,
                invited_by=one.invited_by,
            )
            for one in found
        ]
    )


@router.post("/invitations/{space_id}/accept", responses=_ANSWERS)
async def accept(access: TheAccess, principal: APrincipal, space_id: AnInvitation) -> SpaceAnswer:
    """From now on the caller belongs to the space. Gateway tokens may not do it."""
    space = await access.spaces.accept(space_id, principal.user_id)
    return space_answer(space, space.members[principal.user_id].role)


@router.delete("/invitations/{space_id}", status_code=204, responses=_ANSWERS)
async def decline(access: TheAccess, principal: APrincipal, space_id: AnInvitation) -> Response:
    """The caller does not want to belong to the space, and may be invited again."""
    await access.spaces.decline(space_id, principal.user_id)
    return Response(status_code=204)
