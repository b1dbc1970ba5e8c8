"""A login with the MCP Python SDK's own provider, for the libraries that take one."""
# pyright: basic, reportMissingImports=false

import asyncio
import webbrowser
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mcp.client.auth import OAuthClientProvider
from mcp.shared import auth
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken


class Memory:
    """Where a program of one's own would keep them in a file."""

    def __init__(self) -> None:
        self._tokens: OAuthToken | None = None
        self._client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self._tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self._client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._client = client_info


async def provider(address: str) -> OAuthClientProvider:
    """Listens on this machine for the browser to come back."""
    answers: asyncio.Queue[str] = asyncio.Queue()

    async def come_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        answers.put_nowait(head.split()[1].decode())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nDone")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(come_back, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def open_browser(url: str) -> None:
        await asyncio.to_thread(webbrowser.open, url)

    async def wait_for_it() -> Any:
        query = parse_qs(urlsplit(await answers.get()).query)
        code, state, iss = (query[name][0] for name in ("code", "state", "iss"))
        if hasattr(auth, "AuthorizationCodeResult"):  # the SDK's second version
            return auth.AuthorizationCodeResult(code=code, state=state, iss=iss)
        return code, state

    metadata = OAuthClientMetadata.model_validate(
        {"client_name": "My program", "redirect_uris": [f"http://127.0.0.1:{port}/callback"]}
    )
    return OAuthClientProvider(address, metadata, Memory(), open_browser, wait_for_it)
