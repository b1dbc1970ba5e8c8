"""A plain page for the end of a consent, for gateways that have no front end of their own."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from notion_gateway.http.pages import sentence
from notion_gateway.integration.rules.consent import ConnectError

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
async def consent_end(request: Request) -> HTMLResponse:
    """Fixed texts only; of the address, nothing but a known code decides what is shown."""
    query = request.query_params
    if query.get("status") == "success":
        title, words = "MCP connected", "You can close this page and go back to your work."
    else:
        title, words = "Not connected", why_not(query)
    return sentence(title, words)


def why_not(query: Mapping[str, str]) -> str:
    """What a page says of a consent that did not end in a connection."""
    return _ERRORS.get(query.get("error", ""), _ERRORS[ConnectError.INTERNAL])
