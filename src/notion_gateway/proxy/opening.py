"""Opens the way of a call to Notion and back."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from notion_gateway.audit.contents import AskedContents
from notion_gateway.audit.opening import Audit
from notion_gateway.audit.writer import AuditWriter
from notion_gateway.budget.budgets import Budgets
from notion_gateway.http.recorded_call import Room
from notion_gateway.integration.opening import Integrations
from notion_gateway.integration.rules.grant_ids import space_of
from notion_gateway.integration.rules.integration import Status
from notion_gateway.integration.serving_grants import ServingGrants
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.trace import Tracing
from notion_gateway.proxy.aiohttp_upstream import WRITTEN_BY_CALLER, AiohttpUpstream
from notion_gateway.proxy.call import NotionCalls
from notion_gateway.proxy.connection_watch import ConnectionWatch
from notion_gateway.proxy.http1.pool import ConnectionPool, origin
from notion_gateway.proxy.http1.upstream import Http1Upstream
from notion_gateway.proxy.list_cache import ListCache
from notion_gateway.proxy.list_news import ListNews
from notion_gateway.proxy.not_connected_answer import WithoutNotion
from notion_gateway.proxy.policed import SpacePolicies
from notion_gateway.proxy.rules.sessions import SessionSeal
from notion_gateway.proxy.upstream import Upstream
from notion_gateway.settings import Settings
from notion_gateway.storage.change_feed import ChangeFeed, Notice, Topic
from notion_gateway.vault.derived_keys import Proofs

_OF_LISTS = frozenset({Topic.CREDENTIALS, Topic.LISTS})


def _nobody(grant_id: str) -> None:
    """Who does not keep what Notion lists."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """``sessions`` binds MCP sessions to whom they were given to. ``without_notion`` answers where
    there is no connection; ``watch`` knows the streams that follow one. ``policies``: what each
    space lets its callers call. ``serving``: with which grant each of them calls. ``http1`` is the
    client that carries calls to Notion, where it is the gateway's own. ``lists``: what is answered
    from memory, where anything is. ``budgets``: where calls wait that Notion does not grant at
    once. ``audit``: what keeps the calls of tools, where they are kept; ``contents`` says which
    spaces ask for what is said in them, and ``held_answers`` is the room for that. ``tracing``:
    where traces are on. ``tools_listed`` is told the grant with which a program has asked Notion
    for its tools, or has begun a session in which it will: what is in one is not read.
    """

    calls: NotionCalls
    sessions: SessionSeal
    without_notion: WithoutNotion
    watch: ConnectionWatch
    policies: SpacePolicies
    serving: ServingGrants
    http1: Http1Upstream | None = None
    lists: ListCache | None = None
    budgets: Budgets | None = None
    audit: AuditWriter | None = None
    contents: AskedContents | None = None
    held_answers: Room = field(default_factory=Room)
    tracing: Tracing | None = None
    tools_listed: Callable[[str], None] = _nobody

    def changed(self, notice: Notice) -> None:
        """Somebody, perhaps this process, has replaced a grant's tokens or removed them, has set
        a space's policy or with whose grants people act there, or has heard that its lists have
        changed.
        """
        if notice.topic is Topic.CREDENTIALS:
            self.watch.changed(notice.space_id)
        if notice.topic in (Topic.POLICY, Topic.GRANTS):
            self.watch.end_all_of(notice.space_id)
        if notice.topic in _OF_LISTS and self.lists is not None:
            self.lists.drop(space_of(notice.space_id))

    def forget_all(self) -> None:
        """After a time in which changes may have been missed."""
        self.watch.changed_all()
        if self.lists is not None:
            self.lists.drop_all()


@asynccontextmanager
async def open_proxy(
    settings: Settings,
    proofs: Proofs,
    integrations: Integrations,
    policies: SpacePolicies,
    feed: ChangeFeed,
    budgets: Budgets | None = None,
    audit: Audit | None = None,
    tracing: Tracing | None = None,
    tools_listed: Callable[[str], None] = _nobody,
) -> AsyncGenerator[Proxy]:
    async with open_upstream(settings) as upstream:
        writer = None if audit is None else audit.writer
        sessions = SessionSeal(proofs.keys("mcp session"))

        async def is_connected(grant_id: str) -> bool:
            return (await integrations.manage.state(grant_id)).status is Status.CONNECTED

        watch = ConnectionWatch(is_connected, policies.applies)
        lists = open_lists(settings, integrations.access_tokens.clock, feed, tools_listed)
        yield Proxy(
            calls=NotionCalls(integrations.access_tokens, upstream, lists, budgets),
            sessions=sessions,
            without_notion=WithoutNotion(
                settings.public_url, integrations.servers, sessions, watch
            ),
            watch=watch,
            policies=policies,
            serving=integrations.serving,
            http1=upstream if isinstance(upstream, Http1Upstream) else None,
            lists=lists,
            budgets=budgets,
            audit=writer,
            contents=None if audit is None or writer is None else audit.contents,
            tracing=tracing,
            tools_listed=tools_listed,
        )
        await watch.close()


def open_lists(
    settings: Settings,
    clock: Clock,
    feed: ChangeFeed,
    tools_listed: Callable[[str], None] = _nobody,
) -> ListCache | None:
    if settings.notion_mcp_list_bytes == 0:
        return None
    return ListCache(
        clock,
        ListNews(feed),
        otherwise_seconds=settings.notion_mcp_list_seconds,
        max_bytes=settings.notion_mcp_list_bytes,
        tools_listed=tools_listed,
    )


@asynccontextmanager
async def open_upstream(settings: Settings) -> AsyncGenerator[Upstream]:
    """By the gateway's own client; by aiohttp where an egress proxy is reached by TLS, through
    which the target's TLS would go.
    """
    url, timeout = settings.notion_mcp_url, settings.notion_mcp_call_timeout_seconds
    allow_private, version = settings.notion_mcp_allow_private_addresses, settings.notion_version
    proxy = settings.egress.proxy_for(url)
    if proxy is None or proxy.url.startswith("http://"):
        pool = ConnectionPool(origin(url), allow_private=allow_private, proxy=proxy)
        try:
            yield Http1Upstream(pool, url, headers_timeout_seconds=timeout, notion_version=version)
        finally:
            await pool.close()
        return
    async with http_session(
        allow_private=allow_private, without_headers=WRITTEN_BY_CALLER, egress=settings.egress
    ) as session:
        yield AiohttpUpstream(session, url, headers_timeout_seconds=timeout, notion_version=version)
