"""The vault's keyring, and the private folder of the embedded default."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from notion_gateway.adapters.key_usage import SqlKeyUsage
from notion_gateway.adapters.keyring import (
    FileKeyring,
    FixedKeyring,
    KeyringError,
    parse_keys,
)
from notion_gateway.adapters.vault import Keyring, Vault
from notion_gateway.bootstrap.database import database_url
from notion_gateway.config import ConfigurationError, Settings
from notion_gateway.domain.errors import SecretUnreadable, StoreUnavailable
from notion_gateway.domain.secret import Secret
from notion_gateway.ports import SealedSecret, SecretContext

log = structlog.stdlib.get_logger()


def prepare(settings: Settings) -> None:
    """Folder and key, before anything is served. Raises ConfigurationError."""
    if settings.is_embedded:
        _make_private(settings)
    open_keyring(settings)


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


def key_check(vault: Vault, usage: SqlKeyUsage | None = None) -> Callable[[], Awaitable[None]]:
    """Raises SecretUnreadable where secrets cannot be sealed and opened, where one is stored
    under a key that is not here, or where nothing stored opens: then these are the wrong keys.
    """

    async def check() -> None:
        context = SecretContext("readiness", "", "", "probe")
        if vault.open(vault.seal(Secret("probe"), context)) != Secret("probe"):
            raise SecretUnreadable
        if usage is not None:
            # Whether the database answers is for another check to say.
            with suppress(StoreUnavailable):
                _require_fitting(vault, await usage.samples())

    return check


def _require_fitting(vault: Vault, stored: Mapping[str, Sequence[SealedSecret]]) -> None:
    missing = stored.keys() - {key.id for key in vault.keyring.current()}
    if missing:
        raise SecretUnreadable(
            f"Secrets are sealed with keys that are not here: {', '.join(sorted(missing))}."
        )
    # A secret that was damaged fails alone; which key wrapped it makes no difference.
    if stored and not any(_opens(vault, one) for some in stored.values() for one in some):
        raise SecretUnreadable("No stored secret opens: a key has the right id and is another.")


def _opens(vault: Vault, sealed: SealedSecret) -> bool:
    try:
        vault.open(sealed)
    except SecretUnreadable:
        return False
    return True
