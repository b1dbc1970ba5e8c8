"""Answers that were cut, mended, doubled and split anywhere, given to a connection to Notion.

    python -m tests.hostile.http1_fuzz --count 100000 --seed 1

Whatever becomes of such an answer, its call may not stay without an end, nothing may be thrown
into the loop, every connection is accounted for, and one that was given back serves the next
call, whose answer is in order, with that answer and nothing else.
"""

import argparse
import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, cast, final

from notion_gateway.proxy.http1.answer import IncomingAnswer
from notion_gateway.proxy.http1.connection import Connection

_PIECES = (
    *(b"\r\n", b"\n", b"\r", b"\x00", b" ", b":", b"0\r\n\r\n", b"ffffffffffffffffff\r\n"),
    *(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n"),
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 101 X\r\n\r\n"),
    *(b"HTTP/1.1 104 X\r\nContent-Length: 3\r\n\r\n<1>", b"X: " + b"x" * 200_000),
    *(b"HTTP/0.9 200\r\n", b"Upgrade: h2c\r\n", b"\xff\xfe", b"-1", b"+", b"_"),
)


@final
class Wire:
    """In the place of a transport: it notes what is done with it."""

    def __init__(self) -> None:
        self.closing = False
        self.read = True

    def get_extra_info(self, _: str) -> None:
        return None

    def write(self, _: bytes) -> None:
        assert not self.closing

    def is_closing(self) -> bool:
        return self.closing

    def abort(self) -> None:
        self.closing = True

    def pause_reading(self) -> None:
        self.read = False

    def resume_reading(self) -> None:
        self.read = True


@final
class Connected:
    def __init__(self) -> None:
        self.wire = Wire()
        self.freed = False
        self.lost = False
        self.connection = Connection(self._free, self._lose)
        self.connection.connection_made(cast("Any", self.wire))

    def feed(self, chance: random.Random, data: bytes) -> None:
        """In segments, for as long as the connection stands; then its end."""
        while data and not self.wire.closing:
            size = chance.choice((1, 2, 3, 7, 20, 100, len(data)))
            self.connection.data_received(data[:size])
            data = data[size:]

    def end(self, fault: Exception | None = None) -> None:
        """By a ``fault``, such as a reset, there is no clean end before it."""
        if fault is None and not self.wire.closing:
            self.connection.eof_received()
        self.connection.connection_lost(fault)

    def _free(self, _: Connection) -> None:
        self.freed = True

    def _lose(self, _: Connection) -> None:
        self.lost = True


def answer_with(chance: random.Random, mark: bytes) -> tuple[bytes, bytes]:
    """An answer as it is sent, and its body."""
    body = mark * chance.choice((0, 1, 3, 50))
    before = chance.choice((b"", b"", b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"))
    status = chance.choice((b"200 OK", b"200 OK", b"404 Not Found"))
    head = before + b"HTTP/1.1 " + status + b"\r\nContent-Type: text/plain\r\n"
    match chance.randrange(3):
        case 0:
            return head + b"Content-Length: %d\r\n\r\n" % len(body) + body, body
        case 1:
            parts = [body[at : at + 9] for at in range(0, len(body), 9)]
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
            return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n", body
        case _:
            return head + b"Connection: close\r\n\r\n" + body, body


def mutated(chance: random.Random, answer: bytes) -> bytes:
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at = chance.randrange(len(answer) + 1)
        match chance.randrange(5):
            case 0:
                answer = answer[:at]
            case 1:
                answer = answer[:at] + chance.choice(_PIECES) + answer[at:]
            case 2:
                answer = answer[:at] + answer[at + chance.randrange(1, 9) :]
            case 3:
                answer = answer[:at] + bytes([chance.randrange(256)]) + answer[at + 1 :]
            case _:
                answer += answer[:at]
    return answer


async def outcome(answer: IncomingAnswer) -> tuple[str, bytes]:
    """After its connection has ended: what came of it. Never waits."""
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(1):
            await answer.head
            while part := await answer.read():
                parts.append(part)
    except TimeoutError:
        return "without an end", b"".join(parts)
    except OSError:
        return "broken", b"".join(parts)
    return "whole", b"".join(parts)


async def a_round(chance: random.Random) -> str:
    one = Connected()
    first, _ = answer_with(chance, b"<one>")
    end, _ = await called(one, chance, mutated(chance, first), heads=0.1)
    if one.lost:
        return end
    assert end == "whole", "a connection was given back too early"
    assert one.wire.read, "a connection was given back that is not read any more"
    second, body = answer_with(chance, b"<two>")
    assert await called(one, chance, second) == ("whole", body), "a call was given something else"
    return "whole, and the next one too"


async def called(
    one: Connected, chance: random.Random, sent: bytes, heads: float = 0.0
) -> tuple[str, bytes]:
    """What a call is told; the connection has ended afterwards, unless it was given back."""
    connection = one.connection
    answer = IncomingAnswer(connection.cut, connection.pause, connection.resume)
    connection.send(b"", b"", answer, only_head=chance.random() < heads)
    one.freed = False
    one.feed(chance, sent)
    assert not answer.complete or one.freed or one.wire.closing, "a connection is not accounted for"
    if not one.freed or one.wire.closing:  # something has come after its end
        one.end()
    end, body = await outcome(answer)
    assert end != "without an end", "a call waits for ever"
    return end, body


async def many(
    a_round: Callable[[random.Random], Awaitable[str]], count: int, seed: int
) -> Counter[str]:
    """How often each end came."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    return Counter([await a_round(chance) for _ in range(count)])


async def fuzz(count: int, seed: int) -> Counter[str]:
    return await many(a_round, count, seed)


def main(a_round: Callable[[random.Random], Awaitable[str]], what: str) -> None:
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for end, times in asyncio.run(many(a_round, given.count, given.seed)).most_common():
        print(f"{times:>8} {end}")  # noqa: T201


if __name__ == "__main__":
    main(a_round, "Broken answers, given to a connection to Notion.")
