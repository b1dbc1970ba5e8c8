"""The ``mcp`` package's client of enterprise-managed authorization, as the suite starts it.

It is the one that reaches a tool through the gateway in ``tests/authorization_server``, unmodified:
so the suite, which has scenarios of this extension for clients alone, says that what the gateway
lets in there is what the extension asks for.
"""

import asyncio
import json
import os
import sys
from typing import Any

import httpx2
from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.support.kept_tokens import Kept

CONTEXT = "MCP_CONFORMANCE_CONTEXT"
_TYPES = "urn:ietf:params:oauth:token-type:"


async def assertion_of(context: dict[str, Any], audience: str, resource: str) -> str:
    """What the suite's issuer gives for its person's id token (RFC 8693)."""
    sent = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": context["idp_id_token"],
        "subject_token_type": f"{_TYPES}id_token",
        "requested_token_type": f"{_TYPES}id-jag",
        "audience": audience,
        "resource": resource,
        "client_id": context["idp_client_id"],
    }
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(context["idp_token_endpoint"], data=sent)
    assertion: str = answer.raise_for_status().json()["access_token"]
    return assertion


async def main(server: str, context: dict[str, Any], issuer: str) -> None:
    async def assertion(audience: str, resource: str) -> str:
        return await assertion_of(context, audience, resource)

    provider = IdentityAssertionOAuthProvider(
        server,
        Kept(),
        context["client_id"],
        context["client_secret"],
        issuer,
        assertion,
        token_endpoint_auth_method="client_secret_basic",
    )
    async with (
        httpx2.AsyncClient(auth=provider, trust_env=False) as http,
        Client(streamable_http_client(server, http_client=http)) as client,
    ):
        await client.list_tools()


async def named_issuer(server: str) -> str:
    """As an operator would have named it: what the server says of itself (RFC 9728)."""
    url = httpx2.URL(server)
    address = url.copy_with(path=f"/.well-known/oauth-protected-resource{url.path}")
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.get(address)
    issuer: str = answer.raise_for_status().json()["authorization_servers"][0]
    return issuer


if __name__ == "__main__":
    asked = sys.argv[-1]
    given = json.loads(os.environ[CONTEXT])
    asyncio.run(main(asked, given, asyncio.run(named_issuer(asked))))
