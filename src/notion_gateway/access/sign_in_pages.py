"""Signing in, in a browser: at the OpenID issuer, or on this machine with a name."""

import hmac
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from notion_gateway.access.dependencies import TheAccess
from notion_gateway.access.oidc_sign_in import SIGN_IN_CALLBACK_PATH, BegunSignIn
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.sign_in import Session, local_user, next_path
from notion_gateway.http.pages import PageRoute, hidden, page, sentence, text
from notion_gateway.kernel.errors import StoreUnavailable, Unauthenticated
from notion_gateway.kernel.randomness import random_token
from notion_gateway.kernel.secret import Secret

SIGN_IN_PATH, SIGN_OUT_PATH = "/sign-in", "/sign-out"
_NO_STORE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
_MAX_NEXT = 17_000
_SIGN_OUT = "sign out"

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_UNCONFIGURED = """<p>This gateway does not know how people sign in, so programs cannot log in
through it yet.</p>
<p>Whoever runs it sets <code>GATEWAY_OIDC_ISSUER</code>, <code>GATEWAY_OIDC_CLIENT_ID</code> and,
where the client has one, <code>GATEWAY_OIDC_CLIENT_SECRET</code>; at the issuer, the redirect
address is <code>{redirect}</code>. For a demo on this machine alone,
<code>GATEWAY_LOCAL_SIGN_IN=1</code> will do.</p>
<p>Until then, give the program a gateway token: in its settings, as the header
<code>Authorization: Bearer nmgp_…</code></p>"""

_START_AGAIN = """<p>What the program asked for was too long to keep meanwhile. Start again there:
now that you are signed in, it goes through.</p>"""


def sign_in_address(next_path: str, *, again: bool = False) -> str:
    query = {"next": next_path} | ({"again": "true"} if again else {})
    return f"{SIGN_IN_PATH}?{urlencode(query)}"


def somebody_else(session: Session, here: str) -> str:
    """A way out for whoever is not the person that is signed in."""
    return f"""<form method="post" action="{SIGN_OUT_PATH}">
{hidden(proof=session.proof(_SIGN_OUT), next=here)}
<p class="soft">Not {text(session.user_id)}? <button class="link">Sign in as somebody else</button>
</p></form>"""


@router.get(SIGN_IN_PATH)
async def sign_in(
    request: Request,
    access: TheAccess,
    onward: Annotated[str | None, Query(alias="next", max_length=_MAX_NEXT)] = None,
    again: Annotated[bool, Query()] = False,
    start_again: Annotated[bool, Query()] = False,
) -> Response:
    """To the issuer, or a form for a name; where neither is set up, what to do about it."""
    onward = next_path(onward)
    session = access.browser_sessions.current(request)
    if session is not None and onward is None:
        body = f"<p>You are signed in as <strong>{text(session.user_id)}</strong>.</p>"
        body += _START_AGAIN if start_again else ""
        return page("Signed in", body + somebody_else(session, ""), has_form=True)
    if access.sign_in is not None:
        return _to_issuer(access, await access.sign_in.begin(onward, again=again))
    if not access.local_sign_in:
        redirect = f"{access.own_address.url}{SIGN_IN_CALLBACK_PATH}"
        return page("Signing in is not set up", _UNCONFIGURED.format(redirect=text(redirect)))
    browser = access.browser_sessions.remembered_browser(request) or Secret(random_token())
    shown = page("Who are you?", _name_form(browser, onward), has_form=True)
    access.browser_sessions.remember_browser(shown, browser)
    return shown


@router.post(SIGN_IN_PATH)
async def sign_in_locally(
    request: Request,
    access: TheAccess,
    name: Annotated[str, Form(max_length=200)],
    proof: Annotated[str, Form(max_length=100)],
    onward: Annotated[str, Form(alias="next", max_length=_MAX_NEXT)] = "",
) -> Response:
    """On loopback only: a name is believed."""
    browser = access.browser_sessions.remembered_browser(request)
    if not access.local_sign_in:
        raise Unauthenticated("This gateway does not believe names.")
    if browser is None or not hmac.compare_digest(proof.encode(), _proof(browser).encode()):
        raise Unauthenticated("This form was not made for this browser. Load the page again.")
    return _signed_in(access, local_user(name.strip()), next_path(onward))


@router.get(SIGN_IN_CALLBACK_PATH)
async def callback(request: Request, access: TheAccess) -> Response:
    """Where the issuer sends the browser back."""
    sign_in = access.sign_in
    if sign_in is None:
        return sentence("Signing in is not set up", "Nobody was signed in.", status=404)
    given = request.query_params
    query = {name: given[name] for name in given if len(given.getlist(name)) == 1}
    done = await sign_in.finish(query, access.browser_sessions.pending(request))
    if isinstance(done, BegunSignIn):
        return _to_issuer(access, done)
    return _signed_in(access, done.user_id, done.next_path, done.issuer)


@router.post(SIGN_OUT_PATH)
async def sign_out(
    request: Request,
    access: TheAccess,
    proof: Annotated[str, Form(max_length=100)],
    onward: Annotated[str, Form(alias="next", max_length=_MAX_NEXT)] = "",
) -> Response:
    """Of the gateway, not of the issuer, which then asks anew who it is."""
    session = access.browser_sessions.current(request)
    if session is not None and not session.accepts(proof, _SIGN_OUT):
        raise Unauthenticated("This form was not made for you. Load the page again.")
    chosen = next_path(onward)
    if chosen is None:
        answer: Response = sentence("Signed out", "You are signed out of this gateway.")
    else:
        answer = RedirectResponse(sign_in_address(chosen, again=True), 303, _NO_STORE)
    access.browser_sessions.end(answer)
    if session is not None and session.issuer is not None and access.renewal is not None:
        with suppress(StoreUnavailable):  # the session ends all the same; maintenance has the rest
            await access.renewal.signed_out(session.user_id)
    return answer


def _to_issuer(access: Access, begun: BegunSignIn) -> Response:
    leaving = RedirectResponse(begun.address, 303, _NO_STORE)
    access.browser_sessions.remember_pending(leaving, begun.pending)
    return leaving


def _signed_in(
    access: Access, user_id: str, onward: str | None, issuer: str | None = None
) -> Response:
    answer = RedirectResponse(onward or SIGN_IN_PATH, 303, _NO_STORE)
    access.browser_sessions.forget_browser(answer)
    access.browser_sessions.begin(answer, user_id, issuer)
    return answer


def _name_form(browser: Secret, onward: str | None) -> str:
    return f"""<p>This gateway runs on this machine and believes the name you give it.</p>
<form method="post" action="{SIGN_IN_PATH}">
{hidden(proof=_proof(browser), next=onward or "")}
<label>Name<input type="text" name="name" required autofocus maxlength="200"
autocomplete="username" autocapitalize="none" spellcheck="false"></label>
<div class="acts"><button class="act">Sign in</button></div>
</form>"""


def _proof(browser: Secret) -> str:
    """What the form carries beside the cookie, which another site can neither read nor make."""
    return Secret(f"sign-in form\n{browser.reveal()}").fingerprint()
