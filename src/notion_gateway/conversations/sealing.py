"""Seals what one person has said in one space.

The key is that person's alone, and lies among the other secrets, sealed by the vault: when the
vault's keys change, that one row is sealed anew and no message has to be; and where it is
destroyed, what was sealed with it is nothing any more, in backups too that come without it.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final, final

from notion_gateway.conversations.rules import Owner
from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.kernel.randomness import random_bytes
from notion_gateway.kernel.secret import Secret
from notion_gateway.vault.sealed import SecretContext
from notion_gateway.vault.sealed_text import SealedText

_KEY_BYTES: Final = 32
FIELD: Final = "conversations_key"


def new_key() -> Secret:
    return Secret(base64.b64encode(random_bytes(_KEY_BYTES)).decode())


def context_of(owner: Owner, secret_id: str) -> SecretContext:
    """Where the key belongs: opened for anybody else, it fails."""
    return SecretContext(secret_id, owner.space_id, owner.user_id, FIELD)


@final
class Seal:
    """``place`` is part of the seal: a conversation's id, and a message's in it. What lies in
    another row, or is another person's, does not open.
    """

    def __init__(self, owner: Owner, key: Secret) -> None:
        material = base64.b64decode(key.reveal())
        self._text = SealedText(lambda: [material])
        self._owner = owner

    def close(self, content: Mapping[str, Any], *place: str) -> str:
        written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return self._text.seal(self._purpose(place), written)

    def open(self, sealed: str, *place: str) -> dict[str, Any]:
        """Raises SecretUnreadable."""
        text = self._text.open(self._purpose(place), sealed)
        if text is None:
            raise SecretUnreadable(
                "A conversation does not open: it was altered or moved. Restore it from a backup,"
                " or delete it."
            )
        content: dict[str, Any] = json.loads(text)
        return content

    def _purpose(self, place: tuple[str, ...]) -> str:
        return json.dumps(["conversation", self._owner.space_id, self._owner.user_id, *place])
