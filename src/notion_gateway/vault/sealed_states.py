"""State that is remembered across a redirect: sealed, for one use, for a few minutes."""

import hashlib
from datetime import datetime
from typing import Any, Generic, TypeVar, final

import structlog

from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.kernel.one_use_state import OneUseState
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.one_use_records import OneUseRecords, Record
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
        await self._records.put(self.record(name, state))

    def record(self, name: str, state: T) -> Record:
        """What ``put`` would store; another ``take`` may leave it behind."""
        key = _key(name)
        sealed = self._vault.seal(Secret(state.model_dump_json()), self._context(key))
        return Record(key, to_json(sealed), state.expires_at)

    async def take(self, name: str, now: datetime, leaving: Record | None = None) -> T | None:
        """To one caller only; None when it is unknown, taken, expired, or was altered.
        ``leaving`` is put in the same step where there was one to take.

        Raises StoreUnavailable.
        """
        return self._opened(name, await self._records.take(_key(name), now, leaving), now)

    async def look(self, name: str, now: datetime) -> T | None:
        """The same without taking it. Raises StoreUnavailable."""
        return self._opened(name, await self._records.look(_key(name), now), now)

    async def replace(self, name: str, state: T) -> None:
        """One that is there still. Raises StoreUnavailable."""
        await self._records.replace(self.record(name, state))

    def _opened(self, name: str, document: dict[str, Any] | None, now: datetime) -> T | None:
        if document is None:
            return None
        try:
            sealed = from_json(document)
            if sealed.context != self._context(_key(name)):
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
