"""The browser's way: /authorize, the consent page, /callback and back to the client.

Two hops like Notion's own, with a state cookie in between, so that a client
which proxies /authorize instead of redirecting to it fails here as it does
there.
"""

import hmac
import secrets
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from notion_simulator.json_answers import oauth_error
from notion_simulator.oauth.authorization import (
    AuthorizationRequest,
    RefusedHere,
    RefusedToClient,
    judge,
    with_query,
)
from notion_simulator.oauth.client_documents import find_client
from notion_simulator.oauth.consent_page import consent_page, content_security_policy
from notion_simulator.oauth.store import PendingConsent
from notion_simulator.oauth.token_routes import read_form
from notion_simulator.oauth.tokens import digest
from notion_simulator.simulator import Simulator
from notion_simulator.workspace.model import Workspace

STATE_COOKIE = "notion_simulator_state"
COOKIE_SECONDS = 600
NO_TRACE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
COOKIES_LOST = "Invalid MCP state. Please enable browser cookies and try again."
FOREIGN_ISSUER = "https://issuer.invalid"
MAX_PENDING = 1_000


class ConsentRoutes:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def authorize(self, request: Request) -> Response:
        """GET /authorize: judged, then on to the page, or straight back with auto-consent."""
        client = await find_client(self._simulator, request.query_params.get("client_id", ""))
        outcome = judge(request.query_params, client, self._simulator.base_url)
        if isinstance(outcome, RefusedToClient):
            return RedirectResponse(outcome.location, 302, NO_TRACE)
        if isinstance(outcome, RefusedHere):
            if outcome.error is not None:
                return oauth_error(outcome.error, outcome.message)
            return PlainTextResponse(outcome.message, 400, NO_TRACE)
        if self._simulator.settings.auto_consent:
            return self._allow(outcome, self._auto_consent_workspace())
        return self._ask(outcome, secure=request.url.scheme == "https")

    async def page(self, request: Request) -> Response:
        """GET /install-integration: the consent page."""
        state = request.query_params.get("state", "")
        pending = self._simulator.oauth.consents.get(state)
        if pending is None:
            return PlainTextResponse("Invalid authorization request", 400, NO_TRACE)
        workspaces = list(self._simulator.workspaces.values())
        headers = {
            **NO_TRACE,
            "Content-Security-Policy": content_security_policy(pending.request.redirect_uri),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }
        body = consent_page(pending.request, workspaces, state)
        return Response(body, 200, headers, media_type="text/html")

    async def decide(self, request: Request) -> Response:
        """POST /install-integration: the user's answer."""
        form = await read_form(request) or {}
        state = form.get("state", "")
        pending = self._simulator.oauth.consents.get(state)
        workspace = form.get("workspace")
        denied = form.get("decision") == "deny"
        allowed = form.get("decision") == "allow" and workspace in self._simulator.workspaces
        if pending is None or not (denied or allowed):
            return PlainTextResponse("Invalid authorization request", 400, NO_TRACE)
        decided = replace(pending, denied=denied, workspace_id=None if denied else workspace)
        self._simulator.oauth.consents[state] = decided
        return RedirectResponse(with_query("/callback", {"state": state}), 303, NO_TRACE)

    async def callback(self, request: Request) -> Response:
        """GET /callback: the browser that began ends here and goes back to the client."""
        state = request.query_params.get("state", "")
        pending = self._simulator.oauth.consents.get(state)
        browser = digest(request.cookies.get(STATE_COOKIE, ""))
        if pending is None or not hmac.compare_digest(browser, pending.browser):
            return PlainTextResponse(COOKIES_LOST, 400, NO_TRACE)
        workspace = self._simulator.workspaces.get(pending.workspace_id or "")
        if not pending.denied and workspace is None:
            return PlainTextResponse("Invalid authorization request", 400, NO_TRACE)
        del self._simulator.oauth.consents[state]
        if workspace is None:
            answer = self._back(pending.request, error="access_denied")
        else:
            answer = self._allow(pending.request, workspace)
        answer.delete_cookie(STATE_COOKIE)
        return answer

    def _ask(self, asked: AuthorizationRequest, *, secure: bool) -> Response:
        consents = self._simulator.oauth.consents
        while len(consents) >= MAX_PENDING:
            del consents[next(iter(consents))]
        state, browser = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        consents[state] = PendingConsent(request=asked, browser=digest(browser))
        answer = RedirectResponse(
            with_query("/install-integration", {"owner": "user", "state": state}), 302, NO_TRACE
        )
        answer.set_cookie(
            STATE_COOKIE,
            browser,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=secure,
        )
        return answer

    def _allow(self, asked: AuthorizationRequest, workspace: Workspace) -> Response:
        code = self._simulator.oauth.open_grant(
            asked,
            workspace.person_id,
            workspace.id,
            self._simulator.clock(),
            self._simulator.settings,
        )
        return self._back(asked, code=code)

    def _back(self, asked: AuthorizationRequest, **parameters: str) -> Response:
        issuer = {
            "absent": None,
            "present": self._simulator.base_url,
            "foreign": FOREIGN_ISSUER,
        }[self._simulator.settings.redirect_iss]
        query = {**parameters, "state": asked.state, "iss": issuer}
        return RedirectResponse(with_query(asked.redirect_uri, query), 302, NO_TRACE)

    def _auto_consent_workspace(self) -> Workspace:
        wanted = self._simulator.settings.auto_consent_workspace
        workspaces = list(self._simulator.workspaces.values())
        return next(
            (space for space in workspaces if wanted in {space.id, space.name}), workspaces[0]
        )
