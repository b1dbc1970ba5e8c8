"""A link that connects a space: for the owner who got it from an MCP client's answer."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from notion_gateway.access.dependencies import TheAccess
from notion_gateway.access.membership import SpaceAccess
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.access.rules.sign_in import (
    APPROVAL_PATH,
    CONNECT_PATH,
    Session,
    connect_code,
    next_path,
)
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.sign_in_pages import sign_in_address, somebody_else
from notion_gateway.http.pages import PageRoute, hidden, page, text
from notion_gateway.integration.consent_end_page import CONNECTED_PATH
from notion_gateway.integration.routes import TheIntegrations
from notion_gateway.integration.rules.consent import RETURN_PATH_LIMIT
from notion_gateway.integration.rules.integration import Status
from notion_gateway.kernel.errors import InvalidRequest, SpaceNotAccessible
from notion_gateway.kernel.identifiers import is_space_id

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_MAX_ONWARD = 17_000
AName = Annotated[str, Path(max_length=200)]
"""What a link names a space with: its code, or its id."""


@router.get(CONNECT_PATH + "{space}")
async def show(
    request: Request,
    access: TheAccess,
    integrations: TheIntegrations,
    space: AName,
    onward: Annotated[str | None, Query(alias="next", max_length=_MAX_ONWARD)] = None,
) -> Response:
    """What is to be connected, by whom, and a button that leads to Notion. ``next``: the approval
    page that the person comes from, and goes on with.
    """
    here = f"{CONNECT_PATH}{space}"
    session = access.browser_sessions.current(request)
    if session is None and is_space_id(space):
        return RedirectResponse(sign_in_address(here), 303, {"cache-control": "no-store"})
    if session is None:
        raise SpaceNotAccessible
    space_id = await _named(access, session, space)
    try:
        there = await _space(access, session, space_id)
    except SpaceNotAccessible as fault:
        body = f"<p>{text(str(fault))}</p>{somebody_else(session, here)}"
        return page("You cannot use this space", body, status=403, has_form=True, leads_away=True)
    name = there.space.name or space_id
    if there.role is not Role.OWNER:
        body = f"""<p>Only an owner of <strong class="name">{text(name)}</strong> can connect it to
Notion. Ask {text(there.space.some_owners())}, and send them the address of this page.</p>
{somebody_else(session, here)}"""
        return page("An owner has to do this", body, has_form=True, leads_away=True)
    state = await integrations.manage.state(space_id)
    again = state.status is Status.CONNECTED
    now = "<p>It is connected already. Connecting again replaces that.</p>" if again else ""
    body = f"""<p>Notion will ask you which of its workspaces everybody in
<strong class="name">{text(name)}</strong> may use through this gateway, in your name.</p>{now}
<dl><div><dt>Space</dt><dd>{text(name)}<span class="soft"><code>{text(space_id)}</code></span></dd>
</div><div><dt>Signed in as</dt><dd>{text(session.user_id)}</dd></div></dl>
<form method="post" action="{text(here)}">{hidden(proof=session.proof(here), **_kept(onward))}
<div class="acts"><button class="act">Go on to Notion</button></div></form>
{somebody_else(session, here)}"""
    title = "Connect to Notion again?" if again else "Connect to Notion"
    return page(title, body, has_form=True, leads_away=True)


@router.post(CONNECT_PATH + "{space}")
async def start(
    request: Request,
    access: TheAccess,
    integrations: TheIntegrations,
    space: AName,
    proof: Annotated[str, Form(max_length=100)],
    onward: Annotated[str | None, Form(alias="next", max_length=_MAX_ONWARD)] = None,
) -> Response:
    """Begins the consent, bound to this browser, and leads to Notion."""
    session = access.browser_sessions.current(request)
    if session is None or not session.accepts(proof, f"{CONNECT_PATH}{space}"):
        raise InvalidRequest("This page was not made for you. Open the link again.")
    space_id = await _named(access, session, space)
    principal = Principal(session.user_id, Means.SIGN_IN)
    await _space(access, session, space_id, Role.OWNER)
    started = await integrations.connect.start(
        space_id=space_id,
        principal=principal,
        return_path=_kept(onward).get("next", CONNECTED_PATH),
        ends_on="gateway",
        in_browser=True,
    )
    headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    answer = RedirectResponse(started.authorize_url, 303, headers)
    integrations.bind_browser(answer, started)
    return answer


def _kept(onward: str | None) -> dict[str, str]:
    """``next`` where it is an approval page of ours and short enough to be returned to."""
    own = next_path(onward)
    if own is None or len(own) > RETURN_PATH_LIMIT or not own.startswith(APPROVAL_PATH):
        return {}
    return {"next": own}


async def _named(access: Access, session: Session, name: str) -> str:
    """The id of the space that a link names. A code counts among the person's own spaces only: it
    is no secret, and a short one of somebody else's space could be made to look like it.
    """
    own = await access.spaces.store.of_user(session.user_id)
    return next((one.space_id for one in own if connect_code(one.space_id) == name), name)


async def _space(
    access: Access, session: Session, space_id: str, needed: Role = Role.MEMBER
) -> SpaceAccess:
    if not is_space_id(space_id):
        raise SpaceNotAccessible
    return await access.members.require(Principal(session.user_id, Means.SIGN_IN), space_id, needed)
