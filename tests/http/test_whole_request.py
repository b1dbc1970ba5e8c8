"""A head that was accepted before is known by its bytes: as the parser would have read it."""

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notion_gateway.http.request import Request
from notion_gateway.http.whole_request import whole_request
from tests.hostile.corpus import REFUSED, UNDERSTOOD
from tests.support.raw import request


class Read:
    """What the parser makes of bytes: ``others`` is whatever came besides one request."""

    def __init__(self, data: bytes) -> None:
        self.url, self.body, self.headers = b"", b"", list[tuple[bytes, bytes]]()
        self.begun = self.complete = 0
        parser = httptools.HttpRequestParser(self)
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.complete = -1
        self.method = parser.get_method()

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete += 1

    @property
    def is_one(self) -> bool:
        return self.begun == self.complete == 1


NAMES = st.sampled_from(
    ["X", "content-length", "Content-Length", "Mcp-Method", "", "a b", "content"]
)
VALUES = st.sampled_from(
    ["2", "0", "02", "2 ", "", "a", "\tb", "a: b", "a\r\n b", "2\r\nX: y", "a\nb"]
)
BODIES = st.binary(max_size=12)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    lines = [f"{name}: {value}" for name, value in draw(st.lists(st.tuples(NAMES, VALUES)))]
    at = draw(st.integers(0, len(lines)))
    body = draw(BODIES)
    length = draw(st.sampled_from([f"Content-Length: {len(body)}", f"content-length: {len(body)}"]))
    head = ["POST /mcp HTTP/1.1", "Host: a", *lines[:at], length, *lines[at:]]
    before = draw(st.sampled_from(["", "", "", "\r\n"]))
    return (before + "\r\n".join(head)).encode() + b"\r\n\r\n" + body


@given(requests(), BODIES)
@settings(max_examples=400)
def test_the_same_head_with_another_body_reads_as_the_parser_reads_it(
    data: bytes, body: bytes
) -> None:
    read, whole = Read(data), whole_request(data)
    if whole is None or not read.is_one or not whole.agrees_with(read.headers):
        return
    assert whole.body == read.body
    length = f"{len(body)}".encode()
    again = (
        data.removesuffix(whole.body)
        .replace(b"ontent-length: %d\r\n" % len(whole.body), b"ontent-length: %b\r\n" % length)
        .replace(b"ontent-Length: %d\r\n" % len(whole.body), b"ontent-Length: %b\r\n" % length)
        + body
    )
    other = whole_request(again)
    if other is None or other.key != whole.key:
        return

    parsed = Read(again)
    assert parsed.is_one
    assert (parsed.method, parsed.url, parsed.body) == (read.method, read.url, other.body)
    assert Request(b"POST", b"/mcp", b"", None, other.head).headers == parsed.headers
    differing = [one for one in zip(parsed.headers, read.headers, strict=True) if one[0] != one[1]]
    assert {one[0][0] for one in differing} <= {b"content-length"}


def test_another_length_is_the_same_head_and_anything_else_is_another() -> None:
    def key(data: bytes) -> bytes:
        found = whole_request(data)
        assert found is not None
        return found.key

    asked = request("X: a", body=b"{}")
    assert key(asked) == key(request("X: a", body=b"[1, 2, 3, 4, 5]"))
    for other in ("X: b", "x: a", "X:  a", "X: a\r\nX: a"):
        assert key(asked) != key(request(other, body=b"{}"))
    assert key(request("Content-Length: 2", body=b"{}")) != key(
        request("content-length: 2", body=b"{}")
    )


@pytest.mark.parametrize("name", [*REFUSED, *UNDERSTOOD])
def test_what_is_known_by_its_bytes_is_what_the_parser_reads_as_one_request(name: str) -> None:
    data = REFUSED[name] if name in REFUSED else UNDERSTOOD[name][0]
    read, whole = Read(data), whole_request(data)
    if whole is not None and read.is_one and whole.agrees_with(read.headers):
        assert whole.body == read.body
        assert whole.head + whole.body == data
