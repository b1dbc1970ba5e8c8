"""Opens the vault: its keyring, and the private folder of the embedded default."""

from pathlib import Path

import structlog

from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.opening import database_url
from notion_gateway.vault.keyring import (
    FileKeyring,
    FixedKeyring,
    KeyringError,
    parse_keys,
)
from notion_gateway.vault.vault import Keyring, Vault

log = structlog.stdlib.get_logger()


def prepare(settings: Settings) -> None:
    """Folder and key, before anything is served. Raises ConfigurationError."""
    if settings.is_embedded:
        _make_private(settings)
    open_keyring(settings)


def open_vault(settings: Settings) -> Vault:
    """Makes folder and key where the embedded default needs them. Raises ConfigurationError."""
    prepare(settings)
    return Vault(open_keyring(settings))


def open_keyring(settings: Settings) -> Keyring:
    """Raises ConfigurationError where a key is missing or malformed."""
    try:
        if settings.token_encryption_keys is not None:
            return FixedKeyring(parse_keys(settings.token_encryption_keys.get_secret_value()))
        if not settings.is_embedded:
            raise ConfigurationError(
                "DATABASE_URL names a server: set TOKEN_ENCRYPTION_KEYS, so that every replica"
                " opens what another one sealed. `notion-gateway keys generate` makes one."
            )
        if not settings.key_file.exists():
            _make_key(settings)
        return FileKeyring(settings.key_file)
    except KeyringError as fault:
        raise ConfigurationError(f"encryption keys: {fault}") from None


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
