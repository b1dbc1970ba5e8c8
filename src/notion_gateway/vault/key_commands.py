"""Keys and stored secrets for the command line, beside a gateway that may be running."""

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.event_streams import SqlEventStore
from notion_gateway.storage.opening import database_url, open_database
from notion_gateway.vault.keyring import FileKeyring
from notion_gateway.vault.opening import open_keyring
from notion_gateway.vault.rotation import RotateKeys
from notion_gateway.vault.secrets_table import SqlKeyUsage
from notion_gateway.vault.vault import Keyring, Vault


@dataclass(frozen=True, slots=True)
class Keys:
    """``add`` makes a new newest key where the keyring is a file, and returns its id. It raises
    ConfigurationError.
    """

    keyring: Keyring
    usage: SqlKeyUsage
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
    keyring = existing_keyring(settings)
    if keyring is None or not has_database(settings):
        raise ConfigurationError(
            f"There is nothing in {settings.gateway_data_dir} yet: the gateway's first start"
            " makes a key and a database. GATEWAY_DATA_DIR or DATABASE_URL name another place."
        )
    async with open_database(settings) as database:
        await database.require_migrated()
        yield Keys(
            keyring=keyring,
            usage=SqlKeyUsage(database),
            rotate=RotateKeys(SqlEventStore(database), Vault(keyring)),
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


def existing_keyring(settings: Settings) -> Keyring | None:
    """None where the first start has yet to make one. Raises ConfigurationError."""
    makes_one = settings.token_encryption_keys is None and settings.is_embedded
    if makes_one and not settings.key_file.exists() and not has_database(settings):
        return None
    return open_keyring(settings)


def has_database(settings: Settings) -> bool:
    """Whether there is anything to open; of a server, only opening it can tell."""
    url = database_url(settings)
    if not settings.is_embedded or url.database is None:
        return True
    file = Path(url.database)
    return file.exists() and file.stat().st_size > 0
