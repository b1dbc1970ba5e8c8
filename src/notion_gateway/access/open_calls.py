"""Calls and streams under way: they end with the access of whoever opened them.

A listening stream may stay open for days. Its opener was a member then; when members or
gateway tokens of the space change, everybody who has something open in it is asked for anew.
"""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, final

import structlog

from notion_gateway.access.membership import Members
from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.errors import AccessEnded, StoreUnavailable

log = structlog.stdlib.get_logger()

_AGAIN_AFTER_SECONDS = 1.0


@dataclass(eq=False, slots=True)
class _Open:
    principal: Principal
    task: asyncio.Task[Any]
    ended: bool = False

    def end(self) -> None:
        self.ended = True
        self.task.cancel()


@final
@dataclass
class OpenCalls:
    members: Members
    tokens: GatewayTokenStore
    _open: dict[str, set[_Open]] = field(init=False, repr=False, default_factory=dict[str, Any])
    _looking: Detached = field(init=False, repr=False, default_factory=Detached)

    @contextmanager
    def call(self, principal: Principal, space_id: str) -> Generator[None]:
        """Raises AccessEnded where the block is broken off for want of access."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - an ASGI call always runs in a task
        mine = _Open(principal, task)
        here = self._open.setdefault(space_id, set())
        here.add(mine)
        try:
            yield
        except asyncio.CancelledError:
            if mine.ended and task.uncancel() == 0:
                raise AccessEnded from None
            raise
        finally:
            here.discard(mine)
            if not here and self._open.get(space_id) is here:
                del self._open[space_id]

    def changed(self, space_id: str) -> None:
        if space_id in self._open:
            self._looking.run(self._look(space_id), "open-calls")

    def changed_all(self) -> None:
        for space_id in tuple(self._open):
            self.changed(space_id)

    async def close(self) -> None:
        await self._looking.close()

    async def _look(self, space_id: str) -> None:
        """Until it is known; while the database cannot be reached nobody is sent away."""
        while found := tuple(self._open.get(space_id, ())):
            try:
                gone = await self._without_access(space_id, found)
            except StoreUnavailable:
                await asyncio.sleep(_AGAIN_AFTER_SECONDS)
                continue
            for one in gone:
                if one.ended or one not in self._open.get(space_id, ()):
                    continue  # it has ended meanwhile, or another look was first
                log.info("open_call_ended", space_id=space_id, user_id=one.principal.user_id)
                one.end()
            return

    async def _without_access(self, space_id: str, found: Sequence[_Open]) -> Sequence[_Open]:
        token_ids = {one.principal.token_id for one in found if one.principal.token_id is not None}
        revoked = await self.tokens.revoked_among(token_ids) if token_ids else ()
        return [
            one
            for one in found
            if one.principal.token_id in revoked
            or not await self.members.belongs(one.principal, space_id)
        ]
