"""Notion's side for the gateway's tests: the simulator, with every wire within a test's reach."""

import base64
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notion_simulator.app import create_app
from notion_simulator.settings import SimulatorSettings
from notion_simulator.simulator import Clock, Simulator
from tests.support.asgi import TRANSPORT, headers_of, read_body, replayed
from tests.support.serving import Served, listen, port_of, serving

SECRET_FIELDS = frozenset(
    {"code", "code_verifier", "refresh_token", "access_token", "client_secret", "token"}
)


class Wire:
    """Between the socket and the simulator: records every secret, and can answer in its place.

    The workspace's name is added to token answers, so that the gateway has no reason to ask
    for it with a call of its own; ``names_workspace`` switches that off.
    """

    def __init__(self, app: ASGIApp, *, names_workspace: bool) -> None:
        self._app = app
        self.names_workspace = names_workspace
        self.workspace_name = "Acme"
        self.instead: dict[str, ASGIApp] = {}
        """What answers a path in place of the simulator."""
        self.requests: list[str] = []
        """Method and path of every request, in order."""
        self.scopes: list[Scope] = []
        """The same as the server saw them, headers included."""
        self.token_forms: list[dict[str, str]] = []
        """What the token endpoint was asked: issue, refresh and revoke alike."""
        self.secrets: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # uvicorn's receive is a method of what owns the socket.
        scope[TRANSPORT] = getattr(receive, "__self__").transport  # noqa: B009 - untyped
        path: str = scope["path"]
        self.requests.append(f"{scope['method']} {path}")
        self.scopes.append(scope)
        app = self.instead.get(path, self.simulated)
        if path not in {"/token", "/register"}:
            await app(scope, receive, send)
            return
        body = await read_body(receive)
        self._note_request(scope, body)
        await app(scope, replayed(body, receive), send)

    async def simulated(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The simulator's own answer; what stands in ``instead`` may pass a request on to it."""
        path: str = scope["path"]
        noted = path in {"/token", "/register"}
        await self._app(scope, receive, self._noting(send, path) if noted else send)

    def refreshes(self) -> list[str]:
        """Every refresh token that was sent for redemption, in order."""
        return [
            form["refresh_token"]
            for form in self.token_forms
            if form.get("grant_type") == "refresh_token"
        ]

    def exchanges(self) -> int:
        return sum(form.get("grant_type") == "authorization_code" for form in self.token_forms)

    def _note_request(self, scope: Scope, body: bytes) -> None:
        if scope["path"] != "/token":
            return
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        self.token_forms.append(form)
        self._note(form)
        authorization = headers_of(scope).get(b"authorization", b"").decode()
        if authorization.startswith("Basic "):
            pair = base64.b64decode(authorization[6:]).decode()
            self.secrets.add(unquote(pair.partition(":")[2]))

    def _note(self, document: Mapping[str, Any]) -> None:
        for name, value in document.items():
            if name in SECRET_FIELDS and isinstance(value, str) and value:
                self.secrets.add(value)

    def _noting(self, send: Send, path: str) -> Send:
        start: Message = {}
        body = bytearray()

        async def noting(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body", False):
                return
            await self._tell(start, bytes(body), path, send)

        return noting

    async def _tell(self, start: Message, body: bytes, path: str, send: Send) -> None:
        try:
            document: dict[str, Any] = json.loads(body)
        except ValueError:
            document = {}
        self._note(document)
        if path == "/token" and "access_token" in document and self.names_workspace:
            body = json.dumps({**document, "workspace_name": self.workspace_name}).encode()
        headers = [one for one in start["headers"] if one[0] != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


@dataclass(frozen=True, slots=True)
class Notion:
    served: Served
    simulator: Simulator
    wire: Wire

    @property
    def url(self) -> str:
        return self.served.url

    def change(self, **settings: Any) -> None:
        """Changes settings of the running simulator."""
        self.simulator.settings = self.simulator.settings.model_copy(update=settings)

    def expire_access_tokens(self) -> None:
        self.simulator.oauth.expire_access_tokens(self.simulator.clock())

    def grant_states(self) -> list[str]:
        grants: list[dict[str, str]] = self.simulator.observation()["grants"]
        return [grant["state"] for grant in grants]


@asynccontextmanager
async def serving_notion(
    *,
    clock: Clock,
    mcp: ASGIApp | None = None,
    names_workspace: bool = True,
    **settings: Any,
) -> AsyncGenerator[Notion]:
    """The simulator on a free port; consent is given at once unless ``settings`` say otherwise."""
    with listen() as listener:
        chosen: dict[str, Any] = {
            "public_url": f"http://127.0.0.1:{port_of(listener)}",
            "auto_consent": True,
            **settings,
        }
        app = create_app(SimulatorSettings(**chosen), clock=clock, mcp=mcp)
        wire = Wire(app, names_workspace=names_workspace)
        async with serving(wire, listener) as served:
            simulator: Simulator = app.state.simulator
            yield Notion(served, simulator, wire)
