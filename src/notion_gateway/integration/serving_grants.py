"""With which grant a call goes to Notion, mostly from memory: what is remembered of a member's own
grant stays until a notice of change arrives.
"""

from dataclasses import dataclass, field
from typing import NamedTuple, final

from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space import Space
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.integration.rules.integration import Status
from notion_gateway.integration.rules.serving import serving_grant
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.current_cache import CurrentCache


@dataclass(slots=True)
class RememberedGrant:
    """``is_current``: nothing has been heard since that might have changed it."""

    status: Status
    is_current: bool = False


class RememberedChoice(NamedTuple):
    """``own``: what the choice rests on besides the space, None where on nothing else."""

    grant_id: str
    own: RememberedGrant | None = None


@final
@dataclass
class ServingGrants:
    store: IntegrationStore
    max_cached: int = 10_000
    _cache: CurrentCache[RememberedGrant] = field(init=False, repr=False)
    _changes: int = field(init=False, repr=False, default=0)
    """Counts changes, so that what was read before one is not kept after it."""

    def __post_init__(self) -> None:
        self._cache = CurrentCache(self.max_cached)

    def remembered(self, principal: Principal, space: Space) -> RememberedChoice | None:
        """As ``of``, where memory has the answer; else None. Raises ServiceTokenNotServed."""
        grant_id = serving_grant(space, principal)
        if grant_id is not None:
            return RememberedChoice(grant_id)
        own = self._cache.get(member_grant(space.space_id, principal.user_id))
        if own is None:
            return None
        grant_id = serving_grant(space, principal, own.status)
        return None if grant_id is None else RememberedChoice(grant_id, own)

    async def of(self, principal: Principal, space: Space) -> str:
        """The id of the grant with which this caller's calls go to Notion.

        Raises ServiceTokenNotServed, HistoryUnreadable and StoreUnavailable.
        """
        known = self.remembered(principal, space)
        if known is not None:
            return known.grant_id
        theirs = member_grant(space.space_id, principal.user_id)
        return serving_grant(space, principal, await self._load(theirs)) or theirs

    async def _load(self, grant_id: str) -> Status:
        changes = self._changes
        status = (await self.store.load(grant_id)).status
        if changes == self._changes:
            self._cache[grant_id] = RememberedGrant(status)
        return status

    def forget(self, grant_id: str) -> None:
        """After a change, made here or elsewhere."""
        self._changes += 1
        self._cache.pop(grant_id, None)

    def forget_all(self) -> None:
        """After a time in which changes may have been missed."""
        self._changes += 1
        self._cache.clear()
