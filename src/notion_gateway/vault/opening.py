"""The vault's keyring, and the private folder of the embedded default."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from notion_gateway.kernel.errors import SecretUnreadable, StoreUnavailable
from notion_gateway.kernel.secret import Secret
from notion_gateway.ports import SecretContext
from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.opening import database_url
from notion_gateway.vault.key_fit import KeyFit, StoredSecrets, look_at_fit
from notion_gateway.vault.keyring import (
    FileKeyring,
    FixedKeyring,
    KeyringError,
    parse_keys,
)
from notion_gateway.vault.vault import EncryptionKey, Keyring, Vault

log = structlog.stdlib.get_logger()

_LOOK_AGAIN_SECONDS = 30.0


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


KeyCheck = Callable[[], Awaitable[None]]


def sealing_check(vault: Vault) -> KeyCheck:
    """Raises SecretUnreadable where secrets cannot be sealed and opened."""

    async def check() -> None:
        context = SecretContext("readiness", "", "", "probe")
        if vault.open(vault.seal(Secret("probe"), context)) != Secret("probe"):
            raise SecretUnreadable

    return check


def fitting_check(
    vault: Vault, stored: StoredSecrets, *, look_again_seconds: float = _LOOK_AGAIN_SECONDS
) -> KeyCheck:
    """The same, and whether the keys open what is stored, as ``KeyFit.require`` says.

    Readiness is asked for every few seconds, by several: what is stored is looked at when the
    keys have changed, and otherwise as seldom as ``look_again_seconds``, by one at a time.
    """
    seals, turn = sealing_check(vault), asyncio.Lock()
    known: tuple[Sequence[EncryptionKey], float, KeyFit] | None = None

    async def look() -> KeyFit:
        nonlocal known
        keys, now = tuple(vault.keyring.current()), time.monotonic()
        if known is not None and known[0] == keys and now - known[1] < look_again_seconds:
            return known[2]
        fit = await look_at_fit(vault, stored)
        if fit.faults:
            log.warning("secrets_unreadable", opened=fit.opened, detail=fit.told())
        known = keys, now, fit
        return fit

    async def check() -> None:
        await seals()
        # Whether the database answers is for another check to say.
        with suppress(StoreUnavailable):
            async with turn:
                fit = await look()
            fit.require()

    return check
