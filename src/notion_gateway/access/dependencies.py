"""What routes ask for: the caller, and the space they may act in.

Membership is checked here, on every request: a route gets a space by depending on ``ASpace``,
``AnOwnedSpace`` or ``AnInvitation``, and in no other way.
"""

from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Path, Query, Request

from notion_gateway.access.caller import principal_of
from notion_gateway.access.membership import SpaceAccess
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space_events import Role
from notion_gateway.http.called import Called, note_called
from notion_gateway.http.refusals import AT_THE_GATE
from notion_gateway.kernel.errors import InvalidRequest, Reason, TokenNotAllowed
from notion_gateway.kernel.identifiers import is_space_id


def _access(request: Request) -> Access:
    access: Access = request.state.access
    return access


TheAccess = Annotated[Access, Depends(_access)]


async def _principal(request: Request, access: TheAccess) -> Principal:
    principal = await principal_of(access, request.scope)
    space_id: str = request.path_params.get("space_id") or principal.space_id or ""
    called = Called(principal.user_id, principal.revocable_id or "", space_id)
    note_called(request.scope, called)
    access.limits.request(principal)
    return principal


APrincipal = Annotated[Principal, Depends(_principal)]


async def _changing_principal(access: TheAccess, principal: APrincipal) -> Principal:
    """For what changes something: a signed principal counts once.

    Raises PrincipalReplayed, and TokenNotAllowed for a gateway token that may only call tools.
    """
    if not principal.may_manage:
        raise TokenNotAllowed
    await access.authentication.require_unused(principal)
    return principal


AChangingPrincipal = Annotated[Principal, Depends(_changing_principal)]


def well_formed_space_id(space_id: str) -> str:
    if not is_space_id(space_id):
        raise InvalidRequest("space_id is malformed: letters, digits and . _ : @ | + ~ - only.")
    return space_id


async def _space(
    access: TheAccess, principal: APrincipal, space_id: Annotated[str, Path()]
) -> SpaceAccess:
    return await access.members.require(principal, well_formed_space_id(space_id))


async def _changed_space(
    access: TheAccess, principal: APrincipal, space_id: Annotated[str, Path()]
) -> SpaceAccess:
    found = await access.members.require(principal, well_formed_space_id(space_id))
    await _changing_principal(access, principal)
    return found


async def _owned_space(
    access: TheAccess, principal: APrincipal, space_id: Annotated[str, Path()]
) -> SpaceAccess:
    found = await access.members.require(principal, well_formed_space_id(space_id), Role.OWNER)
    await _changing_principal(access, principal)
    return found


class WhoseGrant(StrEnum):
    """Of a space's connections: the one that everybody shares, or the caller's own."""

    SHARED = "shared"
    MINE = "mine"


AGrant = Annotated[
    WhoseGrant,
    Query(alias="grant", description="The space's shared connection, or the caller's own in it."),
]


async def _space_of_grant(
    access: TheAccess,
    principal: APrincipal,
    space_id: Annotated[str, Path()],
    whose: AGrant = WhoseGrant.SHARED,
) -> SpaceAccess:
    if whose is WhoseGrant.SHARED:
        return await _owned_space(access, principal, space_id)
    return await _changed_space(access, principal, space_id)


async def _space_of_grant_of_query(
    access: TheAccess,
    principal: APrincipal,
    space_id: Annotated[str, Query()],
    whose: AGrant = WhoseGrant.SHARED,
) -> SpaceAccess:
    return await _space_of_grant(access, principal, space_id, whose)


async def _invited(
    access: TheAccess, principal: APrincipal, space_id: Annotated[str, Path()]
) -> str:
    await access.members.require_invited(principal, well_formed_space_id(space_id))
    principal.require_in_person()
    await _changing_principal(access, principal)
    return space_id


AnInvitation = Annotated[str, Depends(_invited)]
"""The id of the space in the path, which the caller is invited to, or a member of already; for
what they answer in person."""

ASpace = Annotated[SpaceAccess, Depends(_space)]
"""The space in the path, of which the caller is a member."""

AChangedSpace = Annotated[SpaceAccess, Depends(_changed_space)]
"""The same, for what a member may change of their own."""

AnOwnedSpace = Annotated[SpaceAccess, Depends(_owned_space)]
"""The same, for what only an owner may do."""

ASpaceOfGrant = Annotated[SpaceAccess, Depends(_space_of_grant)]
"""The same, for changing one of its grants: an owner the shared one, a member their own."""

ASpaceOfGrantOfQuery = Annotated[SpaceAccess, Depends(_space_of_grant_of_query)]
"""The same, where the query names the space."""


# --- what a route that asks for these may answer, for the OpenAPI document ------------------

OF_CALLERS = (
    *AT_THE_GATE,
    Reason.UNAUTHENTICATED,
    Reason.SIGN_IN_REVOKED,
    Reason.PRINCIPAL_MISMATCH,
    Reason.TOKEN_NOT_ALLOWED,
    Reason.TOO_MANY_REQUESTS,
    Reason.IDENTITY_UNAVAILABLE,
    Reason.STORE_UNAVAILABLE,
    Reason.INVALID_REQUEST,
)
OF_SPACES = (
    *OF_CALLERS,
    Reason.SPACE_NOT_ACCESSIBLE,
    Reason.SPACE_DELETED,
    Reason.HISTORY_UNREADABLE,
    Reason.NOT_FOUND,  # an id with a slash in it makes another path
    Reason.METHOD_NOT_ALLOWED,
)
OF_CHANGES = (
    Reason.PRINCIPAL_REPLAYED,
    Reason.REQUEST_TOO_LARGE,
    Reason.REQUEST_TIMEOUT,
)
OF_OWNERS = (*OF_SPACES, *OF_CHANGES, Reason.OWNER_REQUIRED)
