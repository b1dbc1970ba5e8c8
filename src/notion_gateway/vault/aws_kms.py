"""AWS KMS as a key service, through boto3, which the extra ``aws-kms`` brings.

Region, credentials and endpoint are AWS's own settings, as boto3 finds them: its environment
variables, its files, or the machine's role.
"""

import base64
import binascii
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, final

from boto3.session import Session
from botocore import exceptions
from botocore.config import Config

from notion_gateway.vault.keyring import KeyringError, KeyServiceUnavailable
from notion_gateway.vault.vault import EncryptionKey

_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 5.0
_SERVER_ERROR = 500

_NOT_ITS_OWN = (
    "is not what AWS KMS wrapped for this id: it was wrapped under another id, cut off or altered."
    " Give it as `notion-gateway keys generate` printed it"
)
_NO_CREDENTIALS = (
    "AWS does not accept these credentials. Give this machine a role, or set AWS_ACCESS_KEY_ID and"
    " AWS_SECRET_ACCESS_KEY"
)
_UNUSABLE = "the key of AWS KMS is disabled, or about to be deleted. Enable it again"
_REFUSED: Mapping[str, str] = {
    "AccessDeniedException": (
        "AWS KMS denies access. Allow this identity kms:Decrypt with the key (and kms:Encrypt, to"
        " make one); a key that was deleted or is in another account is refused in the same way"
    ),
    "InvalidCiphertextException": _NOT_ITS_OWN,
    "IncorrectKeyException": _NOT_ITS_OWN,
    "NotFoundException": (
        "AWS KMS has no such key in this region. Look at the key's id and at AWS_REGION"
    ),
    "DisabledException": _UNUSABLE,
    "KMSInvalidStateException": _UNUSABLE,
    "InvalidKeyUsageException": "that key of AWS KMS does not encrypt. Take a symmetric one",
    **dict.fromkeys(
        (
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "UnrecognizedClientException",
        ),
        _NO_CREDENTIALS,
    ),
}
_PASSING = frozenset(
    {
        "DependencyTimeoutException",
        "KMSInternalException",
        "KeyUnavailableException",
        "LimitExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
    }
)


@final
class AwsKms:
    def __init__(self) -> None:
        """Raises KeyringError where AWS's settings name no region, or cannot be used."""
        with _in_plain_words():
            self._client: Any = Session().client(  # pyright: ignore[reportUnknownMemberType]
                "kms",
                # boto3 itself reads AWS_DEFAULT_REGION only.
                region_name=os.environ.get("AWS_REGION") or None,
                config=Config(
                    connect_timeout=_CONNECT_SECONDS,
                    read_timeout=_ANSWER_SECONDS,
                    retries={"total_max_attempts": 1},  # who asks tries again
                ),
            )

    def wrap(self, key: EncryptionKey, under: str) -> str:
        with _in_plain_words():
            answer = self._client.encrypt(
                KeyId=under, Plaintext=key.material, EncryptionContext=_bound_to(key.id)
            )
        return base64.urlsafe_b64encode(answer["CiphertextBlob"]).decode()

    def unwrap(self, key_id: str, wrapped: str) -> bytes:
        try:
            blob = base64.b64decode(wrapped.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise KeyringError(_NOT_ITS_OWN) from None
        with _in_plain_words():
            answer = self._client.decrypt(CiphertextBlob=blob, EncryptionContext=_bound_to(key_id))
        return answer["Plaintext"]


def _bound_to(key_id: str) -> Mapping[str, str]:
    """KMS authenticates this with the ciphertext, so that it does not open under another id. It
    stands in CloudTrail in the open.
    """
    return {"notion-gateway-key": key_id}


@contextmanager
def _in_plain_words() -> Generator[None]:
    """Only the kind of a fault is told: what AWS says about it is for AWS's own logs."""
    try:
        yield
    except exceptions.ClientError as fault:
        answer: Mapping[str, Any] = fault.response
        code = str(answer.get("Error", {}).get("Code", ""))
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _PASSING or status >= _SERVER_ERROR:
            raise KeyServiceUnavailable(f"AWS KMS cannot answer just now ({code})") from None
        raise KeyringError(_REFUSED.get(code, f"AWS KMS refuses ({code})")) from None
    except exceptions.NoRegionError:
        raise KeyringError("no AWS region is named. Set AWS_REGION") from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
        raise KeyringError(f"there are no AWS credentials. {_NO_CREDENTIALS}") from None
    except (
        exceptions.ConnectionError,
        exceptions.HTTPClientError,
        exceptions.CredentialRetrievalError,
    ) as fault:
        raise KeyServiceUnavailable(f"AWS KMS cannot be reached ({type(fault).__name__})") from None
    except (exceptions.BotoCoreError, ValueError) as fault:
        raise KeyringError(f"AWS's settings cannot be used ({type(fault).__name__})") from None
