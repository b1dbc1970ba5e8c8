"""A space's connection: how it is, what happened to it, and its end."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
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
from notion_gateway.budget.answer import BudgetAnswer, budget_answer
from notion_gateway.budget.budgets import Budgets
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.integration.dependencies import TheIntegrations
from notion_gateway.integration.manage import Disconnection
from notion_gateway.integration.rules.events import Workspace
from notion_gateway.integration.rules.expiry import (
    RenewalOutcome,
    days_until,
    expiry_of,
    last_renewal,
)
from notion_gateway.integration.rules.grant_ids import member_grant, space_of
from notion_gateway.integration.rules.history import HistoryEntry, entries
from notion_gateway.integration.rules.integration import Integration, Status
from notion_gateway.integration.rules.serving import kind_of
from notion_gateway.kernel.errors import Reason

router = APIRouter(tags=["integration"], route_class=BoundedBodyRoute)

OF_DISCONNECTS = (*OF_OWNERS, Reason.SECRET_UNREADABLE)


class FailureAnswer(BaseModel):
    at: datetime
    error: str = Field(description="Notion's error code: invalid_grant or invalid_client.")


class ExpiryAnswer(BaseModel):
    """How long Notion keeps the grant. Days are parts of days too, and negative once past."""

    used_at: datetime = Field(
        description="When Notion last saw the grant's refresh token, or the consent: the idle"
        " limit counts from then, and not from `last_called_at`."
    )
    absolute_limit_at: datetime = Field(description="180 days after the consent.")
    days_to_absolute_limit: float
    idle_limit_at: datetime = Field(
        description="30 days after `used_at`; the gateway renews an idle grant after 20."
    )
    days_to_idle_limit: float
    person_needed_at: datetime = Field(
        description="Until then somebody has to connect the space again: the absolute limit, or"
        " the idle one where the gateway should have renewed the grant and has not."
    )
    days_to_person_needed: float


class StatusAnswer(BaseModel):
    """A space's connection, or the caller's own there, as its history tells it."""

    space_id: str
    grant: Literal["shared", "personal"] = Field(
        description="shared: everybody's in the space. personal: one member's own."
    )
    status: Status
    has_mcp_token: bool
    process_id: str | None = Field(description="Names the grant.")
    workspace: Workspace | None
    connected_by: str | None
    connected_at: datetime | None
    last_called_at: datetime | None = Field(
        description="When a call last went to Notion with the grant, to about a minute; None where"
        " none has since the consent."
    )
    last_refreshed_at: datetime | None
    last_refresh: RenewalOutcome | None = Field(
        description="How the newest one ended; unknown while no answer is recorded."
    )
    access_token_expires_at: datetime | None
    last_failure: FailureAnswer | None
    expiry: ExpiryAnswer | None = Field(description="None where there is no grant in use.")
    budget: BudgetAnswer | None = Field(
        description="None where Notion has not refused any call for their number, as far as the"
        " process that answers remembers."
    )


HISTORY_PAGE = 100
HISTORY_PAGE_MAX = 1000
_LAST_VERSION = 2**31 - 1


class HistoryAnswer(BaseModel):
    """A page, oldest first within it."""

    events: list[HistoryEntry]
    before: int | None = Field(
        description="There is more: ask with this for the page before. None at the beginning."
    )
    next: str | None = Field(description="The same as a path with its query.")


class DisconnectAnswer(BaseModel):
    status: Status
    was_connected: bool
    revoked_at_notion: bool | None = Field(
        description="False: the tokens are destroyed here, but Notion could not be told; remove"
        " the connection in Notion's settings too. None: there was nothing to revoke."
    )


@router.get("/integrations/notion/{space_id}", responses=refusals(*OF_SPACES))
async def status(
    request: Request,
    integrations: TheIntegrations,
    here: ASpace,
    principal: APrincipal,
    whose: AGrant = WhoseGrant.SHARED,
) -> StatusAnswer:
    grant_id = _grant_id(here.space_id, principal, whose)
    state = await integrations.manage.state(grant_id)
    budgets: Budgets | None = request.state.budgets
    called_at = None if state.tokens is None else await integrations.uses.last(grant_id)
    return _status(state, integrations.manage.store.now(), budgets, called_at)


@router.delete("/integrations/notion/{space_id}", responses=refusals(*OF_DISCONNECTS))
async def disconnect(
    integrations: TheIntegrations,
    here: ASpaceOfGrant,
    principal: APrincipal,
    whose: AGrant = WhoseGrant.SHARED,
) -> DisconnectAnswer:
    """Destroys the tokens here and revokes them at Notion: an owner those of the space's shared
    connection, with ``grant=mine`` a member their own. Repeating it is harmless.
    """
    grant_id = _grant_id(here.space_id, principal, whose)
    return ended(await integrations.manage.disconnect(grant_id, principal.user_id))


@router.get("/integrations/notion/{space_id}/events", responses=refusals(*OF_SPACES))
async def events(
    request: Request,
    integrations: TheIntegrations,
    here: ASpace,
    principal: APrincipal,
    whose: AGrant = WhoseGrant.SHARED,
    limit: Annotated[
        int, Query(ge=1, le=HISTORY_PAGE_MAX, description="How many at most.")
    ] = HISTORY_PAGE,
    before: Annotated[
        int | None, Query(ge=1, le=_LAST_VERSION, description="Only those before this version.")
    ] = None,
) -> HistoryAnswer:
    """What happened to the connection: the newest ``limit`` events, oldest first, or those just
    before a version. ``before`` and ``next`` of the answer lead to the page before. Events of old
    renewals may have been deleted in between: ``removed_before`` of the next event says how many.
    """
    # One more, to know whether there is a page before, and what is missing in between.
    grant_id = _grant_id(here.space_id, principal, whose)
    history = await integrations.manage.history(grant_id, limit=limit + 1, before=before)
    before_these, history = history[:-limit], history[-limit:]
    after = before_these[-1].version if before_these else 0
    earlier = history[0].version if before_these else None
    mine = "&grant=mine" if whose is WhoseGrant.MINE else ""
    path = request.url.path
    following = None if earlier is None else f"{path}?limit={limit}&before={earlier}{mine}"
    found = entries([(one.version, one.event) for one in history], after)
    return HistoryAnswer(events=found, before=earlier, next=following)


def _grant_id(space_id: str, principal: Principal, whose: WhoseGrant) -> str:
    mine = whose is WhoseGrant.MINE
    return member_grant(space_id, principal.user_id) if mine else space_id


def ended(done: Disconnection) -> DisconnectAnswer:
    return DisconnectAnswer(
        status=Status.DISCONNECTED, was_connected=done.was_connected, revoked_at_notion=done.revoked
    )


def _status(
    state: Integration, now: datetime, budgets: Budgets | None, called_at: datetime | None
) -> StatusAnswer:
    grant, tokens, failure = state.grant, state.tokens, state.last_failure
    if called_at is not None and state.connected_at is not None and called_at < state.connected_at:
        called_at = None  # with the grant before this one
    return StatusAnswer(
        space_id=space_of(state.grant_id),
        grant=kind_of(state.grant_id),
        status=state.status,
        has_mcp_token=tokens is not None,
        process_id=grant.process_id if grant else None,
        workspace=grant.workspace if grant else None,
        connected_by=grant.authorized_by if grant else None,
        connected_at=state.connected_at,
        last_called_at=called_at,
        last_refreshed_at=state.last_refreshed_at,
        last_refresh=last_renewal(state),
        access_token_expires_at=tokens.expires_at if tokens else None,
        last_failure=FailureAnswer(at=failure.at, error=failure.error) if failure else None,
        expiry=_expiry(state, now),
        budget=budget_answer(budgets, grant.process_id if grant else None),
    )


def _expiry(state: Integration, now: datetime) -> ExpiryAnswer | None:
    expiry = expiry_of(state)
    if expiry is None:
        return None
    _, needed_at = expiry.person_needed(now)
    return ExpiryAnswer(
        used_at=expiry.used_at,
        absolute_limit_at=expiry.absolute_limit_at,
        days_to_absolute_limit=days_until(expiry.absolute_limit_at, now),
        idle_limit_at=expiry.idle_limit_at,
        days_to_idle_limit=days_until(expiry.idle_limit_at, now),
        person_needed_at=needed_at,
        days_to_person_needed=days_until(needed_at, now),
    )
