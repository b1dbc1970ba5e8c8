"""Unmodified MCP clients that are given one address: they register, log in, and call.

Only the person's part in the browser is played.
"""

import asyncio
import datetime as dt
import ipaddress
import json
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from mcp.shared.exceptions import MCPError
from mcp.types import TextContent, ToolListChangedNotification

from notion_gateway.access.gateway_tokens import TokenWish
from notion_gateway.access.rules.sign_in import connect_path
from tests.clients.programs import running
from tests.support.clocks import SharedClock
from tests.support.notion import serving_notion
from tests.support.processes import gateway_process
from tests.support.rig import a_rig
from tests.support.team import Team, founded
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

REDIRECT_URI = "http://127.0.0.1:4711/callback"


@asynccontextmanager
async def without_a_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **notion: Any
) -> AsyncGenerator[Team]:
    settings: dict[str, Any] = {"gateway_trust_headers": False, "gateway_local_sign_in": True}
    async with a_rig(tmp_path, monkeypatch, notion=notion, **settings) as rig:
        yield await founded(rig.gateway.url, tmp_path)


@pytest.fixture
async def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Team]:
    async with without_a_connection(tmp_path, monkeypatch) as team:
        yield team


@pytest.fixture
async def team(empty: Team) -> Team:
    await empty.connect()
    return empty


@asynccontextmanager
async def a_process(folder: Path, **variables: str) -> AsyncGenerator[Team]:
    """The same with an environment of its own."""
    own = {"GATEWAY_TRUST_HEADERS": "0", "GATEWAY_LOCAL_SIGN_IN": "1", **variables}
    async with (
        serving_notion(clock=SharedClock()) as notion,
        gateway_process(folder / "data", notion.url, folder / "gateway.log", **own) as gateway,
    ):
        yield await founded(gateway.url, folder / "data")


class Memory:
    """The Python client's storage."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def python_auth(team: Team, memory: Memory, document: str | None = None) -> OAuthClientProvider:
    opened: list[str] = []

    async def open_browser(url: str) -> None:
        opened.append(url)

    async def wait_for_it() -> AuthorizationCodeResult:
        query = parse_qs(urlsplit(await team.let_in(opened.pop())).query)
        return AuthorizationCodeResult(
            code=query["code"][0], state=query["state"][0], iss=query["iss"][0]
        )

    metadata = OAuthClientMetadata.model_validate(
        {"client_name": "Python client", "redirect_uris": [REDIRECT_URI]}
    )
    return OAuthClientProvider(
        team.address, metadata, memory, open_browser, wait_for_it, client_metadata_url=document
    )


async def search(address: str, http: httpx2.AsyncClient) -> str:
    async with Client(streamable_http_client(address, http_client=http)) as client:
        assert "notion-fetch" in {tool.name for tool in (await client.list_tools()).tools}
        (found,) = (await client.call_tool("notion-search", {"query": "plan"})).content
    assert isinstance(found, TextContent)
    return found.text


async def test_the_python_client_registers_logs_in_and_calls(team: Team) -> None:
    memory = Memory()
    auth = python_auth(team, memory)
    async with httpx2.AsyncClient(auth=auth, timeout=20, trust_env=False) as http:
        assert await search(team.address, http)

    assert memory.client is not None
    assert memory.tokens is not None
    assert memory.tokens.access_token.startswith("nmga_")

    before = memory.tokens
    auth.context.token_expiry_time = 1.0  # an hour later
    async with httpx2.AsyncClient(auth=auth, timeout=20, trust_env=False) as http:
        assert await search(team.address, http)
    assert memory.tokens.access_token != before.access_token
    assert memory.tokens.refresh_token != before.refresh_token


async def test_the_python_client_logs_in_with_a_document_about_it(tmp_path: Path) -> None:
    async with a_document(tmp_path) as (address, certificate, asked):
        variables = {"SSL_CERT_FILE": str(certificate), "GATEWAY_LOCAL_CLIENT_DOCUMENTS": "1"}
        async with a_process(tmp_path, **variables) as team:
            await team.connect()
            memory = Memory()
            auth = python_auth(team, memory, document=address)
            async with httpx2.AsyncClient(auth=auth, timeout=20, trust_env=False) as http:
                assert await search(team.address, http)

    assert memory.client is not None
    assert memory.client.client_id == address
    assert asked() == 1


async def test_the_typescript_client_registers_logs_in_calls_and_renews(team: Team) -> None:
    async with running("mcp-client.mjs", team.address, REDIRECT_URI) as client:
        opened = (await client.message())["open"]
        client.tell(await team.let_in(opened))
        first = await client.message()
        again = await client.message()

    assert "notion-search" in first["tools"]
    assert first["text"]
    assert again["text"] == first["text"]
    assert again["renewed"] is True


async def test_a_client_with_headers_only_calls_with_a_gateway_token(team: Team) -> None:
    async with team.operator() as operator:
        _, token = await operator.tokens.issue("birch", "ada", TokenWish("test"))
    headers = {"Authorization": f"Bearer {token.reveal()}"}
    async with httpx2.AsyncClient(headers=headers, timeout=20, trust_env=False) as http:
        assert await search(team.address, http)


@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
async def test_a_client_started_without_a_connection_shows_the_link_and_goes_on_once_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    heard = asyncio.Event()

    async def hear(message: object) -> None:
        if isinstance(message, ToolListChangedNotification):
            heard.set()

    async with without_a_connection(tmp_path, monkeypatch, session_ids=False) as empty:
        link = f"{empty.url}{connect_path('birch')}"
        async with (
            httpx2.AsyncClient(
                auth=python_auth(empty, Memory()), timeout=20, trust_env=False
            ) as http,
            Client(
                streamable_http_client(empty.address, http_client=http),
                mode=mode,
                message_handler=hear,
            ) as client,
        ):
            (tool,) = (await client.list_tools()).tools
            assert tool.name == "notion-connect"
            assert link in (tool.description or "")
            refused = await client.call_tool("notion-search", {"query": "plan"})
            assert refused.is_error
            assert link in str(refused.content)

            await empty.connect()
            said = await client.call_tool("notion-connect", {})
            assert not said.is_error
            if mode != "2026-07-28":  # whose lists are stale at once
                await asyncio.wait_for(heard.wait(), PATIENCE_SECONDS)
            assert "notion-fetch" in {one.name for one in (await client.list_tools()).tools}
            found = await client.call_tool("notion-search", {"query": "plan"})
            assert not found.is_error


async def test_where_notion_keeps_sessions_the_client_is_told_to_initialize_again(
    empty: Team,
) -> None:
    auth = python_auth(empty, Memory())
    async with httpx2.AsyncClient(auth=auth, timeout=20, trust_env=False) as http:
        async with Client(streamable_http_client(empty.address, http_client=http)) as client:
            await client.list_tools()
            await empty.connect()
            with pytest.raises(MCPError, match="initialize again"):
                await client.list_tools()
        assert await search(empty.address, http)


# --- a web site for the document ----------------------------------------------------------


@asynccontextmanager
async def a_document(folder: Path) -> AsyncGenerator[tuple[str, Path, Callable[[], int]]]:
    """Its https address on this machine, the certificate to trust, and how often it was read."""
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    asked = 0
    address = ""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        about = {
            "client_id": address,
            "client_name": "Python client",
            "redirect_uris": [REDIRECT_URI],
        }
        body = json.dumps(about).encode()
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        port: int = server.sockets[0].getsockname()[1]
        address = f"https://localhost:{port}/client.json"
        yield address, certificate, lambda: asked


def _certificate(folder: Path) -> tuple[Path, Path]:
    """For localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "localhost.pem", folder / "localhost.key"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private
