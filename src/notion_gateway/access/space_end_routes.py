"""The end of a space, and of somebody's ownership of it."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_OWNERS,
    OF_SPACES,
    AnOwnedSpace,
    APrincipal,
    ASpace,
    TheAccess,
)
from notion_gateway.access.manage_spaces import MAX_NAME_CHARACTERS
from notion_gateway.access.membership import SpaceAccess
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.space_routes import SpaceAnswer, space_answer
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import InvalidRequest, OwnerRequired, Reason

router = APIRouter(tags=["spaces"], route_class=BoundedBodyRoute)


class WhatGoesAnswer(BaseModel):
    """What a space has now, and its deletion ends."""

    people: int
    invitations: int = Field(description="That nobody has answered yet.")
    is_connected: bool = Field(description="Whether the space's own connection to Notion lives.")
    own_connections: int = Field(description="Of members who connected their own Notion.")
    tokens: int = Field(description="That people made, and that are good.")
    clients: int = Field(description="MCP clients and command lines that people let in.")
    machines: int = Field(description="Machine clients and workloads.")
    conversations: int = Field(description="Of everybody's chats.")
    webhooks: int
    calls: int = Field(description="That are recorded, and are kept or not as is chosen.")


class Deletion(BaseModel):
    name: str = Field(
        max_length=MAX_NAME_CHARACTERS, description="The space's name, exactly as it is."
    )
    keep_audit: bool = Field(
        description="Whether the record of its calls is kept for as long as it would have been;"
        " false: maintenance deletes it."
    )


class NewOwner(BaseModel):
    user_id: str = Field(max_length=255, description="Somebody else who belongs to the space.")
    stay_owner: bool = Field(
        default=False, description="False makes whoever hands over a member, in the same step."
    )


@router.get("/spaces/{space_id}/deletion", responses=refusals(*OF_SPACES, Reason.OWNER_REQUIRED))
async def what_goes(access: TheAccess, here: ASpace) -> WhatGoesAnswer:
    """What would go with the space. Owners."""
    if here.role is not Role.OWNER:
        raise OwnerRequired
    _require_own(here)
    found = await access.figures.of(here.space, access.spaces.clock.now())
    return WhatGoesAnswer.model_validate(found, from_attributes=True)


@router.post("/spaces/{space_id}/deletion", status_code=204, responses=refusals(*OF_OWNERS))
async def delete(
    access: TheAccess, here: AnOwnedSpace, principal: APrincipal, body: Deletion
) -> Response:
    """Deletes the space, for everybody and for good: who belonged to it gets `space_deleted` from
    then on, everywhere within two seconds. Its connections to Notion are revoked there. Owners.
    """
    _require_own(here)
    await access.spaces.delete(here.space_id, body.name, principal, keeps_audit=body.keep_audit)
    return Response(status_code=204)


@router.post("/spaces/{space_id}/hand-over", responses=refusals(*OF_OWNERS))
async def hand_over(
    access: TheAccess, here: AnOwnedSpace, principal: APrincipal, body: NewOwner
) -> SpaceAnswer:
    """Makes another member an owner, and the caller a member, in one step. Owners."""
    _require_own(here)
    after = await access.spaces.hand_over(
        here.space_id, body.user_id, principal.user_id, stays_owner=body.stay_owner
    )
    return space_answer(after, after.role_of(principal.user_id) or here.role)


def _require_own(here: SpaceAccess) -> None:
    if not here.space.exists:
        raise InvalidRequest("An application looks after this space: it is ended there.")
