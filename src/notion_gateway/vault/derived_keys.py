"""Keys for proofs that the gateway gives to itself: MCP sessions, cookies, sealed addresses.

The first is made from the key that all gateways on one database share and that outlives the
encryption keys (``ProofKey``). Those made from the encryption keys are accepted besides, and are
all there is where that one cannot be opened.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notion_gateway.vault.vault import KEY_BYTES, EncryptionKey, Keyring


@final
class DerivedKeys:
    """``purpose`` keeps keys apart: one is never used for two things (RFC 5869 section 3.2)."""

    def __init__(self, keyring: Keyring, lasting: bytes | None, purpose: str) -> None:
        self._keyring = keyring
        self._purpose = f"notion-gateway {purpose}".encode()
        self._lasting = [] if lasting is None else [self._made_from(lasting)]
        self._known: dict[EncryptionKey, bytes] = {}

    def current(self) -> Sequence[bytes]:
        """At least one; the first is for new proofs."""
        return [*self._lasting, *(self._derived(key) for key in self._keyring.current())]

    def _derived(self, key: EncryptionKey) -> bytes:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._made_from(key.material)
        return known

    def _made_from(self, material: bytes) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=self._purpose).derive(material)


@dataclass(frozen=True, slots=True)
class Proofs:
    """``lasting``: the database's own key, None where it cannot be opened."""

    keyring: Keyring
    lasting: bytes | None = field(repr=False)

    def keys(self, purpose: str) -> Callable[[], Sequence[bytes]]:
        return DerivedKeys(self.keyring, self.lasting, purpose).current
