"""Google Cloud KMS, as its REST API is: a service account's signed requests, AES-256-GCM with the
additional authenticated data, checksums both ways, and versions of a key that rotate.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import google_crc32c
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from tests.support.cloud import Answer, Asked, Cloud

NAME = "cloudkms.googleapis.com"
ACCOUNT = "gateway@team.iam.gserviceaccount.com"
RING = "projects/team/locations/europe-west1/keyRings/gateway"
_NONCE = 12


@dataclass(slots=True)
class Key:
    name: str
    versions: list[bytes] = field(default_factory=list[bytes])
    state: str = "ENABLED"

    def rotate(self) -> None:
        self.versions.append(AESGCM.generate_key(256))


@final
class GcpKms:
    def __init__(self, folder: Path) -> None:
        self.keys = dict[str, Key]()
        self._account = rsa.generate_private_key(65537, 2048)
        self._public = self._account.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.cloud = Cloud(folder, (NAME,), self.answer)
        self.credentials = folder / "service-account.json"
        self.credentials.write_text(json.dumps(self._service_account()))

    @property
    def variables(self) -> Mapping[str, str]:
        return {
            **self.cloud.variables,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.credentials),
            "NO_GCE_CHECK": "true",
        }

    def new_key(self) -> str:
        key = Key(f"{RING}/cryptoKeys/k{secrets.token_hex(4)}")
        key.rotate()
        self.keys[key.name] = key
        return key.name

    def unwrapped(self, entry: str) -> bytes:
        """The key itself, of an entry of TOKEN_ENCRYPTION_KEYS."""
        key_id, _, wrapped = entry.split(":", 2)
        version, _, encoded = wrapped.rpartition(":")
        blob = base64.urlsafe_b64decode(encoded)
        bound = f"notion-gateway-key={key_id}".encode()
        return self._opened(self.keys[version.partition("/cryptoKeyVersions/")[0]], blob, bound)

    def answer(self, asked: Asked) -> Answer:
        if not self._is_signed(asked.headers.get("Authorization", "")):
            return fault(401, "UNAUTHENTICATED")
        name, _, verb = asked.path.removeprefix("/v1/").partition("?")[0].rpartition(":")
        key = self.keys.get(name)
        if key is None:
            return fault(404, "NOT_FOUND")
        if key.state != "ENABLED":
            return fault(400, "FAILED_PRECONDITION")
        given = {one: base64.b64decode(asked.body.get(one, "")) for one in _CHECKED[verb]}
        for one, data in given.items():
            if asked.body[f"{one}Crc32c"] != checksum(data):
                return fault(400, "INVALID_ARGUMENT")
        bound = given["additionalAuthenticatedData"]
        if verb == "encrypt":
            return Answer(200, self._encrypted(key, given["plaintext"], bound))
        try:
            opened = self._opened(key, given["ciphertext"], bound)
        except (InvalidTag, IndexError, ValueError):
            return fault(400, "INVALID_ARGUMENT")
        return Answer(
            200,
            {"plaintext": base64.b64encode(opened).decode(), "plaintextCrc32c": checksum(opened)},
        )

    def _encrypted(self, key: Key, plaintext: bytes, bound: bytes) -> Mapping[str, Any]:
        nonce, number = secrets.token_bytes(_NONCE), len(key.versions)
        sealed = AESGCM(key.versions[-1]).encrypt(nonce, plaintext, bound)
        blob = bytes([number]) + nonce + sealed
        return {
            "name": f"{key.name}/cryptoKeyVersions/{number}",
            "ciphertext": base64.b64encode(blob).decode(),
            "ciphertextCrc32c": checksum(blob),
            "verifiedPlaintextCrc32c": True,
            "verifiedAdditionalAuthenticatedDataCrc32c": True,
            "protectionLevel": "SOFTWARE",
        }

    def _opened(self, key: Key, blob: bytes, bound: bytes) -> bytes:
        nonce, sealed = blob[1 : _NONCE + 1], blob[_NONCE + 1 :]
        return AESGCM(key.versions[blob[0] - 1]).decrypt(nonce, sealed, bound)

    def _service_account(self) -> Mapping[str, str]:
        private = self._account.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": "team",
            "private_key_id": "1",
            "private_key": private.decode(),
            "client_email": ACCOUNT,
            "token_uri": "https://oauth2.googleapis.com/token",
        }

    def _is_signed(self, authorization: str) -> bool:
        key = RSAKey.import_key(self._public)
        try:
            claims = jwt.decode(authorization.removeprefix("Bearer "), key, ["RS256"]).claims
        except (JoseError, ValueError):
            return False
        return claims["iss"] == ACCOUNT and claims["scope"].endswith("/auth/cloudkms")


_CHECKED = {
    "encrypt": ("plaintext", "additionalAuthenticatedData"),
    "decrypt": ("ciphertext", "additionalAuthenticatedData"),
}


def checksum(data: bytes) -> str:
    """JSON has Google's 64-bit numbers as text."""
    return str(google_crc32c.value(data))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def fault(status: int, word: str) -> Answer:
    return Answer(
        status, {"error": {"code": status, "status": word, "message": "canary-of-google"}}
    )
