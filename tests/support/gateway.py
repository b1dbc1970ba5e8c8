"""The gateway on a real socket, and a caller who speaks to it as browsers and clients do."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from notion_gateway.app import create_app
from notion_gateway.settings import CALLBACK_PATH, GivenSettings, Settings
from notion_gateway.vault.opening import prepare
from tests.support.migrated import put_migrated_database
from tests.support.routes_made_once import routes_made_once
from tests.support.serving import Served, listen, port_of, serving
from tests.support.waiting import PATIENCE_SECONDS

CALL = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
PROXY = "/mcp/notion/proxy"
RETURN_BASE = "http://localhost:3000"


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def location(self) -> str:
        return self.headers["location"]

    @property
    def result(self) -> dict[str, str]:
        """The query of the redirect target."""
        return query_of(self.location)

    @property
    def reason(self) -> str:
        """The reason code of an error, in either of its two forms."""
        document = self.json
        holder: dict[str, str] = document["error"]["data"] if "error" in document else document
        return holder["reason"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls as user ``ada`` of the space it is given; cookies and redirects are left alone."""

    http: aiohttp.ClientSession
    url: str
    heard: list[Answer] = field(default_factory=list[Answer])
    """Everything the gateway has said."""

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        user: str | None = "ada",
        params: Mapping[str, str] | None = None,
        data: Any = None,
        json: Any = None,
    ) -> Answer:
        sent = CIMultiDict(headers)
        if user is not None:
            sent.setdefault("X-User-ID", user)
        address = URL(path if path.startswith("http") else self.url + path, encoded=True)
        async with self.http.request(
            method,
            address.update_query(params) if params else address,
            headers=sent,
            data=data,
            json=json,
            allow_redirects=False,
        ) as response:
            answer = Answer(response.status, response.headers, await response.read())
        if not path.startswith("http") or path.startswith(self.url):
            self.heard.append(answer)
        return answer

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.send("GET", path, **options)

    async def start(self, space: str, **params: str) -> Answer:
        query = {"space_id": space, **params}
        return await self.get("/integrations/notion/oauth/mcp/start", params=query)

    async def consent(self, space: str, **params: str) -> str:
        """Starts, lets Notion ask, and returns the address Notion sends the browser back to."""
        started = await self.start(space, **params)
        assert started.status == 200, started.body
        redirect = await self.get(started.json["authorizeUrl"], user=None)
        assert redirect.status == 302, redirect.body
        return redirect.location

    async def connect(self, space: str, **params: str) -> Answer:
        """The callback's answer at the end of a whole consent."""
        return await self.get(await self.consent(space, **params), user=None)

    async def call(self, space: str, data: Any = CALL, **options: Any) -> Answer:
        headers = CIMultiDict(options.pop("headers", ()))
        headers.setdefault("X-Space-ID", space)
        method: str = options.pop("method", "POST")
        return await self.send(method, PROXY, data=data, headers=headers, **options)

    async def status(self, space: str) -> dict[str, Any]:
        return (await self.get(f"/integrations/notion/{space}")).json

    async def events(self, space: str) -> list[dict[str, Any]]:
        answer = await self.get(f"/integrations/notion/{space}/events")
        history: list[dict[str, Any]] = answer.json["events"]
        return history

    async def event_types(self, space: str) -> list[str]:
        """In order, without the common prefix."""
        prefix = "NotionIntegration"
        return [event["type"].removeprefix(prefix) for event in await self.events(space)]

    async def disconnect(self, space: str) -> Answer:
        return await self.send("DELETE", f"/integrations/notion/{space}")


@asynccontextmanager
async def calling(url: str) -> AsyncGenerator[Caller]:
    """A caller that shows answers as they came: still encoded, cookies not kept."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS),
        max_field_size=64 * 1024,
    ) as http:
        yield Caller(http, url)


def gateway_settings(data_dir: Path, notion_url: str, port: int, **changes: Any) -> Settings:
    """Trusted headers, everything in ``data_dir``; neither environment nor ``.env`` file."""
    values: dict[str, Any] = {
        "notion_mcp_url": f"{notion_url}/mcp",
        "notion_mcp_oauth_redirect_uri": f"http://127.0.0.1:{port}{CALLBACK_PATH}",
        "notion_mcp_return_base_url": RETURN_BASE,
        "gateway_data_dir": data_dir,
        "gateway_trust_headers": True,
        "gateway_client_documents": "on",  # by itself it would look outside
        **changes,
    }
    return GivenSettings(**values)


@asynccontextmanager
async def serving_gateway(
    data_dir: Path, notion_url: str, **changes: Any
) -> AsyncGenerator[Served]:
    with listen() as listener:
        settings = gateway_settings(data_dir, notion_url, port_of(listener), **changes)
        if settings.database_url is None and not settings.sqlite_file.exists():
            prepare(settings)
            put_migrated_database(settings.sqlite_file)
        with routes_made_once():
            app = create_app(settings)
        async with serving(app, listener) as served:
            yield served
