"""Opens the way of a call to Notion and back."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notion_gateway.integration.opening import Integrations
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.proxy.call import NotionCalls
from notion_gateway.proxy.rules.sessions import SessionSeal
from notion_gateway.proxy.upstream import WRITTEN_BY_CALLER, Upstream
from notion_gateway.settings import Settings
from notion_gateway.vault.derived_keys import DerivedKeys
from notion_gateway.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Proxy:
    """``sessions`` binds MCP sessions to whom they were given to."""

    calls: NotionCalls
    sessions: SessionSeal


@asynccontextmanager
async def open_proxy(
    settings: Settings, vault: Vault, integrations: Integrations
) -> AsyncGenerator[Proxy]:
    async with http_session(
        allow_private=settings.notion_mcp_allow_private_addresses,
        without_headers=WRITTEN_BY_CALLER,
    ) as session:
        upstream = Upstream(
            session,
            settings.notion_mcp_url,
            headers_timeout_seconds=settings.notion_mcp_call_timeout_seconds,
            notion_version=settings.notion_version,
        )
        yield Proxy(
            calls=NotionCalls(integrations.access_tokens, upstream),
            sessions=SessionSeal(DerivedKeys(vault.keyring, "mcp session").current),
        )
