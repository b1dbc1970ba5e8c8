"""Programs that nobody logs in: an owner makes one. They are listed and end among the tokens."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import OF_OWNERS, AnOwnedSpace, APrincipal
from notion_gateway.authorization_server.machines import MachineKeys
from notion_gateway.authorization_server.new_programs import NewProgram
from notion_gateway.authorization_server.routes import TheAuthorizationServer
from notion_gateway.authorization_server.rules.machines import MachineAuth
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals

router = APIRouter(tags=["machines"], route_class=BoundedBodyRoute)


class NewMachine(NewProgram):
    jwks: dict[str, Any] | None = Field(
        default=None, description="Its public keys (RFC 7517), where it proves itself with a key."
    )
    jwks_uri: str | None = Field(
        default=None, max_length=2000, description="Or their address: https, and public."
    )


class NewMachineAnswer(BaseModel):
    client_id: str
    name: str
    auth: MachineAuth = Field(description="How it proves itself at the token endpoint.")
    client_secret: str | None = Field(
        description="Shown this once; null for one that proves itself with a key."
    )
    expires_at: datetime
    read_only: bool
    tools: list[str] | None


@router.post("/spaces/{space_id}/machines", status_code=201, responses=refusals(*OF_OWNERS))
async def make(
    server: TheAuthorizationServer,
    here: AnOwnedSpace,
    principal: APrincipal,
    response: Response,
    body: NewMachine,
) -> NewMachineAnswer:
    """A program that acts in this space in nobody's name, with OAuth's client credentials. It is
    listed among the space's tokens, as of kind machine, and revoked there. Owners.
    """
    wish = body.wish(here.space)
    keys = MachineKeys(body.jwks, body.jwks_uri)
    machine, secret = await server.machines.make(here.space_id, principal, wish, keys)
    response.headers["cache-control"] = "no-store"
    return NewMachineAnswer(
        client_id=machine.client_id,
        name=machine.name,
        auth=machine.auth,
        client_secret=None if secret is None else secret.reveal(),
        expires_at=machine.expires_at,
        read_only=machine.read_only,
        tools=None if machine.tools is None else sorted(machine.tools),
    )
