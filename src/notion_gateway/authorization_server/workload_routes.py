"""Programs that prove who they are by a token of where they run: an owner says which."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_OWNERS,
    OF_SPACES,
    AnOwnedSpace,
    APrincipal,
    ASpace,
    TheAccess,
)
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.rules.workloads import MAX_PATTERN_CHARACTERS, Workload
from notion_gateway.authorization_server.machines import MachineKeys
from notion_gateway.authorization_server.new_programs import NewProgram
from notion_gateway.authorization_server.routes import TheAuthorizationServer
from notion_gateway.authorization_server.workloads import WorkloadIdentity
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import OwnerRequired, Reason

router = APIRouter(tags=["machines"], route_class=BoundedBodyRoute)

_MAX_ADDRESS = 2000


class NewWorkload(NewProgram):
    issuer: str = Field(max_length=_MAX_ADDRESS, description="Its tokens' iss.")
    subject: str = Field(
        max_length=MAX_PATTERN_CHARACTERS,
        description="What its tokens' sub must be. A * stands for one part, ** for any.",
    )
    audience: str | None = Field(
        default=None,
        max_length=_MAX_ADDRESS,
        description="What its tokens' aud must be: this gateway's address, if left out.",
    )
    jwks: dict[str, Any] | None = Field(
        default=None, description="The issuer's public keys, where they cannot be fetched."
    )
    jwks_uri: str | None = Field(
        default=None, max_length=_MAX_ADDRESS, description="Or their address: https, and public."
    )


class WorkloadAnswer(BaseModel):
    workload_id: str
    name: str
    issuer: str
    subject: str
    audience: str
    expires_at: datetime
    read_only: bool
    tools: list[str] | None


class WorkloadsAnswer(BaseModel):
    workloads: list[WorkloadAnswer]


@router.get("/spaces/{space_id}/workloads", responses=refusals(*OF_SPACES, Reason.OWNER_REQUIRED))
async def workloads(access: TheAccess, here: ASpace) -> WorkloadsAnswer:
    """Whose tokens are exchanged for this space's, but for those that have expired. Owners."""
    if here.role is not Role.OWNER:
        raise OwnerRequired
    now = access.spaces.clock.now()
    good = [one for one in here.space.workloads.values() if now < one.expires_at]
    return WorkloadsAnswer(workloads=[_answer(one) for one in good])


@router.post("/spaces/{space_id}/workloads", status_code=201, responses=refusals(*OF_OWNERS))
async def allow(
    access: TheAccess,
    server: TheAuthorizationServer,
    here: AnOwnedSpace,
    principal: APrincipal,
    body: NewWorkload,
) -> WorkloadAnswer:
    """A program that exchanges a token of where it runs for one of this space (RFC 8693). It is
    listed among the space's tokens, as of kind machine, and revoked there. Owners.
    """
    wish = body.wish(here.space)
    keys = MachineKeys(body.jwks, body.jwks_uri)
    identity = WorkloadIdentity(body.issuer, body.subject, body.audience, keys)
    workload = server.workloads.wanted(principal.user_id, wish, identity)
    await access.spaces.allow_workload(here.space_id, workload, principal)
    return _answer(workload)


def _answer(workload: Workload) -> WorkloadAnswer:
    return WorkloadAnswer(
        workload_id=workload.workload_id,
        name=workload.name,
        issuer=workload.issuer,
        subject=workload.subject,
        audience=workload.audience,
        expires_at=workload.expires_at,
        read_only=workload.read_only,
        tools=None if workload.tools is None else sorted(workload.tools),
    )
