"""Opens the way of a call to Notion and back."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notion_gateway.integration.opening import Integrations
from notion_gateway.integration.rules.integration import Status
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.proxy.call import NotionCalls
from notion_gateway.proxy.connection_watch import ConnectionWatch
from notion_gateway.proxy.not_connected_answer import WithoutNotion
from notion_gateway.proxy.rules.sessions import SessionSeal
from notion_gateway.proxy.upstream import WRITTEN_BY_CALLER, Upstream
from notion_gateway.settings import Settings
from notion_gateway.storage.change_feed import Notice, Topic
from notion_gateway.vault.derived_keys import Proofs


@dataclass(frozen=True, slots=True)
class Proxy:
    """``sessions`` binds MCP sessions to whom they were given to. ``without_notion`` answers where
    there is no connection; ``watch`` knows the streams that follow one.
    """

    calls: NotionCalls
    sessions: SessionSeal
    without_notion: WithoutNotion
    watch: ConnectionWatch

    def changed(self, notice: Notice) -> None:
        """Somebody, perhaps this process, has replaced a space's tokens or removed them."""
        if notice.topic is Topic.CREDENTIALS:
            self.watch.changed(notice.space_id)

    def forget_all(self) -> None:
        """After a time in which changes may have been missed."""
        self.watch.changed_all()


@asynccontextmanager
async def open_proxy(
    settings: Settings, proofs: Proofs, integrations: Integrations
) -> AsyncGenerator[Proxy]:
    async with http_session(
        allow_private=settings.notion_mcp_allow_private_addresses,
        without_headers=WRITTEN_BY_CALLER,
        egress=settings.egress,
    ) as session:
        upstream = Upstream(
            session,
            settings.notion_mcp_url,
            headers_timeout_seconds=settings.notion_mcp_call_timeout_seconds,
            notion_version=settings.notion_version,
        )
        sessions = SessionSeal(proofs.keys("mcp session"))

        async def is_connected(space_id: str) -> bool:
            return (await integrations.manage.state(space_id)).status is Status.CONNECTED

        watch = ConnectionWatch(is_connected)
        yield Proxy(
            calls=NotionCalls(integrations.access_tokens, upstream),
            sessions=sessions,
            without_notion=WithoutNotion(
                settings.public_url, integrations.servers, sessions, watch
            ),
            watch=watch,
        )
        await watch.close()
