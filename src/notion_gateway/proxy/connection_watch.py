"""Streams that follow a grant: those that wait for it, and those that end with it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar, final

import structlog

from notion_gateway.access.rules.principal import Principal
from notion_gateway.integration.rules.grant_ids import in_log, member_of, space_of
from notion_gateway.kernel.background import READS_END_WITHIN_SECONDS, Detached
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.proxy.rules.sessions import Caller

log = structlog.stdlib.get_logger()

T = TypeVar("T")
End = Callable[[], None]


@dataclass(frozen=True, eq=False, slots=True)
class _Stream:
    """``end`` ends it. ``member``: whose own grant would take the place of the one it began with;
    None where no other can.
    """

    member: str | None
    end: End


@final
@dataclass
class ConnectionWatch:
    """``is_connected`` reads how a grant is now; ``changed`` says that it may have changed.
    ``has_policy`` reads whether a space's callers may not see everything.
    """

    is_connected: Callable[[str], Awaitable[bool]]
    has_policy: Callable[[str], Awaitable[bool]]
    _waiting: defaultdict[str, set[asyncio.Event]] = field(
        init=False, repr=False, default_factory=lambda: defaultdict[str, set[asyncio.Event]](set)
    )
    _ending: defaultdict[str, set[_Stream]] = field(
        init=False, repr=False, default_factory=lambda: defaultdict[str, set[_Stream]](set)
    )
    _looking: Detached = field(
        init=False, repr=False, default_factory=lambda: Detached(READS_END_WITHIN_SECONDS)
    )

    @contextmanager
    def changes(self, grant_id: str) -> Generator[asyncio.Event]:
        """An event that is set whenever the connection may have changed, by whomever."""
        event = asyncio.Event()
        with _in(self._waiting, grant_id, event):
            yield event

    async def connects_within(self, grant_id: str, changed: asyncio.Event, seconds: float) -> bool:
        """Whether it is connected; looks at once, and again with each change until then.
        ``changed`` is what ``changes`` gave.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while True:
            changed.clear()
            if await self._is_connected(grant_id):
                return True
            if not await happens_within(changed, max(0.0, until - loop.time())):
                return False

    @contextmanager
    def ending(self, principal: Principal, caller: Caller, end: End) -> Generator[None]:
        """Calls ``end`` if the caller's grant ends, the space gets another policy, or it may be
        another grant that the caller acts with, during the block.
        """
        member = None if principal.is_service else caller.user_id
        with _in(self._ending, caller.grant_id, _Stream(member, end)):
            yield

    def changed(self, grant_id: str) -> None:
        for event in self._waiting.get(grant_id, ()):
            event.set()
        if grant_id in self._ending:
            self._looking.run(self._look(grant_id), "connection-watch")
        member = member_of(grant_id)
        if member is not None:
            self._end(space_of(grant_id), of_member=member)  # their own takes its place, perhaps

    def changed_all(self) -> None:
        """After a time in which changes may have been missed."""
        for grant_id in (*self._waiting, *self._ending):
            self.changed(grant_id)
        for space_id in {space_of(grant_id) for grant_id in self._ending}:
            self._looking.run(self._look_at_policy(space_id), "connection-watch")

    def end_all_of(self, space_id: str) -> None:
        """What a stream carries was decided when it began: by the space's policy, and by the choice
        of whose grants people act with.
        """
        for grant_id in tuple(self._ending):
            if space_of(grant_id) == space_id:
                self._end(grant_id)

    def _end(self, grant_id: str, of_member: str | None = None) -> None:
        for stream in tuple(self._ending.get(grant_id, ())):
            if of_member in (None, stream.member):
                stream.end()

    async def close(self) -> None:
        await self._looking.close()

    async def _look(self, grant_id: str) -> None:
        if grant_id in self._ending and not await self._is_connected(grant_id, otherwise=True):
            self._end(grant_id)

    async def _look_at_policy(self, space_id: str) -> None:
        try:
            applies = await self.has_policy(space_id)
        except GatewayError as fault:
            log.warning("policy_not_looked_at", space_id=space_id, reason=fault.reason)
            applies = True
        if applies:
            self.end_all_of(space_id)

    async def _is_connected(self, grant_id: str, *, otherwise: bool = False) -> bool:
        try:
            return await self.is_connected(grant_id)
        except GatewayError as fault:  # nothing that is open is ended for that
            log.warning("connection_not_looked_at", **in_log(grant_id), reason=fault.reason)
            return otherwise


@contextmanager
def _in(register: defaultdict[str, set[T]], grant_id: str, one: T) -> Generator[None]:
    here = register[grant_id]
    here.add(one)
    try:
        yield
    finally:
        here.discard(one)
        if not here and register.get(grant_id) is here:
            del register[grant_id]
