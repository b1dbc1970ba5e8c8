"""Spaces with a long past, written straight into the database: a year of renewals takes a year."""

from datetime import datetime, timedelta
from typing import final

import sqlalchemy as sa

from notion_gateway.integration.rules.events import (
    Authorized,
    Client,
    Event,
    Grant,
    RefreshStarted,
    TokenPair,
    TokenRefreshed,
)
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.events import to_record
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.events import events
from notion_gateway.vault.sealed import SealedSecret

_DAY = 86_400
_AT_ONCE = 1_000


@final
class Later:
    """Another clock, ahead of it by what was skipped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = timedelta()

    def skip(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def timestamp(self) -> float:
        return self.now().timestamp()


async def plant_history(
    database: Database, store: IntegrationStore, space_id: str, issuer: str, *, renewals: int
) -> None:
    """A consent and so many renewals after it; the newest pair is stored, and good for a day."""
    grant = Grant(
        process_id=f"process-{space_id}",
        issuer=issuer,
        resource=f"{issuer}/mcp",
        client=Client(client_id="bench"),
        authorized_by="bench-user",
    )
    history: list[Event] = []
    pair, sealed = _pair(store, space_id, grant, renewals)
    history.append(Authorized(at=pair.issued_at, grant=grant, tokens=pair))
    for back in range(renewals - 1, -1, -1):
        old, (pair, sealed) = pair, _pair(store, space_id, grant, back)
        at, process_id, sha256 = pair.issued_at, grant.process_id, old.refresh_token_sha256
        history += (
            RefreshStarted(at=at, process_id=process_id, refresh_token_sha256=sha256),
            TokenRefreshed(at=at, process_id=process_id, tokens=pair, redeemed_sha256=sha256),
        )
    rows = [
        {
            "stream": f"notion-integration/{space_id}",
            "version": version,
            "type": event.type,
            "data": to_record(event),
        }
        for version, event in enumerate(history, start=1)
    ]
    async with database.writing() as connection:
        for first in range(0, len(rows), _AT_ONCE):
            await connection.execute(sa.insert(events), rows[first : first + _AT_ONCE])
        for step in store.events.secrets.replaced(sealed, (), space_id):
            await step.take(connection)


def _pair(
    store: IntegrationStore, space_id: str, grant: Grant, back: int
) -> tuple[TokenPair, list[SealedSecret]]:
    issued = Issued(Secret(f"access-{back}"), Secret(f"refresh-{back}"), _DAY)
    issued_at = store.now() - timedelta(hours=back)
    return store.seal_pair(space_id, grant.process_id, issued, issued_at=issued_at)
