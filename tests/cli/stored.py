"""Connections as a gateway stores them, made without one: for commands that read them."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.commands import Command, Connect
from notion_gateway.integration.rules.events import Client, Grant
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.settings import GivenSettings, Settings
from notion_gateway.storage.database import Database
from notion_gateway.vault.opening import open_keyring, prepare
from notion_gateway.vault.vault import Vault

PROCESS_ID = "grant"
REFRESH_TOKEN = "canary-refresh"


def settings_in(folder: Path, **changes: Any) -> Settings:
    """What a command reads that is told GATEWAY_DATA_DIR and ``changes``."""
    values: dict[str, Any] = {"gateway_data_dir": folder, **changes}
    return GivenSettings(**values)


async def store(
    settings: Settings, *commands: Command, issuer: str = "https://n.example", space: str = "space"
) -> None:
    """Connects a space, and carries out what is to happen to it after that."""
    prepare(settings)
    database = Database(settings.sqlalchemy_url)
    await database.migrate()
    vault = Vault(await open_keyring(settings))
    keeper = IntegrationStore(IntegrationEvents(database), vault, SystemClock())
    issued = Issued(Secret("canary-access"), Secret(REFRESH_TOKEN), 3600)
    pair, sealed = keeper.seal_pair(space, PROCESS_ID, issued)
    grant = Grant(
        process_id=PROCESS_ID,
        issuer=issuer,
        resource=f"{issuer}/mcp",
        client=Client(client_id="c"),
        authorized_by="mona",
    )
    await keeper.carry_out(space, Connect(grant, pair), sealed)
    for command in commands:
        await keeper.carry_out(space, command)
    await database.close()


async def alter(settings: Settings, statement: sa.Executable) -> None:
    """What no gateway would do."""
    database = Database(settings.sqlalchemy_url)
    async with database.writing() as connection:
        await connection.execute(statement)
    await database.close()
