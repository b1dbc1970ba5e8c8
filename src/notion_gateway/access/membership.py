"""Whether somebody belongs to a space: asked on every request, and seldom of the database.

What was read stays in memory until a notice of change arrives, which takes less than two
seconds, and for no longer than ``CacheTrust`` allows while notices cannot be read.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import final

from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.access.revoked_issuers import RevokedIssuers
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.access.space_tables import require_role
from notion_gateway.kernel.current_cache import CurrentCache
from notion_gateway.kernel.errors import (
    OwnerRequired,
    SpaceGone,
    SpaceNotAccessible,
    TokenNotAllowed,
    TooManyRequests,
)
from notion_gateway.storage.event_streams import InTransaction

_REFUSED_AGAIN_AFTER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SpaceAccess:
    """A space somebody may act in, and as what.

    ``is_asserted``: an application says so, and it alone knows who belongs to the space.
    """

    space: Space
    role: Role
    is_asserted: bool = False

    @property
    def space_id(self) -> str:
        return self.space.space_id


def owned_still(here: SpaceAccess, principal: Principal) -> InTransaction | None:
    """For the transaction that changes something for good: whether whoever asks for it owns the
    space still, as it was a moment before. None where nobody here can tell, since an application
    says who owns it, and where they need not. Raises SpaceNotAccessible or OwnerRequired in it.
    """
    if principal.is_believed or not here.space.exists:
        return None

    async def look(connection: AsyncConnection) -> None:
        await require_role(connection, here.space_id, principal.user_id, Role.OWNER)

    return look


@dataclass(slots=True)
class RememberedSpace:
    """``is_current``: nothing has been heard since that might have changed it."""

    space: Space
    is_current: bool = False


@final
@dataclass
class Members:
    """``refusals`` counts spaces that somebody was turned away from; who tries many has to
    wait, and asks no database meanwhile. Who belongs by the word of one of the ``revoked`` issuers
    does not belong meanwhile.
    """

    store: SpaceStore
    trust: CacheTrust
    refusals: RateLimiter | None = None
    max_cached: int = 10_000
    revoked: RevokedIssuers | None = None
    _cache: CurrentCache[RememberedSpace] = field(init=False, repr=False)
    _changes: int = field(init=False, repr=False, default=0)
    """Counts changes, so that what was read before one is not kept after it."""

    def __post_init__(self) -> None:
        self._cache = CurrentCache(self.max_cached)

    def remembered(self, principal: Principal, space_id: str) -> RememberedSpace | None:
        """As ``require`` for a member, where memory has the answer: the space, which says so for
        as long as it is current. None where it has not.
        """
        if principal.space_id not in (None, space_id) or not self.trust.holds():
            return None
        known = self._cache.get(space_id)
        return None if known is None or _role(principal, known.space) is None else known

    def knows(self, space_id: str) -> bool:
        """Whether memory has the space, and it is one of the gateway's own."""
        known = self._cache.get(space_id)
        return known is not None and known.space.exists

    async def require(
        self, principal: Principal, space_id: str, needed: Role = Role.MEMBER
    ) -> SpaceAccess:
        """Raises PrincipalMismatch, SpaceNotAccessible, SpaceGone for who belonged to it,
        OwnerRequired, TokenNotAllowed, TooManyRequests or StoreUnavailable.

        An absent space and a closed one take the same steps and the same time.
        """
        principal.require_agreement(space_id=space_id)
        space = self._known(space_id)
        if space is None or _role(principal, space) is None:
            self._require_patience(principal)
            if space is None or principal.user_id in space.invitations:
                space = await self.load(space_id)  # they may have accepted at another replica
        role = _role(principal, space)
        if role is None:
            _require_not_deleted(principal, space)
            if self.refusals is not None:
                self.refusals.hit_once(principal.user_id, space_id)
            raise SpaceNotAccessible
        if needed is Role.OWNER and not principal.may_manage:
            raise TokenNotAllowed
        if not role.covers(needed):
            raise OwnerRequired
        is_asserted = not space.exists and principal.means is not Means.TRUSTED_HEADERS
        return SpaceAccess(space, role, is_asserted)

    async def require_invited(self, principal: Principal, space_id: str) -> None:
        """Or a member already; asked of the database.

        Raises PrincipalMismatch, SpaceNotAccessible, TooManyRequests or StoreUnavailable; what is
        absent and what is closed look the same, as in ``require``.
        """
        principal.require_agreement(space_id=space_id)
        self._require_patience(principal)
        space = await self.load(space_id)
        user_id = principal.user_id
        if _role(principal, space) is None and user_id not in space.invitations:
            if self.refusals is not None:
                self.refusals.hit_once(user_id, space_id)
            raise SpaceNotAccessible

    async def require_link(
        self, principal: Principal, space_id: str, sha256: str, now: datetime
    ) -> Space:
        """The space that this link leads to; also for who belongs to it already.

        Raises as ``require_invited``: whoever guesses has to wait.
        """
        principal.require_agreement(space_id=space_id)
        self._require_patience(principal)
        space = await self.load(space_id)
        is_linked = space.exists and space.open_link(sha256, now) is not None
        if not is_linked and (not space.exists or _role(principal, space) is None):
            if self.refusals is not None:
                # Each wrong link counts, and not only each space.
                self.refusals.hit_once(principal.user_id, f"{space_id} {sha256}")
            raise SpaceNotAccessible
        return space

    async def require_anew(self, principal: Principal, space_id: str, needed: Role) -> SpaceAccess:
        """As ``require``, and asked of the database: for what began a while ago."""
        await self.load(space_id)
        return await self.require(principal, space_id, needed)

    async def belongs(self, principal: Principal, space_id: str) -> bool:
        """Still, as somebody who was let in before. Raises StoreUnavailable."""
        space = self._known(space_id) or await self.load(space_id)
        return _role(principal, space) is not None

    def _require_patience(self, principal: Principal) -> None:
        if self.refusals is not None and self.refusals.is_spent(principal.user_id):
            raise TooManyRequests(
                "You were turned away from too many spaces. Wait a minute, then try again.",
                retry_after_seconds=_REFUSED_AGAIN_AFTER_SECONDS,
            )

    async def load(self, space_id: str) -> Space:
        """Read anew, and remembered."""
        changes = self._changes
        space = await self.store.load(space_id)
        if self.revoked is not None:
            space = space.without_people_of(self.revoked.listed)
        if changes == self._changes:
            self._cache[space_id] = RememberedSpace(space)
        return space

    def forget(self, space_id: str) -> None:
        """After a change, made here or elsewhere."""
        self._changes += 1
        self._cache.pop(space_id, None)

    def forget_all(self) -> None:
        self._changes += 1
        self._cache.clear()

    def _known(self, space_id: str) -> Space | None:
        known = self._cache.get(space_id) if self.trust.holds() else None
        return None if known is None else known.space


def _role(principal: Principal, space: Space) -> Role | None:
    """What somebody may do in a space; the gateway's own members count before any assertion. A
    machine belongs to the one space that it was made for, whoever has its name.
    """
    if space.deletion is not None:
        return None
    if principal.means is Means.TRUSTED_HEADERS:
        return Role.OWNER
    if principal.is_machine:
        belongs = space.exists and principal.space_id == space.space_id
        return Role.MEMBER if belongs else None
    if space.exists:
        return space.role_of(principal.user_id)
    return principal.asserted.get(space.space_id)


def _require_not_deleted(principal: Principal, space: Space) -> None:
    """Raises SpaceGone for who belonged to it; for others it looks as if it had never been."""
    gone = space.deletion
    if gone is None:
        return
    if principal.means is Means.TRUSTED_HEADERS or principal.user_id in gone.people:
        raise SpaceGone(f"{gone.by} deleted this space on {gone.at:%Y-%m-%d}.")
