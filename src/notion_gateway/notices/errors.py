"""What is wrong with a webhook."""

from notion_gateway.kernel.errors import GatewayError, Reason


class AddressNotAllowed(GatewayError):
    """Nothing is sent to that address: name a public one that begins with https."""

    reason = Reason.ADDRESS_NOT_ALLOWED


class NoSuchWebhook(GatewayError):
    """This space has no such webhook, or no such message for it."""

    reason = Reason.WEBHOOK_UNKNOWN
