"""Whatever framing a caller makes up: refused, or one request upstream with the very body."""

import asyncio
from collections.abc import Iterable

import pytest

from tests.hostile.corpus import REFUSED, UNDERSTOOD, in_pieces
from tests.hostile.raw_upstream import RawUpstream, Received
from tests.support.figures import Figure
from tests.support.raw import connection
from tests.support.rig import Rig
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:40")]


async def heard(rig: Rig, pieces: Iterable[bytes]) -> bytes:
    """Everything the gateway says to these bytes; the caller then leaves."""
    async with connection(rig.gateway.port) as raw, asyncio.timeout(PATIENCE_SECONDS):
        try:
            for piece in pieces:
                await raw.send(piece)
                await asyncio.sleep(0)  # each in a segment of its own
            answer = await raw.reader.readuntil(b"\r\n\r\n")
            raw.writer.write_eof()
            return answer + await raw.rest()
        except ConnectionError:
            return b""  # the gateway has closed in the middle of it


def oddities(one: Received, body: bytes) -> list[str]:
    """How a request upstream differs from the plain one that it should be."""
    framing = {
        "another line": one.line != b"POST /mcp HTTP/1.1",
        "another body": one.body != body,
        "another length": one.values(b"content-length") != [b"%d" % len(body)],
        "a second framing": bool(one.values(b"transfer-encoding")),
        "a hop's own header": bool(one.values(b"upgrade") + one.values(b"connection")),
        "not one host": len(one.values(b"host")) != 1,
        "not one token": len(one.values(b"authorization")) != 1,
    }
    return [name for name, found in framing.items() if found]


async def test_what_can_be_read_in_two_ways_is_refused(
    connected: Rig, raw: RawUpstream, figure: Figure
) -> None:
    answered = {
        name: [await heard(connected, pieces) for pieces in in_pieces(sent)]
        for name, sent in REFUSED.items()
    }

    refusals = (b"HTTP/1.1 400 ", b"HTTP/1.1 413 ")
    unlike = {
        name: answers
        for name, answers in answered.items()
        if not all(not one or one.startswith(refusals) for one in answers)
        or any(one.count(b"HTTP/1.1 ") > 1 for one in answers)
        or not answers[0]
    }
    assert unlike == {}
    assert raw.accepted == []
    sent = sum(map(len, answered.values()))
    words = "{} requests that read in two ways: {} connections to Notion"
    figure(words, sent, len(raw.accepted))


async def test_what_can_be_read_in_one_way_is_one_request_with_that_very_body(
    connected: Rig, raw: RawUpstream
) -> None:
    unlike: dict[str, object] = {}
    for name, (sent, body) in UNDERSTOOD.items():
        for pieces in in_pieces(sent):
            before = len(raw.received)
            answer = await heard(connected, pieces)
            found = raw.received[before:]
            odd = [oddities(one, body) for one in found]
            if odd != [[]] or [answer.count(b"HTTP/1.1 "), answer.count(b" 200 OK")] != [1, 1]:
                unlike[name] = (odd, answer)
    assert unlike == {}
    assert raw.left_over == b""
