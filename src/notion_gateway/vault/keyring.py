"""Where the vault's keys come from: the environment, or a file made at the first start. Those that
a key service wraps are opened by ``key_services.py``.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

import structlog

from notion_gateway.vault.vault import KEY_BYTES, EncryptionKey

log = structlog.stdlib.get_logger()


class KeyringError(Exception):
    """The encryption keys are missing or malformed."""


class KeyServiceUnavailable(KeyringError):
    """The key service that wraps an encryption key cannot be used just now."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key that only ``service`` can open: ``wrapped`` is in that service's own form."""

    id: str
    service: str
    wrapped: str


def parse_keys(text: str) -> Sequence[EncryptionKey]:
    """``id:base64`` pairs separated by commas or white space, newest first.

    Raises KeyringError, which names the pair by its place and never shows it.
    """
    return [key for key in parse_entries(text) if isinstance(key, EncryptionKey)]


def parse_entries(
    text: str, services: Collection[str] = ()
) -> Sequence[EncryptionKey | WrappedKey]:
    """The same, and ``id:service:wrapped`` for each of these ``services``."""
    keys: list[EncryptionKey | WrappedKey] = []
    for place, entry in enumerate(text.replace(",", " ").split(), start=1):
        key_id, separator, encoded = entry.partition(":")
        if not separator or not key_id:
            raise KeyringError(f"encryption key {place} is not of the form id:base64")
        service, separator, wrapped = encoded.partition(":")
        if separator:
            if service not in services:
                raise KeyringError(f"encryption key {place} {_known_forms(services)}")
            keys.append(WrappedKey(key_id, service, wrapped))
            continue
        try:
            material = base64.b64decode(encoded.encode(), altchars=b"-_", validate=True)
            keys.append(EncryptionKey(key_id, material))
        except (binascii.Error, ValueError):
            raise KeyringError(
                f"encryption key {place} is not base64 of {KEY_BYTES} bytes"
            ) from None
    if not keys:
        raise KeyringError("there is no encryption key")
    if len({key.id for key in keys}) != len(keys):
        raise KeyringError("two encryption keys share an id")
    return keys


def _known_forms(services: Collection[str]) -> str:
    if not services:
        return (
            "is not of the form id:base64; one that a key service wraps stands in"
            " TOKEN_ENCRYPTION_KEYS, not in a key file"
        )
    return f"is neither id:base64 nor {' nor '.join(f'id:{one}:…' for one in services)}"


def new_key() -> EncryptionKey:
    return EncryptionKey(f"k{secrets.token_hex(4)}", secrets.token_bytes(KEY_BYTES))


def generate_key() -> str:
    """A new key in the form that :func:`parse_keys` reads."""
    key = new_key()
    return f"{key.id}:{base64.urlsafe_b64encode(key.material).decode()}"


@final
@dataclass(frozen=True)
class FixedKeyring:
    """Keys from the environment: they are what they are until the next start."""

    fixed: Sequence[EncryptionKey]

    def current(self) -> Sequence[EncryptionKey]:
        return self.fixed


@final
class FileKeyring:
    """Keys in a file for its owner only, one ``id:base64`` a line, newest first.

    The file is read again whenever it has changed, so that a rotation by another process is
    followed without a restart.
    """

    def __init__(self, path: Path) -> None:
        """Raises KeyringError where the file is missing or malformed."""
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._keys: Sequence[EncryptionKey] = ()
        self.current()

    @classmethod
    def make(cls, path: Path) -> bool:
        """A new file with one key, unless there is one. Two processes may start at once: the
        file appears whole or not at all, and the first wins.
        """
        draft = _draft(path, generate_key() + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
        finally:
            draft.unlink()
        return True

    def current(self) -> Sequence[EncryptionKey]:
        try:
            stat = self._path.stat()
            version = (stat.st_mtime_ns, stat.st_ino)
            if version != self._read_at:
                self._keys, self._read_at = parse_keys(self._path.read_text()), version
        except (OSError, KeyringError) as fault:
            if not self._keys:
                raise KeyringError(f"{self._path} cannot be read: {fault}") from None
            # What opened the stored tokens until now still does.
            log.warning("key_file_unreadable", file=str(self._path), fault=type(fault).__name__)
        return self._keys

    def add(self) -> str:
        """A new newest key; its id. Whole or not at all, like the file itself.

        One process at a time: of two that both read the file first, the later one would write
        it without the other's key, under which secrets may be sealed by then.
        """
        line = generate_key()
        with _alone_in(self._path.parent):
            draft = _draft(self._path, f"{line}\n{self._path.read_text()}")
            draft.replace(self._path)
        return line.partition(":")[0]


@contextmanager
def _alone_in(folder: Path) -> Generator[None]:
    """Waits until no other process is in this block with that folder.

    The folder is what is locked: the file itself is replaced, and its lock with it. The kernel
    lets go of a lock whose process dies. Raises OSError where the file system has no locks.
    """
    import fcntl  # noqa: PLC0415 - where it is missing, only this does not work

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft
