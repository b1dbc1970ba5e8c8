"""/mcp: preflight, bearer check, origin check, and then the MCP application."""

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notion_simulator.event_log import EventLog
from notion_simulator.exchange import Exchange, is_modern
from notion_simulator.json_answers import json_answer
from notion_simulator.mcp_server import GRANT_KEY, NotionServer
from notion_simulator.oauth.grants import Grant
from notion_simulator.oauth.tokens import parse_token
from notion_simulator.session_ids import public_session_id, sdk_session_id
from notion_simulator.simulator import Simulator

SESSION_HEADER = b"mcp-session-id"
INVALID_ORIGIN = -32_000


class McpEndpoint:
    """Lets a request with a valid access token through to `app`."""

    def __init__(self, simulator: Simulator, app: ASGIApp) -> None:
        self._simulator = simulator
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS":
            await preflight(headers.get("origin"))(scope, receive, send)
            return
        grant = self._grant(headers.get("authorization"))
        if isinstance(grant, str):
            self._simulator.counters.unauthorized()
            await unauthorized(self._simulator.base_url, grant, headers)(scope, receive, send)
            return
        origin = headers.get("origin")
        if origin is not None and not self._allowed(origin):
            await foreign_origin(origin)(scope, receive, send)
            return
        scope[GRANT_KEY] = grant
        scope["user"] = _session_owner(grant)
        exchange = Exchange(self._simulator.counters, receive, send)
        await exchange.run(self._app, scope, self._simulator.settings.mcp_header_delay_seconds)

    def _grant(self, authorization: str | None) -> Grant | str:
        """Returns the grant of the token, or the description of what is wrong with it."""
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return "Missing or invalid access token"
        if parse_token(token) is None:
            return "Invalid token format"
        return self._simulator.grant_for_access_token(token) or "Invalid access token"

    def _allowed(self, origin: str) -> bool:
        return origin in {self._simulator.base_url, *self._simulator.settings.allowed_origins}


class SdkApplication:
    """The SDK's transport under the settings of the moment, with Notion's 64-digit session ids."""

    def __init__(self, simulator: Simulator, server: NotionServer) -> None:
        self._simulator = simulator
        self.sessions = StreamableHTTPSessionManager(server)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        settings = self._simulator.settings
        self.sessions.json_response = settings.response_mode == "json"
        self.sessions.stateless = not settings.session_ids
        # Read when a session opens, so each session gets a log of its own.
        self.sessions.event_store = EventLog() if settings.resumable_streams else None
        if self.sessions.stateless and scope["method"] != "POST" and not is_modern(scope):
            # Without sessions there is nothing a GET could listen to or a DELETE end.
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        inner = {**scope, "headers": list(_rename(scope["headers"], sdk_session_id))}

        async def send_public(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {
                    **message,
                    "headers": list(_rename(message["headers"], public_session_id)),
                }
            await send(message)

        await self.sessions.handle_request(inner, receive, send_public)


def preflight(origin: str | None) -> Response:
    """Returns the answer to OPTIONS."""
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Origin": origin or "*",
            "Access-Control-Allow-Methods": "*",
            "Access-Control-Allow-Headers": "Authorization, *",
            "Access-Control-Max-Age": "86400",
        },
    )


def unauthorized(base_url: str, description: str, headers: Headers) -> Response:
    """Returns the 401 with its challenge (RFC 9728 section 5.1)."""
    metadata = f"{base_url}/.well-known/oauth-protected-resource/mcp"
    challenge = (
        f'Bearer realm="OAuth", resource_metadata="{metadata}", '
        f'error="invalid_token", error_description="{description}"'
    )
    answer = {"WWW-Authenticate": challenge}
    if "origin" in headers:
        answer["Access-Control-Allow-Origin"] = headers["origin"]
    return json_answer({"error": "invalid_token", "error_description": description}, 401, answer)


def foreign_origin(origin: str) -> Response:
    """Returns the 403 for an authorised request from a foreign web page."""
    host = urlsplit(origin).netloc or origin
    error = {"code": INVALID_ORIGIN, "message": f"Invalid Origin: {host}"}
    return json_answer({"jsonrpc": "2.0", "error": error, "id": None}, 403)


def _session_owner(grant: Grant) -> AuthenticatedUser:
    # The SDK binds a session to what opened it. A grant outlives its access
    # tokens, so a session does too, and no other grant can use it.
    token = AccessToken(token=grant.id, client_id=grant.client_id, scopes=[], subject=grant.id)
    return AuthenticatedUser(token)


def _rename(
    headers: Iterable[tuple[bytes, bytes]], rename: Callable[[str], str]
) -> Iterator[tuple[bytes, bytes]]:
    for name, value in headers:
        if name.lower() == SESSION_HEADER:
            yield name, rename(value.decode("latin-1")).encode("latin-1")
        else:
            yield name, value
