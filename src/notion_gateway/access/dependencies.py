"""What routes ask for: the gateway, the caller, and the space they may act in.

Membership is checked here, on every request: a route gets a space by depending on ``ASpace``
or ``AnOwnedSpace``, and in no other way.
"""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from notion_gateway.access.caller import principal_of
from notion_gateway.access.membership import Access
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space import Role
from notion_gateway.kernel.errors import InvalidRequest, TokenNotAllowed
from notion_gateway.kernel.identifiers import is_space_id
from notion_gateway.wiring import Gateway


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.state.gateway
    return gateway


AGateway = Annotated[Gateway, Depends(_gateway)]


async def _principal(request: Request, gateway: AGateway) -> Principal:
    principal = await principal_of(gateway, request.scope)
    gateway.identity.budget.request(principal)
    return principal


APrincipal = Annotated[Principal, Depends(_principal)]


async def _changing_principal(gateway: AGateway, principal: APrincipal) -> Principal:
    """For what changes something: a signed principal counts once.

    Raises PrincipalReplayed, and TokenNotAllowed for a gateway token that may only call tools.
    """
    if not principal.may_manage:
        raise TokenNotAllowed
    await gateway.identity.authentication.require_unused(principal)
    return principal


AChangingPrincipal = Annotated[Principal, Depends(_changing_principal)]


def _well_formed(space_id: str) -> str:
    if not is_space_id(space_id):
        raise InvalidRequest("space_id is malformed: letters, digits and . _ : @ | + ~ - only.")
    return space_id


async def _space(
    gateway: AGateway, principal: APrincipal, space_id: Annotated[str, Path()]
) -> Access:
    return await gateway.identity.members.require(principal, _well_formed(space_id))


async def _changed_space(
    gateway: AGateway, principal: APrincipal, space_id: Annotated[str, Path()]
) -> Access:
    access = await gateway.identity.members.require(principal, _well_formed(space_id))
    await _changing_principal(gateway, principal)
    return access


async def _owned_space(
    gateway: AGateway, principal: APrincipal, space_id: Annotated[str, Path()]
) -> Access:
    access = await gateway.identity.members.require(principal, _well_formed(space_id), Role.OWNER)
    await _changing_principal(gateway, principal)
    return access


async def _owned_space_of_query(
    gateway: AGateway, principal: APrincipal, space_id: Annotated[str, Query()]
) -> Access:
    return await _owned_space(gateway, principal, space_id)


ASpace = Annotated[Access, Depends(_space)]
"""The space in the path, of which the caller is a member."""

AChangedSpace = Annotated[Access, Depends(_changed_space)]
"""The same, for what a member may change of their own."""

AnOwnedSpace = Annotated[Access, Depends(_owned_space)]
"""The same, for what only an owner may do."""

AnOwnedSpaceOfQuery = Annotated[Access, Depends(_owned_space_of_query)]
"""The same, where the query names the space."""
