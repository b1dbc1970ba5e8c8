"""The page where a person lets in a program that runs on a machine without a browser.

Anybody can send somebody a link to this page with a code of their own program's (RFC 8628 section
5.4). So the page says which machine asks and from where, and asks the person to compare the code.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from notion_gateway.access.dependencies import TheAccess
from notion_gateway.access.rules.gateway_tokens import TokenKind
from notion_gateway.access.rules.sign_in import DEVICE_PATH, Session
from notion_gateway.access.sign_in_pages import sign_in_address, somebody_else
from notion_gateway.authorization_server.oauth_route import log_refusal
from notion_gateway.authorization_server.opened_workspace import opened_for, workspace_fact
from notion_gateway.authorization_server.opening import AuthorizationServer
from notion_gateway.authorization_server.routes import TheAuthorizationServer
from notion_gateway.authorization_server.rules.device_logins import (
    Decision,
    DeviceLogin,
    typed_code,
)
from notion_gateway.authorization_server.rules.refusals import Refused, RefusedForNow
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.http.gate import REQUEST_ID
from notion_gateway.http.pages import PageRoute, hidden, page, sentence, text
from notion_gateway.integration.dependencies import TheIntegrations
from notion_gateway.kernel.errors import InvalidRequest, SpaceNotAccessible

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_MAX_TYPED = 40
_CHOICES = {
    Decision.READ: ("Read only", "it may search and read what Notion shows this space"),
    Decision.USE: ("Read and write", "it may also create, change and comment on pages"),
    Decision.MANAGE: (
        "Manage the space as well",
        "it may also do whatever you may do here, such as connect, disconnect, and set the policy",
    ),
}


@router.get(DEVICE_PATH)
async def ask(
    request: Request,
    access: TheAccess,
    server: TheAuthorizationServer,
    integrations: TheIntegrations,
    typed: Annotated[str | None, Query(alias="user_code", max_length=_MAX_TYPED)] = None,
) -> Response:
    """A form for the code; with a code, who asks for what, and Allow or Deny."""
    code = None if typed is None else typed_code(typed)
    here = DEVICE_PATH if code is None else f"{DEVICE_PATH}?user_code={code}"
    session = await access.session(request)
    if session is None:
        return RedirectResponse(sign_in_address(here), 303, {"cache-control": "no-store"})
    if not typed:
        return _code_form(session, here)
    try:
        async with _refusals_kept(request, server):
            login = await server.device_logins.find(typed, session.user_id)
    except InvalidRequest as fault:
        return _code_form(session, DEVICE_PATH, typed=typed, wrong=str(fault))
    try:
        async with _refusals_kept(request, server):
            there = await server.device_logins.access(login, session.user_id)
    except SpaceNotAccessible as fault:
        body = f"<p>{text(str(fault))}</p>{_facts(login, login.space_id, session)}"
        body += somebody_else(session, here)
        return page("You cannot use this space", body, status=403, has_form=True)
    workspace = workspace_fact(await opened_for(integrations, there, session.user_id))
    return _asked(login, there.space.name or login.space_id, workspace, session, here)


@router.post(DEVICE_PATH)
async def decide(
    request: Request,
    access: TheAccess,
    server: TheAuthorizationServer,
    typed: Annotated[str, Form(alias="user_code", max_length=_MAX_TYPED)],
    proof: Annotated[str, Form(max_length=100)],
    decision: Annotated[str, Form(max_length=10)],
    may: Annotated[str, Form(max_length=10)] = Decision.READ,
) -> Response:
    """One decision per code."""
    session = await access.session(request)
    if session is None or not session.accepts(proof, _about(typed)):
        raise InvalidRequest("This page was not made for you. Enter the code again.")
    chosen = _chosen(may) if decision == "allow" else Decision.DENY
    async with _refusals_kept(request, server):
        login = await server.device_logins.find(typed, session.user_id)
        await server.device_logins.decide(login, session.user_id, chosen, session.issuer)
    if chosen is Decision.DENY:
        return sentence("Denied", "The program was not let in. You can close this page.")
    return sentence(
        "Allowed",
        "Go back to the program: it goes on within some seconds. You can end this at any time"
        " where the space's access tokens are listed.",
    )


@asynccontextmanager
async def _refusals_kept(request: Request, server: AuthorizationServer) -> AsyncGenerator[None]:
    """What is refused within stands in log and audit with its reason; the person is told what to
    do. Raises InvalidRequest, SpaceNotAccessible or RefusedForNow for it.
    """
    try:
        async with server.refused_logins.kept(None, {}, request.scope[REQUEST_ID]):
            yield
    except Refused as fault:
        log_refusal(fault)
        if fault.why is Why.PERSON_NOT_IN_SPACE:
            raise SpaceNotAccessible(fault.description) from None
        raise InvalidRequest(fault.description) from None
    except RefusedForNow as fault:
        log_refusal(fault)
        raise


def _chosen(may: str) -> Decision:
    chosen = next((one for one in _CHOICES if one == may), None)
    if chosen is None:
        raise InvalidRequest("Choose what the program may do.")
    return chosen


def _about(code: str) -> str:
    return f"device login\n{code}"


def _code_form(session: Session, here: str, *, typed: str = "", wrong: str = "") -> Response:
    """``wrong``: why the code that was typed is none."""
    said = f'<p class="bad" id="wrong" role="alert">{text(wrong)}</p>' if wrong else ""
    marked = ' aria-invalid="true" aria-describedby="wrong"' if wrong else ""
    body = f"""<p>A program on another machine shows you a code of eight letters. Enter it only if
you have started that program yourself, a moment ago.</p>
<form method="get" action="{DEVICE_PATH}">
<label>Code<input type="text" name="user_code" required autofocus maxlength="{_MAX_TYPED}"
autocomplete="off" autocapitalize="characters" spellcheck="false" placeholder="XXXX-XXXX"
value="{text(typed)}"{marked}></label>
{said}<div class="acts"><button class="act">Go on</button></div>
</form>
<p class="warn">Did somebody else send you the code? Do not enter it: their program would act in
your name.</p>
{somebody_else(session, here)}"""
    return page("Let a program in", body, status=400 if wrong else 200, has_form=True)


def _asked(login: DeviceLogin, space: str, workspace: str, session: Session, here: str) -> Response:
    body = f"""<p><strong class="name">{text(login.client_name)}</strong> wants to use
the Notion of <strong class="name">{text(space)}</strong> in your name.</p>
<p>Does it show this code?<br><code class="code">{text(login.user_code)}</code></p>
<p class="warn"><strong>Did somebody send you this code or this link? Then deny it:</strong> whoever
started the program would act in your name. Allow only what you have started yourself, a moment
ago.</p>
{_facts(login, space, session, workspace)}
<form method="post" action="{DEVICE_PATH}">
{hidden(user_code=login.user_code, proof=session.proof(_about(login.user_code)))}
<fieldset><legend>What may it do?</legend>
{_choices(login)}
</fieldset>
<div class="acts"><button name="decision" value="deny">Deny</button>
<button class="act" name="decision" value="allow">Allow</button></div>
</form>
{somebody_else(session, here)}"""
    return page("Let this program in?", body, has_form=True)


def _choices(login: DeviceLogin) -> str:
    offered = [
        one
        for one in _CHOICES
        if one is not Decision.MANAGE or login.kind is TokenKind.COMMAND_LINE
    ]
    return "\n".join(
        f'<label class="check"><input type="radio" name="may" value="{one}"'
        f"{' checked' if one is Decision.READ else ''}>"
        f'<span>{_CHOICES[one][0]}<br><span class="soft">{_CHOICES[one][1]}</span></span></label>'
        for one in offered
    )


def _facts(login: DeviceLogin, space: str, session: Session, workspace: str = "") -> str:
    """``workspace``: a row of its own, as markup."""
    machine = login.machine or "a machine that did not say its name"
    asked_at = login.created_at.strftime("%Y-%m-%d %H:%M UTC")
    return f"""<dl>
<div><dt>Machine</dt><dd>{text(machine)}<span class="soft">so it says; nobody has checked it</span>
</dd></div>
<div><dt>Asked from</dt><dd>{text(login.address)}<span class="soft">{asked_at}</span></dd></div>
<div><dt>Program</dt><dd><code>{text(login.client_id)}</code>
<span class="soft">anybody's program can call itself so</span></dd></div>
<div><dt>Space</dt><dd>{text(space)}<span class="soft"><code>{text(login.space_id)}</code></span>
</dd></div>
{workspace}<div><dt>Signed in as</dt><dd>{text(session.user_id)}</dd></div>
</dl>"""
