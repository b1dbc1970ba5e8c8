"""Consents at Notion: how they begin and end, and who the gateway says there that it is."""

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field

from notion_gateway.access.caller import known_user
from notion_gateway.access.dependencies import (
    OF_OWNERS,
    AChangingPrincipal,
    AGrant,
    APrincipal,
    ASpaceOfGrantOfQuery,
    TheAccess,
    WhoseGrant,
)
from notion_gateway.access.rules.space_events import GrantMode
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import AT_THE_GATE, refusals
from notion_gateway.integration.connect import ConsentEnd
from notion_gateway.integration.consent_cookie import cookie_name
from notion_gateway.integration.consent_end_page import LANDING_PATH
from notion_gateway.integration.dependencies import TheIntegrations
from notion_gateway.integration.errors import OwnNotUsed
from notion_gateway.integration.rules.consent import ConnectError, return_url
from notion_gateway.kernel.errors import InvalidRequest, Reason
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.registration import DOCUMENTS_PATH, client_document
from notion_gateway.settings import CALLBACK_PATH

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


class StartAnswer(BaseModel):
    authorizeUrl: str = Field(description="Send the browser here.")  # noqa: N815 - the seed's name
    state: str = Field(description="Identifies this consent in the redirect; single use.")


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


def _result(end: ConsentEnd) -> dict[str, str]:
    if end.error is not None:
        return {"status": "error", "error": end.error}
    if end.confirmation is not None:
        return {"status": "confirm", "state": end.confirmation}
    result = {"status": "success", "spaceId": end.space_id or "", "processId": end.process_id or ""}
    if end.workspace_id is not None:
        result["workspaceId"] = end.workspace_id
    return result | {"mcp": "connected"}
