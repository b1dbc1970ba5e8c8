"""Events as a person may see them: what, when, by whom; nothing about where secrets lie."""

from datetime import datetime

from pydantic import BaseModel

from notion_gateway.integration.rules.events import (
    AnyEvent,
    AuthorizationFailed,
    Authorized,
    Disconnected,
    TokenRefreshed,
    Workspace,
    WorkspaceIdentified,
)
from notion_gateway.kernel.events import UnknownEvent


class HistoryEntry(BaseModel):
    """``version`` counts from 1. What does not apply to an event's type is None."""

    version: int
    type: str
    at: datetime | None = None
    process_id: str | None = None
    by: str | None = None
    workspace: Workspace | None = None
    access_token_expires_at: datetime | None = None
    error: str | None = None


def entry(version: int, event: AnyEvent) -> HistoryEntry:
    shown = HistoryEntry(version=version, type=event.type)
    if isinstance(event, UnknownEvent):
        return shown
    shown.at = event.at
    shown.process_id = event.grant.process_id if isinstance(event, Authorized) else event.process_id
    match event:
        case Authorized(grant=grant) | TokenRefreshed(grant=grant):
            shown.access_token_expires_at = event.tokens.expires_at
            if grant is not None:
                shown.by, shown.workspace = grant.authorized_by, grant.workspace
        case WorkspaceIdentified():
            shown.workspace = event.workspace
        case AuthorizationFailed():
            shown.error = event.error
        case Disconnected():
            shown.by = event.disconnected_by
        case _:
            pass
    return shown
