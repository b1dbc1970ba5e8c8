"""Conversations that are not there, and decisions that come late."""

from notion_gateway.kernel.errors import GatewayError, Reason


class ConversationUnknown(GatewayError):
    """There is no such conversation of yours in this space: it was deleted, or never saved here."""

    reason = Reason.CONVERSATION_UNKNOWN


class ShareUnknown(GatewayError):
    """No conversation is shared here under this name: whoever shared it has ended that, deleted
    the conversation, or left the space. Ask them for it.
    """

    reason = Reason.SHARE_UNKNOWN


class ApprovalDecided(GatewayError):
    """That was decided before, on another page or device: this decision does not count, and ran
    nothing.
    """

    reason = Reason.APPROVAL_DECIDED
