"""The gateway's own OAuth client, led through a scenario of the suite.

Everything is the gateway's: its discovery, registration, code flow, vault and proxy. Two things
are put right around it, because the suite's servers are not like Notion:

- They keep authorization server and MCP server on different ports; the gateway accepts OAuth
  endpoints on the MCP server's own origin only. The pin is lifted; that it holds is tested
  with the rest of discovery.
- They issue no refresh tokens; the gateway refuses a grant without one. One is added, and a
  workspace, to what the token endpoint answers.
"""

import asyncio
import json
import tempfile
from collections.abc import Container, Mapping, Sequence
from contextlib import AsyncExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.kernel.errors import GatewayError, UpstreamUnauthorized
from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpRequest
from notion_gateway.kernel.outbound.transport import AiohttpTransport
from notion_gateway.oauth import metadata as discovery
from notion_gateway.proxy.rules.sessions import Caller
from notion_gateway.proxy.upstream import ProxyCall
from notion_gateway.settings import GivenSettings, Settings
from notion_gateway.wiring import Features, open_gateway
from tests.support.gateway import calling, query_of

SPACE, USER = "team", "ada"
PUBLISHED_DOCUMENT = "https://conformance-test.local/client-metadata.json"
"""The client id that the suite wants to see where metadata documents are supported."""
_MISSING = {"refresh_token": "suite-issues-none", "workspace_id": "w", "workspace_name": "W"}
_MODERN = "2026-07-28"


class NotConnected(Exception):
    """The gateway would not connect to this server, or its server refused the call."""


class Order(BaseModel):
    """What the suite said to the client under test."""

    url: str
    scenario: str
    version: str
    context: dict[str, Any]


def prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts right what the suite's servers lack, until the test ends."""
    send = AiohttpTransport.send

    async def send_and_add(
        transport: AiohttpTransport, request: HttpRequest, **rest: Any
    ) -> HttpAnswer:
        answer = await send(transport, request, **rest)
        if request.method != "POST" or answer.status != HTTPStatus.OK:
            return answer
        document: dict[str, Any] = json.loads(answer.body)
        if "access_token" in document:
            document = {**_MISSING, **document}
        return HttpAnswer(answer.status, answer.headers, json.dumps(document).encode())

    def lift_origin_pin(*_: object) -> None: ...

    monkeypatch.setattr(AiohttpTransport, "send", send_and_add)
    monkeypatch.setattr(discovery, "_require_origin", lift_origin_pin)


def create_relay(*, takes_part: Container[str]) -> Starlette:
    """Answers ``oauth_client_driver.py``; scenarios outside ``takes_part`` get no client."""
    opening = asyncio.Lock()

    async def answer(request: Request) -> JSONResponse:
        order = Order.model_validate_json(await request.body())
        if order.scenario not in takes_part:
            return JSONResponse({"connected": False, "said": "not a scenario for the gateway"})
        try:
            with tempfile.TemporaryDirectory() as folder:
                said = await connect_and_call(order, Path(folder), opening)
        except (NotConnected, GatewayError) as fault:
            return JSONResponse({"connected": False, "said": f"{type(fault).__name__}: {fault}"})
        return JSONResponse({"connected": True, "said": said})

    return Starlette(routes=[Route("/", answer, methods=["POST"])])


async def connect_and_call(order: Order, data_dir: Path, one_at_a_time: asyncio.Lock) -> str:
    """Connects a space as a person would, and calls with its token.

    ``one_at_a_time``: Alembic, which migrates, keeps its context in module globals.

    Raises NotConnected with the reason code of a consent that failed, and GatewayError.
    """
    async with AsyncExitStack() as open_now:
        async with one_at_a_time:
            opened = open_gateway(_settings(order, data_dir))
            gateway = await open_now.enter_async_context(opened)
        await _connect(gateway)
        try:
            statuses = await _call_all(gateway, order.version)
        except UpstreamUnauthorized:  # what it says is what a person would do then
            await _connect(gateway)
            statuses = await _call_all(gateway, order.version)
        if any(status >= HTTPStatus.BAD_REQUEST for status in statuses):
            raise NotConnected(f"connected, but its calls were answered with {statuses}")
        return f"connected; its calls were answered with {statuses}"


async def _connect(gateway: Features) -> None:
    started = await gateway.integrations.connect.start(
        space_id=SPACE,
        principal=Principal(USER, Means.TRUSTED_HEADERS),
        return_path="/",
        in_browser=False,
    )
    async with calling("") as browser:
        redirect = await browser.get(started.authorize_url, user=None)
    ended = await gateway.integrations.connect.finish(
        query_of(redirect.location), browser=None, user_id=USER
    )
    if ended.error is not None:
        raise NotConnected(ended.error)


async def _call_all(gateway: Features, version: str) -> Sequence[int]:
    return [await _call(gateway, body, version) for body in _calls(version)]


def _settings(order: Order, data_dir: Path) -> Settings:
    """As somebody would write them who knows what the scenario's context says."""
    values: dict[str, Any] = {
        "notion_mcp_url": order.url,
        "gateway_data_dir": data_dir,
    }
    if order.scenario == "auth/basic-cimd":
        # The gateway's own documents lie at its public address, one for each consent; the suite
        # knows this address only.
        values["notion_mcp_client_id"] = PUBLISHED_DOCUMENT
    if "client_id" in order.context:
        values["notion_mcp_client_id"] = order.context["client_id"]
        values["notion_mcp_client_secret"] = order.context["client_secret"]
        values["notion_mcp_token_auth_method"] = "client_secret_basic"
    return GivenSettings(**values)


def _calls(version: str) -> Sequence[Mapping[str, Any]]:
    """What the smallest MCP client would send: the suite's servers keep no sessions."""
    names: list[tuple[str, dict[str, Any]]] = [
        ("tools/list", {}),
        ("tools/call", {"name": "test-tool", "arguments": {}}),
    ]
    about = {"name": "conformance", "version": "1"}
    if version == _MODERN:
        meta = {
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientInfo": about,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        names = [(name, {**params, "_meta": meta}) for name, params in names]
    else:
        first = {"protocolVersion": version, "capabilities": {}, "clientInfo": about}
        names.insert(0, ("initialize", first))
    return [
        {"jsonrpc": "2.0", "id": number, "method": name, "params": params}
        for number, (name, params) in enumerate(names, start=1)
    ]


async def _call(gateway: Features, body: Mapping[str, Any], version: str) -> int:
    headers = {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": version,
    }
    if version == _MODERN:
        headers["mcp-method"] = body["method"]
        if "name" in body["params"]:
            headers["mcp-name"] = body["params"]["name"]
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await gateway.proxy.calls.call(
        Caller(SPACE, "", SPACE), ProxyCall("POST", raw, json.dumps(body).encode(), b"")
    )
    try:
        async for _ in answer.chunks():
            pass
    finally:
        answer.close()
    return answer.status
