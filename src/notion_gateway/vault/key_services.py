"""Encryption keys that a cloud's key service wraps: opened once, when a gateway starts.

In ``id:service:wrapped`` the service's name chooses who opens it. One more service is a module like
``aws_kms.py`` and a row of ``SERVICES``.
"""

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar

import stamina

from notion_gateway.vault.keyring import (
    KeyringError,
    KeyServiceUnavailable,
    WrappedKey,
    new_key,
)
from notion_gateway.vault.vault import KEY_BYTES, EncryptionKey

_ATTEMPTS = 4
_PATIENCE_SECONDS = 20.0
"""No attempt begins after this; one that has begun may take a few seconds more."""

_T = TypeVar("_T")


class KeyService(Protocol):
    """Wraps an encryption key under one of its own, which never leaves it. What it has wrapped is
    bound to the key's id, and opens under no other.

    Its methods block. They raise KeyServiceUnavailable where another try may help, and KeyringError
    else; neither shows a key.
    """

    def wrap(self, key: EncryptionKey, under: str) -> str:
        """``under``: the service's name for its own key. No white space or comma in what it
        returns.
        """
        ...

    def unwrap(self, key_id: str, wrapped: str) -> bytes: ...


def _aws_kms() -> KeyService:
    with _brought_by("aws-kms", "boto3 is missing, AWS's library"):
        from notion_gateway.vault.aws_kms import AwsKms
    return AwsKms()


def _gcp_kms() -> KeyService:
    with _brought_by("gcp-kms", "google-cloud-kms is missing, Google's library"):
        from notion_gateway.vault.gcp_kms import GcpKms
    return GcpKms()


def _azure_key_vault() -> KeyService:
    missing = "azure-keyvault-keys or azure-identity is missing, Azure's libraries"
    with _brought_by("azure-key-vault", missing):
        from notion_gateway.vault.azure_key_vault import AzureKeyVault
    return AzureKeyVault()


@contextmanager
def _brought_by(extra: str, missing: str) -> Generator[None]:
    try:
        yield
    except ModuleNotFoundError:
        raise KeyringError(
            f"{missing}: install notion-mcp-gateway[{extra}], which brings it"
        ) from None


SERVICES: Final[Mapping[str, Callable[[], KeyService]]] = {
    "aws-kms": _aws_kms,
    "gcp-kms": _gcp_kms,
    "azure-key-vault": _azure_key_vault,
}


async def unwrap_all(
    entries: Sequence[EncryptionKey | WrappedKey],
) -> Sequence[EncryptionKey]:
    """The same keys in the same order, ready to use. Asks nobody where none is wrapped.

    Raises KeyServiceUnavailable after a few tries, and KeyringError.
    """
    services: dict[str, KeyService] = {}
    keys: list[EncryptionKey] = []
    for entry in entries:
        if isinstance(entry, EncryptionKey):
            keys.append(entry)
            continue
        try:
            if entry.service not in services:
                services[entry.service] = await asyncio.to_thread(SERVICES[entry.service])
            service = services[entry.service]
            keys.append(_key(entry.id, await _tried(service.unwrap, entry.id, entry.wrapped)))
        except KeyringError as fault:
            raise type(fault)(f"{entry.id} ({entry.service}): {fault}") from None
    return keys


async def generate_wrapped(service: str, under: str) -> str:
    """A new key in the form that TOKEN_ENCRYPTION_KEYS takes; unwrapped, it is nowhere.

    Raises as ``unwrap_all`` does.
    """
    key = new_key()
    try:
        wrapping = await asyncio.to_thread(SERVICES[service])
        return f"{key.id}:{service}:{await _tried(wrapping.wrap, key, under)}"
    except KeyringError as fault:
        raise type(fault)(f"{service}: {fault}") from None


async def _tried(ask: Callable[..., _T], *arguments: object) -> _T:
    async for attempt in stamina.retry_context(
        on=KeyServiceUnavailable,
        attempts=_ATTEMPTS,
        timeout=_PATIENCE_SECONDS,
        wait_initial=0.5,
        wait_max=4.0,
        wait_jitter=0.5,
    ):
        with attempt:
            return await asyncio.to_thread(ask, *arguments)
    raise AssertionError("the last attempt returns or raises")


def _key(key_id: str, material: bytes) -> EncryptionKey:
    try:
        return EncryptionKey(key_id, material)
    except ValueError:
        raise KeyringError(
            f"what it wraps is not {KEY_BYTES} bytes long: take one that `notion-gateway keys"
            " generate` made"
        ) from None
