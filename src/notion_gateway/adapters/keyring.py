"""Where the vault's keys come from: the environment, or a file made at the first start."""

import base64
import binascii
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from notion_gateway.adapters.vault import KEY_BYTES, EncryptionKey


class KeyringError(Exception):
    """The encryption keys are missing or malformed."""


def parse_keys(text: str) -> Sequence[EncryptionKey]:
    """``id:base64`` pairs separated by commas or white space, newest first.

    Raises KeyringError, which names the pair by its place and never shows it.
    """
    keys: list[EncryptionKey] = []
    for place, pair in enumerate(text.replace(",", " ").split(), start=1):
        key_id, separator, encoded = pair.partition(":")
        if not separator or not key_id:
            raise KeyringError(f"encryption key {place} is not of the form id:base64")
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


def generate_key() -> str:
    """A new key in the form that :func:`parse_keys` reads."""
    material = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return f"k{secrets.token_hex(4)}:{material}"


def load_or_create(path: Path) -> tuple[Sequence[EncryptionKey], bool]:
    """The keys in the file, and whether it was made just now, readable by its owner only.

    Two processes may start at once: the file appears whole or not at all, and the first wins.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(generate_key() + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            return parse_keys(path.read_text()), False
        finally:
            draft.unlink()
        return parse_keys(path.read_text()), True
    return parse_keys(path.read_text()), False
