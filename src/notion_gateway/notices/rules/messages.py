"""What is told: one message for each thing that happened, made from the event that records it.

A message names a grant, a workspace and people, never a token. ``key`` is the same for the same
thing, so that nobody is told of it twice.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from notion_gateway.access.rules.space_events import SpaceDeleted, SpaceEvent, SpaceMemberRemoved
from notion_gateway.budget.rules.exhausted import Exhausted
from notion_gateway.catalogue.rules.changes import Change, ChangeKind
from notion_gateway.integration.rules.events import (
    AuthorizationFailed,
    Authorized,
    Disconnected,
    Event,
    Grant,
    TokenRefreshed,
)
from notion_gateway.integration.rules.expiry import days_until, expiry_of
from notion_gateway.integration.rules.grant_ids import member_of, space_of
from notion_gateway.integration.rules.integration import Integration


class Kind(StrEnum):
    """Closed list; a kind is added, never renamed."""

    GRANT_EXPIRING = "grant.expiring"
    GRANT_RECONNECT_REQUIRED = "grant.reconnect_required"
    GRANT_CONNECTED = "grant.connected"
    GRANT_DISCONNECTED = "grant.disconnected"
    MEMBER_REMOVED = "member.removed"
    SPACE_DELETED = "space.deleted"
    BUDGET_EXHAUSTED = "budget.exhausted"
    TOOLS_CHANGED = "tools.changed"


TEST: Final = "webhook.test"
"""The kind of a test, which nobody subscribes to."""

_MOST_NAMES: Final = 50
"""Of tools, in each list of a message."""

WARNED_DAYS_BEFORE: Final = (1, 7, 30)
"""Before a person is needed: the shortest first."""
_HOUR_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class Message:
    kind: Kind
    key: str
    at: datetime
    data: dict[str, object] = field(default_factory=dict[str, object])

    def payload(self, space_id: str) -> dict[str, object]:
        """As it is sent (Standard Webhooks, "Payload structure")."""
        return payload(self.kind, self.at, {"space_id": space_id, **self.data})


def payload(kind: str, at: datetime, data: dict[str, object]) -> dict[str, object]:
    return {"type": kind, "timestamp": at.isoformat(), "data": data}


def of_grant(grant_id: str, version: int, events: Sequence[Event]) -> Iterator[Message]:
    """``version``: of the grant's stream, before these events."""
    stream = grant_id.removeprefix(space_of(grant_id)) or "integration"
    whose = _whose(grant_id)
    for number, event in enumerate(events, version + 1):
        key = f"{stream}/{number}"
        match event:
            case Authorized(grant=grant) | TokenRefreshed(grant=Grant() as grant):
                data: dict[str, object] = {
                    "process_id": grant.process_id,
                    "workspace": grant.workspace.model_dump(),
                    "connected_by": grant.authorized_by,
                    **whose,
                }
                yield Message(Kind.GRANT_CONNECTED, key, event.at, data)
            case AuthorizationFailed():
                data = {"process_id": event.process_id, "error": event.error, **whose}
                yield Message(Kind.GRANT_RECONNECT_REQUIRED, key, event.at, data)
            case Disconnected():
                data = {
                    "process_id": event.process_id,
                    "disconnected_by": event.disconnected_by,
                    **whose,
                }
                yield Message(Kind.GRANT_DISCONNECTED, key, event.at, data)
            case _:
                pass


def _whose(grant_id: str) -> dict[str, object]:
    """``member``: whose own grant it is; absent for the space's shared one."""
    member = member_of(grant_id)
    return {} if member is None else {"member": member}


def of_members(version: int, events: Sequence[SpaceEvent]) -> Iterator[Message]:
    """``version``: of who belongs to a space, before these events."""
    for number, event in enumerate(events, version + 1):
        if isinstance(event, SpaceMemberRemoved):
            data: dict[str, object] = {"user_id": event.user_id, "removed_by": event.removed_by}
            yield Message(Kind.MEMBER_REMOVED, f"space/{number}", event.at, data)
        if isinstance(event, SpaceDeleted):
            data = {"name": event.name, "deleted_by": event.deleted_by}
            yield Message(Kind.SPACE_DELETED, f"space/{number}", event.at, data)


def of_tools(
    grant_id: str, process_id: str, version: int, changes: Sequence[Change], at: datetime
) -> Message:
    """``version``: of the grant's catalogue, which has the changes in words. Of what Notion says
    itself the message has names alone. Members whose tools change alike on one day make one
    message, about the first of them.
    """

    def names(which: Callable[[Change], bool]) -> list[str]:
        return [one.tool for one in changes if which(one)][:_MOST_NAMES]

    data: dict[str, object] = {
        "process_id": process_id,
        "version": version,
        "changes": len(changes),
        "added": names(lambda one: one.kind is ChangeKind.ADDED),
        "removed": names(lambda one: one.kind is ChangeKind.REMOVED),
        "changed": names(lambda one: one.kind is ChangeKind.CHANGED),
        "flagged": names(lambda one: one.flagged),
        **_whose(grant_id),
    }
    key = f"tools/{process_id}/{version}"
    if member_of(grant_id) is not None:
        said = json.dumps([(one.kind, one.tool, one.written()) for one in changes])
        key = f"tools/members/{at.date()}/{hashlib.sha256(said.encode()).hexdigest()}"
    return Message(Kind.TOOLS_CHANGED, key, at, data)


def of_expiry(state: Integration, now: datetime) -> Message | None:
    """The warning whose time has come, None where there is none: of several that have become due,
    the one with the fewest days.
    """
    expiry = expiry_of(state)
    if expiry is None or state.grant is None:
        return None
    limit, ends_at = expiry.person_needed(now)
    left = days_until(ends_at, now)
    days = next((days for days in WARNED_DAYS_BEFORE if left <= days), None)
    if days is None:
        return None
    process_id = state.grant.process_id
    # An idle limit that was moved, and comes near once more, is another thing to be told of.
    key = f"expiring/{process_id}/{limit}/{ends_at.date()}/{days}"
    data: dict[str, object] = {
        "process_id": process_id,
        "workspace": state.grant.workspace.model_dump(),
        "connected_by": state.grant.authorized_by,
        "limit": limit,
        "within_days": days,
        "ends_at": ends_at.isoformat(),
        **_whose(state.grant_id),
    }
    return Message(Kind.GRANT_EXPIRING, key, now, data)


def of_budget(exhausted: Exhausted) -> Message:
    """Once in each hour of the clock at most: the key has the hour, whichever process sees it."""
    grant, seen = exhausted.grant, exhausted.seen
    data: dict[str, object] = {
        "process_id": grant.process_id,
        "limit": seen.limit,
        "window_seconds": seen.window_seconds,
        "reason": seen.reason or None,
        "until": exhausted.until.isoformat(),
        **_whose(grant.grant_id),
    }
    hour = int(exhausted.at.timestamp() // _HOUR_SECONDS)
    key = f"budget/{grant.process_id}/{hour}"
    return Message(Kind.BUDGET_EXHAUSTED, key, exhausted.at, data)
