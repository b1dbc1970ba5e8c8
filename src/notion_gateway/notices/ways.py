"""How a message gets to whom it is for: signed to an address of the web, or by e-mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, final

from notion_gateway.kernel.secret import Secret
from notion_gateway.notices.deliveries import Delivery
from notion_gateway.notices.mail_sender import MailSender
from notion_gateway.notices.outbox import OPERATORS, OPERATORS_MAIL
from notion_gateway.notices.rules.addresses import Allowed, mail_address
from notion_gateway.notices.rules.mails import Reader, is_of_own_grant, mail_of
from notion_gateway.notices.rules.retries import Failure
from notion_gateway.notices.sender import Attempt, WebhookSender
from notion_gateway.notices.store import Webhook, WebhookStore

_OF_A_SPACE: Final = (
    "You are told because an owner of the space has named this address. To end that, an owner"
    " calls for this space: notion-gateway webhooks remove {}"
)
_OF_THE_OPERATOR: Final = "You are told of every space, because GATEWAY_SMTP_TO names this address."


@dataclass(frozen=True, slots=True)
class OperatorsWebhook:
    url: str
    secret: Secret


class Page(Protocol):
    def __call__(self, space_id: str, *, is_own: bool) -> str:
        """Where people connect a space, or their own Notion in it."""
        ...


@final
@dataclass(frozen=True)
class Ways:
    """``operators``, ``operators_mail``: what the settings name."""

    store: WebhookStore
    web: WebhookSender
    mail: MailSender | None
    allowed: Allowed
    page: Page
    operators: OperatorsWebhook | None = None
    operators_mail: str | None = None

    async def deliver(self, one: Delivery) -> Attempt:
        """Raises SecretUnreadable and StoreUnavailable."""
        if one.webhook_id == OPERATORS_MAIL:
            return await self._to_operators_mail(one)
        if one.webhook_id == OPERATORS:
            if self.operators is None:  # another gateway's settings may name it still
                return Attempt(failure=Failure.ADDRESS_NOT_ALLOWED)
            url, secret = self.operators.url, self.operators.secret
            return await self.web.send(url, secret, one.delivery_id, one.payload)
        webhook = await self.store.find(one.space_id, one.webhook_id)
        if webhook is None:  # removed just now, and the message with it
            return Attempt(failure=Failure.UNREACHABLE)
        return await self.send(webhook, one.delivery_id, one.payload)

    async def send(self, webhook: Webhook, message_id: str, payload: Mapping[str, Any]) -> Attempt:
        """Raises SecretUnreadable and StoreUnavailable."""
        address = mail_address(webhook.url)
        if address is None:
            secret = await self.store.secret(webhook)
            return await self.web.send(webhook.url, secret, message_id, payload)
        if self.mail is not None and self.allowed.refusal(webhook.url) is not None:
            return Attempt(failure=Failure.ADDRESS_NOT_ALLOWED)  # the settings have changed
        why = _OF_A_SPACE.format(webhook.webhook_id)
        return await self._by_mail(address, webhook.space_id, message_id, payload, why)

    async def _to_operators_mail(self, one: Delivery) -> Attempt:
        if self.operators_mail is None:  # as above
            return Attempt(failure=Failure.ADDRESS_NOT_ALLOWED)
        address, why = self.operators_mail, _OF_THE_OPERATOR
        return await self._by_mail(address, one.space_id, one.delivery_id, one.payload, why)

    async def _by_mail(
        self, address: str, space_id: str, message_id: str, payload: Mapping[str, Any], why: str
    ) -> Attempt:
        if self.mail is None:
            return Attempt(failure=Failure.MAIL_OFF)
        name = await self.store.name_of(space_id)
        reader = Reader(self.page(space_id, is_own=is_of_own_grant(payload)), why)
        return await self.mail.send(address, message_id, mail_of(payload, name, reader))
