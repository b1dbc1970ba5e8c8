"""What can go wrong, as one tree. A class's docstring is the message a person reads. What only one
feature knows of is in its own ``errors.py``.

``Reason`` is the closed vocabulary of the wire: clients may switch on it, so a code is
added, never renamed. Which HTTP status a reason gets is decided in ``http/problems.py``.
"""

from enum import StrEnum
from typing import ClassVar


class Reason(StrEnum):
    """Closed list of reason codes; the ``reason`` member of every error the gateway answers."""

    UNAUTHENTICATED = "unauthenticated"
    SIGN_IN_REVOKED = "sign_in_revoked"
    PRINCIPAL_MISMATCH = "principal_mismatch"
    PRINCIPAL_REPLAYED = "principal_replayed"
    SPACE_REQUIRED = "space_required"
    SPACE_NOT_ACCESSIBLE = "space_not_accessible"
    SPACE_DELETED = "space_deleted"
    OWNER_REQUIRED = "owner_required"
    LAST_OWNER = "last_owner"
    TOKEN_NOT_ALLOWED = "token_not_allowed"  # noqa: S105 - a reason code, not a secret
    TOOL_NOT_ALLOWED = "tool_not_allowed"
    BLOCKED_BY_POLICY = "blocked_by_policy"
    APPROVAL_REQUIRED = "approval_required"
    APPROVAL_DECIDED = "approval_decided"
    CALL_UNCLEAR = "call_unclear"
    POLICY_UNREADABLE = "policy_unreadable"
    POLICY_INVALID = "policy_invalid"
    POLICY_CHANGED = "policy_changed"
    SESSION_UNKNOWN = "session_unknown"
    TOO_MANY_REQUESTS = "too_many_requests"
    BUDGET_EXHAUSTED = "budget_exhausted"
    IDENTITY_UNAVAILABLE = "identity_unavailable"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    HOST_NOT_ALLOWED = "host_not_allowed"
    INVALID_REQUEST = "invalid_request"
    INVALID_RETURN_PATH = "invalid_return_path"
    REQUEST_TOO_LARGE = "request_too_large"
    REQUEST_TIMEOUT = "request_timeout"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    WEBHOOK_UNKNOWN = "webhook_unknown"
    CONVERSATION_UNKNOWN = "conversation_unknown"
    SHARE_UNKNOWN = "share_unknown"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_CONNECTED = "not_connected"
    RECONNECT_REQUIRED = "reconnect_required"
    CONNECT_YOUR_OWN = "connect_your_own"
    OWN_NOT_USED = "own_not_used"
    SERVICE_TOKEN_NOT_SERVED = "service_token_not_served"  # noqa: S105 - a reason code
    REFRESH_UNAVAILABLE = "refresh_unavailable"
    UPSTREAM_UNREACHABLE = "upstream_unreachable"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    UPSTREAM_UNAUTHORIZED = "upstream_unauthorized"
    UPSTREAM_UNSUITABLE = "upstream_unsuitable"
    GATEWAY_STOPPING = "gateway_stopping"
    STORE_UNAVAILABLE = "store_unavailable"
    AUDIT_UNAVAILABLE = "audit_unavailable"
    HISTORY_UNREADABLE = "history_unreadable"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - a reason code, not a secret
    INTERNAL = "internal"


class GatewayError(Exception):
    """Something went wrong inside the gateway."""

    reason: ClassVar[Reason] = Reason.INTERNAL

    def __init__(
        self, message: str | None = None, *, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(message or type(self).__doc__ or "")
        self.retry_after_seconds = retry_after_seconds


# --- the caller ---------------------------------------------------------------------------


class Unauthenticated(GatewayError):
    """Who is calling? This gateway accepts no unauthenticated calls."""

    reason = Reason.UNAUTHENTICATED


class IdentityUnavailable(GatewayError):
    """The keys of whoever signed this token cannot be fetched just now. Try again in a moment."""

    reason = Reason.IDENTITY_UNAVAILABLE


class PrincipalReplayed(GatewayError):
    """This signed principal was used for a change before: sign a new one for each."""

    reason = Reason.PRINCIPAL_REPLAYED


class SpaceNotAccessible(GatewayError):
    """There is no such space, or you are not a member of it. Ask one of its owners to add you."""

    reason = Reason.SPACE_NOT_ACCESSIBLE


class SpaceGone(SpaceNotAccessible):
    """This space was deleted by one of its owners, with all that was in it."""

    reason = Reason.SPACE_DELETED


class OwnerRequired(GatewayError):
    """Only an owner of this space may do that. Ask one of its owners."""

    reason = Reason.OWNER_REQUIRED


class LastOwner(GatewayError):
    """A space needs an owner: make somebody else one first."""

    reason = Reason.LAST_OWNER


class TokenNotAllowed(GatewayError):
    """This gateway token may call tools, but not manage the space."""

    reason = Reason.TOKEN_NOT_ALLOWED


class ToolNotAllowed(GatewayError):
    """This gateway token does not allow that tool."""

    reason = Reason.TOOL_NOT_ALLOWED


class SessionUnknown(GatewayError):
    """This MCP session does not belong to this caller and space: initialize again."""

    reason = Reason.SESSION_UNKNOWN


class TooManyRequests(GatewayError):
    """Too many requests at once. Wait a moment, then try again."""

    reason = Reason.TOO_MANY_REQUESTS


class PrincipalMismatch(GatewayError):
    """The request names another user or space than the one it was authenticated for."""

    reason = Reason.PRINCIPAL_MISMATCH


class SpaceRequired(GatewayError):
    """The request names no space: send X-Space-ID, or meta.space_id in a JSON body."""

    reason = Reason.SPACE_REQUIRED


class OriginNotAllowed(GatewayError):
    """Browsers on this origin may not call the gateway."""

    reason = Reason.ORIGIN_NOT_ALLOWED


class HostNotAllowed(GatewayError):
    """The Host header names an address that this gateway does not answer for."""

    reason = Reason.HOST_NOT_ALLOWED


class InvalidRequest(GatewayError):
    """The request is malformed."""

    reason = Reason.INVALID_REQUEST


class BodyNotAllowed(InvalidRequest):
    """A GET or DELETE has no body here: send it without one."""


class RequestTooLarge(GatewayError):
    """The request body is larger than this gateway forwards."""

    reason = Reason.REQUEST_TOO_LARGE


class RequestTimeout(GatewayError):
    """The request's body did not arrive in time."""

    reason = Reason.REQUEST_TIMEOUT


class NoSuchRoute(GatewayError):
    """There is nothing at this path."""

    reason = Reason.NOT_FOUND


class MethodNotAllowed(GatewayError):
    """This path does not answer to this method."""

    reason = Reason.METHOD_NOT_ALLOWED


# --- Notion -------------------------------------------------------------------------------


class UpstreamUnreachable(GatewayError):
    """Notion could not be reached. Try again in a moment."""

    reason = Reason.UPSTREAM_UNREACHABLE


class UpstreamTimeout(GatewayError):
    """Notion did not answer in time."""

    reason = Reason.UPSTREAM_TIMEOUT


class UpstreamUnauthorized(GatewayError):
    """Notion refuses even a newly issued access token. If this stays so, reconnect the space."""

    reason = Reason.UPSTREAM_UNAUTHORIZED


class UpstreamUnsuitable(GatewayError):
    """Notion's OAuth metadata or registration answer is not one this gateway can trust or use."""

    reason = Reason.UPSTREAM_UNSUITABLE


class UpstreamAborted(GatewayError):
    """Notion's answer broke off in mid-stream."""

    reason = Reason.UPSTREAM_UNREACHABLE


class AccessEnded(UpstreamAborted):
    """While this call was open, its caller lost access to the space."""

    reason = Reason.SPACE_NOT_ACCESSIBLE


class TokenExpired(AccessEnded):
    """The token of this call expired while the call was open; Notion may have acted on it."""


class GatewayStopping(GatewayError):
    """The gateway stops and had no answer yet: look what was done before you send this again."""

    reason = Reason.GATEWAY_STOPPING


# --- the store ----------------------------------------------------------------------------


class StoreUnavailable(GatewayError):
    """The gateway's database cannot be reached just now; nothing was changed."""

    reason = Reason.STORE_UNAVAILABLE


class StoreUnfit(StoreUnavailable):
    """The gateway's database is of a version that this one cannot serve, or another program's."""


class VersionConflict(GatewayError):
    """Somebody else appended to this event stream first: reload and decide again."""


class StoreRefused(GatewayError):
    """The gateway's database refused a record that it should have taken; nothing was changed."""


class HistoryUnreadable(GatewayError):
    """An event of this space's history is damaged: restore the database from a backup."""

    reason = Reason.HISTORY_UNREADABLE


class SecretUnreadable(GatewayError):
    """A sealed secret does not open: its key is missing, or it was altered or moved."""

    reason = Reason.SECRET_UNREADABLE


class SomeSecretsUnreadable(SecretUnreadable):
    """Some stored secrets do not open. Others do, so the keys are the right ones."""


class BackgroundInterrupted(GatewayError):
    """Work beside the calls has ended and is started again."""
