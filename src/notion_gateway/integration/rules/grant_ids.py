"""What grants are called, wherever one is meant: streams, leases, sealed secrets, caches, notices.

The shared grant of a space has the space's own id. A member's own is called
``{space_id}/member/{person}``, where ``person`` is the user id in base64url (RFC 4648 section 5):
a user id may hold anything. No space id has a slash in it, so that neither is ever taken for the
other, and each says whose it is.
"""

import base64
from collections.abc import Mapping
from typing import Final

MEMBER: Final = "/member/"


def member_grant(space_id: str, user_id: str) -> str:
    """The id of somebody's own grant in a space."""
    person = base64.urlsafe_b64encode(user_id.encode()).rstrip(b"=").decode()
    return f"{space_id}{MEMBER}{person}"


def space_of(grant_id: str) -> str:
    return grant_id.partition(MEMBER)[0]


def member_of(grant_id: str) -> str | None:
    """The user id of whose own it is; None for a space's shared grant."""
    _, is_members, person = grant_id.partition(MEMBER)
    if not is_members:
        return None
    return base64.urlsafe_b64decode(person + "=" * (-len(person) % 4)).decode()


def in_log(grant_id: str) -> Mapping[str, str]:
    """How a line in the log names it."""
    member = member_of(grant_id)
    named = {"space_id": space_of(grant_id)}
    return named if member is None else {**named, "member": member}
