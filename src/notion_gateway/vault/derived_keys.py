"""Keys for proofs that the gateway gives to itself, made from the encryption keys.

Every replica has the same ones without a table for them, and they change with the keys: what
an older key proved stays good for as long as that key is configured.
"""

from collections.abc import Sequence
from typing import final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notion_gateway.vault.vault import KEY_BYTES, EncryptionKey, Keyring


@final
class DerivedKeys:
    """``purpose`` keeps keys apart: one is never used for two things (RFC 5869 section 3.2)."""

    def __init__(self, keyring: Keyring, purpose: str) -> None:
        self._keyring = keyring
        self._purpose = f"notion-gateway {purpose}".encode()
        self._known: dict[EncryptionKey, bytes] = {}

    def current(self) -> Sequence[bytes]:
        """At least one, newest first."""
        return [self._derived(key) for key in self._keyring.current()]

    def _derived(self, key: EncryptionKey) -> bytes:
        known = self._known.get(key)
        if known is None:
            known = HKDF(SHA256(), KEY_BYTES, salt=None, info=self._purpose).derive(key.material)
            self._known[key] = known
        return known
