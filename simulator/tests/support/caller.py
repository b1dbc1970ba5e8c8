"""A caller of the simulator over HTTP, as terse as tests want it."""

import base64
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextContent

from notion_simulator.workspace.samples import sample_id

HANDBOOK = sample_id("Team Handbook")
SOURCE = f"collection://{sample_id('Roadmap tasks')}"
Use = Callable[..., Awaitable[dict[str, Any]]]
REDIRECT_URI = "http://localhost:3000/callback"
VERIFIER = "a-verifier-that-is-at-least-forty-three-characters-long"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str
    json: Any

    @property
    def query(self) -> dict[str, str]:
        """The query of the redirect target."""
        return dict(parse_qsl(urlsplit(self.headers["Location"]).query))


@dataclass(frozen=True)
class Connection:
    client_id: str
    access_token: str
    refresh_token: str


@dataclass(frozen=True)
class Caller:
    http: aiohttp.ClientSession
    url: str

    async def send(self, method: str, path: str, **options: Any) -> Answer:
        async with self.http.request(
            method, self.url + path, allow_redirects=False, **options
        ) as response:
            text = await response.text()
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json and text else None
            return Answer(response.status, response.headers, text, body)

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.send("GET", path, **options)

    async def post(self, path: str, **options: Any) -> Answer:
        return await self.send("POST", path, **options)

    async def register(self, **metadata: Any) -> dict[str, Any]:
        document = {
            "client_name": "Test client",
            "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": "none",
            **metadata,
        }
        answer = await self.post("/register", json=document)
        assert answer.status == 201
        return answer.json

    async def authorize(self, client_id: str, /, **changes: str | None) -> Answer:
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": REDIRECT_URI,
            "state": "opaque",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "resource": f"{self.url}/mcp",
            **changes,
        }
        sent = {key: value for key, value in query.items() if value is not None}
        return await self.get("/authorize", params=sent)

    async def exchange(self, client_id: str, code: str, **changes: str | None) -> Answer:
        form = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            **changes,
        }
        return await self.token({key: value for key, value in form.items() if value is not None})

    async def refresh(self, client_id: str, refresh_token: str) -> Answer:
        return await self.token(
            {
                "grant_type": "refresh_token",
                "client_id": client_id,
                "refresh_token": refresh_token,
            }
        )

    async def token(self, form: Mapping[str, str], **options: Any) -> Answer:
        return await self.post("/token", data=form, **options)

    async def connect(self, client_id: str | None = None) -> Connection:
        """Registers if need be and consents; needs auto-consent."""
        known: str = client_id or (await self.register())["client_id"]
        code = (await self.authorize(known)).query["code"]
        tokens = (await self.exchange(known, code)).json
        return Connection(known, tokens["access_token"], tokens["refresh_token"])

    async def is_valid(self, access_token: str) -> bool:
        """Whether /mcp lets the token through."""
        answer = await self.rpc(access_token, {"jsonrpc": "2.0", "id": 1, "method": "ping"})
        return answer.status != 401

    async def rpc(self, access_token: str, message: object, **headers: str) -> Answer:
        sent = {
            "Authorization": f"Bearer {access_token}",
            "Accept": "application/json, text/event-stream",
            **headers,
        }
        return await self.post("/mcp", json=message, headers=sent)

    async def settings(self, **changes: Any) -> None:
        answer = await self.send("PATCH", "/_simulator/settings", json=changes)
        assert answer.status == 200, answer.text

    async def fault(self, **fault: Any) -> None:
        answer = await self.post("/_simulator/faults", json=fault)
        assert answer.status == 201, answer.text

    async def counters(self) -> dict[str, Any]:
        return (await self.get("/_simulator/counters")).json

    async def wait(self, path: str, **condition: int) -> dict[str, Any]:
        answer = await self.get("/_simulator/wait", params={"path": path, **condition})
        assert answer.status == 200, answer.text
        return answer.json

    @asynccontextmanager
    async def client(self, access_token: str, mode: str = "auto") -> AsyncGenerator[Client]:
        headers = {"Authorization": f"Bearer {access_token}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=20) as http,
            Client(streamable_http_client(f"{self.url}/mcp", http_client=http), mode=mode) as one,
        ):
            yield one


def text_of(content: Sequence[object]) -> str:
    """Returns the text of a tool result's only content."""
    (block,) = content
    assert isinstance(block, TextContent)
    return block.text


def on_roadmap(query: str) -> str:
    """Returns a query with the data source's own name in place of `roadmap`."""
    return query.replace("roadmap", f'"{SOURCE}"')
