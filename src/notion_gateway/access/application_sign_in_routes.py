"""Applications tell of the people who signed in on their pages, with the issuer's own word."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from notion_gateway.access.application_sign_ins import ToldSignIn
from notion_gateway.access.dependencies import (
    OF_CALLERS,
    OF_CHANGES,
    AChangingPrincipal,
    TheAccess,
)
from notion_gateway.access.rules.principal import Means
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import TokenNotAllowed
from notion_gateway.kernel.secret import Secret

router = APIRouter(tags=["spaces"], route_class=BoundedBodyRoute)

_MAX_TOKEN_CHARACTERS = 48 * 1024


class SignInBody(BaseModel):
    id_token: str = Field(
        max_length=_MAX_TOKEN_CHARACTERS, description="As the issuer gave it, just now."
    )
    access_token: str | None = Field(
        default=None,
        max_length=_MAX_TOKEN_CHARACTERS,
        description="For the issuer's userinfo, which is asked for what the ID token leaves out.",
    )
    scope: str = Field(max_length=1000, description="What the issuer was asked for.")


@router.post("/sign-ins", status_code=204, responses=refusals(*OF_CALLERS, *OF_CHANGES))
async def sign_in(access: TheAccess, principal: AChangingPrincipal, body: SignInBody) -> Response:
    """An application's person has signed in at the OpenID issuer: from now on they belong where its
    rules say so, and nowhere else by them. Nothing where there are no rules.
    """
    if principal.means is not Means.APPLICATION:
        raise TokenNotAllowed("Only an application that signs principals tells of sign-ins.")
    if access.application_sign_ins is not None:
        token = None if body.access_token is None else Secret(body.access_token)
        told = ToldSignIn(body.id_token, token, body.scope)
        await access.application_sign_ins.follow(principal, told)
    return Response(status_code=204)
