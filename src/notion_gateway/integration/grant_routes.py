"""Whose grants a space has, with which one the caller acts, and an owner's end to a member's."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import OF_SPACES, AnOwnedSpace, APrincipal, ASpace
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.space_routes import GrantChoiceAnswer, grant_choice_answer
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.integration.routes import (
    OF_DISCONNECTS,
    DisconnectAnswer,
    TheIntegrations,
    ended,
)
from notion_gateway.integration.rules.events import Workspace
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.integration.rules.integration import Status
from notion_gateway.integration.rules.serving import kind_of
from notion_gateway.kernel.errors import InvalidRequest, ServiceTokenNotServed
from notion_gateway.kernel.identifiers import is_user_id

router = APIRouter(tags=["integration"], route_class=BoundedBodyRoute)


class MemberGrantAnswer(BaseModel):
    user_id: str
    status: Status
    workspace: Workspace | None


class GrantsAnswer(BaseModel):
    choice: GrantChoiceAnswer
    serves_you: Literal["shared", "personal"] | None = Field(
        description="With which connection the caller's calls go to Notion, be it connected or"
        " not; null for a service token that none is meant for."
    )
    serving: Status | None = Field(description="How that one is.")
    acts_as: str | None = Field(
        description="Whose consent it rests on: in their name pages are written. Null where it is"
        " not connected."
    )
    workspace: Workspace | None = Field(description="The Notion workspace that it opens.")
    members: list[MemberGrantAnswer] = Field(
        description="Members' own connections, by user id; who is no owner sees their own only."
    )


@router.get("/integrations/notion/{space_id}/grants", responses=refusals(*OF_SPACES))
async def grants(
    integrations: TheIntegrations, here: ASpace, principal: APrincipal
) -> GrantsAnswer:
    """With whose connections people act in this space, and with which one the caller does."""
    try:
        grant_id = await integrations.serving.of(principal, here.space)
    except ServiceTokenNotServed:
        grant_id = None
    serving = None if grant_id is None else await integrations.manage.state(grant_id)
    grant = None if serving is None or serving.tokens is None else serving.grant
    found = await integrations.member_grants.of_space(here.space_id)
    sees_all = here.role is Role.OWNER
    theirs = [one for one in found if sees_all or one.user_id == principal.user_id]
    states = [await integrations.manage.state(one.grant_id) for one in theirs]
    return GrantsAnswer(
        choice=grant_choice_answer(here.space.grants),
        serves_you=None if grant_id is None else kind_of(grant_id),
        serving=None if serving is None else serving.status,
        acts_as=None if grant is None else grant.authorized_by,
        workspace=None if grant is None else grant.workspace,
        members=[
            MemberGrantAnswer(
                user_id=one.user_id,
                status=state.status,
                workspace=state.grant.workspace if state.grant else None,
            )
            for one, state in zip(theirs, states, strict=True)
        ],
    )


@router.delete(
    "/integrations/notion/{space_id}/grants/{user_id:path}",
    responses=refusals(*OF_DISCONNECTS),
)
async def end_of_member(
    integrations: TheIntegrations,
    here: AnOwnedSpace,
    principal: APrincipal,
    user_id: Annotated[str, Path(max_length=1024)],
) -> DisconnectAnswer:
    """Ends a member's own connection: its tokens are destroyed here and revoked at Notion."""
    if not is_user_id(user_id):
        raise InvalidRequest("user_id is malformed.")
    grant_id = member_grant(here.space_id, user_id)
    return ended(await integrations.manage.disconnect(grant_id, principal.user_id))
