"""The chains of what was called, for the command line, beside gateways that may be running."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from notion_gateway.audit.opening import PURPOSE
from notion_gateway.audit.store import AuditStore
from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.opening import open_database, reach
from notion_gateway.vault.derived_keys import Proofs
from notion_gateway.vault.opening import has_database, open_vault
from notion_gateway.vault.proof_key import ProofKey


@asynccontextmanager
async def open_chains(settings: Settings) -> AsyncGenerator[AuditStore]:
    """The database that is there; makes and migrates nothing. Raises ConfigurationError where there
    is none, or no key, and StoreUnavailable.
    """
    if not has_database(settings):
        raise ConfigurationError(
            f"There is no database in {settings.gateway_data_dir} yet: the gateway's first start"
            " makes one. GATEWAY_DATA_DIR or DATABASE_URL name another place."
        )
    vault = await open_vault(settings)
    async with open_database(settings) as database:
        await reach(database)
        await database.require_migrated()
        proofs = Proofs(vault.keyring, await ProofKey(database, vault).load())
        yield AuditStore(database, proofs.keys(PURPOSE))
