"""Envelope encryption of secrets: AES-256-GCM, a fresh data key for each secret.

The data key encrypts the secret, a key-encryption key with an id wraps the data key. Both
steps authenticate the secret's place (space, process, field, row and schema version), so a
row copied to another tenant, or a field swapped for another, does not open.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from notion_gateway.domain.errors import SecretUnreadable
from notion_gateway.domain.secret import Secret
from notion_gateway.ports import SealedSecret, SecretContext

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


@final
class Vault:
    """Seals with the first key, opens with any."""

    def __init__(self, keys: Sequence[EncryptionKey]) -> None:
        if not keys:
            raise ValueError("a vault needs at least one key")
        self._newest = keys[0].id
        self._ciphers: Mapping[str, AESGCM] = {key.id: AESGCM(key.material) for key in keys}
        if len(self._ciphers) != len(keys):
            raise ValueError("two encryption keys share an id")

    def seal(self, secret: Secret, context: SecretContext) -> SealedSecret:
        place = _place(context, SCHEMA_VERSION)
        data_key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
        return SealedSecret(
            context=context,
            schema_version=SCHEMA_VERSION,
            key_id=self._newest,
            wrapped_key=_encrypt(self._ciphers[self._newest], data_key, place),
            ciphertext=_encrypt(AESGCM(data_key), secret.reveal().encode(), place),
        )

    def open(self, sealed: SealedSecret) -> Secret:
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise SecretUnreadable(
                f"Secret {sealed.context.secret_id} was sealed with key {sealed.key_id!r},"
                " which is not among the configured keys."
            )
        place = _place(sealed.context, sealed.schema_version)
        try:
            data_key = _decrypt(cipher, sealed.wrapped_key, place)
            return Secret(_decrypt(AESGCM(data_key), sealed.ciphertext, place).decode())
        except (InvalidTag, ValueError):
            raise SecretUnreadable(
                f"Secret {sealed.context.secret_id} does not open: it was altered or moved."
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


def _encrypt(cipher: AESGCM, plaintext: bytes, place: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plaintext, place)


def _decrypt(cipher: AESGCM, sealed: bytes, place: bytes) -> bytes:
    return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
