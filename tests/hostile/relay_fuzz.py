"""The same broken answers as in ``http1_fuzz.py``, relayed in callbacks to a caller.

    python -m tests.hostile.relay_fuzz --count 100000 --seed 1

What the caller is told must be what a coroutine would have been told of the very same bytes: the
same status and body, whole or cut; or nothing at all, and the call is handed over, once. Callers
leave, and take slowly, at any point. Afterwards nothing is held any more, and a connection that
was given back serves the next call.
"""

import random
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast, final

import httptools

from notion_gateway.access.bytes_in_flight import BytesInFlight
from notion_gateway.access.call_limits import CallLimits
from notion_gateway.access.open_calls import OpenCalls
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.http.direct import AnswerWriter
from notion_gateway.http.request import Request
from notion_gateway.proxy.connection_watch import ConnectionWatch
from notion_gateway.proxy.http1.answer import IncomingAnswer
from notion_gateway.proxy.relay import Relay
from notion_gateway.proxy.relays import Known, Relays
from notion_gateway.proxy.rules.sessions import NO_ELICITATION, Caller, SessionSeal
from notion_gateway.proxy.upstream import unpassable
from tests.hostile.http1_fuzz import Connected, answer_with, main, many, mutated, outcome

_SIZES = (1, 2, 3, 7, 20, 100, 1_000_000)
_REFUSED = 401


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def timestamp(self) -> float:
        return self.now().timestamp()


@final
class Wire:
    """A caller's transport."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed, "something was written to who has gone"
        self.written += data

    def close(self) -> None:
        self.closed = True

    def get_write_buffer_size(self) -> int:
        return 0


@final
class Heard:
    """What a caller's client makes of it."""

    def __init__(self, written: bytes) -> None:
        self.body = b""
        self.is_whole = False
        self.others = 0
        parser = httptools.HttpResponseParser(self)
        parser.feed_data(written)
        self.status = parser.get_status_code()

    def on_message_begin(self) -> None:
        self.others += self.is_whole

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_whole = True


@final
class Rig:
    """Everything real but the two sockets."""

    def __init__(self) -> None:
        under_way = OpenCalls(cast("Any", None), cast("Any", None), Clock())
        bodies = BytesInFlight(10_000, 10_000)
        self.limits = CallLimits(None, 1, under_way, bodies)
        self.under_way = under_way
        self.one = Connected()

        async def connected(_: str) -> bool:
            return True

        sessions = SessionSeal(lambda: [b"k" * 32])
        proxy = SimpleNamespace(
            sessions=sessions,
            watch=ConnectionWatch(connected, connected),
            lists=None,
            audit=None,
            budgets=None,
            calls=SimpleNamespace(access_tokens=SimpleNamespace(clock=Clock())),
        )
        pool = SimpleNamespace(ready=lambda: self.one.connection)
        upstream = SimpleNamespace(pool=pool, headers_timeout_seconds=600.0)
        self.relays = Relays(cast("Any", proxy), self.limits, cast("Any", upstream))
        self.known = Known(
            method=b"POST",
            path=b"/mcp/notion/proxy",
            query=b"",
            recognised=cast("Any", None),
            principal=Principal("ada", Means.GATEWAY_TOKEN, "team"),
            caller=Caller("team", "ada", "team"),
            in_path=None,
            space=cast("Any", None),
            lent=cast("Any", None),
            asks=NO_ELICITATION,
            only_listens=False,
            of_question=None,
            head=b"",
            grant_line=b"x-notion-grant: shared",
            until=Clock().timestamp(),
        )

    def call(self) -> "Call":
        return Call(self)

    def require_nothing_held(self) -> None:
        assert not self.limits._open, "a share of the limits is still taken"  # pyright: ignore[reportPrivateUsage]
        assert not self.under_way._open, "a call is still open"  # pyright: ignore[reportPrivateUsage]
        assert not self.relays._waiting, "a call still waits"  # pyright: ignore[reportPrivateUsage]


@final
class Call:
    def __init__(self, rig: Rig) -> None:
        self.wire = Wire()
        self.ends = 0
        self.handed_over = 0
        writer = AnswerWriter(cast("Any", self.wire), self._ended, self._handed_over)
        request = Request(b"POST", b"/mcp/notion/proxy", b"", [])
        self.relay = Relay(rig.relays, request, "fuzz", writer, rig.known)
        self.relay.begin(b"")

    def _ended(self) -> None:
        self.ends += 1

    def _handed_over(self, _: object) -> None:
        self.handed_over += 1


async def as_a_coroutine_hears_it(
    segments: list[bytes], fault: Exception | None = None
) -> tuple[int, str, bytes]:
    """The status, 0 where no head came that counts; the end, and the body. ``fault``: what ends
    the connection.
    """
    one = Connected()
    answer = IncomingAnswer(one.connection.cut, one.connection.pause, one.connection.resume)
    one.connection.send(b"", b"", answer)
    for segment in segments:
        if one.wire.closing:
            break
        one.connection.data_received(segment)
    if not one.freed or one.wire.closing:
        one.end(fault)
    end, body = await outcome(answer)
    came = answer.head.done() and answer.head.exception() is None
    return answer.status if came else 0, end, body


def in_segments(chance: random.Random, data: bytes) -> list[bytes]:
    found: list[bytes] = []
    while data:
        size = chance.choice(_SIZES)
        found.append(data[:size])
        data = data[size:]
    return found


async def a_round(chance: random.Random) -> str:
    rig = Rig()
    first, _ = answer_with(chance, b"<one>")
    segments = in_segments(chance, mutated(chance, first))
    leaves_after = chance.randrange(len(segments) + 1) if chance.random() < 0.1 else None
    call, one = rig.call(), rig.one
    for number, segment in enumerate(segments):
        if one.wire.closing:
            break
        if number == leaves_after:
            call.relay.caller_left()
            call.wire.closed = True
        if chance.random() < 0.1:
            call.relay.pause()
        elif chance.random() < 0.1:
            call.relay.resume()
        one.connection.data_received(segment)
    if not one.freed or one.wire.closing:
        one.end()
    rig.require_nothing_held()
    assert one.wire.read or one.wire.closing or one.lost, "a connection is not read any more"
    assert call.handed_over <= 1, "handed over twice"
    if leaves_after is not None:
        return "left"
    end = await compared(call, segments)
    if not one.freed or one.wire.closing:
        return end
    return await the_next(rig, chance)


async def reset_at(data: bytes, at: int) -> str:
    """An answer of which so many bytes come, and then a reset."""
    rig = Rig()
    call, one = rig.call(), rig.one
    segments = [data[:at]] if at else []
    for segment in segments:
        one.connection.data_received(segment)
    if not one.freed or one.wire.closing:
        one.end(ConnectionResetError(104, "Connection reset by peer"))
    rig.require_nothing_held()
    return await compared(call, segments, ConnectionResetError())


async def compared(call: Call, segments: list[bytes], fault: Exception | None = None) -> str:
    """The caller was told what a coroutine hears of the same bytes."""
    status, end, body = await as_a_coroutine_hears_it(segments, fault)
    if not status or unpassable(status) is not None or status == _REFUSED:
        assert call.handed_over, "there is an answer where there is none"
        assert not call.wire.written, "a part of an answer was written, and the call handed over"
        return "handed over"
    heard = Heard(call.wire.written)
    assert not heard.others, "a caller was told more than one answer"
    assert (heard.status, heard.body) == (status, body), "a caller was told something else"
    assert heard.is_whole == (end == "whole"), "an end that is none, or none where there is one"
    assert call.ends == (end == "whole"), "an end that is none, for the connection"
    assert call.wire.closed == (end != "whole")
    return end


async def the_next(rig: Rig, chance: random.Random) -> str:
    rig.one.freed = False
    second, body = answer_with(chance, b"<two>")
    call = rig.call()
    for segment in in_segments(chance, second):
        rig.one.connection.data_received(segment)
    if not rig.one.freed:
        rig.one.end()
    heard = Heard(call.wire.written)
    assert (heard.body, heard.is_whole) == (body, True), "a call was given something else"
    rig.require_nothing_held()
    return "whole, and the next one too"


async def fuzz(count: int, seed: int) -> Counter[str]:
    return await many(a_round, count, seed)


if __name__ == "__main__":
    main(a_round, "Broken answers, relayed to a caller.")
