"""Opens what tells people's own programs what happens to a connection."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.secret import Secret
from notion_gateway.notices.deliveries import Deliveries
from notion_gateway.notices.delivering import Delivering, OperatorsWebhook
from notion_gateway.notices.outbox import Outbox
from notion_gateway.notices.rules.addresses import unsuitable
from notion_gateway.notices.sender import WebhookSender
from notion_gateway.notices.store import WebhookStore
from notion_gateway.notices.warnings import Warnings
from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.opening import Storage
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Notices:
    """``allow_private``: whether owners may name addresses of the gateway's own network."""

    store: WebhookStore
    deliveries: Deliveries
    sender: WebhookSender
    delivering: Delivering
    warnings: Warnings
    clock: Clock
    allow_private: bool


def open_outbox(settings: Settings, clock: Clock) -> Outbox:
    """What writes messages down, for the features in which things happen."""
    return Outbox(clock, has_operators=settings.gateway_webhook_url is not None)


@asynccontextmanager
async def open_notices(
    settings: Settings, storage: Storage, vault: Vault, outbox: Outbox
) -> AsyncGenerator[Notices]:
    """Raises ConfigurationError where the settings name a webhook that nothing may be sent to."""
    allow_private = settings.gateway_webhook_allow_private_addresses
    operators = _operators(settings, allow_private=allow_private)
    database, clock = storage.database, storage.clock
    store = WebhookStore(database, vault, SecretsTable(database), clock)
    deliveries = Deliveries(database)
    async with http_session(allow_private=allow_private, egress=settings.egress) as session:
        sender = WebhookSender(session, clock, allow_private)
        yield Notices(
            store=store,
            deliveries=deliveries,
            sender=sender,
            delivering=Delivering(deliveries, store, sender, clock, outbox.wrote, operators),
            warnings=Warnings(database, IntegrationEvents(database), store, outbox, clock),
            clock=clock,
            allow_private=allow_private,
        )


def _operators(settings: Settings, *, allow_private: bool) -> OperatorsWebhook | None:
    url, secret = settings.gateway_webhook_url, settings.gateway_webhook_secret
    if url is None or secret is None:
        return None
    if (fault := unsuitable(url, allow_private=allow_private)) is not None:
        raise ConfigurationError(
            f"GATEWAY_WEBHOOK_URL {fault}. If that is meant, set"
            " GATEWAY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES=1."
        )
    return OperatorsWebhook(url, Secret(secret.get_secret_value()))
