"""Azure Key Vault and a Managed HSM, as their REST API is: a challenge that names who gives tokens,
a managed identity that gives them, versions of keys, and RSA-OAEP-256.
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.support.cloud import Answer, Asked, Cloud

VAULT = "team.vault.azure.net"
HSM = "team.managedhsm.azure.net"
TENANT = "11111111-2222-3333-4444-555555555555"
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


@dataclass(slots=True)
class Key:
    host: str
    name: str
    kind: str = "RSA"
    versions: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict[str, rsa.RSAPrivateKey])
    forbidden: str = ""
    """What the service has against its use, as its inner code."""

    @property
    def url(self) -> str:
        return f"https://{self.host}/keys/{self.name}"

    def rotate(self) -> str:
        version = secrets.token_hex(16)
        self.versions[version] = rsa.generate_private_key(65537, 2048)
        return version

    def unwrapped(self, version: str, blob: bytes) -> bytes:
        return self.versions[version].decrypt(blob, _OAEP)


@final
class AzureKeyVault:
    def __init__(self, folder: Path) -> None:
        self.keys = dict[tuple[str, str], Key]()
        self.token = secrets.token_urlsafe()
        self.accepted = {self.token}
        self.cloud = Cloud(folder, (VAULT, HSM), self.answer)

    @property
    def variables(self) -> Mapping[str, str]:
        """The identity is asked as on App Service, Container Apps and Functions."""
        return {
            **self.cloud.variables,
            "IDENTITY_ENDPOINT": f"{self.cloud.url}/identity",
            "IDENTITY_HEADER": "secret-of-the-machine",
        }

    def new_key(self, host: str = VAULT, kind: str = "RSA") -> str:
        key = Key(host, f"k{secrets.token_hex(4)}", kind)
        key.rotate()
        self.keys[host, key.name] = key
        return key.url

    def key(self, url: str) -> Key:
        _, _, host, _, name, *_ = url.split("/")
        return self.keys[host, name]

    def unwrapped(self, entry: str) -> bytes:
        """The key itself, of an entry of TOKEN_ENCRYPTION_KEYS."""
        url, _, encoded = entry.split(":", 2)[2].rsplit(":", 2)
        opened = self.key(url).unwrapped(url.rpartition("/")[2], base64.urlsafe_b64decode(encoded))
        return opened[:32]

    def answer(self, asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        if not asked.host:
            return self._identity(asked)
        if asked.headers.get("Authorization", "").removeprefix("Bearer ") not in self.accepted:
            return self._challenge(asked.host)
        _, _, name, version, *operation = [*path.split("/"), ""][:5]
        key = self.keys.get((asked.host, name))
        version = version or (list(key.versions)[-1] if key else "")
        if key is None or version not in key.versions:
            return fault(404, "KeyNotFound")
        operation = [one for one in operation if one]
        if key.forbidden:
            return fault(403, "Forbidden", key.forbidden)
        return self._worked(key, version, operation, asked.body)

    def _worked(self, key: Key, version: str, operation: list[str], body: Any) -> Answer:
        kid = f"{key.url}/{version}"
        if not operation:
            return Answer(200, {"key": {"kid": kid, **_public(key, version)}, "attributes": {}})
        # The library wraps by itself, with the public half.
        if operation != ["unwrapkey"] or body["alg"] != "RSA-OAEP-256":
            return fault(400, "BadParameter")
        try:
            opened = key.unwrapped(version, _decoded(body["value"]))
        except ValueError:
            return fault(400, "BadParameter")
        return Answer(200, {"kid": kid, "value": _encoded(opened)})

    def _challenge(self, host: str) -> Answer:
        resource = f"https://{host.partition('.')[2]}"
        says = f'Bearer authorization="https://login.microsoftonline.com/{TENANT}", resource='
        refused = fault(401, "Unauthorized")
        return Answer(401, refused.body, {"WWW-Authenticate": f'{says}"{resource}"'})

    def _identity(self, asked: Asked) -> Answer:
        if asked.headers.get("X-IDENTITY-HEADER") != "secret-of-the-machine":
            return Answer(401, {"message": "canary-of-azure"})
        return Answer(
            200,
            {
                "access_token": self.token,
                "expires_on": "4102444800",
                "resource": "https://vault.azure.net",
                "token_type": "Bearer",
            },
        )


def _public(key: Key, version: str) -> Mapping[str, Any]:
    operations = {"key_ops": ["wrapKey", "unwrapKey"]}
    if key.kind == "oct-HSM":
        return {"kty": key.kind, **operations}
    numbers = key.versions[version].public_key().public_numbers()
    return {
        "kty": key.kind,
        "n": _encoded(numbers.n.to_bytes(256, "big")),
        "e": _encoded(numbers.e.to_bytes(3, "big")),
        **operations,
    }


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def fault(status: int, code: str, inner: str = "") -> Answer:
    error: dict[str, Any] = {"code": code, "message": "canary-of-azure"}
    return Answer(
        status, {"error": {**error, **({"innererror": {"code": inner}} if inner else {})}}
    )
