"""Somebody who has a stream open, and how it ends for them."""

import asyncio

import aiohttp

from tests.support.gateway import Caller
from tests.support.identity import Person
from tests.support.waiting import until

SECONDS = 2.0
"""Within which a stream ends that has to."""


class Listener:
    """Reads a stream to its end in the background."""

    def __init__(self, who: Person, space: str) -> None:
        self._who, self._space = who, space
        self.heard = 0
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> str:
        caller, bearer = self._who.caller, self._who.bearer or self._who.principal(self._space)
        headers = {"Authorization": f"Bearer {bearer}", "Accept": "text/event-stream"}
        url = f"{caller.url}/mcp/notion/{self._space}"
        try:
            async with caller.http.get(url, headers=headers, timeout=None) as answer:
                if answer.status != 200:
                    return f"refused with {answer.status}"
                async for _ in answer.content.iter_any():
                    self.heard += 1
        except aiohttp.ClientError:
            return "cut"
        return "ended"

    async def opened(self) -> "Listener":
        await until(lambda: self.heard > 0 or self.task.done())
        assert not self.task.done()
        return self

    async def outcome(self) -> str:
        await until(self.task.done, SECONDS)
        return self.task.result()


def at(caller: Caller, who: Person, user: str, bearer: str | None = None) -> Person:
    return Person(caller, user, who.signer, who.now, bearer)
