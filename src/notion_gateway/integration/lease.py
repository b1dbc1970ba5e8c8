"""One holding of a lease: whether its holder's request may leave, and until when it is covered."""

import asyncio
import functools

import sqlalchemy as sa
import structlog
from sqlalchemy.sql.dml import ReturningUpdate

from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.schema.grants import leases
from notion_gateway.storage.steps import Condition, Step

log = structlog.stdlib.get_logger()

_OF_GRANT = sa.bindparam("of_grant", type_=sa.Text)
_OF_HOLDER = sa.bindparam("of_holder", type_=sa.Text)
_SECONDS = sa.bindparam("seconds", type_=sa.Double)


@functools.cache
def _extend() -> ReturningUpdate[str]:
    """Makes a lease that is still held last anew."""
    still_mine = (leases.c.space_id == _OF_GRANT) & (leases.c.holder == _OF_HOLDER)
    return (
        sa.update(leases)
        .values(expires_at=database_now() + _SECONDS)
        .where(still_mine, leases.c.expires_at > database_now())
        .returning(leases.c.holder)
    )


def _end(where: Condition | None) -> sa.Delete:
    ended = sa.delete(leases).where(leases.c.space_id == _OF_GRANT, leases.c.holder == _OF_HOLDER)
    return ended if where is None else ended.where(where)


class Lease:
    """``holder`` names one holding of the lease, so that nobody renews another's.

    From the moment at which a request may leave, until somebody says that it has ended, it covers
    that request: it is granted for ``under_way_seconds``, and its holder's end does not end it.
    """

    def __init__(
        self,
        database: Database,
        grant_id: str,
        holder: str,
        *,
        asked: float,
        lease_seconds: float,
        deadline_seconds: float,
        under_way_seconds: float,
    ) -> None:
        self.grant_id = grant_id
        self.holder = holder
        self._database = database
        self._lease_seconds = lease_seconds
        self._deadline_seconds = deadline_seconds
        self._deadline = asked + deadline_seconds
        self.under_way_seconds = under_way_seconds
        self._asking: asyncio.Task[bool] | None = None
        self.covers_request = False
        self.may_be_ended = False
        self.is_ended = False
        """It was given back together with what its holder has stored."""

    @property
    def granted_seconds(self) -> float:
        """For how long it is granted at a time."""
        return self.under_way_seconds if self.covers_request else self._lease_seconds

    def in_time(self) -> bool:
        return steady_seconds() < self._deadline

    def request_ended(self) -> None:
        """It was answered, or has not left: nobody can be working on it any more."""
        self.covers_request = False

    def leave_behind(self, seconds: float | None = None) -> None:
        """Its holder's end does not end it: nobody has it from then on, ``seconds`` long, which
        are ``under_way_seconds`` unless they are given.
        """
        self.covers_request = True
        if seconds is not None:
            self.under_way_seconds = seconds

    def ending(self) -> Step:
        """Gives it back together with an append. Who knows that this has happened says so
        (``is_ended``): otherwise it is given back once more, by itself.
        """
        self.may_be_ended = True
        return Step(_end, {"of_grant": self.grant_id, "of_holder": self.holder})

    async def confirm(self) -> bool:
        """Whether a request may leave now. From here on it is covered."""
        self.covers_request = True
        # In a task of its own: a caller that gives up must not cut the query off half-way.
        self._asking = asyncio.create_task(self._confirmed())
        await asyncio.wait((self._asking,))
        return self._asking.result()

    async def _confirmed(self) -> bool:
        try:
            return await self.extend()
        except StoreUnavailable:
            log.warning("lease_not_confirmed", **in_log(self.grant_id))
        except Exception:
            log.exception("lease_not_confirmed", **in_log(self.grant_id))
        return False

    async def extend(self) -> bool:
        """Whether it is still held, and lasts its full time again. Raises StoreUnavailable."""
        given = {
            "of_grant": self.grant_id,
            "of_holder": self.holder,
            "seconds": self.granted_seconds,
        }
        asked = 0.0

        def connected() -> None:
            nonlocal asked
            asked = steady_seconds()  # before the question: the database counts from later on

        held = bool(await self._database.ask(_extend(), given, connected=connected))
        if held:
            self._deadline = asked + self._deadline_seconds
        return held

    async def settled(self) -> None:
        """Returns when no question is under way."""
        if self._asking is not None:
            await asyncio.wait((self._asking,))
