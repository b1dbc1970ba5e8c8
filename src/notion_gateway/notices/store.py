"""Webhooks of spaces, in SQL; the secret that one signs with is sealed like a token."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import sqlalchemy as sa

from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import InvalidRequest, SecretUnreadable
from notion_gateway.kernel.randomness import random_bytes, random_identifier
from notion_gateway.kernel.secret import Secret
from notion_gateway.notices.rules.addresses import mail_address
from notion_gateway.notices.rules.messages import Kind
from notion_gateway.storage.database import Database
from notion_gateway.storage.event_streams import InTransaction
from notion_gateway.storage.schema.access import spaces
from notion_gateway.storage.schema.notices import webhook_deliveries, webhooks
from notion_gateway.vault.sealed import SecretContext
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault

MAX_OF_SPACE: Final = 10
_SECRET_BYTES: Final = 32  # Standard Webhooks, "Signature scheme": 24 to 64
FIELD: Final = "webhook_secret"


@dataclass(frozen=True, slots=True)
class Webhook:
    """``kinds``: of which messages, empty for all. ``created_at`` in seconds since 1970."""

    webhook_id: str
    space_id: str
    url: str
    kinds: Sequence[Kind]
    secret_id: str
    created_at: float
    created_by: str


@final
@dataclass(frozen=True)
class WebhookStore:
    """Every method raises StoreUnavailable."""

    database: Database
    vault: Vault
    secrets: SecretsTable
    clock: Clock

    async def add(
        self,
        space_id: str,
        url: str,
        kinds: Sequence[Kind],
        created_by: str,
        only_if: InTransaction | None = None,
    ) -> tuple[Webhook, Secret | None]:
        """With a new secret, ``whsec_…``, but for one of e-mail, which is not signed. Raises
        InvalidRequest where the space has as many as it may have, and what ``only_if`` raises in
        the same transaction.
        """
        secret = _new_secret() if mail_address(url) is None else None
        webhook = Webhook(
            webhook_id=random_identifier(),
            space_id=space_id,
            url=url,
            kinds=kinds,
            secret_id="" if secret is None else random_identifier(),
            created_at=self.clock.timestamp(),
            created_by=created_by,
        )
        sealed = [] if secret is None else [self.vault.seal(secret, _context(webhook))]
        mine = webhooks.c.space_id == space_id
        counted = sa.select(sa.func.count()).select_from(webhooks).where(mine)
        async with self.database.writing() as connection:
            if only_if is not None:
                await only_if(connection)
            if (await connection.execute(counted)).scalar_one() >= MAX_OF_SPACE:
                raise InvalidRequest(
                    f"A space has {MAX_OF_SPACE} webhooks at most: remove one first."
                )
            await connection.execute(sa.insert(webhooks), _row(webhook))
            for step in self.secrets.replaced(sealed, [], space_id):
                await step.take(connection)
        return webhook, secret

    async def of_space(self, space_id: str) -> Sequence[Webhook]:
        """The oldest first."""
        order = (webhooks.c.created_at, webhooks.c.webhook_id)
        query = sa.select(webhooks).where(webhooks.c.space_id == space_id).order_by(*order)
        async with self.database.reading() as connection:
            return [_webhook(row) for row in (await connection.execute(query)).all()]

    async def find(self, space_id: str, webhook_id: str) -> Webhook | None:
        query = sa.select(webhooks).where(_one(space_id, webhook_id))
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _webhook(row)

    async def secret(self, webhook: Webhook) -> Secret:
        """Raises SecretUnreadable."""
        sealed = await self.secrets.get(webhook.secret_id, webhook.space_id)
        if sealed is None or sealed.context != _context(webhook):
            raise SecretUnreadable(f"Secret {webhook.secret_id} is missing from the vault.")
        return self.vault.open(sealed)

    async def remove(self, space_id: str, webhook_id: str) -> bool:
        """With its secret, and all that was or is to be told to it; False where there is none."""
        gone = sa.delete(webhooks).where(_one(space_id, webhook_id)).returning(webhooks.c.secret_id)
        told = webhook_deliveries.c
        async with self.database.writing() as connection:
            secret_id = (await connection.execute(gone)).scalar_one_or_none()
            if secret_id is None:
                return False
            theirs = (told.webhook_id == webhook_id) & (told.space_id == space_id)
            await connection.execute(sa.delete(webhook_deliveries).where(theirs))
            for step in self.secrets.replaced([], [secret_id] if secret_id else [], space_id):
                await step.take(connection)
        await self.secrets.scrub()
        return True

    async def name_of(self, space_id: str) -> str | None:
        """A space's name, None where it has none."""
        query = sa.select(spaces.c.name).where(spaces.c.space_id == space_id)
        async with self.database.reading() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def spaces(self) -> Sequence[str]:
        """Those that have any."""
        query = sa.select(webhooks.c.space_id).distinct().order_by(webhooks.c.space_id)
        async with self.database.reading() as connection:
            return (await connection.scalars(query)).all()


def _new_secret() -> Secret:
    return Secret(f"whsec_{base64.b64encode(random_bytes(_SECRET_BYTES)).decode()}")


def _one(space_id: str, webhook_id: str) -> sa.ColumnElement[bool]:
    return (webhooks.c.space_id == space_id) & (webhooks.c.webhook_id == webhook_id)


def _context(webhook: Webhook) -> SecretContext:
    return SecretContext(webhook.secret_id, webhook.space_id, webhook.webhook_id, FIELD)


def _row(webhook: Webhook) -> dict[str, object]:
    return {
        "webhook_id": webhook.webhook_id,
        "space_id": webhook.space_id,
        "url": webhook.url,
        "kinds": "".join(f",{one}" for one in webhook.kinds) + ("," if webhook.kinds else ""),
        "secret_id": webhook.secret_id,
        "created_at": webhook.created_at,
        "created_by": webhook.created_by,
    }


def _webhook(row: sa.Row[Any]) -> Webhook:
    # A kind of a newer version is nobody's here: it is told by gateways that know it.
    named = [one for one in row.kinds.split(",") if one in tuple(Kind)]
    return Webhook(
        webhook_id=row.webhook_id,
        space_id=row.space_id,
        url=row.url,
        kinds=[Kind(one) for one in named],
        secret_id=row.secret_id,
        created_at=row.created_at,
        created_by=row.created_by,
    )
