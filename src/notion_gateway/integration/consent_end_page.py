"""A plain page for the end of a consent, for gateways that have no front end of their own."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from notion_gateway.access.dependencies import TheAccess
from notion_gateway.access.membership import SpaceAccess
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.access.rules.sign_in import Session, connect_path
from notion_gateway.http.pages import page, sentence, text
from notion_gateway.integration.dependencies import TheIntegrations
from notion_gateway.integration.opening import Integrations
from notion_gateway.integration.rules.consent import ConnectError
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.integration.rules.integration import Status
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.identifiers import is_space_id

LANDING_PATH = "/integrations/notion/callback"
CONNECTED_PATH = "/connected"
"""The same page, for a consent that began on one of the gateway's own pages."""

router = APIRouter(include_in_schema=False)

_AGAIN = "Start again from where you clicked Connect."
_ERRORS: Mapping[str, str] = {
    ConnectError.ACCESS_DENIED: f"Access was not granted, so nothing was connected. {_AGAIN}",
    ConnectError.STATE_INVALID: "This sign-in was already used, has expired, or was started in"
    f" another browser. {_AGAIN}",
    ConnectError.ISSUER_MISMATCH: "The answer did not come from the server that was asked, so it"
    " was not used. Nothing was connected.",
    ConnectError.CODE_MISSING: f"Notion's answer was incomplete. {_AGAIN}",
    ConnectError.CODE_REFUSED: f"Notion did not accept the sign-in any more. {_AGAIN}",
    ConnectError.AUTHORIZATION_FAILED: f"Notion ended the sign-in with an error. {_AGAIN}",
    ConnectError.NOTION_UNAVAILABLE: f"Notion could not be reached. Wait a moment. {_AGAIN}",
    ConnectError.NO_REFRESH_TOKEN: "Notion granted access for a short time only, which a lasting"
    " connection cannot be built on. Nothing was connected.",
    ConnectError.STORE_UNAVAILABLE: f"The gateway's database is not available. {_AGAIN}",
    ConnectError.OWNER_REQUIRED: "You are no owner of this space any more, so nothing was"
    " connected. Ask one of its owners to connect it.",
    ConnectError.INTERNAL: f"Something went wrong in the gateway. {_AGAIN}",
}


@router.get(CONNECTED_PATH, response_class=HTMLResponse)
@router.get(LANDING_PATH, response_class=HTMLResponse)
async def consent_end(
    request: Request, access: TheAccess, integrations: TheIntegrations
) -> HTMLResponse:
    """Nothing of the address is shown: a known code decides between texts, and the ids in it what
    is looked up for the person who is signed in.
    """
    query = request.query_params
    if query.get("status") != "success":
        return sentence("Not connected", why_not(query))
    session = access.browser_sessions.current(request)
    opens = None if session is None else await _what_opens(access, integrations, session, query)
    body = "<p>You can close this page and go back to your work.</p>"
    return page("MCP connected", f"{opens or ''}{body}")


async def _what_opens(
    access: Access, integrations: Integrations, session: Session, query: Mapping[str, str]
) -> str | None:
    """The workspace of a connection that this person sees anyhow, and the way back to the page
    that connects another. None where the address names no such connection, or nothing can be
    looked up.
    """
    space_id, user_id = query.get("spaceId", ""), session.user_id
    if not is_space_id(space_id):
        return None
    try:
        there = await access.members.require(Principal(user_id, Means.SIGN_IN), space_id)
        for grant_id in (space_id, member_grant(space_id, user_id)):
            state = await integrations.manage.state(grant_id)
            if state.grant is None or state.status is not Status.CONNECTED:
                continue
            if state.grant.process_id == query.get("processId"):
                return _opens(there, state.grant.workspace.name, is_own=grant_id != space_id)
    except GatewayError:  # the page says less then
        return None
    return None


def _opens(there: SpaceAccess, workspace: str | None, *, is_own: bool) -> str:
    whose = "Your own connection in" if is_own else "The connection of"
    name = f'<strong class="name">{text(there.space.name or there.space_id)}</strong>'
    back = text(connect_path(there.space_id, is_own=is_own))
    if workspace is None:  # Notion has not told yet
        return f"""<p>{whose} {name} is made.
<a href="{back}">See which Notion workspace it opens</a>.</p>
"""
    return f"""<p>{whose} {name} opens the Notion workspace
<strong class="name">{text(workspace)}</strong>. Did you mean another one?
<a href="{back}">Connect again</a>.</p>
"""


def why_not(query: Mapping[str, str]) -> str:
    """What a page says of a consent that did not end in a connection."""
    return _ERRORS.get(query.get("error", ""), _ERRORS[ConnectError.INTERNAL])
