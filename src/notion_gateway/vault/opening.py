"""Opens the vault: its keyring, and the private folder of the embedded default."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from notion_gateway.settings import ConfigurationError, NamedServiceUnavailable, Settings
from notion_gateway.storage.opening import database_url
from notion_gateway.vault.key_services import SERVICES, unwrap_all
from notion_gateway.vault.keyring import (
    FileKeyring,
    FixedKeyring,
    KeyringError,
    KeyServiceUnavailable,
    WrappedKey,
    parse_entries,
)
from notion_gateway.vault.vault import EncryptionKey, Keyring, Vault

log = structlog.stdlib.get_logger()


def prepare(settings: Settings) -> None:
    """Folder and key, before anything is served. A key service is not asked yet. Raises
    ConfigurationError.
    """
    if settings.is_embedded:
        _make_private(settings)
    with _as_configuration():
        _given_or_file(settings)


async def open_vault(settings: Settings) -> Vault:
    """Makes folder and key where the embedded default needs them. Raises as ``open_keyring``."""
    prepare(settings)
    return Vault(await open_keyring(settings))


async def open_keyring(settings: Settings) -> Keyring:
    """Raises ConfigurationError where a key is missing, malformed or refused by its key service,
    and NamedServiceUnavailable where that service cannot be used just now.
    """
    with _as_configuration():
        found = _given_or_file(settings)
        return found if isinstance(found, FileKeyring) else FixedKeyring(await unwrap_all(found))


def _given_or_file(settings: Settings) -> Sequence[EncryptionKey | WrappedKey] | FileKeyring:
    if settings.token_encryption_keys is not None:
        return parse_entries(settings.token_encryption_keys.get_secret_value(), SERVICES)
    if not settings.is_embedded:
        raise ConfigurationError(
            "DATABASE_URL names a server: set TOKEN_ENCRYPTION_KEYS, so that every replica"
            " opens what another one sealed. `notion-gateway keys generate` makes one."
        )
    if not settings.key_file.exists():
        _make_key(settings)
    return FileKeyring(settings.key_file)


@contextmanager
def _as_configuration() -> Generator[None]:
    try:
        yield
    except KeyServiceUnavailable as fault:
        raise NamedServiceUnavailable(
            f"encryption keys: {fault}. Nothing was changed. See that this machine reaches that"
            " service, and try again; gateways that run do not need it."
        ) from None
    except KeyringError as fault:
        raise ConfigurationError(f"encryption keys: {fault}.") from None


def _make_key(settings: Settings) -> None:
    database = Path(database_url(settings).database or "")
    if _has_content(database):
        # A new key would start without a word, and open none of the stored tokens.
        raise ConfigurationError(
            f"{settings.key_file} is missing, but {database} was sealed with it:"
            " restore the key, or remove both and connect again."
        )
    if FileKeyring.make(settings.key_file):
        log.warning(
            "encryption_key_created",
            file=str(settings.key_file),
            hint="back it up: without it the stored tokens cannot be opened",
        )


def _has_content(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _make_private(settings: Settings) -> None:
    """Folder and database for their owner only; SQLite gives its side files the same mode."""
    folder = settings.gateway_data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if settings.database_url is None:
            settings.sqlite_file.touch(mode=0o600)
    except OSError as fault:
        raise ConfigurationError(
            f"GATEWAY_DATA_DIR: {folder} cannot be made ({fault.strerror})"
        ) from None


async def existing_keyring(settings: Settings) -> Keyring | None:
    """None where the first start has yet to make one. Raises as ``open_keyring``."""
    makes_one = settings.token_encryption_keys is None and settings.is_embedded
    if makes_one and not settings.key_file.exists() and not has_database(settings):
        return None
    return await open_keyring(settings)


def has_database(settings: Settings) -> bool:
    """Whether there is anything to open; of a server, only opening it can tell."""
    url = database_url(settings)
    if not settings.is_embedded or url.database is None:
        return True
    file = Path(url.database)
    return file.exists() and file.stat().st_size > 0
