"""Short texts sealed for cookies and addresses: AES-256-GCM with keys made for that alone."""

import base64
import os
from collections.abc import Callable, Sequence
from typing import final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


@final
class SealedText:
    """``keys``: at least one, newest first; all of them open (``DerivedKeys``)."""

    def __init__(self, keys: Callable[[], Sequence[bytes]]) -> None:
        self._keys = keys

    def seal(self, purpose: str, text: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._keys()[0]).encrypt(nonce, text.encode(), purpose.encode())
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def open(self, purpose: str, sealed: str) -> str | None:
        try:
            raw = base64.b64decode(
                sealed.encode() + b"=" * (-len(sealed) % 4), altchars=b"-_", validate=True
            )
        except ValueError:
            return None
        for key in self._keys():
            try:
                opened = AESGCM(key).decrypt(
                    raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()
                )
            except (InvalidTag, ValueError):
                continue
            return opened.decode()
        return None
