"""Calls whose heads came before: taken from one read, without a parser."""

import asyncio
from typing import cast

import pytest

from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.http.request import Request
from notion_gateway.http.whole_request import WholeRequest
from notion_gateway.proxy.from_memory import FromMemory
from notion_gateway.proxy.known_heads import KnownHeads
from notion_gateway.proxy.relays import Known
from tests.hostile.raw_upstream import RawUpstream
from tests.support.gateway import CALL
from tests.support.raw import Connection, ask, connection, request
from tests.support.rig import Rig
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def recalled(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Bodies of requests that were known by the bytes of their heads."""
    found: list[bytes] = []
    recall = FromMemory.recalled

    def noted(self: FromMemory, whole: WholeRequest) -> Request | None:
        known = recall(self, whole)
        if known is not None:
            found.append(known.body)
        return known

    monkeypatch.setattr(FromMemory, "recalled", noted)
    return found


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the gateway has read of its callers. Asked for before any connection is made."""
    found: list[bytes] = []
    read = LimitedHttpProtocol.data_received

    def noted(self: LimitedHttpProtocol, data: bytes) -> None:
        read(self, data)
        found.append(data)

    monkeypatch.setattr(LimitedHttpProtocol, "data_received", noted)
    return found


class Never:
    """A flag that nobody can set."""

    def __get__(self, *_: object) -> bool:
        return False

    def __set__(self, *_: object) -> None: ...


async def a_call_within_the_body_of_another(
    one: Connection, reads: list[bytes], recalled: list[bytes]
) -> bytes:
    """After its head is known. Returns the inner one."""
    asked = request(body=CALL)
    for _ in range(4):
        await ask(one)
    assert recalled
    recalled.clear()
    reads.clear()
    await one.send(request(f"Content-Length: {len(asked)}"))
    await until(lambda: len(reads) == 1)
    await one.send(asked)
    assert (await one.head())[0] == 200
    return asked


async def test_a_head_that_came_before_is_parsed_no_more(
    connected: Rig, raw: RawUpstream, recalled: list[bytes]
) -> None:
    bodies = [b'{"id":%d}' % (10**digits) for digits in range(8)]
    for _ in range(2):
        async with connection(connected.gateway.port) as one:
            for body in bodies:
                assert await ask(one, "X-Kept: a", body=body) == b"{}"

    assert recalled[-len(bodies) :] == bodies
    assert [one.body for one in raw.received] == bodies * 2
    assert {one.values(b"x-kept")[0] for one in raw.received} == {b"a"}


async def test_a_head_that_came_before_is_no_request_in_the_middle_of_another(
    reads: list[bytes], connected: Rig, raw: RawUpstream, recalled: list[bytes]
) -> None:
    async with connection(connected.gateway.port) as one:
        inner = await a_call_within_the_body_of_another(one, reads, recalled)

    assert raw.received[-1].body == inner
    assert recalled == []


async def test_without_the_guard_a_call_within_a_body_is_taken_for_a_request(
    reads: list[bytes],
    connected: Rig,
    raw: RawUpstream,
    recalled: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control."""
    monkeypatch.setattr(LimitedHttpProtocol, "_in_message", Never())
    async with connection(connected.gateway.port) as one:
        await a_call_within_the_body_of_another(one, reads, recalled)

    assert raw.received[-1].body == recalled[-1] == CALL


@pytest.mark.parametrize("spelling", ["Content-Length: ", "Content-Length:", "content-length:\t"])
async def test_a_head_that_came_before_waits_for_its_body_however_its_length_is_spelled(
    reads: list[bytes],
    connected: Rig,
    raw: RawUpstream,
    recalled: list[bytes],
    spelling: str,
) -> None:
    head = request(f"{spelling}{len(CALL)}")
    async with connection(connected.gateway.port) as one:
        for _ in range(3):
            reads.clear()
            await one.send(head)
            await until(lambda: len(reads) == 1)
            await one.send(CALL)
            status, lines = await one.head()
            assert status == 200
            (length,) = [line for line in lines if line.startswith(b"content-length: ")]
            await one.reader.readexactly(int(length.split(b" ")[1]))

    assert [sent.body for sent in raw.received] == [CALL] * 3
    assert recalled == []


async def test_a_head_that_came_before_is_not_answered_before_the_call_under_way(
    connected: Rig, raw: RawUpstream, recalled: list[bytes]
) -> None:
    asked = request(body=CALL)
    async with connection(connected.gateway.port) as one:
        for _ in range(4):
            await ask(one)
        assert recalled
        known, before = len(recalled), len(raw.received)
        await one.send(asked + asked)
        answers = await one.rest()

    assert answers.count(b"HTTP/1.1 200 ") == 1
    assert len(raw.received) == before + 1
    assert len(recalled) == known


# --- how they are forgotten -----------------------------------------------------------------


class Looks:
    """Says of each head that it holds, but for those named; and notes how many were looked at
    before anything else had its turn.
    """

    def __init__(self) -> None:
        self.ended: set[object] = set()
        self.at_once: list[int] = []
        self._turn = 0

    def __call__(self, known: Known) -> bool:
        if not self.at_once:
            self.begin_turn()
        self.at_once[-1] += 1
        return known not in self.ended

    def begin_turn(self) -> None:
        self.at_once.append(0)


class OneHead:
    """As much of a ``Known`` as forgetting looks at."""

    def __init__(self) -> None:
        self.head = b""
        self.was_used = True


async def test_heads_are_forgotten_a_part_at_a_time() -> None:
    looks = Looks()
    heads, many = KnownHeads(looks), [cast("Known", OneHead()) for _ in range(2000)]
    for number, one in enumerate(many):
        for _ in range(2):
            heads.remember(b"%d" % number, one)
    looks.ended = set(many[::2])
    heads._forget()  # pyright: ignore[reportPrivateUsage]
    for _ in range(len(many)):
        if sum(looks.at_once) == len(many):
            break
        looks.begin_turn()
        await asyncio.sleep(0)

    assert sum(looks.at_once) == len(many)
    assert max(looks.at_once) <= 512
    assert list(heads._known.values()) == many[1::2]  # pyright: ignore[reportPrivateUsage]
