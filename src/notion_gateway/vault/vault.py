"""Envelope encryption of secrets: AES-256-GCM, a fresh data key for each secret.

The data key encrypts the secret, a key-encryption key with an id wraps the data key. Both
steps authenticate the secret's place (space, process, field, row and schema version), so a
row copied to another tenant, or a field swapped for another, does not open.
"""

import json
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.kernel.secret import Secret
from notion_gateway.vault.sealed import SealedSecret, SecretContext

SCHEMA_VERSION = 1
KEY_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D section 8.2: 96 bits; a data key is used once


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A key-encryption key. ``id`` is stored beside what it wraps."""

    id: str
    material: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.material) != KEY_BYTES:
            raise ValueError(f"encryption key {self.id!r} is not {KEY_BYTES} bytes long")


class Keyring(Protocol):
    """Where the keys come from. They may change while the gateway runs."""

    def current(self) -> Sequence[EncryptionKey]:
        """At least one, newest first, each with an id of its own. Cheap enough for every seal."""
        ...


@final
class Vault:
    """Seals with the newest key, opens with any."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring

    def newest_key_id(self) -> str:
        return self.keyring.current()[0].id

    def seal(self, secret: Secret, context: SecretContext) -> SealedSecret:
        place, key = _place(context, SCHEMA_VERSION), self.keyring.current()[0]
        data_key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
        return SealedSecret(
            context=context,
            schema_version=SCHEMA_VERSION,
            key_id=key.id,
            wrapped_key=_encrypt(key.material, data_key, place),
            ciphertext=_encrypt(data_key, secret.reveal().encode(), place),
        )

    def open(self, sealed: SealedSecret) -> Secret:
        place = _place(sealed.context, sealed.schema_version)
        with _named(sealed):
            return Secret(
                _decrypt(self._data_key(sealed, place), sealed.ciphertext, place).decode()
            )

    def rewrap(self, sealed: SealedSecret) -> SealedSecret:
        """The secret itself is not opened: only its data key changes wrappers."""
        place, key = _place(sealed.context, sealed.schema_version), self.keyring.current()[0]
        with _named(sealed):
            wrapped = _encrypt(key.material, self._data_key(sealed, place), place)
        return replace(sealed, key_id=key.id, wrapped_key=wrapped)

    def _data_key(self, sealed: SealedSecret, place: bytes) -> bytes:
        for key in self.keyring.current():
            if key.id == sealed.key_id:
                return _decrypt(key.material, sealed.wrapped_key, place)
        raise SecretUnreadable(
            f"Secret {sealed.context.secret_id} was sealed with key {sealed.key_id!r},"
            " which is not among the configured keys."
        )


@contextmanager
def _named(sealed: SealedSecret) -> Generator[None]:
    try:
        yield
    except (InvalidTag, ValueError):
        raise SecretUnreadable(
            f"Secret {sealed.context.secret_id}, sealed with key {sealed.key_id!r}, does not open:"
            " it was altered or moved, or that key was another."
        ) from None


def _place(context: SecretContext, schema_version: int) -> bytes:
    """Associated data; JSON, because its quoting keeps neighbours from running together."""
    return json.dumps(
        [
            "notion-gateway",
            schema_version,
            context.space_id,
            context.process_id,
            context.field,
            context.secret_id,
        ]
    ).encode()


def _encrypt(key: bytes, plaintext: bytes, place: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, place)


def _decrypt(key: bytes, sealed: bytes, place: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
