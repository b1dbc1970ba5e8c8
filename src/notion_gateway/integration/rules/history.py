"""Events as a person may see them: what, when, by whom; nothing about where secrets lie."""

from collections.abc import Sequence
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
    """``version`` counts from 1. What does not apply to an event's type is None.
    ``removed_before``: how many events of old renewals, just before this one, have been deleted.
    """

    version: int
    type: str
    removed_before: int | None = None
    at: datetime | None = None
    process_id: str | None = None
    by: str | None = None
    workspace: Workspace | None = None
    access_token_expires_at: datetime | None = None
    error: str | None = None


def entries(history: Sequence[tuple[int, AnyEvent]], after: int) -> list[HistoryEntry]:
    """Of events with their versions, in order; ``after`` is the version of the one before them, 0
    where there is none.
    """
    befores = [after, *(version for version, _ in history)]
    return [
        _entry(version, event, version - before - 1)
        for (version, event), before in zip(history, befores, strict=False)
    ]


def _entry(version: int, event: AnyEvent, removed_before: int) -> HistoryEntry:
    shown = HistoryEntry(version=version, type=event.type, removed_before=removed_before or None)
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
