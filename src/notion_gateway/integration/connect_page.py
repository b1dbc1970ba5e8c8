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
    CONNECT_OWN,
    CONNECT_PATH,
    Session,
    connect_code,
    connect_path,
    next_path,
)
from notion_gateway.access.rules.space_events import GrantMode, Role
from notion_gateway.access.sign_in_pages import sign_in_address, somebody_else
from notion_gateway.http.pages import PageRoute, hidden, page, text
from notion_gateway.integration.consent_end_page import CONNECTED_PATH
from notion_gateway.integration.dependencies import TheIntegrations
from notion_gateway.integration.errors import OwnNotUsed
from notion_gateway.integration.opening import Integrations
from notion_gateway.integration.rules.consent import RETURN_PATH_LIMIT
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.integration.rules.integration import Integration, Status
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
    found = await _asked_for(request, access, space)
    if isinstance(found, Response):
        return found
    session, there, here = found
    name = there.space.name or there.space_id
    if there.role is not Role.OWNER:
        body = f"""<p>Only an owner of <strong class="name">{text(name)}</strong> can connect it to
Notion. Ask {text(there.space.some_owners())}, and send them the address of this page.</p>
{_or_own(there)}{somebody_else(session, here)}"""
        return page("An owner has to do this", body, has_form=True, leads_away=True)
    whom = _with_shared(there)
    if whom is None:
        lent = """In this space everybody uses their own Notion, and service tokens,
machines and workloads reach nothing: nobody acts with the connection that you would make here."""
    else:
        lent = f"""Notion will ask you which of its workspaces are used in your name, through this
gateway, by {whom}."""
    return await _form(integrations, session, there, here, lent, there.space_id, onward)


@router.get(CONNECT_PATH + "{space}" + CONNECT_OWN)
async def show_own(
    request: Request,
    access: TheAccess,
    integrations: TheIntegrations,
    space: AName,
    onward: Annotated[str | None, Query(alias="next", max_length=_MAX_ONWARD)] = None,
) -> Response:
    """The same for the person's own connection in the space."""
    found = await _asked_for(request, access, space, CONNECT_OWN)
    if isinstance(found, Response):
        return found
    session, there, here = found
    if there.space.grants.mode is GrantMode.SHARED:
        body = f"<p>{text(str(OwnNotUsed()))}</p>{somebody_else(session, here)}"
        return page("Your own is not used here", body, status=409, has_form=True, leads_away=True)
    name = text(there.space.name or there.space_id)
    lent = f"""Notion will ask you which of its workspaces you use in
<strong class="name">{name}</strong>. Only you act with it, in your name: you, the MCP clients you
logged in, and the gateway tokens you made. Nobody else in the space does."""
    grant_id = member_grant(there.space_id, session.user_id)
    return await _form(integrations, session, there, here, lent, grant_id, onward)


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
    session = await _proven(request, access, proof, f"{CONNECT_PATH}{space}")
    there = await _space(access, session, await _named(access, session, space), Role.OWNER)
    return await _started(integrations, session, there, onward, is_own=False)


@router.post(CONNECT_PATH + "{space}" + CONNECT_OWN)
async def start_own(
    request: Request,
    access: TheAccess,
    integrations: TheIntegrations,
    space: AName,
    proof: Annotated[str, Form(max_length=100)],
    onward: Annotated[str | None, Form(alias="next", max_length=_MAX_ONWARD)] = None,
) -> Response:
    """The same for the person's own connection in the space."""
    session = await _proven(request, access, proof, f"{CONNECT_PATH}{space}{CONNECT_OWN}")
    there = await _space(access, session, await _named(access, session, space))
    if there.space.grants.mode is GrantMode.SHARED:
        raise OwnNotUsed
    return await _started(integrations, session, there, onward, is_own=True)


async def _asked_for(
    request: Request, access: Access, space: str, rest: str = ""
) -> Response | tuple[Session, SpaceAccess, str]:
    """Who asks, the space that a link names, and the page's own path; or what says why not."""
    here = f"{CONNECT_PATH}{space}{rest}"
    session = await access.session(request)
    if session is None and is_space_id(space):
        return RedirectResponse(sign_in_address(here), 303, {"cache-control": "no-store"})
    if session is None:
        raise SpaceNotAccessible
    try:
        return session, await _space(access, session, await _named(access, session, space)), here
    except SpaceNotAccessible as fault:
        body = f"<p>{text(str(fault))}</p>{somebody_else(session, here)}"
        return page("You cannot use this space", body, status=403, has_form=True, leads_away=True)


def _with_shared(there: SpaceAccess) -> str | None:
    """Who acts with the space's shared connection; None: nobody."""
    name = f'<strong class="name">{text(there.space.name or there.space_id)}</strong>'
    programs = "the space's service tokens,\nmachines and workloads"
    is_used = there.space.grants.service_tokens_use_shared
    match there.space.grants.mode:
        case GrantMode.SHARED:
            return f"everybody in\n{name}, and {programs}"
        case GrantMode.PERSONAL_ELSE_SHARED:
            others = f"everybody in\n{name} who has not connected their own Notion"
            return f"{others}, and {programs}" if is_used else others
        case GrantMode.PERSONAL:
            return programs if is_used else None


def _or_own(there: SpaceAccess) -> str:
    if there.space.grants.mode is GrantMode.SHARED:
        return ""
    own = connect_path(there.space_id, is_own=True)
    return f'<p>Or <a href="{text(own)}">connect your own Notion</a>, for yourself alone.</p>\n'


async def _form(
    integrations: Integrations,
    session: Session,
    there: SpaceAccess,
    here: str,
    lent: str,
    grant_id: str,
    onward: str | None,
) -> Response:
    """``lent``: whose rights are lent to whom."""
    state = await integrations.manage.state(grant_id)
    again = state.status is Status.CONNECTED
    now = f"<p>{_already(state)} Connecting again replaces that.</p>" if again else ""
    name, space_id = there.space.name or there.space_id, there.space_id
    body = f"""<p>{lent}</p>{now}
<dl><div><dt>Space</dt><dd>{text(name)}<span class="soft"><code>{text(space_id)}</code></span></dd>
</div><div><dt>Signed in as</dt><dd>{text(session.user_id)}</dd></div></dl>
<form method="post" action="{text(here)}">{hidden(proof=session.proof(here), **_kept(onward))}
<div class="acts"><button class="act">Go on to Notion</button></div></form>
{somebody_else(session, here)}"""
    what = "your own Notion" if grant_id != space_id else "to Notion"
    title = f"Connect {what} again?" if again else f"Connect {what}"
    return page(title, body, has_form=True, leads_away=True)


def _already(state: Integration) -> str:
    workspace = None if state.grant is None else state.grant.workspace.name
    if workspace is None:
        return "It is connected already."
    return f"""It is connected already, to the Notion workspace
<strong class="name">{text(workspace)}</strong>."""


async def _proven(request: Request, access: Access, proof: str, here: str) -> Session:
    session = await access.session(request)
    if session is None or not session.accepts(proof, here):
        raise InvalidRequest("This page was not made for you. Open the link again.")
    return session


async def _started(
    integrations: Integrations,
    session: Session,
    there: SpaceAccess,
    onward: str | None,
    *,
    is_own: bool,
) -> Response:
    started = await integrations.connect.start(
        space_id=there.space_id,
        principal=Principal(session.user_id, Means.SIGN_IN),
        return_path=_kept(onward).get("next", CONNECTED_PATH),
        ends_on="gateway",
        in_browser=True,
        is_own=is_own,
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
