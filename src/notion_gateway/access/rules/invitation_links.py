"""Invitations by link: whoever has one may join the space as a member, once, within a week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from notion_gateway.access.rules.space_commands import (
    EndLink,
    JoinByLink,
    LinkCommand,
    MakeLink,
)
from notion_gateway.access.rules.space_events import (
    Role,
    SpaceEvent,
    SpaceInvitationLinkEnded,
    SpaceInvitationLinkMade,
    SpaceMemberAdded,
)
from notion_gateway.access.rules.who_belongs import ended_with
from notion_gateway.kernel.errors import InvalidRequest, SpaceNotAccessible

if TYPE_CHECKING:
    from notion_gateway.access.rules.space import Space

LINK_LIFETIME = timedelta(days=7)
"""It may be passed on, and lie about."""
MAX_LINKS_OF_A_SPACE = 20


@dataclass(frozen=True, slots=True)
class InvitationLink:
    link_id: str
    sha256: str
    made_at: datetime
    made_by: str

    @property
    def ends_at(self) -> datetime:
        return self.made_at + LINK_LIFETIME

    def is_open(self, now: datetime) -> bool:
        return now < self.ends_at


Links = Mapping[str, InvitationLink]
"""By their ids."""


def links_after(links: Links, event: SpaceInvitationLinkMade | SpaceInvitationLinkEnded) -> Links:
    others = {number: link for number, link in links.items() if number != event.link_id}
    if isinstance(event, SpaceInvitationLinkEnded):
        return others
    made = InvitationLink(event.link_id, event.sha256, event.at, event.made_by)
    return {**others, event.link_id: made}


def decide_link(space: "Space", command: LinkCommand, now: datetime) -> list[SpaceEvent]:
    match command:
        case MakeLink():
            return _make(space, command, now)
        case EndLink():
            return _end(space, command.link_id, command.by, now)
        case JoinByLink():
            return _join(space, command, now)


def _make(space: "Space", command: MakeLink, now: datetime) -> list[SpaceEvent]:
    """Those that have expired make room."""
    past = [one.link_id for one in space.links.values() if not one.is_open(now)]
    if len(space.links) - len(past) >= MAX_LINKS_OF_A_SPACE:
        raise InvalidRequest(
            f"A space has {MAX_LINKS_OF_A_SPACE} invitation links at most: take one back first."
        )
    made = SpaceInvitationLinkMade(
        at=now, link_id=command.link_id, sha256=command.sha256, made_by=command.by
    )
    return [*(event for one in past for event in _end(space, one, "gateway", now)), made]


def _end(space: "Space", link_id: str, ended_by: str, now: datetime) -> list[SpaceEvent]:
    if link_id not in space.links:
        return []
    return [SpaceInvitationLinkEnded(at=now, link_id=link_id, ended_by=ended_by)]


def _join(space: "Space", command: JoinByLink, now: datetime) -> list[SpaceEvent]:
    """Who belongs already uses nothing up. Whom somebody removed is let in by name only."""
    who = command.user_id
    if who in space.members:
        return []
    link = space.open_link(command.sha256, now)
    if link is None:
        raise SpaceNotAccessible
    if who in space.kept_out:
        raise SpaceNotAccessible(
            "An owner removed you from this space, so that a link does not let you in: ask one of"
            " its owners to invite you by your user id."
        )
    joined = SpaceMemberAdded(
        at=now, user_id=who, role=Role.MEMBER, added_by=link.made_by, accepted=True
    )
    ended = _end(space, link.link_id, who, now)
    return [joined, *ended, *ended_with(space, joined, who)]
