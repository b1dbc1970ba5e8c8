"""A sealed secret as a value: where it belongs, which key wraps it, and its form as JSON."""

import base64
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SecretContext:
    """Where a secret belongs. Bound into its seal: in any other place it does not open.

    ``space_id``: of a grant's secrets the grant's id, which is the space's for the shared one.
    """

    secret_id: str
    space_id: str
    process_id: str
    field: str


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret as it is stored: its data key wrapped by the key ``key_id``, and itself."""

    context: SecretContext
    schema_version: int
    key_id: str
    wrapped_key: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


def to_json(sealed: SealedSecret) -> dict[str, Any]:
    """For stores without columns of their own for it."""
    context = sealed.context
    return {
        "context": [context.secret_id, context.space_id, context.process_id, context.field],
        "schema_version": sealed.schema_version,
        "key_id": sealed.key_id,
        "wrapped_key": base64.b64encode(sealed.wrapped_key).decode(),
        "ciphertext": base64.b64encode(sealed.ciphertext).decode(),
    }


def from_json(document: dict[str, Any]) -> SealedSecret:
    """Raises ValueError, TypeError or LookupError for what :func:`to_json` did not make."""
    secret_id, space_id, process_id, place = document["context"]
    return SealedSecret(
        context=SecretContext(secret_id, space_id, process_id, place),
        schema_version=document["schema_version"],
        key_id=document["key_id"],
        wrapped_key=base64.b64decode(document["wrapped_key"]),
        ciphertext=base64.b64decode(document["ciphertext"]),
    )
