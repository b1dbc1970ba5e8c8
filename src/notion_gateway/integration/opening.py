"""Opens what holds the spaces' links with Notion: consent, tokens and their renewal."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from fastapi import Response

from notion_gateway.access.membership import Members
from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.integration.client_at_notion import ClientAtNotion
from notion_gateway.integration.connect import ConnectNotion, StartedConsent
from notion_gateway.integration.consent_cookie import bind_browser
from notion_gateway.integration.consent_ends import ConsentEnds, RememberedEnd
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.grant_looks import GrantLooks
from notion_gateway.integration.grant_uses import GrantUses
from notion_gateway.integration.idle_grants import IdleGrants
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.left_members import LeftMembers
from notion_gateway.integration.manage import ManageIntegration
from notion_gateway.integration.member_grants import MemberGrants
from notion_gateway.integration.notion_servers import NotionServers
from notion_gateway.integration.notion_session import NotionSession
from notion_gateway.integration.recording import GrantRecorder
from notion_gateway.integration.refresh import Refresher
from notion_gateway.integration.restored_grants import RestoredGrants
from notion_gateway.integration.revocation import Revoker
from notion_gateway.integration.rules.consent import PendingConsent, Site
from notion_gateway.integration.rules.events import Event
from notion_gateway.integration.rules.grant_ids import member_of, space_of
from notion_gateway.integration.rules.look_times import period_seconds
from notion_gateway.integration.serving_grants import ServingGrants
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.integration.workspace_lookup import WorkspaceLookup
from notion_gateway.kernel.background import ClosingTime, Detached
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.kernel.outbound.messages import HttpTransport
from notion_gateway.kernel.outbound.session import SocketFactory, http_session
from notion_gateway.kernel.outbound.transport import AiohttpTransport
from notion_gateway.kernel.outbound.unrepeatable import UnrepeatableRequests
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.tally import Tally
from notion_gateway.kernel.trace import Tracing
from notion_gateway.oauth.discovery import Discovery
from notion_gateway.oauth.registration import documents_base
from notion_gateway.oauth.requests import AuthMethod, OAuthClient
from notion_gateway.settings import Settings
from notion_gateway.storage.change_feed import Notice, Topic
from notion_gateway.storage.event_streams import Told
from notion_gateway.storage.opening import Storage
from notion_gateway.storage.restores import Restores
from notion_gateway.vault.sealed_states import SealedStates
from notion_gateway.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Integrations:
    """``sites``: the address of each site that a consent can end on. ``servers`` knows what
    Notion's MCP server last said about itself; ``session`` asks it something in the gateway's own
    name. ``renewals`` and ``lease_waits``: for the metrics. ``looks``: unless they are off.
    """

    connect: ConnectNotion
    consent_ends: ConsentEnds
    access_tokens: AccessTokens
    manage: ManageIntegration
    client_at_notion: ClientAtNotion
    servers: NotionServers
    session: NotionSession
    idle_grants: IdleGrants
    uses: GrantUses
    looks: GrantLooks | None
    sites: Mapping[Site, str]
    serving: ServingGrants
    member_grants: MemberGrants
    left_members: LeftMembers
    consent_seconds: int
    renewals: Tally
    lease_waits: Tally

    def changed(self, notice: Notice) -> None:
        """Somebody, perhaps this process, has replaced a grant's tokens, or changed who belongs to
        a space.
        """
        if notice.topic is Topic.CREDENTIALS:
            self.access_tokens.changed(notice.space_id, notice.version)
            self.serving.forget(notice.space_id)
            if member_of(notice.space_id) is not None:
                self.left_members.changed(space_of(notice.space_id))
        if notice.topic is Topic.ACCESS:
            self.left_members.changed(notice.space_id)

    def forget_all(self) -> None:
        """After a time in which changes may have been missed."""
        self.access_tokens.forget_all()
        self.serving.forget_all()

    def bind_browser(self, response: Response, started: StartedConsent) -> None:
        """Only the browser that gets this answer can finish the consent."""
        bind_browser(
            response,
            started,
            max_age_seconds=self.consent_seconds,
            is_https=self.client_at_notion.redirect_uri.lower().startswith("https:"),
        )


@asynccontextmanager
async def open_integrations(
    settings: Settings,
    storage: Storage,
    vault: Vault,
    members: Members,
    tracing: Tracing | None = None,
    told: Sequence[Told[Event]] = (),
    closing: ClosingTime | None = None,
) -> AsyncGenerator[Integrations]:
    """Renewals and detached work under way are waited for at the end, side by side, for as long as
    ``closing`` says. ``told``: as ``IntegrationEvents`` has it.
    """
    closing = closing or ClosingTime()
    async with AsyncExitStack() as stack:
        transport = await stack.enter_async_context(_notion_transport(settings))
        discovery = Discovery(transport, storage.clock, settings.notion_mcp_url)
        configured = configured_client(settings)
        store = IntegrationStore(
            IntegrationEvents(storage.database, *told), vault, storage.clock, configured
        )
        restored_at = await Restores(storage.database).last()
        revoker = Revoker(store, discovery, transport)
        redemptions = _redemptions(settings)
        stack.push_async_callback(redemptions.close)
        detached = Detached(closing=closing)
        leases = Leases(storage.database, detached=detached)
        refresher = Refresher(
            store=store,
            leases=leases,
            discovery=discovery,
            redemptions=redemptions,
            revoker=revoker,
            configured_client_id=configured.client_id if configured else None,
            restored=RestoredGrants(restored_at, transport),
        )
        access_tokens = AccessTokens(
            store,
            refresher,
            storage.clock,
            settings.notion_mcp_refresh_margin_seconds,
            closing=closing,
            restored_at=restored_at,
            tracing=tracing,
        )
        serving, member_grants = ServingGrants(store), MemberGrants(storage.database)

        async def close() -> None:
            await asyncio.gather(detached.close(), access_tokens.close())

        stack.push_async_callback(close)
        client = _client_at_notion(settings, transport, discovery)
        session = NotionSession(
            settings.notion_mcp_url,
            notion_version=settings.notion_version,
            proxy=settings.egress.proxy_for(settings.notion_mcp_url),
        )
        servers = NotionServers(storage.database, storage.clock, settings.notion_mcp_url)
        manage = ManageIntegration(store, access_tokens, serving, revoker, detached, tracing)
        yield Integrations(
            connect=ConnectNotion(
                state_ttl_seconds=settings.notion_mcp_state_ttl_seconds,
                client_at_notion=client,
                discovery=discovery,
                transport=transport,
                states=SealedStates(storage.one_use, vault, PendingConsent, "oauth_state"),
                recorder=GrantRecorder(
                    store,
                    access_tokens,
                    serving,
                    revoker,
                    WorkspaceLookup(session),
                    servers,
                    detached,
                ),
                clock=storage.clock,
                require_role=members.require_anew,
                tracing=tracing,
            ),
            consent_ends=ConsentEnds(
                SealedStates(storage.one_use, vault, RememberedEnd, "consent_end"), storage.clock
            ),
            access_tokens=access_tokens,
            manage=manage,
            client_at_notion=client,
            servers=servers,
            session=session,
            idle_grants=IdleGrants(store.events.secrets, access_tokens),
            uses=GrantUses(storage.database),
            looks=_looks(settings, storage, access_tokens, transport),
            sites={"return_site": settings.return_base_url, "gateway": settings.public_url},
            serving=serving,
            member_grants=member_grants,
            left_members=LeftMembers(member_grants, manage),
            consent_seconds=settings.notion_mcp_state_ttl_seconds,
            renewals=refresher.tally,
            lease_waits=leases.tally,
        )


@asynccontextmanager
async def open_client_at_notion(settings: Settings) -> AsyncGenerator[ClientAtNotion]:
    """What it takes to register a client, and no more: no database, no key."""
    async with _notion_transport(settings) as transport:
        discovery = Discovery(transport, SystemClock(), settings.notion_mcp_url)
        yield _client_at_notion(settings, transport, discovery)


def _looks(
    settings: Settings, storage: Storage, access_tokens: AccessTokens, transport: HttpTransport
) -> GrantLooks | None:
    if not settings.notion_mcp_look_hours:
        return None
    return GrantLooks(
        database=storage.database,
        secrets=access_tokens.store.events.secrets,
        access_tokens=access_tokens,
        transport=transport,
        clock=storage.clock,
        mcp_url=settings.notion_mcp_url,
        period_seconds=period_seconds(settings.notion_mcp_look_hours),
    )


@asynccontextmanager
async def _notion_transport(settings: Settings) -> AsyncGenerator[AiohttpTransport]:
    allow_private = settings.notion_mcp_allow_private_addresses
    async with http_session(allow_private=allow_private, egress=settings.egress) as session:
        yield AiohttpTransport(session, notion_version=settings.notion_version)


def _redemptions(settings: Settings) -> UnrepeatableRequests:
    def open_session(socket_factory: SocketFactory) -> aiohttp.ClientSession:
        return http_session(
            allow_private=settings.notion_mcp_allow_private_addresses,
            socket_factory=socket_factory,
            egress=settings.egress,
        )

    return UnrepeatableRequests(open_session, notion_version=settings.notion_version)


def _client_at_notion(
    settings: Settings, transport: HttpTransport, discovery: Discovery
) -> ClientAtNotion:
    redirect_uri = settings.notion_mcp_oauth_redirect_uri
    with_documents = settings.notion_mcp_client_registration == "auto"
    return ClientAtNotion(
        discovery=discovery,
        transport=transport,
        redirect_uri=redirect_uri,
        scope=settings.notion_mcp_token_scope,
        auth_method=settings.notion_mcp_token_auth_method,
        configured=configured_client(settings),
        documents_base=documents_base(redirect_uri) if with_documents else None,
    )


def configured_client(settings: Settings) -> OAuthClient | None:
    """The client that the settings name, if they do."""
    if settings.notion_mcp_client_id is None:
        return None
    secret = settings.notion_mcp_client_secret
    default: AuthMethod = "client_secret_post" if secret else "none"
    return OAuthClient(
        settings.notion_mcp_client_id,
        settings.notion_mcp_token_auth_method or default,
        Secret(secret.get_secret_value()) if secret else None,
    )
