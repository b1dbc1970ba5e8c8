"""What happened to a space's link with Notion. Append-only; a token is named, never held.

Old records must stay readable: ``kernel/events.py`` says what that takes.
"""

from typing import Literal

from pydantic import AwareDatetime

from notion_gateway.kernel.events import EventTypes, Record, UnknownEvent


class Workspace(Record):
    id: str | None = None
    name: str | None = None


class Client(Record):
    """The OAuth client a grant was given to (RFC 7591): refreshes must come from the same one."""

    client_id: str
    auth_method: Literal["none", "client_secret_post", "client_secret_basic"] = "none"
    secret_id: str | None = None
    """Names the client secret's row in the vault; None for a public client."""


class Grant(Record):
    """One authorization by one person."""

    process_id: str
    issuer: str
    resource: str
    client: Client
    authorized_by: str
    workspace: Workspace = Workspace()
    scope: str | None = None


class TokenPair(Record):
    """Where a pair's secrets lie in the vault, and what may be known about them."""

    access_token_id: str
    refresh_token_id: str
    refresh_token_sha256: str
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    """When the access token expires, by the database's clock."""


class Authorized(Record):
    """First consent of a space, or the first after a disconnect."""

    type: Literal["NotionIntegrationAuthorized"] = "NotionIntegrationAuthorized"
    at: AwareDatetime
    grant: Grant
    tokens: TokenPair


class RefreshStarted(Record):
    """Intent: a refresh token is about to be redeemed (crash between redeem and append)."""

    type: Literal["NotionIntegrationTokenRefreshStarted"] = "NotionIntegrationTokenRefreshStarted"
    at: AwareDatetime
    process_id: str
    refresh_token_sha256: str


class TokenRefreshed(Record):
    """A new pair: redeemed with a refresh token, or by consent again on an existing link."""

    type: Literal["NotionIntegrationTokenRefreshed"] = "NotionIntegrationTokenRefreshed"
    at: AwareDatetime
    process_id: str
    tokens: TokenPair
    redeemed_sha256: str | None = None
    """Names the refresh token that this pair was redeemed with; None after a consent."""
    grant: Grant | None = None
    """The new grant where consent was given again; None where a refresh token was redeemed."""


class AuthorizationFailed(Record):
    """Notion refused the newest refresh token: terminal until somebody reconnects."""

    type: Literal["NotionIntegrationAuthorizationFailed"] = "NotionIntegrationAuthorizationFailed"
    at: AwareDatetime
    process_id: str
    error: Literal["invalid_grant", "invalid_client"]
    refresh_token_sha256: str


class WorkspaceIdentified(Record):
    """Notion said later which workspace the grant opens (its token answer need not)."""

    type: Literal["NotionIntegrationWorkspaceIdentified"] = "NotionIntegrationWorkspaceIdentified"
    at: AwareDatetime
    process_id: str
    workspace: Workspace


class Disconnected(Record):
    """A person removed the link; its secrets are destroyed with this event."""

    type: Literal["NotionIntegrationDisconnected"] = "NotionIntegrationDisconnected"
    at: AwareDatetime
    process_id: str
    disconnected_by: str


Event = (
    Authorized
    | RefreshStarted
    | TokenRefreshed
    | AuthorizationFailed
    | WorkspaceIdentified
    | Disconnected
)
AnyEvent = Event | UnknownEvent

REPLACES_TOKENS = (Authorized, TokenRefreshed, AuthorizationFailed, Disconnected)
"""After one of these, an access token that was lent before is out of date."""


def changes_connection(event: Event) -> bool:
    """Whether a person's team would want to be told: a consent, its end, or Notion's refusal."""
    if isinstance(event, TokenRefreshed):
        return event.grant is not None  # by another consent
    return isinstance(event, (Authorized, AuthorizationFailed, Disconnected))


EVENT_TYPES: EventTypes[Event] = EventTypes(
    Authorized,
    RefreshStarted,
    TokenRefreshed,
    AuthorizationFailed,
    WorkspaceIdentified,
    Disconnected,
)
