"""Events of a space, for the tests of its store."""

from notion_gateway.access.rules.space_events import (
    Role,
    SpaceCreated,
    SpaceMemberAdded,
    SpaceMemberInvited,
    SpaceMemberRemoved,
)
from tests.support.samples import NOW

CREATED = SpaceCreated(at=NOW, name="Team", created_by="ada")


def added(user: str, role: Role = Role.MEMBER) -> SpaceMemberAdded:
    return SpaceMemberAdded(at=NOW, user_id=user, role=role, added_by="ada")


def invited(user: str, role: Role = Role.MEMBER) -> SpaceMemberInvited:
    return SpaceMemberInvited(at=NOW, user_id=user, role=role, invited_by="ada")


def accepted(user: str) -> SpaceMemberAdded:
    return added(user).model_copy(update={"accepted": True})


def removed(user: str) -> SpaceMemberRemoved:
    return SpaceMemberRemoved(at=NOW, user_id=user, removed_by="ada")
