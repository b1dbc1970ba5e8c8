"""Google Cloud KMS as a key service, through google-cloud-kms, which the extra ``gcp-kms`` brings.

Credentials are Google's own (Application Default Credentials), as google-auth finds them: the file
of GOOGLE_APPLICATION_CREDENTIALS, gcloud's, or the machine's or pod's service account. It is asked
over HTTPS and not over gRPC, which would leave threads behind in a process that starts workers.

What is wrapped stands as ``projects/…/cryptoKeyVersions/N:base64``: the version that wrapped it,
which must not be destroyed. Google finds the version by itself, among those of the key.
"""

import base64
import binascii
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final, final

import google.auth
import google_crc32c
import requests
from google.api_core import exceptions
from google.auth import exceptions as auth_exceptions
from google.cloud.kms_v1 import KeyManagementServiceClient
from google.cloud.kms_v1.services.key_management_service.transports import (
    KeyManagementServiceRestTransport,
)
from google.protobuf import json_format

from notion_gateway.vault.keyring import KeyringError, KeyServiceUnavailable
from notion_gateway.vault.vault import EncryptionKey

_ANSWER_SECONDS = 5.0
_SERVER_ERROR = 500
_SCOPE = "https://www.googleapis.com/auth/cloudkms"

_KEY = re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/:]+")
_VERSION = re.compile(rf"({_KEY.pattern})/cryptoKeyVersions/[0-9]+")

_NOT_ITS_OWN = (
    "is not what Google Cloud KMS wrapped for this id: it was wrapped under another id or key, cut"
    " off or altered. Give it as `notion-gateway keys generate` printed it"
)
_NO_CREDENTIALS = (
    "Google does not accept these credentials. Give this machine a service account, or set"
    " GOOGLE_APPLICATION_CREDENTIALS"
)
_NOT_A_KEY = (
    "Google Cloud KMS does not take that key. Name a symmetric one as"
    " projects/…/locations/…/keyRings/…/cryptoKeys/…"
)
_REFUSED: Final[Mapping[str, str]] = {
    "UNAUTHENTICATED": _NO_CREDENTIALS,
    "PERMISSION_DENIED": (
        "Google Cloud KMS denies access. Give this identity roles/cloudkms.cryptoKeyDecrypter on"
        " the key (and roles/cloudkms.cryptoKeyEncrypter, to make one); a key that does not exist,"
        " and a project without the Cloud KMS API, are refused in the same way"
    ),
    "NOT_FOUND": (
        "Google Cloud KMS has no such key at this location. Look at the project, location, key ring"
        " and key in its name"
    ),
    "FAILED_PRECONDITION": (
        "the key of Google Cloud KMS, or this version of it, is disabled, about to be destroyed, or"
        " does not encrypt. Enable it again, or take a symmetric one"
    ),
}
_PASSING = frozenset({"ABORTED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "UNAVAILABLE"})


@final
class GcpKms:
    def __init__(self) -> None:
        """Raises KeyringError where there are no credentials."""
        with _in_plain_words():
            self._credentials: Any = google.auth.default([_SCOPE])[0]  # pyright: ignore[reportUnknownMemberType]

    def wrap(self, key: EncryptionKey, under: str) -> str:
        if _KEY.fullmatch(under) is None:
            raise KeyringError(_NOT_A_KEY)
        bound = _bound_to(key.id)
        with _in_plain_words(of_arguments=_NOT_A_KEY), self._client() as client:
            answer = client.encrypt(
                request={
                    "name": under,
                    "plaintext": key.material,
                    "plaintext_crc32c": _checksum(key.material),
                    "additional_authenticated_data": bound,
                    "additional_authenticated_data_crc32c": _checksum(bound),
                },
                retry=None,  # who asks tries again
                timeout=_ANSWER_SECONDS,
            )
        _see_that_it_arrived(
            answer.verified_plaintext_crc32c,
            answer.verified_additional_authenticated_data_crc32c,
            answer.ciphertext_crc32c == _checksum(answer.ciphertext),
            _key_of(answer.name) == under,
        )
        return f"{answer.name}:{base64.urlsafe_b64encode(answer.ciphertext).decode()}"

    def unwrap(self, key_id: str, wrapped: str) -> bytes:
        version, _, encoded = wrapped.rpartition(":")
        name = _key_of(version)
        try:
            blob = base64.b64decode(encoded.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            blob = b""
        if name is None or not blob:
            raise KeyringError(_NOT_ITS_OWN)
        bound = _bound_to(key_id)
        with _in_plain_words(of_arguments=_NOT_ITS_OWN), self._client() as client:
            answer = client.decrypt(
                request={
                    "name": name,
                    "ciphertext": blob,
                    "ciphertext_crc32c": _checksum(blob),
                    "additional_authenticated_data": bound,
                    "additional_authenticated_data_crc32c": _checksum(bound),
                },
                retry=None,  # who asks tries again
                timeout=_ANSWER_SECONDS,
            )
        _see_that_it_arrived(answer.plaintext_crc32c == _checksum(answer.plaintext))
        return answer.plaintext

    def _client(self) -> Any:  # noqa: ANN401 - what the library says of its types is incomplete
        return KeyManagementServiceClient(
            transport=KeyManagementServiceRestTransport, credentials=self._credentials
        )


def _bound_to(key_id: str) -> bytes:
    """KMS authenticates this with the ciphertext, so that it does not open under another id."""
    return f"notion-gateway-key={key_id}".encode()


def _key_of(version: str) -> str | None:
    found = _VERSION.fullmatch(version)
    return found and found[1]


def _checksum(data: bytes) -> int:
    return int(google_crc32c.value(data))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def _see_that_it_arrived(*checks: bool) -> None:
    """Google asks its clients to compare checksums both ways, for TLS ends before KMS does."""
    if not all(checks):
        raise KeyServiceUnavailable(
            "Google Cloud KMS and this gateway did not receive what the other one sent: the"
            " checksums differ"
        )


@contextmanager
def _in_plain_words(of_arguments: str = _NOT_ITS_OWN) -> Generator[None]:
    """Only the kind of a fault is told: what Google says about it is for Google's own logs."""
    try:
        yield
    except exceptions.GoogleAPICallError as fault:
        status = _status(fault)
        if status in _PASSING or (fault.code or 0) >= _SERVER_ERROR:
            raise KeyServiceUnavailable(
                f"Google Cloud KMS cannot answer just now ({status})"
            ) from None
        told = of_arguments if status == "INVALID_ARGUMENT" else _REFUSED.get(status)
        raise KeyringError(told or f"Google Cloud KMS refuses ({status})") from None
    except auth_exceptions.DefaultCredentialsError:
        raise KeyringError(f"there are no Google credentials. {_NO_CREDENTIALS}") from None
    except (
        auth_exceptions.TransportError,
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
    ) as fault:
        raise KeyServiceUnavailable(
            f"Google Cloud KMS cannot be reached ({type(fault).__name__})"
        ) from None
    except json_format.Error:
        raise KeyServiceUnavailable("what answers is not Google Cloud KMS") from None
    except auth_exceptions.GoogleAuthError as fault:
        if getattr(fault, "retryable", False):
            raise KeyServiceUnavailable(
                f"Google gives no access token just now ({type(fault).__name__})"
            ) from None
        raise KeyringError(_NO_CREDENTIALS) from None
    except (exceptions.GoogleAPIError, requests.RequestException, ValueError, OSError) as fault:
        raise KeyringError(f"Google's settings cannot be used ({type(fault).__name__})") from None


def _status(fault: exceptions.GoogleAPICallError) -> str:
    """Google's own word for it: of HTTP's 400 alone there are two. Else the number."""
    response: Any = getattr(fault, "response", None)
    try:
        said: Any = response.json()["error"]["status"]
    except (AttributeError, KeyError, TypeError, ValueError):
        said = None
    return said if isinstance(said, str) else str(fault.code)
