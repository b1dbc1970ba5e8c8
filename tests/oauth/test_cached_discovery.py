"""One policy for how long is believed what a server says about itself."""

import asyncio
from datetime import datetime, timedelta

import pytest

from notion_gateway.kernel.errors import UpstreamUnreachable
from notion_gateway.oauth.discovery import CachedDiscovery
from tests.support.samples import NOW
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


class Server:
    """Says another thing each time it is asked; ``is_away``: does not answer. ``looks``: how
    often it was asked, also without an answer, which comes once ``answers`` is set.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.looks = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self.is_away = False
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def timestamp(self) -> float:
        return self.now().timestamp()

    async def discover(self) -> int:
        self.looks += 1
        await self.answers.wait()
        if self.is_away:
            raise UpstreamUnreachable
        self.asked += 1
        return self.asked


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def cached(server: Server) -> CachedDiscovery[int]:
    return CachedDiscovery("server", server.discover, server)


async def test_an_answer_is_believed_for_an_hour_and_then_looked_up_again(
    server: Server, cached: CachedDiscovery[int]
) -> None:
    assert [await cached.find(), await cached.find()] == [1, 1]
    server.time += timedelta(minutes=59)
    assert await cached.find() == 1
    server.time += timedelta(minutes=1)
    assert await cached.find() == 2


async def test_an_old_answer_serves_on_while_a_look_fails(
    server: Server, cached: CachedDiscovery[int]
) -> None:
    await cached.find()
    server.time += timedelta(hours=2)
    server.is_away = True
    assert await cached.find() == 1


async def test_a_fresh_look_fails_where_the_server_is_away(
    server: Server, cached: CachedDiscovery[int]
) -> None:
    await cached.find()
    server.is_away = True
    with pytest.raises(UpstreamUnreachable):
        await cached.find(fresh=True)
    assert await cached.find() == 1


async def test_who_waits_for_a_first_look_shares_its_fault(
    server: Server, cached: CachedDiscovery[int]
) -> None:
    server.is_away = True
    server.answers.clear()
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(_fault_of(cached)) for _ in range(5)]
        await until(lambda: server.looks == 1)
        server.answers.set()
    assert all(one.result() for one in waiting)
    assert server.looks == 1

    server.is_away = False
    assert await cached.find() == 1  # who comes later looks anew


async def _fault_of(cached: CachedDiscovery[int]) -> bool:
    with pytest.raises(UpstreamUnreachable):
        await cached.find()
    return True


async def test_a_server_that_was_never_reached_is_no_answer(
    server: Server, cached: CachedDiscovery[int]
) -> None:
    server.is_away = True
    with pytest.raises(UpstreamUnreachable):
        await cached.find()
