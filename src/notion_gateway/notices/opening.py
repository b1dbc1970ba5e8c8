"""Opens what tells people's own programs what happens to a connection."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from notion_gateway.access.rules.sign_in import connect_path
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.secret import Secret
from notion_gateway.notices.deliveries import Deliveries
from notion_gateway.notices.delivering import Delivering
from notion_gateway.notices.invitation_mails import InvitationMails, JoinPage
from notion_gateway.notices.mail_sender import Login, MailSender, greeting_name
from notion_gateway.notices.outbox import OPERATORS, OPERATORS_MAIL, Outbox
from notion_gateway.notices.rules.addresses import Allowed, unsuitable
from notion_gateway.notices.sender import WebhookSender
from notion_gateway.notices.spent_budgets import SpentBudgets
from notion_gateway.notices.store import WebhookStore
from notion_gateway.notices.warnings import Warnings
from notion_gateway.notices.ways import OperatorsWebhook, Page, Ways
from notion_gateway.settings import ConfigurationError, Settings
from notion_gateway.storage.opening import Storage
from notion_gateway.storage.used_once import UsedOnce
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Notices:
    store: WebhookStore
    deliveries: Deliveries
    ways: Ways
    delivering: Delivering
    warnings: Warnings
    spent_budgets: SpentBudgets
    invitation_mails: InvitationMails
    clock: Clock


def open_outbox(settings: Settings, clock: Clock) -> Outbox:
    """What writes messages down, for the features in which things happen."""
    named = {
        OPERATORS: settings.gateway_webhook_url,
        OPERATORS_MAIL: settings.gateway_smtp_to,
    }
    return Outbox(clock, [name for name, address in named.items() if address is not None])


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
        mail, allowed = _mail(settings, clock), Allowed(allow_private, settings.mail_domains)
        ways = Ways(
            store=store,
            web=WebhookSender(session, clock, allow_private),
            mail=mail,
            allowed=allowed,
            page=_page(settings),
            operators=operators,
            operators_mail=settings.gateway_smtp_to,
        )
        yield Notices(
            store=store,
            deliveries=deliveries,
            ways=ways,
            delivering=Delivering(deliveries, ways, clock, outbox.wrote),
            warnings=Warnings(database, IntegrationEvents(database), store, outbox, clock),
            spent_budgets=SpentBudgets(database, outbox),
            invitation_mails=InvitationMails(
                store, mail, _join_page(settings), allowed, UsedOnce(database), clock
            ),
            clock=clock,
        )


def _page(settings: Settings) -> Page:
    """The front end's page of the space's integrations; where there is no front end, the gateway's
    own page, which MCP clients lead people to.
    """
    site = settings.notion_mcp_return_base_url

    def page(space_id: str, *, is_own: bool) -> str:
        if site is None:
            return f"{settings.public_url}{connect_path(space_id, is_own=is_own)}"
        return f"{site.rstrip('/')}/s/{quote(space_id, safe='')}/integrations"

    return page


def _join_page(settings: Settings) -> JoinPage | None:
    """The front end's: without one, nobody could join by a link of a mail."""
    site = settings.notion_mcp_return_base_url
    if site is None:
        return None

    def page(space_id: str, secret: Secret) -> str:
        # Behind the #, which browsers send to nobody.
        named = f"{quote(space_id, safe='')}#{quote(secret.reveal(), safe='')}"
        return f"{site.rstrip('/')}/join/{named}"

    return page


def _mail(settings: Settings, clock: Clock) -> MailSender | None:
    host, sender = settings.gateway_smtp_host, settings.gateway_smtp_from
    if host is None or sender is None:
        return None
    user, password = settings.gateway_smtp_user, settings.gateway_smtp_password
    login = Login(user, Secret(password.get_secret_value())) if user and password else None
    return MailSender(
        host=host,
        port=settings.smtp_port,
        tls=settings.gateway_smtp_tls,
        login=login,
        sender=sender,
        here=greeting_name(urlsplit(settings.public_url).hostname or "localhost"),
        clock=clock,
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
