"""Streams that follow a space's connection: those that wait for one, and those that end with it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar, final

import structlog

from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

T = TypeVar("T")
End = Callable[[], None]


@final
@dataclass
class ConnectionWatch:
    """``is_connected`` reads how a space is now; ``changed`` says that it may have changed.
    ``has_policy`` reads whether its callers may not see everything.
    """

    is_connected: Callable[[str], Awaitable[bool]]
    has_policy: Callable[[str], Awaitable[bool]]
    _waiting: defaultdict[str, set[asyncio.Event]] = field(
        init=False, repr=False, default_factory=lambda: defaultdict[str, set[asyncio.Event]](set)
    )
    _ending: defaultdict[str, set[End]] = field(
        init=False, repr=False, default_factory=lambda: defaultdict[str, set[End]](set)
    )
    _looking: Detached = field(init=False, repr=False, default_factory=Detached)

    @contextmanager
    def changes(self, space_id: str) -> Generator[asyncio.Event]:
        """An event that is set whenever the connection may have changed, by whomever."""
        event = asyncio.Event()
        with _in(self._waiting, space_id, event):
            yield event

    async def connects_within(self, space_id: str, changed: asyncio.Event, seconds: float) -> bool:
        """Whether the space is connected; looks at once, and again with each change until then.
        ``changed`` is what ``changes`` gave.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while True:
            changed.clear()
            if await self._is_connected(space_id):
                return True
            if not await happens_within(changed, max(0.0, until - loop.time())):
                return False

    @contextmanager
    def ending(self, space_id: str, end: End) -> Generator[None]:
        """Calls ``end`` if the space loses its connection or gets another policy during the
        block.
        """
        with _in(self._ending, space_id, end):
            yield

    def changed(self, space_id: str) -> None:
        for event in self._waiting.get(space_id, ()):
            event.set()
        if space_id in self._ending:
            self._looking.run(self._look(space_id), "connection-watch")

    def changed_all(self) -> None:
        """After a time in which changes may have been missed."""
        for space_id in (*self._waiting, *self._ending):
            self.changed(space_id)
        for space_id in tuple(self._ending):
            self._looking.run(self._look_at_policy(space_id), "connection-watch")

    def policy_changed(self, space_id: str) -> None:
        """What a stream carries was judged by the policy that it began with."""
        for end in tuple(self._ending.get(space_id, ())):
            end()

    async def close(self) -> None:
        await self._looking.close()

    async def _look(self, space_id: str) -> None:
        if space_id in self._ending and not await self._is_connected(space_id, otherwise=True):
            for end in tuple(self._ending.get(space_id, ())):
                end()

    async def _look_at_policy(self, space_id: str) -> None:
        try:
            applies = await self.has_policy(space_id)
        except GatewayError as fault:
            log.warning("policy_not_looked_at", space_id=space_id, reason=fault.reason)
            applies = True
        if applies:
            self.policy_changed(space_id)

    async def _is_connected(self, space_id: str, *, otherwise: bool = False) -> bool:
        try:
            return await self.is_connected(space_id)
        except GatewayError as fault:  # nothing that is open is ended for that
            log.warning("connection_not_looked_at", space_id=space_id, reason=fault.reason)
            return otherwise


@contextmanager
def _in(register: defaultdict[str, set[T]], space_id: str, one: T) -> Generator[None]:
    here = register[space_id]
    here.add(one)
    try:
        yield
    finally:
        here.discard(one)
        if not here and register.get(space_id) is here:
            del register[space_id]
