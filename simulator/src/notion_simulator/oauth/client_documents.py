"""Clients that are the URL of their own metadata (draft-ietf-oauth-client-id-metadata-document)."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp

from notion_simulator.oauth.clients import Client, register
from notion_simulator.simulator import Simulator

MAX_DOCUMENT_BYTES = 5 * 1024
TIMEOUT_SECONDS = 5.0


ReadDocument = Callable[[str], Awaitable[object]]


def is_document_url(client_id: str) -> bool:
    """Whether a client id is the URL of a document: https, with a path, without a fragment."""
    try:
        parts = urlsplit(client_id)
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and bool(parts.hostname)
        and parts.path not in {"", "/"}
        and not (parts.fragment or parts.username or parts.password)
    )


def client_from_document(client_id: str, document: object, now: float) -> Client | None:
    """Returns the client a document describes; None if it claims another URL as its id."""
    if not isinstance(document, dict):
        return None
    metadata = cast("dict[str, Any]", document)
    if metadata.get("client_id") != client_id:
        return None
    registered = register(
        {**metadata, "token_endpoint_auth_method": "none"},
        client_id=client_id,
        client_secret="",
        now=now,
    )
    return registered if isinstance(registered, Client) else None


async def find_client(
    simulator: Simulator, client_id: str, read: ReadDocument | None = None
) -> Client | None:
    """Returns a registered client, or fetches and keeps one that is a metadata document."""
    client = simulator.client(client_id)
    if client is not None or not simulator.settings.client_id_metadata_documents:
        return client
    if not is_document_url(client_id):
        return None
    client = client_from_document(
        client_id, await (read or fetch_document)(client_id), simulator.clock()
    )
    if client is not None:
        simulator.oauth.clients[client_id] = client
    return client


async def fetch_document(url: str) -> object:
    """Returns the JSON at a URL; None if there is none within the limits of time and size."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status != 200:  # noqa: PLR2004 - only a plain 200 is a document
                return None
            body = bytearray()
            async for chunk in response.content.iter_chunked(MAX_DOCUMENT_BYTES):
                body += chunk
                if len(body) > MAX_DOCUMENT_BYTES:
                    return None
            return json.loads(body)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None
