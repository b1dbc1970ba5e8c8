"""The approval page: a person lets an MCP client into a space, or does not.

Without it, anybody's client could have a person's browser fetch a code for it in passing (the
confused deputy of MCP's security guide): so it is shown every time, for each client.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from notion_gateway.access.dependencies import TheAccess
from notion_gateway.access.membership import SpaceAccess
from notion_gateway.access.rules.sign_in import APPROVAL_PATH, Session, connect_path
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.sign_in_pages import sign_in_address, somebody_else
from notion_gateway.authorization_server.opened_workspace import opened_for, workspace_fact
from notion_gateway.authorization_server.opening import AuthorizationServer
from notion_gateway.authorization_server.routes import TheAuthorizationServer
from notion_gateway.authorization_server.rules.clients import (
    is_document_address,
    is_on_this_machine,
    returns_to,
)
from notion_gateway.authorization_server.rules.grants import LOGIN_REQUEST, LoginRequest
from notion_gateway.http.pages import PageRoute, hidden, page, text
from notion_gateway.integration.consent_end_page import why_not
from notion_gateway.integration.dependencies import TheIntegrations
from notion_gateway.integration.rules.grant_ids import member_of
from notion_gateway.integration.rules.integration import Integration, Status
from notion_gateway.kernel.errors import InvalidRequest, SpaceNotAccessible

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_MAX_SEALED = 16_000
Sealed = Annotated[str, Query(alias="request", max_length=_MAX_SEALED)]


@router.get(APPROVAL_PATH)
async def ask(
    request: Request,
    access: TheAccess,
    server: TheAuthorizationServer,
    integrations: TheIntegrations,
    sealed: Sealed,
) -> Response:
    """What the client is, where it returns to, which space and Notion workspace; to whom, and
    Allow or Deny. Where the connection that it would use is missing, it says so, and leads whoever
    can connect it on to do so.
    """
    asked = _opened(server, sealed)
    here = f"{APPROVAL_PATH}?request={sealed}"
    session = await access.session(request)
    if session is None:
        return RedirectResponse(sign_in_address(here), 303, {"cache-control": "no-store"})
    try:
        space = await server.approval.access(asked, session.user_id)
    except SpaceNotAccessible as fault:
        return _refused(asked, sealed, session, str(fault), here)
    opened = await opened_for(integrations, space, session.user_id)
    return _asked(
        asked, sealed, session, space, here, opened, _connect_first(request, space, opened, here)
    )


@router.post(APPROVAL_PATH)
async def decide(
    request: Request,
    access: TheAccess,
    server: TheAuthorizationServer,
    sealed: Annotated[str, Form(alias="request", max_length=_MAX_SEALED)],
    proof: Annotated[str, Form(max_length=100)],
    decision: Annotated[str, Form(max_length=10)],
    read_only: Annotated[str | None, Form(max_length=10)] = None,
) -> Response:
    """Back to the client, with a code or with ``access_denied``; one decision per request."""
    asked = _opened(server, sealed)
    session = await access.session(request)
    if session is None or not session.accepts(proof, asked.request_id):
        raise InvalidRequest("This page was not made for you. Start again in the program.")
    if decision == "allow":
        target = await server.approval.allow(
            asked, session.user_id, read_only=read_only is not None, issuer=session.issuer
        )
    else:
        target = await server.approval.deny(asked)
    headers = {"cache-control": "no-store", "referrer-policy": "no-referrer", "location": target}
    return Response(status_code=303, headers=headers)


def _opened(server: AuthorizationServer, sealed: str) -> LoginRequest:
    opened = server.sealed.open(LOGIN_REQUEST, sealed)
    if opened is not None:
        try:
            return LoginRequest.model_validate_json(opened)
        except ValidationError:
            pass
    raise InvalidRequest("This request is not one of this gateway's. Start again in the program.")


def _asked(
    asked: LoginRequest,
    sealed: str,
    session: Session,
    there: SpaceAccess,
    here: str,
    opened: Integration,
    connect_first: str,
) -> Response:
    space = there.space.name or there.space_id
    body = f"""<p><strong class="name">{text(asked.client_name)}</strong> wants to use
<strong class="name">{text(space)}</strong>'s connection to Notion.</p>
{connect_first}{_facts(asked, session, space, workspace_fact(opened))}
<p>If you allow it, this program can, in your name:</p>
<ul><li>search and read what the connected Notion workspace shows,</li>
<li>create, change and comment on pages there, unless you tick the box below.</li></ul>
<p class="soft">It does not get your password, nor the key to Notion. You can end it at any time
where the space's access tokens are listed.</p>
<form method="post" action="{APPROVAL_PATH}">
{hidden(request=sealed, proof=session.proof(asked.request_id))}
<label class="check"><input type="checkbox" name="read_only" value="1">
<span>Let it read only</span></label>
<div class="acts"><button name="decision" value="deny">Deny</button>
<button class="act" name="decision" value="allow">Allow</button></div>
</form>
{somebody_else(session, here)}"""
    return page("Let this program in?", body, has_form=True, leads_away=True)


def _connect_first(request: Request, there: SpaceAccess, opened: Integration, here: str) -> str:
    """What this program could not do yet, and who can change that; as markup. Empty where it could
    do everything.
    """
    if opened.status is Status.CONNECTED:
        return ""
    query = request.query_params
    failed = f"<p>{text(why_not(query))}</p>" if query.get("status") == "error" else ""
    is_own = member_of(opened.grant_id) is not None
    if opened.status is Status.RECONNECT_REQUIRED:
        whose = "your own" if is_own else "this space's"
        how = f"Notion no longer accepts {whose} connection."
    elif is_own:
        how = "You have not connected your own Notion in this space yet."
    else:
        how = "This space is not connected to Notion yet."
    so = "Until it is connected, the program finds nothing but a link to do so."
    path = connect_path(there.space_id, is_own=is_own)
    if not is_own and there.role is not Role.OWNER:
        owners = text(there.space.some_owners())
        return f"""<p><strong>{how}</strong> {so} Only an owner can connect it: ask {owners}, and
send them <code>{text(path)}</code> on this site.</p>
"""
    what = "your own Notion" if is_own else "to Notion"
    return f"""{failed}<p><strong>{how}</strong> {so} You come back to this page afterwards.</p>
<form method="get" action="{text(path)}">{hidden(next=here)}
<div class="acts"><button>Connect {what} first</button></div></form>
"""


def _refused(asked: LoginRequest, sealed: str, session: Session, words: str, here: str) -> Response:
    body = f"""<p>{text(words)}</p>
{_facts(asked, session, asked.space_id)}
<form method="post" action="{APPROVAL_PATH}">
{hidden(request=sealed, proof=session.proof(asked.request_id), decision="deny")}
<div class="acts"><button>Back to the program</button></div></form>
{somebody_else(session, here)}"""
    return page("You cannot use this space", body, status=403, has_form=True, leads_away=True)


def _facts(asked: LoginRequest, session: Session, space: str, workspace: str = "") -> str:
    """``workspace``: a row of its own, as markup."""
    if is_document_address(asked.client_id):
        identity, how = asked.client_id, "the address that describes it"
    else:
        identity, how = asked.client_id, "registered itself; nobody has checked its name"
    if is_on_this_machine(asked.redirect_uri):
        where = "a program on this computer. Allow it only if you have just started this yourself"
    else:
        where = "this site gets the access"
    return f"""<dl>
<div><dt>Returns to</dt><dd>{text(returns_to(asked.redirect_uri))}
<span class="soft">{text(where)}</span></dd></div>
<div><dt>Program</dt><dd><code>{text(identity)}</code>
<span class="soft">{text(how)}</span></dd></div>
<div><dt>Space</dt><dd>{text(space)}<span class="soft"><code>{text(asked.space_id)}</code></span>
</dd></div>
{workspace}<div><dt>Signed in as</dt><dd>{text(session.user_id)}</dd></div>
</dl>"""
