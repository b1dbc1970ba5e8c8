"""Messages are written down with what they tell of: in one transaction, or not at all.

So a process that is killed loses none, and none tells of what did not happen. A space without a
webhook costs one statement for each such event, and no row.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.space_events import SpaceEvent
from notion_gateway.catalogue.rules.changes import Change
from notion_gateway.integration.rules.events import Event
from notion_gateway.integration.rules.grant_ids import space_of
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.notices.rules.messages import Message, of_grant, of_members, of_tools
from notion_gateway.notices.rules.retries import GIVEN_UP_AFTER_SECONDS, Progress
from notion_gateway.storage.rows import upsert
from notion_gateway.storage.schema.notices import webhook_deliveries, webhooks

OPERATORS: Final = "operator"
OPERATORS_MAIL: Final = "operator_mail"
"""The ids of those that the settings name. No other has one without a dash."""

_COLUMNS: Final = (
    "delivery_id",
    "webhook_id",
    "space_id",
    "kind",
    "key",
    "payload",
    "created_at",
    "progress",
    "attempts",
    "next_at",
    "give_up_at",
    "claim",
)


@final
@dataclass(frozen=True)
class Outbox:
    """``operators``: the ids of those that the settings name, who are told of every space.
    ``wrote`` is set once something was written, in a transaction that is about to end.
    """

    clock: Clock
    operators: Sequence[str] = ()
    wrote: asyncio.Event = field(default_factory=asyncio.Event)

    async def of_grant(
        self, connection: AsyncConnection, grant_id: str, version: int, events: Sequence[Event]
    ) -> None:
        """In the transaction that appends ``events`` after ``version``."""
        await self.put(connection, space_of(grant_id), of_grant(grant_id, version, events))

    async def of_members(
        self,
        connection: AsyncConnection,
        space_id: str,
        version: int,
        events: Sequence[SpaceEvent],
    ) -> None:
        """As ``of_grant``, of who belongs to a space."""
        await self.put(connection, space_id, of_members(version, events))

    async def of_tools(
        self,
        connection: AsyncConnection,
        grant_id: str,
        process_id: str,
        version: int,
        changes: Sequence[Change],
    ) -> None:
        """In the transaction that records what has changed in a grant's tools."""
        message = of_tools(grant_id, process_id, version, changes, self.clock.now())
        await self.put(connection, space_of(grant_id), [message])

    async def put(
        self, connection: AsyncConnection, space_id: str, messages: Iterable[Message]
    ) -> int:
        """For each webhook that wants them, and has not got them yet; how many were written."""
        written = 0
        for message in messages:
            row = self._row(space_id, message)
            found = await connection.execute(_for_webhooks(connection, row))
            written += found.rowcount
            for webhook_id in self.operators:
                own = {
                    "delivery_id": f"{row['delivery_id']}_{webhook_id}",
                    "webhook_id": webhook_id,
                }
                new = upsert(connection.dialect.name, webhook_deliveries).values(row | own)
                written += (await connection.execute(new.on_conflict_do_nothing())).rowcount
        if written:
            self.wrote.set()
        return written

    def _row(self, space_id: str, message: Message) -> dict[str, object]:
        now = self.clock.timestamp()
        return {
            "delivery_id": f"msg_{random_identifier()}",
            "webhook_id": "",
            "space_id": space_id,
            "kind": message.kind.value,
            "key": message.key,
            "payload": message.payload(space_id),
            "created_at": now,
            "progress": Progress.PENDING.value,
            "attempts": 0,
            "next_at": now,
            "give_up_at": now + GIVEN_UP_AFTER_SECONDS,
            "claim": "",
        }


def _for_webhooks(connection: AsyncConnection, row: dict[str, object]) -> sa.Insert:
    """A row for each webhook of the space; its id and the message's together name it."""
    kinds = webhooks.c.kinds
    given = {
        name: sa.literal(row[name], webhook_deliveries.c[name].type).label(name)
        for name in _COLUMNS
    }
    given["delivery_id"] = (
        sa.literal(f"{row['delivery_id']}_", sa.Text) + webhooks.c.webhook_id
    ).label("delivery_id")
    given["webhook_id"] = webhooks.c.webhook_id.label("webhook_id")
    wanting = (
        sa.select(*given.values())
        .where(webhooks.c.space_id == row["space_id"])
        .where((kinds == "") | kinds.contains(f",{row['kind']},", autoescape=True))
    )
    new = upsert(connection.dialect.name, webhook_deliveries)
    return new.from_select(list(_COLUMNS), wanting).on_conflict_do_nothing()
