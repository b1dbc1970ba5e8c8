"""Why a call cannot be recorded."""

from notion_gateway.kernel.errors import GatewayError, Reason


class AuditUnavailable(GatewayError):
    """Calls have to be recorded here, and the record cannot be written just now. Try again in a
    moment; nothing was sent to Notion.
    """

    reason = Reason.AUDIT_UNAVAILABLE
