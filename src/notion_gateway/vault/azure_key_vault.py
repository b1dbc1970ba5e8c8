"""Azure Key Vault and Managed HSM as a key service, through azure-keyvault-keys and azure-identity,
which the extra ``azure-key-vault`` brings.

Credentials are Azure's own, as DefaultAzureCredential finds them: the machine's or pod's managed
identity, or AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.

What is wrapped stands as ``https://…/keys/NAME/VERSION:algorithm:base64``: the version that wrapped
it, which alone opens it. Wrapping a key authenticates nothing beside it at Azure, so the entry's id
is wrapped with the key, as a digest, and compared when it is opened.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final, final
from urllib.parse import urlsplit

from azure.core import exceptions
from azure.identity import DefaultAzureCredential
from azure.keyvault.keys import KeyClient, KeyVaultKeyIdentifier
from azure.keyvault.keys.crypto import CryptographyClient, KeyWrapAlgorithm

from notion_gateway.vault.keyring import KeyringError, KeyServiceUnavailable
from notion_gateway.vault.vault import KEY_BYTES, EncryptionKey

_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 5.0
_SERVER_ERROR = 500
_PASSING = frozenset({408, 429})

_NOT_ITS_OWN = (
    "is not what Azure Key Vault wrapped for this id: it was wrapped under another id or key, cut"
    " off or altered. Give it as `notion-gateway keys generate` printed it"
)
_IDENTITY = (
    "Give this machine a managed identity, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and"
    " AZURE_CLIENT_SECRET"
)
_NO_CREDENTIALS = f"Azure Key Vault does not accept these credentials. {_IDENTITY}"
_NOT_A_KEY = (
    "Azure Key Vault does not take that key. Name an RSA key of a vault or a Managed HSM, as"
    " https://….vault.azure.net/keys/…"
)
_DENIED = (
    "Azure Key Vault denies access. Give this identity the role Key Vault Crypto Service Encryption"
    " User on the key (in a Managed HSM, Managed HSM Crypto Service Encryption User)"
)
_UNUSABLE = (
    "the key of Azure Key Vault, or this version of it, is disabled, expired or not valid yet, or"
    " may not wrap. Enable it again, and look at its dates and permitted operations"
)
_INNER: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("KeyDisabled", "KeyExpired", "KeyNotYetValid", "KeyOperationForbidden"), _UNUSABLE
    ),
    **dict.fromkeys(
        ("ForbiddenByConnection", "ForbiddenByFirewall"),
        "the firewall of the Azure Key Vault does not let this machine in. Allow its network, or"
        " give the vault a private endpoint there",
    ),
}
_NOT_THERE = (
    "Azure Key Vault has no such key, or no such version of it. Look at the vault, the key and the"
    " version; a deleted one can be recovered for some time"
)
_ALGORITHM = KeyWrapAlgorithm.rsa_oaep_256
_KEY_TYPES = frozenset({"RSA", "RSA-HSM"})
"""Not oct-HSM: Azure's library, which never sees such a key, would wrap with a random one."""


@final
class AzureKeyVault:
    def __init__(self) -> None:
        """Raises KeyringError where Azure's settings cannot be used."""
        with _in_plain_words():
            self._credential = DefaultAzureCredential(**_asked())

    def wrap(self, key: EncryptionKey, under: str) -> str:
        named = _named(under)
        if named is None:
            raise KeyringError(_NOT_A_KEY)
        with (
            _in_plain_words(of_arguments=_NOT_A_KEY),
            KeyClient(named.vault_url, self._credential, **_asked()) as keys,
        ):
            found = keys.get_key(named.name, named.version)
            if str(getattr(found.key_type, "value", found.key_type)) not in _KEY_TYPES:
                raise KeyringError(_NOT_A_KEY)
            with CryptographyClient(found, self._credential, **_asked()) as client:
                answer = client.wrap_key(_ALGORITHM, key.material + _bound_to(key.id))
        encoded = base64.urlsafe_b64encode(answer.encrypted_key).decode()
        return f"{found.id}:{_ALGORITHM.value}:{encoded}"

    def unwrap(self, key_id: str, wrapped: str) -> bytes:
        version, blob = _parts(wrapped)
        with (
            _in_plain_words(),
            CryptographyClient(version, self._credential, **_asked()) as client,
        ):
            opened = client.unwrap_key(_ALGORITHM, blob).key
        material, binding = opened[:KEY_BYTES], opened[KEY_BYTES:]
        if not hmac.compare_digest(binding, _bound_to(key_id)):
            raise KeyringError(_NOT_ITS_OWN)
        return material


def _asked() -> dict[str, Any]:
    return {
        "connection_timeout": _CONNECT_SECONDS,
        "read_timeout": _ANSWER_SECONDS,
        "retry_total": 0,  # who asks tries again
    }


def _bound_to(key_id: str) -> bytes:
    """Wrapped behind the key. RSA-OAEP opens nothing that was altered, so that neither part can be
    exchanged for another's.
    """
    return hashlib.sha256(f"notion-gateway-key={key_id}".encode()).digest()


def _named(key: str) -> KeyVaultKeyIdentifier | None:
    """None where it is not the address of a key."""
    try:
        address = urlsplit(key)
        is_one = address.scheme == "https" and address.path.startswith("/keys/")
        return KeyVaultKeyIdentifier(key) if is_one and not address.query else None
    except ValueError:
        return None


def _parts(wrapped: str) -> tuple[str, bytes]:
    address, _, encoded = wrapped.rpartition(":")
    version, _, algorithm = address.rpartition(":")
    named = _named(version)
    try:
        blob = base64.b64decode(encoded.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    if named is None or not named.version or algorithm != _ALGORITHM.value or not blob:
        raise KeyringError(_NOT_ITS_OWN)
    return version, blob


@contextmanager
def _in_plain_words(of_arguments: str = _NOT_ITS_OWN) -> Generator[None]:
    """Only the kind of a fault is told: what Azure says about it is for Azure's own logs."""
    try:
        yield
    except (exceptions.ServiceRequestError, exceptions.ServiceResponseError) as fault:
        raise KeyServiceUnavailable(
            f"Azure Key Vault cannot be reached ({type(fault).__name__})"
        ) from None
    except exceptions.DecodeError:
        raise KeyServiceUnavailable("what answers is not Azure Key Vault") from None
    except exceptions.HttpResponseError as fault:
        status, inner = fault.status_code or 0, _inner_code(fault)
        if not status:  # of its credentials, which are tried in turn; the last one's fault is lost
            raise KeyServiceUnavailable(f"Azure gives no access token. {_IDENTITY}") from None
        if status in _PASSING or status >= _SERVER_ERROR:
            raise KeyServiceUnavailable(
                f"Azure Key Vault cannot answer just now ({status})"
            ) from None
        refused = {
            400: of_arguments,
            401: _NO_CREDENTIALS,
            403: _INNER.get(inner, _DENIED),
            404: _NOT_THERE,
            409: _NOT_THERE,
        }
        raise KeyringError(
            refused.get(status, f"Azure Key Vault refuses ({status} {inner})")
        ) from None
    except (exceptions.AzureError, ValueError, OSError) as fault:
        raise KeyringError(f"Azure's settings cannot be used ({type(fault).__name__})") from None


def _inner_code(fault: exceptions.HttpResponseError) -> str:
    """403 says in there what is forbidden."""
    response: Any = fault.response
    try:
        return str(response.json()["error"]["innererror"]["code"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
