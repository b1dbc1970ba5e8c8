"""What is recorded of a space's calls, and for how long: seen by its members, set by its owners."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_OWNERS,
    OF_SPACES,
    AnOwnedSpace,
    APrincipal,
    ASpace,
)
from notion_gateway.access.membership import owned_still
from notion_gateway.audit.opening import Audit
from notion_gateway.audit.rules.contents import Contents
from notion_gateway.audit.rules.keeping import MOST_DAYS, Keeping
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals

router = APIRouter(tags=["audit"], route_class=BoundedBodyRoute)


def _audit(request: Request) -> Audit:
    audit: Audit = request.state.audit
    return audit


TheAudit = Annotated[Audit, Depends(_audit)]


class ContentsAnswer(BaseModel):
    """Whether what is said in calls is recorded from now on; never what looks like a credential."""

    arguments: bool
    results: bool
    set_at: datetime | None
    set_by: str | None = Field(description="The owner who has set it; null where nobody has.")


class NewContents(BaseModel):
    arguments: bool
    results: bool


class KeepingAnswer(BaseModel):
    """How long the space's entries are kept."""

    days: int = Field(description="After how many days an entry is deleted; 0: never.")
    own_days: int | None = Field(
        description="What the space's owners have set; null: the operator's GATEWAY_AUDIT_DAYS"
        " holds."
    )
    operator_days: int = Field(
        description="What GATEWAY_AUDIT_DAYS says, for spaces that set nothing; 0: for ever."
    )
    set_at: datetime | None
    set_by: str | None


class NewKeeping(BaseModel):
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = Field(
        description="null: as the operator's GATEWAY_AUDIT_DAYS says."
    )


@router.get("/spaces/{space_id}/audit/keeping", responses=refusals(*OF_SPACES))
async def keeping(audit: TheAudit, here: ASpace) -> KeepingAnswer:
    """How long calls are kept, and who has set that when."""
    return _keeping_answer(audit, await audit.days.load(here.space_id))


@router.put("/spaces/{space_id}/audit/keeping", responses=refusals(*OF_OWNERS))
async def put_keeping(
    audit: TheAudit, here: AnOwnedSpace, principal: APrincipal, wanted: NewKeeping
) -> KeepingAnswer:
    """From the next maintenance on, within some hours. What is deleted does not come back."""
    still = owned_still(here, principal)
    set_now = await audit.days.set(
        here.space_id, wanted.days, principal.user_id, audit.clock, still
    )
    return _keeping_answer(audit, set_now)


@router.get("/spaces/{space_id}/audit/contents", responses=refusals(*OF_SPACES))
async def contents(audit: TheAudit, here: ASpace) -> ContentsAnswer:
    """Whether what is said in calls is recorded, for whoever makes them to know."""
    return contents_answer(await audit.contents.load(here.space_id))


@router.put("/spaces/{space_id}/audit/contents", responses=refusals(*OF_OWNERS))
async def put_contents(
    audit: TheAudit, here: AnOwnedSpace, principal: APrincipal, wanted: NewContents
) -> ContentsAnswer:
    """Of calls that begin within two seconds from now, and later. What was recorded stays."""
    set_now = await audit.contents.set(
        here.space_id,
        principal.user_id,
        arguments=wanted.arguments,
        results=wanted.results,
        only_if=owned_still(here, principal),
    )
    return contents_answer(set_now)


def contents_answer(contents: Contents) -> ContentsAnswer:
    return ContentsAnswer(
        arguments=contents.arguments,
        results=contents.results,
        set_at=contents.set_at,
        set_by=contents.set_by,
    )


def _keeping_answer(audit: Audit, keeping: Keeping) -> KeepingAnswer:
    return KeepingAnswer(
        days=audit.days_of_all if keeping.days is None else keeping.days,
        own_days=keeping.days,
        operator_days=audit.days_of_all,
        set_at=keeping.set_at,
        set_by=keeping.set_by,
    )
