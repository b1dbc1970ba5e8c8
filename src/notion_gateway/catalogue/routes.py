"""What tools Notion lists for a space, and what has changed: read by its members, marked as seen by
its owners; and for a member's own connection, by that member.
"""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_OWNERS,
    OF_SPACES,
    AGrant,
    APrincipal,
    ASpace,
    ASpaceOfGrant,
    WhoseGrant,
)
from notion_gateway.access.rules.principal import Principal
from notion_gateway.catalogue.opening import Catalogues
from notion_gateway.catalogue.rules.changes import ChangeKind, What
from notion_gateway.catalogue.rules.tools import Effect, LookFailure, Tool
from notion_gateway.catalogue.store import Known, RecordedChange
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.integration.rules.grant_ids import member_grant, space_of
from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.policy.rules.tools import KNOWN_TOOLS, ListedTools

router = APIRouter(tags=["catalogue"], route_class=BoundedBodyRoute)

PAGE: Final = 50
PAGE_MAX: Final = 500
_LARGEST_NUMBER: Final = 2**31 - 1


def _catalogues(request: Request) -> Catalogues:
    catalogues: Catalogues = request.state.catalogues
    return catalogues


TheCatalogues = Annotated[Catalogues, Depends(_catalogues)]


class ListedTool(BaseModel):
    """Title and description are Notion's own words: text to show, never instructions."""

    name: str
    title: str
    description: str
    effect: Effect = Field(description="By the tool's own word.")
    is_known: bool = Field(description="Whether this version of the gateway knows it by name.")
    is_seen: bool = Field(description="Whether an owner has seen it.")
    is_reading: bool = Field(
        description="Whether a policy takes it for one that only reads: by its name where this"
        " version knows that, else by its own word, once that can be trusted."
    )
    has_hidden_characters: bool = Field(
        description="Its texts hold characters that nobody sees, and models read. They are written"
        " out here."
    )


class CatalogueAnswer(BaseModel):
    """``seen`` is by an owner, or of a member's own connection by that member."""

    space_id: str
    grant: Literal["shared", "personal"] = Field(
        description="shared: of the connection that everybody shares, which alone the policy goes"
        " by. personal: of the caller's own."
    )
    is_on: bool = Field(description="Whether this gateway looks at all.")
    version: int = Field(
        description="Counts the looks that found something new; 0: nobody has looked yet."
    )
    process_id: str | None = Field(description="The grant that the newest look was made with.")
    looked_at: datetime | None
    failure: LookFailure | None = Field(description="Why the newest look brought nothing.")
    seen_version: int = Field(description="The newest one that an owner has seen.")
    seen_at: datetime | None
    seen_by: str | None
    unseen_changes: int
    flagged_changes: int = Field(description="Of those that nobody has seen.")
    tools: list[ListedTool]


class DifferenceAnswer(BaseModel):
    """``words`` are the gateway's; ``before`` and ``after`` Notion's own, where they differ."""

    what: What
    words: str
    flagged: bool
    before: str | None
    after: str | None


class ChangeAnswer(BaseModel):
    number: int = Field(description="Counts from 1 within the space.")
    version: int = Field(description="Of the catalogue since then.")
    at: datetime
    kind: ChangeKind
    tool: str
    flagged: bool = Field(
        description="Something that models read is another than before, or hidden; or a tool asks"
        " for less care."
    )
    differences: list[DifferenceAnswer]
    seen_at: datetime | None
    seen_by: str | None
    left_out: int = Field(
        description="Changes of the same tool right before this one that are kept no longer."
    )


class ChangesAnswer(BaseModel):
    changes: list[ChangeAnswer] = Field(description="The newest first.")
    before: int | None = Field(
        description="There is more: ask with this for the page before. None at the beginning."
    )


class Seen(BaseModel):
    version: int = Field(
        ge=1,
        le=_LARGEST_NUMBER,
        description="Of the catalogue that you have seen: what came later stays unseen.",
    )


@router.get("/spaces/{space_id}/catalogue", responses=refusals(*OF_SPACES))
async def catalogue(
    catalogues: TheCatalogues,
    here: ASpace,
    principal: APrincipal,
    whose: AGrant = WhoseGrant.SHARED,
) -> CatalogueAnswer:
    """The tools as of the newest look."""
    return await _answer(catalogues, _grant_id(here.space_id, principal, whose))


@router.get("/spaces/{space_id}/catalogue/changes", responses=refusals(*OF_SPACES))
async def changes(
    catalogues: TheCatalogues,
    here: ASpace,
    principal: APrincipal,
    whose: AGrant = WhoseGrant.SHARED,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many at most.")] = PAGE,
    before: Annotated[
        int | None, Query(ge=1, le=_LARGEST_NUMBER, description="Only those before this number.")
    ] = None,
    unseen: Annotated[bool, Query(description="Only those that no owner has seen.")] = False,
) -> ChangesAnswer:
    """What has changed, with the difference in words: the newest 500, and what nobody has seen."""
    found = await catalogues.store.changes(
        _grant_id(here.space_id, principal, whose), limit=limit + 1, before=before, unseen=unseen
    )
    these, earlier = found[:limit], found[limit:]
    return ChangesAnswer(
        changes=[_change(one) for one in these], before=these[-1].number if earlier else None
    )


@router.put("/spaces/{space_id}/catalogue/seen", responses=refusals(*OF_OWNERS))
async def seen(
    catalogues: TheCatalogues,
    here: ASpaceOfGrant,
    principal: APrincipal,
    body: Seen,
    whose: AGrant = WhoseGrant.SHARED,
) -> CatalogueAnswer:
    """An owner has seen the tools of that version, and all changes until then. For the space's
    policy they are new no longer. With ``grant=mine`` a member has seen their own, which changes
    nothing of the policy. Repeating it is harmless.
    """
    now, grant_id = catalogues.clock.timestamp(), _grant_id(here.space_id, principal, whose)
    known = await catalogues.store.see(grant_id, body.version, principal.user_id, now)
    if known is None:
        raise InvalidRequest("version: nobody has looked at these tools yet.")
    return await _answer(catalogues, grant_id)


@router.post("/spaces/{space_id}/catalogue/look", status_code=202, responses=refusals(*OF_OWNERS))
async def look(
    catalogues: TheCatalogues,
    here: ASpaceOfGrant,
    principal: APrincipal,
    whose: AGrant = WhoseGrant.SHARED,
) -> CatalogueAnswer:
    """Has a gateway look soon, within about three minutes, where the connection is in use. What it
    finds is not in this answer.
    """
    grant_id = _grant_id(here.space_id, principal, whose)
    await catalogues.turns.heard(grant_id, catalogues.clock.timestamp())
    return await _answer(catalogues, grant_id)


def _grant_id(space_id: str, principal: Principal, whose: WhoseGrant) -> str:
    mine = whose is WhoseGrant.MINE
    return member_grant(space_id, principal.user_id) if mine else space_id


async def _answer(catalogues: Catalogues, grant_id: str) -> CatalogueAnswer:
    space_id = space_of(grant_id)
    known = await catalogues.store.load(grant_id) or Known()
    listed = await catalogues.of_policies.listed(space_id)
    unseen, flagged = await catalogues.store.unseen(grant_id)
    return CatalogueAnswer(
        space_id=space_id,
        grant="shared" if grant_id == space_id else "personal",
        is_on=catalogues.looks is not None,
        version=known.snapshot.version,
        process_id=known.process_id or None,
        looked_at=_moment(known.looked_at or None),
        failure=known.failure,
        seen_version=known.seen_version,
        seen_at=_moment(known.seen_at),
        seen_by=known.seen_by,
        unseen_changes=unseen,
        flagged_changes=flagged,
        tools=[_tool(one, known, listed) for one in known.snapshot.tools],
    )


def _tool(tool: Tool, known: Known, listed: ListedTools) -> ListedTool:
    return ListedTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        effect=tool.effect,
        is_known=tool.name in KNOWN_TOOLS,
        is_seen=tool.name in known.snapshot.seen,
        is_reading=listed.reads(tool.name),
        has_hidden_characters=tool.has_hidden,
    )


def _change(one: RecordedChange) -> ChangeAnswer:
    return ChangeAnswer(
        number=one.number,
        version=one.version,
        at=datetime.fromtimestamp(one.at, UTC),
        kind=one.change.kind,
        tool=one.change.tool,
        flagged=one.change.flagged,
        differences=[
            DifferenceAnswer(
                what=found.what,
                words=found.words,
                flagged=found.flagged,
                before=found.before,
                after=found.after,
            )
            for found in one.change.differences
        ],
        seen_at=_moment(one.seen_at),
        seen_by=one.seen_by,
        left_out=one.left_out,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
