"""Gateway tokens: given out, listed, revoked."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_CHANGES,
    OF_SPACES,
    AChangedSpace,
    APrincipal,
    ASpace,
    TheAccess,
)
from notion_gateway.access.gateway_tokens import MAX_NAME_CHARACTERS, MAX_TOOLS, TokenWish
from notion_gateway.access.membership import SpaceAccess
from notion_gateway.access.rules.gateway_tokens import MAX_LIFETIME_DAYS, ListedToken, TokenKind
from notion_gateway.access.rules.space_events import Role
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import InvalidRequest, OwnerRequired, Reason

router = APIRouter(tags=["gateway tokens"], route_class=BoundedBodyRoute)

ToolName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]{1,128}$")]
"""As MCP names tools (2025-11-25, server/tools), or one of CONTENT_METHODS."""


class TokenAnswer(BaseModel):
    token_id: str
    name: str
    user_id: str = Field(description="Who acts with it: a person, or a machine by its own id.")
    made_by: str = Field(description="The person who made it, or let the client or machine in.")
    hint: str = Field(description="The token's beginning and end, to tell it from others.")
    kind: TokenKind = Field(
        description="personal: a person made it. client: what a person allowed an MCP client."
        " command_line: a command line that a person logged in. machine: a program that an"
        " owner let in."
    )
    client_name: str | None = Field(description="What that client calls itself; unproven.")
    client_id: str | None = Field(
        description="By which a policy names the client, with every login, or the machine; null for"
        " a token that a person made."
    )
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="Up to a quarter of a minute late.")
    program: str | None = Field(
        description="What called with it last, as that calls itself, with its version; as late."
    )
    read_only: bool
    tools: list[str] | None = Field(
        description="The only tools it may call, and which of resources/read, prompts/get and"
        " completion/complete; null for all."
    )
    can_manage: bool = Field(description="Whether it may also connect, disconnect and so on.")
    is_service: bool = Field(
        description="It acts for nobody in particular: with the shared connection, or with none,"
        " where people act with their own."
    )


class TokensAnswer(BaseModel):
    tokens: list[TokenAnswer]


class NewToken(BaseModel):
    name: str = Field(min_length=1, max_length=MAX_NAME_CHARACTERS)
    expires_in_days: int = Field(default=90, ge=1, le=MAX_LIFETIME_DAYS)
    read_only: bool = False
    tools: list[ToolName] | None = Field(default=None, min_length=1, max_length=MAX_TOOLS)
    can_manage: bool = False
    is_service: bool = Field(default=False, description="Only an owner makes such a token.")


class NewTokenAnswer(TokenAnswer):
    token: str = Field(description="The token itself. It is shown this once.")


@router.get("/spaces/{space_id}/tokens", responses=refusals(*OF_SPACES))
async def tokens(access: TheAccess, here: ASpace, principal: APrincipal) -> TokensAnswer:
    """The caller's own tokens for the space, and the MCP clients they let in; an owner sees
    everybody's.
    """
    whose = None if here.role is Role.OWNER else principal.user_id
    found = await access.tokens.of_space(here.space_id, whose)
    programs = await access.tokens.programs(here.space_id)
    listed = [_token(one, programs.get(one.token_id)) for one in found]
    return TokensAnswer(tokens=[TokenAnswer.model_validate(one) for one in listed])


@router.post(
    "/spaces/{space_id}/tokens",
    status_code=201,
    responses=refusals(*OF_SPACES, *OF_CHANGES, Reason.OWNER_REQUIRED),
)
async def create(
    access: TheAccess,
    here: AChangedSpace,
    principal: APrincipal,
    response: Response,
    body: NewToken,
) -> NewTokenAnswer:
    """A token with which the caller's scripts and MCP clients act in this space."""
    if not here.space.exists:
        # Nothing but the application's own word makes anybody a member, and a token has none.
        raise InvalidRequest("An application looks after this space's members: it has no tokens.")
    if body.is_service and here.role is not Role.OWNER:
        raise OwnerRequired
    wish = TokenWish(
        name=body.name,
        expires_in_days=body.expires_in_days,
        read_only=body.read_only,
        tools=None if body.tools is None else frozenset(body.tools),
        can_manage=body.can_manage,
        is_service=body.is_service,
    )
    token, secret = await access.tokens.issue(
        here.space_id, principal.user_id, wish, by_anybody=principal.is_believed
    )
    response.headers["cache-control"] = "no-store"
    return NewTokenAnswer.model_validate({**_token(token.listed()), "token": secret.reveal()})


@router.delete(
    "/spaces/{space_id}/tokens/{token_id}",
    status_code=204,
    responses=refusals(*OF_SPACES, *OF_CHANGES),
)
async def revoke(
    access: TheAccess,
    here: AChangedSpace,
    principal: APrincipal,
    token_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")],
) -> Response:
    """One's own; an owner revokes anybody's. It stops within two seconds everywhere. An MCP
    client loses all that it was given.
    """
    if here.role is Role.OWNER or await _is_own(access, here, principal, token_id):
        await access.tokens.revoke(here.space_id, token_id, principal.user_id)
    return Response(status_code=204)


async def _is_own(
    access: TheAccess, here: SpaceAccess, principal: APrincipal, token_id: str
) -> bool:
    own = await access.tokens.of_space(here.space_id, principal.user_id)
    return any(one.token_id == token_id for one in own)


def _token(token: ListedToken, program: str | None = None) -> dict[str, object]:
    return {
        "token_id": token.token_id,
        "name": token.name,
        "user_id": token.user_id,
        "made_by": token.made_by,
        "hint": token.hint,
        "kind": token.kind,
        "client_name": token.client_name,
        "client_id": token.client_id,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "program": program,
        "read_only": token.read_only,
        "tools": None if token.tools is None else sorted(token.tools),
        "can_manage": token.can_manage,
        "is_service": token.is_service,
    }
