"""Where the person's word on calls that wait for it is taken, before they run."""

from typing import Final

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import OF_CHANGES, OF_SPACES
from notion_gateway.conversations.errors import ApprovalDecided
from notion_gateway.conversations.routes import AChangingOwner, AnId, TheConversations
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import InvalidRequest, Reason
from notion_gateway.kernel.identifiers import is_identifier

_MOST: Final = 100
_OF_DECIDING: Final = (*OF_SPACES, *OF_CHANGES, Reason.APPROVAL_DECIDED)

router = APIRouter(tags=["conversations"], route_class=BoundedBodyRoute)


class Decided(BaseModel):
    approval_ids: list[str] = Field(
        min_length=1, max_length=_MOST, description="Of the calls that the person has decided on."
    )


@router.post(
    "/spaces/{space_id}/conversations/{conversation_id}/decisions",
    status_code=204,
    responses=refusals(*_OF_DECIDING),
)
async def decide(
    kept: TheConversations, owner: AChangingOwner, conversation_id: AnId, body: Decided
) -> Response:
    """Each counts once, approved or denied: ask before running what was approved. The conversation
    need not be kept here. Where one of them was decided before, none of these counts.
    """
    for one in body.approval_ids:
        if not is_identifier(one):
            raise InvalidRequest(
                "approval_ids: one is malformed: letters, digits and . _ : @ | + ~ -"
            )
    ids = [f"{conversation_id}/{one}" for one in body.approval_ids]
    if not await kept.decisions.take(owner, ids):
        raise ApprovalDecided
    return Response(status_code=204)
