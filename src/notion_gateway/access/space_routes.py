"""Spaces and who belongs to them."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_CALLERS,
    OF_CHANGES,
    OF_OWNERS,
    OF_SPACES,
    AChangedSpace,
    AChangingPrincipal,
    AnOwnedSpace,
    APrincipal,
    ASpace,
    TheAccess,
)
from notion_gateway.access.manage_spaces import MAX_NAME_CHARACTERS
from notion_gateway.access.rules.invitation_links import InvitationLink
from notion_gateway.access.rules.principal import Means
from notion_gateway.access.rules.space import GrantChoice, Invitation, Member, Removal, Space
from notion_gateway.access.rules.space_events import GrantMode, Role
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import OwnerRequired, Reason

router = APIRouter(tags=["spaces"], route_class=BoundedBodyRoute)

NOBODY: Mapping[str, datetime] = MappingProxyType({})
AUserId = Annotated[str, Path(max_length=1024)]


class CallerAnswer(BaseModel):
    user_id: str
    space_id: str | None = Field(description="The only space this caller may act in, if any.")
    means: Means = Field(description="How the caller showed who they are.")


class SpaceSummary(BaseModel):
    space_id: str
    name: str
    role: Role = Field(description="What the caller is here: owner or member.")
    created_at: datetime
    is_chosen: bool = Field(
        description="Whether the caller made the space or accepted an invitation to it; false"
        " where they were merely added, which is no reason to open it for them."
    )


class SpaceAnswer(BaseModel):
    space_id: str
    name: str
    role: Role = Field(description="What the caller is here: owner or member.")
    created_at: datetime | None = Field(
        description="None for a space whose members an application looks after."
    )
    created_by: str | None


class GrantChoiceBody(BaseModel):
    mode: GrantMode = Field(
        description="With whose connection people act in Notion: `shared`, everybody with the"
        " space's; `personal`, each with their own; `personal_else_shared`, with their own where"
        " they have one, else the space's."
    )
    service_tokens_use_shared: bool = Field(
        default=True,
        description="Whether service tokens act with the space's connection where people act"
        " with their own; false: they reach nothing then.",
    )


class GrantChoiceAnswer(GrantChoiceBody):
    chosen_at: datetime | None = Field(description="None where nobody has chosen yet.")
    chosen_by: str | None


class SpacesAnswer(BaseModel):
    spaces: list[SpaceSummary]


class SpaceName(BaseModel):
    name: str = Field(min_length=1, max_length=MAX_NAME_CHARACTERS)


class MemberAnswer(BaseModel):
    user_id: str
    role: Role
    added_at: datetime
    added_by: str
    issuer: str | None = Field(
        default=None,
        description="By whose word they belong, for as long as it says so; null: by no issuer's.",
    )
    last_active_at: datetime | None = Field(
        default=None,
        description="For owners: when they last called, were called for by a token or program of"
        " theirs, or wrote in the chat, as far as that is kept.",
    )


class InvitationAnswer(BaseModel):
    """Somebody who may become a member, and is none until they accept."""

    user_id: str
    role: Role
    invited_at: datetime
    invited_by: str


class InvitationLinkAnswer(BaseModel):
    """By which somebody may join who has it."""

    link_id: str
    made_at: datetime
    made_by: str
    ends_at: datetime


class RemovalAnswer(BaseModel):
    """Somebody whom another person removed."""

    user_id: str
    removed_at: datetime
    removed_by: str


class MembersAnswer(BaseModel):
    members: list[MemberAnswer]
    invitations: list[InvitationAnswer]
    links: list[InvitationLinkAnswer]
    kept_out: list[RemovalAnswer] = Field(
        description="For owners: people who were removed, the last one first. Neither an issuer's"
        " word nor a link lets them in again; an invitation by user id does, once they accept."
    )


class MemberRole(BaseModel):
    role: Role
    keep: bool = Field(
        default=False,
        description="Also keeps a member who belongs by an issuer's word: they stay from now on,"
        " whatever it says. Whoever is invited stays in any case.",
    )


@router.get("/me", responses=refusals(*OF_CALLERS))
async def me(principal: APrincipal) -> CallerAnswer:
    """Who this gateway takes the caller for."""
    return CallerAnswer(
        user_id=principal.user_id, space_id=principal.space_id, means=principal.means
    )


@router.get("/spaces", responses=refusals(*OF_CALLERS))
async def spaces(access: TheAccess, principal: APrincipal) -> SpacesAnswer:
    """The spaces the caller belongs to, by name."""
    found = await access.spaces.of_user(principal)
    return SpacesAnswer(
        spaces=[
            SpaceSummary(
                space_id=one.space_id,
                name=one.name,
                role=one.role,
                created_at=one.created_at,
                is_chosen=one.is_chosen,
            )
            for one in found
        ]
    )


@router.post("/spaces", status_code=201, responses=refusals(*OF_CALLERS, *OF_CHANGES))
async def create(access: TheAccess, principal: AChangingPrincipal, body: SpaceName) -> SpaceAnswer:
    """A new space, whose first owner the caller is. The gateway chooses its id."""
    principal.require_any_space()
    space = await access.spaces.create(body.name, principal.user_id)
    return space_answer(space, Role.OWNER)


@router.get("/spaces/{space_id}", responses=refusals(*OF_SPACES))
async def space(here: ASpace) -> SpaceAnswer:
    return space_answer(here.space, here.role)


@router.patch("/spaces/{space_id}", responses=refusals(*OF_OWNERS))
async def rename(
    access: TheAccess, here: AnOwnedSpace, principal: APrincipal, body: SpaceName
) -> SpaceAnswer:
    renamed = await access.spaces.rename(here.space_id, body.name, principal)
    return space_answer(renamed, here.role)


@router.put("/spaces/{space_id}/grants", responses=refusals(*OF_OWNERS))
async def choose_grants(
    access: TheAccess, here: AnOwnedSpace, principal: APrincipal, body: GrantChoiceBody
) -> GrantChoiceAnswer:
    """Chooses with whose connection people act in Notion. Nobody is disconnected by that."""
    chosen = await access.spaces.choose_grants(
        here.space_id,
        body.mode,
        principal,
        service_tokens_use_shared=body.service_tokens_use_shared,
    )
    return grant_choice_answer(chosen)


@router.get("/spaces/{space_id}/members", responses=refusals(*OF_SPACES))
async def members(access: TheAccess, here: ASpace) -> MembersAnswer:
    """Who belongs to the space, in the order in which they were added; who is invited; and for
    owners, who was removed.
    """
    active: Mapping[str, datetime] = {}
    kept_out: list[Removal] = []
    if here.role is Role.OWNER:
        active = await access.activity.of_members(here.space_id)
        kept_out = [*here.space.kept_out.values()][::-1]
    return MembersAnswer(
        members=[_member(one, active) for one in here.space.members.values()],
        invitations=[_invitation(one) for one in access.spaces.invited_to(here.space)],
        links=[invitation_link(one) for one in access.links.of_space(here.space)],
        kept_out=[_removal(one) for one in kept_out],
    )


@router.put(
    "/spaces/{space_id}/members/{user_id:path}",
    responses={202: {"model": InvitationAnswer}, **refusals(*OF_OWNERS, Reason.LAST_OWNER)},
    response_model=MemberAnswer,
)
async def put_member(
    access: TheAccess,
    here: AnOwnedSpace,
    principal: APrincipal,
    user_id: AUserId,
    body: MemberRole,
) -> MemberAnswer | JSONResponse:
    """Changes the role of a member, at once; or invites by user id, which is 202: whoever is
    invited belongs to the space once they accept (`POST /invitations/{space_id}/accept`).
    """
    done = await access.spaces.invite(here.space_id, user_id, body.role, principal, keep=body.keep)
    if isinstance(done, Invitation):
        return JSONResponse(_invitation(done).model_dump(mode="json"), 202)
    return _member(done)


@router.delete(
    "/spaces/{space_id}/members/{user_id:path}",
    status_code=204,
    responses=refusals(*OF_OWNERS, Reason.LAST_OWNER),
)
async def delete_member(
    access: TheAccess, here: AChangedSpace, principal: APrincipal, user_id: AUserId
) -> Response:
    """Removes somebody, or oneself: their gateway tokens for the space end with it. Takes back
    the invitation of who has not accepted.
    """
    mine = user_id == principal.user_id
    if not mine and here.role is not Role.OWNER:
        raise OwnerRequired
    await access.spaces.remove_member(here.space_id, user_id, principal)
    return Response(status_code=204)


def grant_choice_answer(chosen: GrantChoice) -> GrantChoiceAnswer:
    return GrantChoiceAnswer(
        mode=chosen.mode,
        service_tokens_use_shared=chosen.service_tokens_use_shared,
        chosen_at=chosen.chosen_at,
        chosen_by=chosen.chosen_by,
    )


def space_answer(space: Space, role: Role) -> SpaceAnswer:
    return SpaceAnswer(
        space_id=space.space_id,
        name=space.name or space.space_id,
        role=role,
        created_at=space.created_at,
        created_by=space.created_by,
    )


def invitation_link(link: InvitationLink) -> InvitationLinkAnswer:
    return InvitationLinkAnswer(
        link_id=link.link_id, made_at=link.made_at, made_by=link.made_by, ends_at=link.ends_at
    )


def _member(member: Member, active: Mapping[str, datetime] = NOBODY) -> MemberAnswer:
    return MemberAnswer(
        user_id=member.user_id,
        role=member.role,
        added_at=member.added_at,
        added_by=member.added_by,
        issuer=member.issuer,
        last_active_at=active.get(member.user_id),
    )


def _invitation(invitation: Invitation) -> InvitationAnswer:
    return InvitationAnswer(
        user_id=invitation.user_id,
        role=invitation.role,
        invited_at=invitation.invited_at,
        invited_by=invitation.invited_by,
    )


def _removal(removal: Removal) -> RemovalAnswer:
    return RemovalAnswer(
        user_id=removal.user_id, removed_at=removal.removed_at, removed_by=removal.removed_by
    )
