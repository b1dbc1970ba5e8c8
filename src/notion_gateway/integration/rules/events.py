"""What happened to a space's link with Notion. Append-only; a token is named, never held.

Old records must stay readable: a new field gets a default, an event type is never reused,
and a type this version does not know is read as :class:`UnknownEvent` and skipped.
"""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter


class Record(BaseModel):
    """What every event, and every part of one, has in common."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


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


class UnknownEvent(Record):
    """Written by a newer version: kept in the stream, changes nothing here."""

    type: str


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

_known: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])
_types = frozenset(
    str(kind.model_fields["type"].default)
    for kind in (
        Authorized,
        RefreshStarted,
        TokenRefreshed,
        AuthorizationFailed,
        WorkspaceIdentified,
        Disconnected,
    )
)


def to_record(event: Event) -> dict[str, Any]:
    """JSON-ready form, ``type`` included."""
    return event.model_dump(mode="json")


def from_record(record: dict[str, Any]) -> AnyEvent:
    """The inverse of :func:`to_record`. Raises ``pydantic.ValidationError`` on a damaged record."""
    if record.get("type") not in _types:
        return UnknownEvent(type=str(record.get("type")))
    return _known.validate_python(record)
