"""What a space's policy refuses, and what is wrong with one."""

from notion_gateway.kernel.errors import GatewayError, Reason


class BlockedByPolicy(GatewayError):
    """The policy of this space does not allow that. Do without it, or ask an owner."""

    reason = Reason.BLOCKED_BY_POLICY


class ApprovalRequired(GatewayError):
    """The policy of this space wants a person to approve that, and nobody could be asked."""

    reason = Reason.APPROVAL_REQUIRED


class CallUnclear(GatewayError):
    """This space has a policy, and the call can be read in more than one way: send plain JSON."""

    reason = Reason.CALL_UNCLEAR


class PolicyUnreadable(GatewayError):
    """The policy of this space was written by a newer gateway, or is damaged: set it anew."""

    reason = Reason.POLICY_UNREADABLE


class PolicyInvalid(GatewayError):
    """That is no policy. The one before stays."""

    reason = Reason.POLICY_INVALID


class PolicyChanged(GatewayError):
    """Somebody else has set this space's policy meanwhile: read it again, then set yours."""

    reason = Reason.POLICY_CHANGED
