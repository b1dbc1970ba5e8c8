"""Answers that are recognised by one before: as the parser would have read them."""

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.http1 import connection as connections
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.proxy.rules import known_answer as rules
from notion_gateway.proxy.rules.known_answer import KnownAnswers
from notion_gateway.proxy.rules.plain_head import PlainHead, plain_head
from tests.hostile.http1_fuzz import Connected
from tests.proxy.test_plain_head import Read, answers, head

LENGTHS = (b"Content-Length: 2", b"Content-Length: 0", b"content-length: 2", b"Content-Length: 02")
OTHERS = (b"Date: now", b"x-kept: 1", b"x-kept: \xe9", b"Set-Cookie: a", b"X-Request-Id: 7")
ENDS = (b"Connection: keep-alive", b"Connection: close", b"Transfer-Encoding: chunked")
FORMS = (b"Content-Type: text/event-stream", b"content-type: A/b; c=d", b"Content-Encoding: gzip")
BODIES = (b"{}", b"{}", b"", b"{", b"{}{}", b"{}HTTP/1.1 200 OK\r\n")
CHUNKED = (b"2\r\n{}\r\n", b"2\r\n{}\r\n0\r\n\r\n", b"0\r\n\r\nHTTP/1.1 ", b"x", *BODIES)


@st.composite
def likely(draw: st.DrawFn) -> bytes:
    """Of few kinds, so that one is often like another."""
    status = draw(st.sampled_from((b"200 OK", b"200 OK", b"204 No", b"304 -", b"404 ")))
    chunked = draw(st.booleans())
    framing = b"Transfer-Encoding: chunked" if chunked else draw(st.sampled_from(LENGTHS))
    lines = [framing, *draw(st.lists(st.sampled_from((*OTHERS, *FORMS)), max_size=2))]
    if draw(st.booleans()):
        lines.append(draw(st.sampled_from(ENDS)))
    body = draw(st.sampled_from(CHUNKED if chunked else BODIES))
    return b"\r\n".join([b"HTTP/1.1 " + status, *lines, b"", body])


def is_whole_and_alone(data: bytes) -> bool:
    read = Read(data)
    plain = plain_head(data)
    return (
        plain is not None
        and plain.has_length
        and read.is_whole
        and read.stays_open
        and not read.is_refused
        and plain.size + len(read.body) == len(data)
    )


def is_stream(data: bytes) -> bool:
    """Its head is here, and it says chunks alone of where its body ends."""
    plain = plain_head(data)
    if plain is None or plain.has_length or Read(data[: plain.size]).is_refused:
        return False
    codings = [line for line in plain.framing.lower().split(b"\r\n") if b"coding" in line]
    return codings == [b"transfer-encoding: chunked"] and Read(data).status not in {204, 304}


def learn(known: KnownAnswers, data: bytes) -> None:
    """As a connection does, which has read it."""
    plain = plain_head(data)
    assert plain is not None
    known.learn(Read(data).status, data, plain)


def require_same(known: KnownAnswers, data: bytes) -> bool:
    """Whether it is known; then it has to be what the parser finds."""
    found = known.find(data)
    if found is None:
        return False
    status, recognised = found
    read, plain = Read(data), plain_head(data)
    assert plain is not None
    assert is_whole_and_alone(data) if plain.has_length else is_stream(data)
    assert b"\r\n".join(recognised.lines) == b"\r\n".join(plain.lines)
    assert b"" not in recognised.lines  # it would end the head that the caller reads
    assert len(recognised.lines) + recognised.more_lines == len(plain.lines)
    assert (status, recognised.size) == (read.status, plain.size)
    assert (recognised.has_length, recognised.form) == (plain.has_length, plain.form)
    if not plain.has_length:
        rest = data[plain.size :]
        assert Read(recognised.framing, rest).framing() == read.framing()
    return True


@given(st.lists(st.one_of(likely(), answers()), min_size=2, max_size=6))
@settings(max_examples=800)
def test_what_is_recognised_is_what_the_parser_makes_of_it(several: list[bytes]) -> None:
    known = KnownAnswers()
    for data in several:
        require_same(known, data)
        if is_whole_and_alone(data) or is_stream(data):
            learn(known, data)


KIND = head("Content-Length: 2", "X-Kept: 1", "Date: now", "Set-Cookie: a=b")


def test_another_value_and_another_length_are_of_the_same_kind() -> None:
    known = KnownAnswers()
    learn(known, KIND + b"{}")
    other = head("Content-Length: 12", "X-Kept: 22", "Date: ", "Set-Cookie: c")
    assert require_same(known, other + b"0123456789ab")


@pytest.mark.parametrize(
    "data",
    [
        KIND + b"{",
        KIND + b"{}}",
        head("Content-Length: 2", "X-Kept: 1", "Date: now") + b"{}",
        head("Content-Length: 2", "X-Kept: 1", "Date: now", "Set-Cookie: a", "X-More: 1") + b"{}",
        head("Content-Length: 2", "X-Kept: 1", "Date: now", "Connection: close") + b"{}",
        KIND.replace(b"200 OK", b"200 Fine") + b"{}",
        KIND.replace(b"now", b"n\now") + b"{}",
        KIND.replace(b"now", b"n\row") + b"{}",
        KIND.replace(b"now", b"n\x00w") + b"{}",
        KIND.replace(b": 2", b":  2") + b"{}",
        KIND.replace(b": 2", b": +2") + b"{}",
        KIND.replace(b"now", b"x" * 20_000) + b"{}",
    ],
)
def test_anything_else_is_the_parsers(data: bytes) -> None:
    known = KnownAnswers()
    learn(known, KIND + b"{}")
    assert known.find(data) is None


STREAM = head("Date: now", "Content-Type: text/event-stream", "Transfer-Encoding: chunked")


def test_of_a_stream_the_head_is_known_whatever_has_come_of_its_body() -> None:
    known = KnownAnswers()
    learn(known, STREAM)
    for came in (b"", b"5\r\ndata:", b"5\r\ndata:\r\n0\r\n\r\n"):
        assert require_same(known, STREAM.replace(b"now", b"later") + came)


@pytest.mark.parametrize(
    "data",
    [
        STREAM[:-1],
        STREAM.replace(b"event-stream", b"html"),
        STREAM.replace(b"chunked", b"gzip, chunked"),
        STREAM.replace(b"chunked", b"chunked\r\nTransfer-Encoding: chunked"),
        STREAM.replace(b"chunked", b"chunked\r\nContent-Length: 2"),
        STREAM.replace(b"chunked", b"chunked\r\nContent-Encoding: gzip"),
        STREAM.replace(b"now", b"n\now"),
        STREAM.replace(b"now", b"x" * 20_000),
    ],
)
def test_any_other_head_of_a_stream_is_taken_apart(data: bytes) -> None:
    known = KnownAnswers()
    learn(known, STREAM)
    assert known.find(data) is None


@pytest.mark.parametrize(
    "framing", ["Transfer-Encoding: chunked", "Content-Length: 2", "transfer-encoding: Chunked"]
)
def test_two_kinds_of_framing_together_are_never_learned(framing: str) -> None:
    known, doubled = KnownAnswers(), head("Transfer-Encoding: chunked", framing)
    learn(known, doubled)
    assert known.find(doubled) is None


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_what_stands_behind_an_answer_without_a_body_is_not_its_body(status: str) -> None:
    known = KnownAnswers()
    first = head("Content-Length: 0", status=f"HTTP/1.1 {status}")
    learn(known, first)
    behind = head("Content-Length: 2", status=f"HTTP/1.1 {status}") + b"{}"
    assert not is_whole_and_alone(behind)
    assert not require_same(known, behind)


def test_a_value_that_could_hold_the_end_of_a_line_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control."""
    monkeypatch.setattr(rules, "_TEXT", rb"[^\x00]*")
    known = KnownAnswers()
    learn(known, KIND + b"{}")
    with pytest.raises(AssertionError):
        require_same(known, KIND.replace(b"now", b"now\r\nTransfer-Encoding: chunked") + b"{}")


def test_kinds_are_bounded_and_a_new_one_makes_room_seldom() -> None:
    known, kinds = KnownAnswers(), 8
    several = [head(f"x-{number}: a", "Content-Length: 2") + b"{}" for number in range(1100)]
    for data in several:
        learn(known, data)
    found = [number for number, data in enumerate(several) if require_same(known, data)]
    assert len(found) == kinds
    assert found[-1] >= kinds


class Heard:
    takes_lines = True

    def __init__(self) -> None:
        self.has_begun = False
        self.status, self.body, self.ends = 0, b"", 0

    def head_came(self, status: int, headers: RawHeaders, plain: PlainHead | None) -> None:
        del headers, plain
        self.status = status

    def part_came(self, part: bytes) -> None:
        self.body += part

    def wake(self) -> None: ...
    def ended(self) -> None:
        self.ends += 1

    def failed(self, fault: BaseException) -> None:
        raise fault


async def called(one: Connected, *pieces: bytes) -> Heard:
    heard = Heard()
    one.freed = False
    one.connection.send(b"", b"", heard)
    for piece in pieces:
        one.connection.data_received(piece)
    assert one.freed
    assert not one.wire.closing
    return heard


@pytest.mark.anyio
async def test_the_parser_is_asked_once_for_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_known_answers", KnownAnswers())
    parsed: list[bytes] = []
    read = Connection._read  # pyright: ignore[reportPrivateUsage]

    def noted(self: Connection, data: bytes, *of: Any, is_new: bool = False) -> None:
        if is_new or len(of) == 1:
            parsed.append(data)
        read(self, data, *of, is_new=is_new)

    monkeypatch.setattr(Connection, "_read", noted)
    one = Connected()
    chunked = head("X-Kept: 1", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n"
    for pieces in (
        *([KIND + b"{}"], [KIND + b"[]"], [KIND, b"()"]),
        *([chunked], [chunked], [KIND + b"''"]),
    ):
        heard = await called(one, *pieces)
        assert (heard.status, heard.ends, len(heard.body)) == (200, 1, 2)

    assert parsed == [KIND + b"{}", KIND, b"()", chunked]


@pytest.mark.anyio
async def test_many_parts_of_one_read_are_told_together() -> None:
    one, heard = Connected(), Heard()
    parts: list[bytes] = []
    cast("Any", heard).part_came = parts.append
    one.connection.send(b"", b"", heard)
    one.connection.data_received(head("Transfer-Encoding: chunked"))
    one.connection.data_received(b"2\r\n{}\r\n" * 1000)
    one.connection.data_received(b"2\r\n[]\r\n0\r\n\r\n")

    assert parts == [b"{}" * 1000, b"[]"]
    assert (heard.ends, one.freed) == (1, True)
