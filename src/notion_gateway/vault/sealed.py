"""A sealed secret as JSON, for stores without columns of their own for it."""

import base64
from typing import Any

from notion_gateway.ports import SealedSecret, SecretContext


def to_json(sealed: SealedSecret) -> dict[str, Any]:
    context = sealed.context
    return {
        "context": [context.secret_id, context.space_id, context.process_id, context.field],
        "schema_version": sealed.schema_version,
        "key_id": sealed.key_id,
        "wrapped_key": base64.b64encode(sealed.wrapped_key).decode(),
        "ciphertext": base64.b64encode(sealed.ciphertext).decode(),
    }


def from_json(document: dict[str, Any]) -> SealedSecret:
    secret_id, space_id, process_id, field = document["context"]
    return SealedSecret(
        context=SecretContext(secret_id, space_id, process_id, field),
        schema_version=document["schema_version"],
        key_id=document["key_id"],
        wrapped_key=base64.b64decode(document["wrapped_key"]),
        ciphertext=base64.b64decode(document["ciphertext"]),
    )
