"""Connecting a space to Notion, looking at the connection, ending it."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field

from notion_gateway.access.caller import known_user
from notion_gateway.access.dependencies import (
    OF_OWNERS,
    OF_SPACES,
    AChangingPrincipal,
    AGrant,
    APrincipal,
    ASpace,
    ASpaceOfGrant,
    ASpaceOfGrantOfQuery,
    TheAccess,
    WhoseGrant,
)
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space_events import GrantMode
from notion_gateway.budget.answer import BudgetAnswer, budget_answer
from notion_gateway.budget.budgets import Budgets
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import AT_THE_GATE, refusals
from notion_gateway.integration.connect import ConsentEnd
from notion_gateway.integration.consent_cookie import cookie_name
from notion_gateway.integration.consent_end_page import LANDING_PATH
from notion_gateway.integration.manage import Disconnection
from notion_gateway.integration.opening import Integrations
from notion_gateway.integration.rules.consent import ConnectError, return_url
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
from notion_gateway.kernel.errors import InvalidRequest, OwnNotUsed, Reason
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.registration import DOCUMENTS_PATH, client_document
from notion_gateway.settings import CALLBACK_PATH


def _integrations(request: Request) -> Integrations:
    integrations: Integrations = request.state.integrations
    return integrations


TheIntegrations = Annotated[Integrations, Depends(_integrations)]

router = APIRouter(tags=["integration"], route_class=BoundedBodyRoute)

START_PATH = "/integrations/notion/oauth/mcp/start"

OF_STARTS = (
    *OF_OWNERS,
    Reason.INVALID_RETURN_PATH,
    Reason.OWN_NOT_USED,
    Reason.UPSTREAM_UNREACHABLE,
    Reason.UPSTREAM_TIMEOUT,
    Reason.UPSTREAM_UNSUITABLE,
)
OF_CALLBACKS = (
    *AT_THE_GATE,
    Reason.TOO_MANY_REQUESTS,
    Reason.IDENTITY_UNAVAILABLE,
    Reason.STORE_UNAVAILABLE,
)
OF_DISCONNECTS = (*OF_OWNERS, Reason.SECRET_UNREADABLE)


class StartAnswer(BaseModel):
    authorizeUrl: str = Field(description="Send the browser here.")  # noqa: N815 - the seed's name
    state: str = Field(description="Identifies this consent in the redirect; single use.")


class FailureAnswer(BaseModel):
    at: datetime
    error: str = Field(description="Notion's error code: invalid_grant or invalid_client.")


class ExpiryAnswer(BaseModel):
    """How long Notion keeps the grant. Days are parts of days too, and negative once past."""

    used_at: datetime = Field(
        description="When Notion last saw the grant's refresh token, or the consent."
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


@router.get(START_PATH, responses=refusals(*OF_STARTS))
async def start(
    request: Request,
    response: Response,
    integrations: TheIntegrations,
    here: ASpaceOfGrantOfQuery,
    principal: APrincipal,
    whose: AGrant = WhoseGrant.SHARED,
    return_path: Annotated[
        str, Query(description="Where on the return site to end.")
    ] = LANDING_PATH,
    browser: Annotated[
        bool,
        Query(description="Answer with a cookie; only the browser that has it can finish."),
    ] = False,
    confirm: Annotated[
        bool,
        Query(description="End at `status=confirm&state=…`; then finish with that state."),
    ] = False,
) -> StartAnswer:
    """Begins a consent: an owner's for the connection that everybody shares, or with ``grant=mine``
    a member's for their own, where the space has such.

    A start that comes from a browser is bound to that browser by a cookie. A server that
    starts on a person's behalf asks with ``confirm=true`` to finish it in that person's name;
    or for the cookie with ``browser=true``, and hands it on, where the person's browser would
    send it back to the gateway. Whoever began must still own the space at the end. For a space
    whose members an application asserts, only the application can say that, so such a consent
    needs ``confirm=true``.
    """
    if whose is WhoseGrant.MINE and here.space.grants.mode is GrantMode.SHARED:
        raise OwnNotUsed
    if here.is_asserted and not confirm:
        raise InvalidRequest(
            "Your application looks after the members of this space, so it must end the consent:"
            " start with confirm=true, and finish with POST /integrations/notion/oauth/mcp/finish."
        )
    # Not Sec-Fetch-Mode: Node's fetch sends that one on a server, too, and nobody there would
    # ever hand the cookie on. Sec-Fetch-Site comes from browsers only.
    in_browser = browser or "sec-fetch-site" in request.headers
    started = await integrations.connect.start(
        space_id=here.space_id,
        principal=principal,
        return_path=return_path,
        in_browser=in_browser,
        confirm=confirm,
        is_own=whose is WhoseGrant.MINE,
    )
    response.headers["cache-control"] = "no-store"
    integrations.bind_browser(response, started)
    return StartAnswer(authorizeUrl=started.authorize_url, state=started.state)


@router.get(CALLBACK_PATH + "/{client}", include_in_schema=False)
@router.get(
    CALLBACK_PATH,
    response_class=RedirectResponse,
    status_code=303,
    responses=refusals(*OF_CALLBACKS),
)
async def callback(
    request: Request, access: TheAccess, integrations: TheIntegrations
) -> RedirectResponse:
    """Where Notion sends the browser back. Always a 303 to the return site.

    ``status=success&spaceId&processId&workspaceId&mcp=connected``, ``status=confirm&state=``
    where it was begun so, or ``status=error&error=`` and a code of a closed list.
    """
    # A parameter that comes twice counts as missing (RFC 6749 section 3.1).
    given = request.query_params
    query = {name: given[name] for name in given if len(given.getlist(name)) == 1}
    browser = request.cookies.get(cookie_name(query.get("state", "")))
    shown = Secret(browser) if browser else None
    user_id = await known_user(access, request.scope)
    end = await integrations.consent_ends.once(
        query,
        lambda leaving: integrations.connect.finish(
            query, browser=shown, user_id=user_id, leaving=leaving
        ),
        browser=shown,
        user_id=user_id,
    )
    base = integrations.sites[end.ends_on]
    # The cookie stays for its ten minutes: with it the same address gets the same answer again.
    return RedirectResponse(
        return_url(base, end.return_path or LANDING_PATH, _result(end)),
        status_code=303,
        headers={"cache-control": "no-store", "referrer-policy": "no-referrer"},
    )


class FinishBody(BaseModel):
    state: str = Field(min_length=1, max_length=512, description="What the redirect brought.")


class FinishAnswer(BaseModel):
    """As the callback's redirect would say it."""

    status: Literal["success", "error"]
    error: ConnectError | None = None
    spaceId: str | None = None  # noqa: N815 - the seed's names
    processId: str | None = None  # noqa: N815
    workspaceId: str | None = None  # noqa: N815
    mcp: Literal["connected"] | None = None


@router.post("/integrations/notion/oauth/mcp/finish", responses=refusals(*OF_OWNERS))
async def finish(
    integrations: TheIntegrations,
    principal: AChangingPrincipal,
    body: FinishBody,
) -> FinishAnswer:
    """Ends a consent that was begun with ``confirm=true``. Only who began it can, as an owner."""
    end = await integrations.consent_ends.once(
        {"state": body.state},
        lambda leaving: integrations.connect.confirm(body.state, principal, leaving),
        user_id=principal.user_id,
    )
    return FinishAnswer.model_validate(_result(end))


@router.get(DOCUMENTS_PATH + "/{name}", include_in_schema=False)
async def client_document_of(
    integrations: TheIntegrations, name: Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
) -> JSONResponse:
    """Who the gateway is, for Notion to read: the address is the client id of one grant."""
    client = integrations.client_at_notion
    if client.documents_base is None:
        raise HTTPException(404)
    client_id = f"{client.documents_base}{DOCUMENTS_PATH}/{name}"
    document = client_document(client_id, client.redirect_uri, client.scope)
    return JSONResponse(document, headers={"cache-control": "public, max-age=3600"})


@router.get("/integrations/notion/{space_id}", responses=refusals(*OF_SPACES))
async def status(
    request: Request,
    integrations: TheIntegrations,
    here: ASpace,
    principal: APrincipal,
    whose: AGrant = WhoseGrant.SHARED,
) -> StatusAnswer:
    state = await integrations.manage.state(_grant_id(here.space_id, principal, whose))
    budgets: Budgets | None = request.state.budgets
    return _status(state, integrations.manage.store.now(), budgets)


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


def _status(state: Integration, now: datetime, budgets: Budgets | None) -> StatusAnswer:
    grant, tokens, failure = state.grant, state.tokens, state.last_failure
    return StatusAnswer(
        space_id=space_of(state.grant_id),
        grant=kind_of(state.grant_id),
        status=state.status,
        has_mcp_token=tokens is not None,
        process_id=grant.process_id if grant else None,
        workspace=grant.workspace if grant else None,
        connected_by=grant.authorized_by if grant else None,
        connected_at=state.connected_at,
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


def _result(end: ConsentEnd) -> dict[str, str]:
    if end.error is not None:
        return {"status": "error", "error": end.error}
    if end.confirmation is not None:
        return {"status": "confirm", "state": end.confirmation}
    result = {"status": "success", "spaceId": end.space_id or "", "processId": end.process_id or ""}
    if end.workspace_id is not None:
        result["workspaceId"] = end.workspace_id
    return result | {"mcp": "connected"}
