"""State that is remembered across a redirect: sealed, for one use, for a few minutes."""

import hashlib
from datetime import datetime
from typing import Generic, TypeVar, final

import structlog

from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.kernel.one_use_state import OneUseState
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.one_use_records import OneUseRecords
from notion_gateway.vault.sealed import SecretContext, from_json, to_json
from notion_gateway.vault.vault import Vault

log = structlog.stdlib.get_logger()

T = TypeVar("T", bound=OneUseState)


@final
class SealedStates(Generic[T]):
    """``purpose`` is bound into each seal, so that one kind of state is never read as another."""

    def __init__(self, records: OneUseRecords, vault: Vault, kind: type[T], purpose: str) -> None:
        self._records = records
        self._vault = vault
        self._kind = kind
        self._purpose = purpose

    async def put(self, name: str, state: T) -> None:
        """``name`` is random and known to whoever may take it. Raises StoreUnavailable."""
        key = _key(name)
        sealed = self._vault.seal(Secret(state.model_dump_json()), self._context(key))
        await self._records.put(key, to_json(sealed), state.expires_at)

    async def take(self, name: str, now: datetime) -> T | None:
        """To one caller only; None when it is unknown, taken, expired, or was altered.

        Raises StoreUnavailable.
        """
        key = _key(name)
        document = await self._records.take(key, now)
        if document is None:
            return None
        try:
            sealed = from_json(document)
            if sealed.context != self._context(key):
                return None
            state = self._kind.model_validate_json(self._vault.open(sealed).reveal())
        except (SecretUnreadable, ValueError, TypeError, LookupError) as fault:
            # As if it had never been there: the person begins again.
            log.warning("state_unreadable", purpose=self._purpose, fault=type(fault).__name__)
            return None
        return state if now < state.expires_at else None

    def _context(self, key: str) -> SecretContext:
        return SecretContext(secret_id=key, space_id="", process_id="", field=self._purpose)


def _key(name: str) -> str:
    """States are looked up by hash: neither a stolen database nor timing reveals one."""
    return hashlib.sha256(name.encode()).hexdigest()
