"""Whose grants a space has, with which one the caller acts, and an owner's end to a member's."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_CALLERS,
    OF_OWNERS,
    OF_SPACES,
    AnOwnedSpace,
    APrincipal,
    ASpace,
    TheAccess,
)
from notion_gateway.access.space_routes import GrantChoiceAnswer, grant_choice_answer
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.integration.dependencies import TheIntegrations
from notion_gateway.integration.errors import ServiceTokenNotServed
from notion_gateway.integration.routes import OF_DISCONNECTS, DisconnectAnswer, ended
from notion_gateway.integration.rules.events import Workspace
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.integration.rules.integration import Status
from notion_gateway.integration.rules.serving import kind_of
from notion_gateway.kernel.errors import InvalidRequest, SpaceNotAccessible
from notion_gateway.kernel.identifiers import is_user_id

_AT_A_TIME = 100

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


class SpacesWorkspace(BaseModel):
    space_id: str
    workspace: Workspace


class WorkspacesAnswer(BaseModel):
    workspaces: list[SpacesWorkspace]


class MembersGrantsAnswer(BaseModel):
    members: list[MemberGrantAnswer]
    after: str | None = Field(
        description="There are more: ask for those behind this user id. Null: these are the last."
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
    return GrantsAnswer(
        choice=grant_choice_answer(here.space.grants),
        serves_you=None if grant_id is None else kind_of(grant_id),
        serving=None if serving is None else serving.status,
        acts_as=None if grant is None else grant.authorized_by,
        workspace=None if grant is None else grant.workspace,
    )


@router.get("/workspaces", responses=refusals(*OF_CALLERS))
async def workspaces(
    access: TheAccess, integrations: TheIntegrations, principal: APrincipal
) -> WorkspacesAnswer:
    """Which Notion workspace opens for the caller in each of their spaces, so that nobody takes one
    for another: of the first hundred, by name, without those that are not connected.
    """
    found: list[SpacesWorkspace] = []
    for one in (await access.spaces.of_user(principal))[:_AT_A_TIME]:
        try:
            space = (await access.members.require(principal, one.space_id)).space
            grant_id = await integrations.serving.of(principal, space)
        except (ServiceTokenNotServed, SpaceNotAccessible):
            continue
        state = await integrations.manage.state(grant_id)
        if state.grant is not None and state.tokens is not None:
            workspace = state.grant.workspace
            found.append(SpacesWorkspace(space_id=one.space_id, workspace=workspace))
    return WorkspacesAnswer(workspaces=found)


@router.get("/integrations/notion/{space_id}/grants/members", responses=refusals(*OF_OWNERS))
async def members_grants(
    integrations: TheIntegrations,
    here: AnOwnedSpace,
    after: Annotated[str, Query(max_length=255, description="The user id to go on behind.")] = "",
) -> MembersGrantsAnswer:
    """Members' own connections, by user id, a hundred at a time."""
    found = await integrations.member_grants.of_space(
        here.space_id, after=after, at_most=_AT_A_TIME + 1
    )
    theirs = found[:_AT_A_TIME]
    states = [await integrations.manage.state(one.grant_id) for one in theirs]
    return MembersGrantsAnswer(
        members=[
            MemberGrantAnswer(
                user_id=one.user_id,
                status=state.status,
                workspace=state.grant.workspace if state.grant else None,
            )
            for one, state in zip(theirs, states, strict=True)
        ],
        after=theirs[-1].user_id if len(found) > _AT_A_TIME else None,
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
