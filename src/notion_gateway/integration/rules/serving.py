"""With which grant somebody acts in a space: one rule, whoever calls and wherever it is asked."""

from typing import Literal

from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_events import GrantMode
from notion_gateway.integration.errors import ServiceTokenNotServed
from notion_gateway.integration.rules.grant_ids import member_grant, member_of
from notion_gateway.integration.rules.integration import Status


def serving_grant(space: Space, principal: Principal, own: Status | None = None) -> str | None:
    """The id of the grant that serves this caller, connected or not.

    ``own``: how the caller's own grant is. None is returned where that decides, and is not given.

    A grant of somebody's own that Notion has ended is not replaced by the shared one: their calls
    would go on in another person's name, and they would not know. Raises ServiceTokenNotServed
    where a token of nobody in particular calls, and no grant is meant for it.
    """
    choice, shared = space.grants, space.space_id
    if choice.mode is GrantMode.SHARED:
        return shared
    if principal.is_service:
        if not choice.service_tokens_use_shared:
            raise ServiceTokenNotServed
        return shared
    theirs = member_grant(space.space_id, principal.user_id)
    if choice.mode is GrantMode.PERSONAL:
        return theirs
    if own is None:
        return None
    return shared if own is Status.DISCONNECTED else theirs


def kind_of(grant_id: str) -> Literal["shared", "personal"]:
    """As answers and the log name a grant: ``shared``, or ``personal`` for a member's own."""
    return "shared" if member_of(grant_id) is None else "personal"
