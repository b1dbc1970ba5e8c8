"""Bringing every stored secret under the newest key, while the gateway works."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import final

import structlog

from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.opening import open_database
from notion_gateway.vault.keyring import FileKeyring
from notion_gateway.vault.opening import existing_keyring, has_database
from notion_gateway.vault.proof_key import ProofKey
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Keyring, Vault

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Rotation:
    """``unreadable`` counts secrets that no configured key opens; they are left as they are."""

    key_id: str
    rewrapped: int
    unreadable: int


@final
@dataclass(frozen=True)
class RotateKeys:
    secrets: SecretsTable
    vault: Vault
    proof_key: ProofKey
    settle_seconds: float = 1.0

    async def run(self) -> Rotation:
        """Re-wraps what is under older keys, each secret in a transaction of its own.

        Stopped half-way, the next run goes on where it was: what is done is under the newest
        key already. A secret that a refresh replaces meanwhile is left to the refresh; one that
        it had sealed before the key was there is stored a moment later, so there is a second
        look after ``settle_seconds``.
        """
        key_id = self.vault.newest_key_id()
        await self.proof_key.rewrap()
        first = await self._pass(key_id)
        await asyncio.sleep(self.settle_seconds)
        second = await self._pass(key_id)
        await self.proof_key.rewrap()  # made meanwhile, by a gateway without the newest key
        return Rotation(key_id, first.rewrapped + second.rewrapped, second.unreadable)

    async def _pass(self, key_id: str) -> Rotation:
        rewrapped = unreadable = 0
        after = ""
        while batch := await self.secrets.under_others(key_id, after=after):
            for sealed in batch:
                try:
                    done = await self.secrets.rewrap(sealed, self.vault.rewrap(sealed))
                except SecretUnreadable as fault:
                    log.warning("secret_unreadable", detail=str(fault))
                    unreadable += 1
                else:
                    rewrapped += done
            after = batch[-1].context.secret_id
        return Rotation(key_id, rewrapped, unreadable)


# --- for the command line, beside a gateway that may be running ---------------------------


@dataclass(frozen=True, slots=True)
class Keys:
    """``add`` makes a new newest key where the keyring is a file, and returns its id. It raises
    ConfigurationError.
    """

    keyring: Keyring
    secrets: SecretsTable
    rotate: RotateKeys
    add: Callable[[], str] | None

    def ids(self) -> Sequence[str]:
        """Newest first."""
        return [key.id for key in self.keyring.current()]


@asynccontextmanager
async def open_rotation(settings: Settings) -> AsyncGenerator[Keys]:
    """The database and the keys that are there; makes and migrates nothing.

    Raises ConfigurationError where there is no key or no database yet, and StoreUnavailable
    where the database is out of reach or of another version.
    """
    keyring = await existing_keyring(settings)
    if keyring is None or not has_database(settings):
        raise ConfigurationError(
            f"There is nothing in {settings.gateway_data_dir} yet: the gateway's first start"
            " makes a key and a database. GATEWAY_DATA_DIR or DATABASE_URL name another place."
        )
    async with open_database(settings) as database:
        await database.require_migrated()
        secrets, vault = SecretsTable(database), Vault(keyring)
        yield Keys(
            keyring=keyring,
            secrets=secrets,
            rotate=RotateKeys(secrets, vault, ProofKey(database, vault)),
            add=partial(_add, keyring, settings.key_file)
            if isinstance(keyring, FileKeyring)
            else None,
        )


def _add(keyring: FileKeyring, file: Path) -> str:
    if file.stat().st_uid != os.geteuid():
        # The new file would be ours, and unreadable for the gateways that run.
        raise ConfigurationError(f"{file} belongs to another user: run this as that user.")
    try:
        return keyring.add()
    except OSError as fault:
        raise ConfigurationError(f"{file} cannot be changed ({fault.strerror}).") from None
