"""What ``doctor`` looks at, opened as far as it can be."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.opening import open_client_at_notion
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.kernel.outbound.transport import AiohttpTransport
from notion_gateway.operations.doctor import (
    Check,
    NotionExamination,
    StoredExamination,
    examine,
    gateway_check,
    known_result,
    part_check,
)
from notion_gateway.operations.probes import NetworkProbe, is_writable, permissions
from notion_gateway.operations.rules import Finding, broken, doubtful, judge_folder
from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.opening import open_database, reach, redis_url
from notion_gateway.storage.redis_records import RedisOneUseRecords
from notion_gateway.vault.checks import sealing_check
from notion_gateway.vault.rotation import existing_keyring, has_database
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault

_GATEWAY_SECONDS = 5.0


@asynccontextmanager
async def open_examination(
    settings: Settings, *, gateway_url: str, space_id: str, register: bool
) -> AsyncGenerator[AsyncIterator[Finding]]:
    """Findings as they come; whatever is missing or broken is one of them."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_client_at_notion(settings))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        nearby = AiohttpTransport(session, timeout_seconds=_GATEWAY_SECONDS)
        notion = NotionExamination(
            mcp_url=settings.notion_mcp_url,
            allow_private=settings.notion_mcp_allow_private_addresses,
            network=NetworkProbe(),
            client_at_notion=client,
            clock=SystemClock(),
            egress=settings.egress,
            egress_variable=settings.egress_variable,
            register=register,
        )
        vault, key = await _key(settings)
        database, opened = await _database(settings, stack)
        stored: list[Check] = [*opened]
        if vault is not None and database is not None:
            stored += StoredExamination(
                vault=vault,
                secrets=SecretsTable(database),
                known_keys=[one.id for one in vault.keyring.current()],
                store=IntegrationStore(
                    IntegrationEvents(database),
                    vault,
                    SystemClock(),
                    client.configured,
                ),
                clock=SystemClock(),
                issuer=lambda: notion.issuer,
                space_id=space_id,
            ).checks()
        yield examine(
            [
                notion.checks(),
                _folder(settings),
                [key],
                _redis(settings, stack),
                stored,
                [gateway_check(gateway_url, nearby)],
            ]
        )


def _folder(settings: Settings) -> Sequence[Check]:
    if not settings.is_embedded:
        return ()
    folder = settings.gateway_data_dir
    modes = permissions(folder, settings.sqlite_file, settings.key_file)
    return [known_result(judge_folder(str(folder), modes, writable=is_writable(folder)))]


async def _key(settings: Settings) -> tuple[Vault | None, Check]:
    try:
        keyring = await existing_keyring(settings)
    except ConfigurationError as fault:
        hint = "docs/configuration.md says where keys come from."
        return None, known_result(broken("key", str(fault), hint))
    if keyring is None:
        hint = "The first start makes one: ./just start, or notion-gateway serve."
        return None, known_result(doubtful("key", f"There is no key in {settings.key_file}.", hint))
    vault = Vault(keyring)
    told = f"Secrets can be sealed and opened; {vault.newest_key_id()} seals."
    return vault, part_check(
        "key", sealing_check(vault), told, "Check at the key's length and form."
    )


async def _database(
    settings: Settings, stack: AsyncExitStack
) -> tuple[Database | None, Sequence[Check]]:
    try:
        if not has_database(settings):
            hint = "The first start makes it: ./just start, or notion-gateway serve."
            return None, [known_result(doubtful("database", "There is no database yet.", hint))]
        database = await stack.enter_async_context(open_database(settings))
    except ConfigurationError as fault:
        return None, [known_result(broken("database", str(fault), "docs/scaling.md has examples."))]
    return database, [
        part_check(
            "database",
            lambda: reach(database),
            "The database answers.",
            "Is the server that DATABASE_URL names running, does it know that user and database,"
            " and does it let this machine in?",
        ),
        part_check(
            "migrations",
            database.require_migrated,
            "This version works with its tables.",
            "`notion-gateway migrate` brings older tables to this version; if a newer one has"
            " changed them, run that one.",
        ),
    ]


def _redis(settings: Settings, stack: AsyncExitStack) -> Sequence[Check]:
    try:
        url = redis_url(settings)
    except ConfigurationError as fault:
        return [known_result(broken("redis", str(fault), "docs/scaling.md has examples."))]
    if url is None:
        return ()
    redis = RedisOneUseRecords.at(url, SystemClock())
    stack.push_async_callback(redis.close)
    hint = "Is the server that REDIS_URL names running, and does it take that password?"
    return [part_check("redis", redis.ping, "Redis answers.", hint)]
