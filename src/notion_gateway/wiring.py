"""The only place where adapters are built, joined to use cases, and closed again."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog

from notion_gateway.access.opening import Identity, build_identity
from notion_gateway.authorization_server.opening import Clients, build_clients
from notion_gateway.authorization_server.rules.clients import MAX_DOCUMENT_BYTES
from notion_gateway.integration.access_tokens import Credentials
from notion_gateway.integration.client_at_notion import ClientRegistration
from notion_gateway.integration.connect import ConnectNotion
from notion_gateway.integration.idle_grants import KeepAlive
from notion_gateway.integration.lease import SqlLeaseKeeper
from notion_gateway.integration.manage import ManageIntegration
from notion_gateway.integration.recording import GrantRecorder
from notion_gateway.integration.refresh import Refresher
from notion_gateway.integration.revocation import Revoker
from notion_gateway.integration.store import IntegrationKeeper
from notion_gateway.integration.workspace_lookup import NotionWorkspaceLookup
from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.clock import SystemClock, SystemRandom
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.outbound.connector import CarefulConnector
from notion_gateway.kernel.outbound.resolver import GuardedResolver
from notion_gateway.kernel.outbound.transport import AiohttpOAuthTransport
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.discovery import ProviderDirectory
from notion_gateway.oauth.registration import documents_base
from notion_gateway.oauth.requests import AuthMethod, OAuthClient
from notion_gateway.ports import OAuthTransport, StateStore
from notion_gateway.proxy.call import Proxy
from notion_gateway.proxy.upstream import WRITTEN_BY_CALLER, AiohttpUpstream
from notion_gateway.settings import Settings
from notion_gateway.storage.change_feed import Notice, SqlChangeFeed
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import DatabaseClock
from notion_gateway.storage.event_streams import SqlEventStore
from notion_gateway.storage.one_use_records import SqlStateStore
from notion_gateway.storage.topics import Topic
from notion_gateway.vault.opening import fitting_check, open_keyring, prepare
from notion_gateway.vault.secrets_table import SqlKeyUsage
from notion_gateway.vault.vault import Vault

log = structlog.stdlib.get_logger()

Check = Callable[[], Awaitable[None]]
"""Raises GatewayError when what it looks at cannot serve."""

_KEEPALIVE_SECONDS = 30.0
_CONNECT_SECONDS = 10.0
_DOCUMENT_SECONDS = 5.0  # a person waits, and whose server it is was chosen by a stranger
_HEADER_BYTES = 64 * 1024  # a content-security-policy alone may be longer than aiohttp's 8 KiB


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the edges (web, command line) may call. ``checks`` answer for readiness, by name."""

    settings: Settings
    connect: ConnectNotion
    credentials: Credentials
    manage: ManageIntegration
    proxy: Proxy
    identity: Identity
    clients: Clients
    checks: Mapping[str, Check]


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncGenerator[Gateway]:
    """Opens everything in order, migrates, and closes in the opposite order.

    Renewals and detached work under way are waited for before the database goes. Raises
    ConfigurationError where a key is missing or malformed.
    """
    prepare(settings)
    async with AsyncExitStack() as stack:
        vault = Vault(open_keyring(settings))
        database = Database(settings.sqlalchemy_url)
        stack.push_async_callback(database.close)
        await database.migrate()

        async def session(
            unwritten: tuple[str, ...] = (), *, allow_private: bool | None = None
        ) -> aiohttp.ClientSession:
            opened = _session(settings, unwritten, allow_private=allow_private)
            return await stack.enter_async_context(opened)

        oauth_session = await session()
        upstream_session = await session(unwritten=WRITTEN_BY_CALLER)
        # Issuers and applications are the operator's own, and may well be in a private network.
        issuers = AiohttpOAuthTransport(await session(allow_private=True))
        documents_session = await session(allow_private=False)

        clock, random = DatabaseClock(database), SystemRandom()
        await clock.look()
        checks: dict[str, Check] = {
            "database": database.ping,
            "migrations": database.require_migrated,
            "key": fitting_check(vault, SqlKeyUsage(database)),
        }
        states: StateStore = SqlStateStore(database)
        if settings.redis_url is not None:
            from notion_gateway.storage.redis_records import RedisStateStore

            states = RedisStateStore.at(settings.redis_url.get_secret_value(), clock)
            stack.push_async_callback(states.close)
            checks["redis"] = states.ping
        transport = AiohttpOAuthTransport(oauth_session, notion_version=settings.notion_version)
        providers = ProviderDirectory(transport, clock, settings.notion_mcp_url)
        store = SqlEventStore(database)
        client = _configured_client(settings)
        keeper = IntegrationKeeper(store, vault, clock, random, client)
        revoker = Revoker(keeper, providers, transport)
        refresher = Refresher(
            keeper=keeper,
            leases=SqlLeaseKeeper(database, random, request_seconds=transport.timeout_seconds),
            providers=providers,
            transport=transport,
            revoker=revoker,
            configured_client_id=client.client_id if client else None,
        )
        credentials = Credentials(
            keeper, refresher, clock, settings.notion_mcp_refresh_margin_seconds
        )
        stack.push_async_callback(credentials.close)
        stop = asyncio.Event()
        identity = build_identity(
            settings,
            database,
            issuers,
            keyring=vault.keyring,
            clock=clock,
            random=random,
        )

        def changed(notice: Notice) -> None:
            if notice.topic is Topic.CREDENTIALS:
                credentials.changed(notice.space_id, notice.version)
            identity.changed(notice)

        def lost() -> None:
            credentials.forget_all()
            identity.forget_all()

        feed = SqlChangeFeed(database).follow(changed, identity.freshness.looked, lost, stop)
        background = asyncio.gather(
            _told("change feed", feed),
            _told("database clock", clock.follow(stop)),
            _told("keep-alive", KeepAlive(store, credentials).run(stop)),
            _told("identity", identity.run(stop)),
        )
        stack.push_async_callback(_stopped, background, stop)
        checks["background"] = _running(background)
        detached = Detached()
        stack.push_async_callback(detached.close)
        upstream = AiohttpUpstream(
            upstream_session,
            settings.notion_mcp_url,
            headers_timeout_seconds=settings.notion_mcp_call_timeout_seconds,
            notion_version=settings.notion_version,
        )
        yield Gateway(
            settings=settings,
            connect=ConnectNotion(
                state_ttl_seconds=settings.notion_mcp_state_ttl_seconds,
                registration=_registration(settings, transport, providers),
                providers=providers,
                transport=transport,
                states=states,
                vault=vault,
                recorder=GrantRecorder(
                    keeper,
                    credentials,
                    revoker,
                    NotionWorkspaceLookup(
                        settings.notion_mcp_url, notion_version=settings.notion_version
                    ),
                    detached,
                    random,
                ),
                clock=clock,
                random=random,
            ),
            credentials=credentials,
            manage=ManageIntegration(keeper, store, credentials, revoker),
            proxy=Proxy(credentials, upstream),
            identity=identity,
            clients=build_clients(
                settings,
                database,
                identity,
                documents=AiohttpOAuthTransport(
                    documents_session,
                    timeout_seconds=_DOCUMENT_SECONDS,
                    max_answer_bytes=MAX_DOCUMENT_BYTES,
                ),
                issuers=issuers,
                states=states,
                vault=vault,
                clock=clock,
                random=random,
            ),
            checks=checks,
        )


@asynccontextmanager
async def open_registration(settings: Settings) -> AsyncGenerator[ClientRegistration]:
    """What it takes to register a client, and no more: no database, no key."""
    async with _session(settings) as session:
        transport = AiohttpOAuthTransport(session, notion_version=settings.notion_version)
        providers = ProviderDirectory(transport, SystemClock(), settings.notion_mcp_url)
        yield _registration(settings, transport, providers)


def _registration(
    settings: Settings, transport: OAuthTransport, providers: ProviderDirectory
) -> ClientRegistration:
    redirect_uri = settings.notion_mcp_oauth_redirect_uri
    with_documents = settings.notion_mcp_client_registration == "auto"
    return ClientRegistration(
        providers=providers,
        transport=transport,
        random=SystemRandom(),
        redirect_uri=redirect_uri,
        scope=settings.notion_mcp_token_scope,
        auth_method=settings.notion_mcp_token_auth_method,
        configured=_configured_client(settings),
        documents_base=documents_base(redirect_uri) if with_documents else None,
    )


def _configured_client(settings: Settings) -> OAuthClient | None:
    if settings.notion_mcp_client_id is None:
        return None
    secret = settings.notion_mcp_client_secret
    default: AuthMethod = "client_secret_post" if secret else "none"
    return OAuthClient(
        settings.notion_mcp_client_id,
        settings.notion_mcp_token_auth_method or default,
        Secret(secret.get_secret_value()) if secret else None,
    )


def _session(
    settings: Settings, unwritten: tuple[str, ...] = (), *, allow_private: bool | None = None
) -> aiohttp.ClientSession:
    """``allow_private``: None for what is set about Notion's address."""
    if allow_private is None:
        allow_private = settings.notion_mcp_allow_private_addresses
    connector = CarefulConnector(
        limit=0,  # a stream holds its connection: a cap would hold back other tenants' calls
        keepalive_timeout=_KEEPALIVE_SECONDS,
        resolver=GuardedResolver(allow_private=allow_private),
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=unwritten,
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
    )


async def _told(name: str, work: Coroutine[Any, Any, None]) -> None:
    """Work that nobody waits for until the end must not end unheard of."""
    try:
        await work
    except Exception:
        log.exception("background_work_ended", work=name)
        raise


def _running(background: asyncio.Future[Any]) -> Check:
    async def check() -> None:
        if background.done():
            raise GatewayError("The gateway's background work has ended: restart it.")

    return check


async def _stopped(background: asyncio.Future[Any], stop: asyncio.Event) -> None:
    stop.set()
    await asyncio.wait((background,))
