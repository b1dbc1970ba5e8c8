"""What ``doctor`` looks at, opened as far as it can be."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from notion_gateway.integration.store import IntegrationKeeper
from notion_gateway.kernel.clock import SystemClock, SystemRandom
from notion_gateway.kernel.outbound.transport import AiohttpOAuthTransport
from notion_gateway.operations.doctor import (
    Look,
    NotionExamination,
    StoredExamination,
    already,
    examine,
    looking_at,
    looking_for_gateway,
)
from notion_gateway.operations.probes import NetworkProbe, is_writable, permissions
from notion_gateway.operations.rules import Finding, broken, doubtful, judge_folder
from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import SqlEventStore
from notion_gateway.storage.opening import open_database, reach, redis_url
from notion_gateway.storage.redis_records import RedisStateStore
from notion_gateway.vault.key_commands import existing_keyring, has_database
from notion_gateway.vault.opening import sealing_check
from notion_gateway.vault.secrets_table import SqlKeyUsage
from notion_gateway.vault.vault import Vault
from notion_gateway.wiring import open_registration

_GATEWAY_SECONDS = 5.0


@asynccontextmanager
async def open_examination(
    settings: Settings, *, gateway_url: str, space_id: str, register: bool
) -> AsyncGenerator[AsyncIterator[Finding]]:
    """Findings as they come; whatever is missing or broken is one of them."""
    async with AsyncExitStack() as stack:
        registration = await stack.enter_async_context(open_registration(settings))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        nearby = AiohttpOAuthTransport(session, timeout_seconds=_GATEWAY_SECONDS)
        notion = NotionExamination(
            mcp_url=settings.notion_mcp_url,
            allow_private=settings.notion_mcp_allow_private_addresses,
            network=NetworkProbe(),
            registration=registration,
            clock=SystemClock(),
            register=register,
        )
        vault, key = _key(settings)
        database, opened = await _database(settings, stack)
        stored: list[Look] = [*opened]
        if vault is not None and database is not None:
            stored += StoredExamination(
                vault=vault,
                usage=SqlKeyUsage(database),
                known_keys=[one.id for one in vault.keyring.current()],
                keeper=IntegrationKeeper(
                    SqlEventStore(database),
                    vault,
                    SystemClock(),
                    SystemRandom(),
                    registration.configured,
                ),
                clock=SystemClock(),
                issuer=lambda: notion.issuer,
                space_id=space_id,
            ).leg()
        yield examine(
            [
                notion.leg(),
                _folder(settings),
                [key],
                _redis(settings, stack),
                stored,
                [looking_for_gateway(gateway_url, nearby)],
            ]
        )


def _folder(settings: Settings) -> Sequence[Look]:
    if not settings.is_embedded:
        return ()
    folder = settings.gateway_data_dir
    modes = permissions(folder, settings.sqlite_file, settings.key_file)
    return [already(judge_folder(str(folder), modes, writable=is_writable(folder)))]


def _key(settings: Settings) -> tuple[Vault | None, Look]:
    try:
        keyring = existing_keyring(settings)
    except ConfigurationError as fault:
        hint = "docs/configuration.md says where keys come from."
        return None, already(broken("key", str(fault), hint))
    if keyring is None:
        hint = "The first start makes one: ./just start, or notion-gateway serve."
        return None, already(doubtful("key", f"There is no key in {settings.key_file}.", hint))
    vault = Vault(keyring)
    told = f"Secrets can be sealed and opened; {vault.newest_key_id()} seals."
    return vault, looking_at(
        "key", sealing_check(vault), told, "Look at the key's length and form."
    )


async def _database(
    settings: Settings, stack: AsyncExitStack
) -> tuple[Database | None, Sequence[Look]]:
    try:
        if not has_database(settings):
            hint = "The first start makes it: ./just start, or notion-gateway serve."
            return None, [already(doubtful("database", "There is no database yet.", hint))]
        database = await stack.enter_async_context(open_database(settings))
    except ConfigurationError as fault:
        return None, [already(broken("database", str(fault), "docs/scaling.md has examples."))]
    return database, [
        looking_at(
            "database",
            lambda: reach(database),
            "The database answers.",
            "Is the server that DATABASE_URL names running, does it know that user and database,"
            " and does it let this machine in?",
        ),
        looking_at(
            "migrations",
            database.require_migrated,
            "Its tables are those of this version.",
            "Start this version's gateway once, which migrates; if a newer one has been here,"
            " run that one.",
        ),
    ]


def _redis(settings: Settings, stack: AsyncExitStack) -> Sequence[Look]:
    try:
        url = redis_url(settings)
    except ConfigurationError as fault:
        return [already(broken("redis", str(fault), "docs/scaling.md has examples."))]
    if url is None:
        return ()
    redis = RedisStateStore.at(url, SystemClock())
    stack.push_async_callback(redis.close)
    hint = "Is the server that REDIS_URL names running, and does it take that password?"
    return [looking_at("redis", redis.ping, "Redis answers.", hint)]
