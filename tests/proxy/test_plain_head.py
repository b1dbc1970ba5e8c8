"""Heads of answers that are taken apart by lines: as the parser would have read them."""

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notion_gateway.proxy.rules.headers import headers_downstream
from notion_gateway.proxy.rules.plain_head import plain_head


class Read:
    """What the parser makes of an answer, in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.is_whole = self.is_refused = self.stays_open = False
        self.parser = httptools.HttpResponseParser(self)
        self.status = 0
        try:
            for piece in pieces:
                self.parser.feed_data(piece)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.is_refused = True

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.status = self.parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_whole, self.stays_open = True, self.parser.should_keep_alive()

    def framing(self) -> tuple[object, ...]:
        return self.status, self.body, self.is_whole, self.is_refused, self.stays_open


def as_header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    assert colon
    return name, value.strip(b" \t")


STATUS = st.sampled_from(
    """HTTP/1.1 200 OK|HTTP/1.1 404 |HTTP/1.1 204 No|HTTP/1.1 304 -|HTTP/1.1 200|HTTP/1.1 103 Early
|HTTP/1.0 200 OK|HTTP/1.1 999 x|http/1.1 200 OK|HTTP/1.1 2000 x""".replace("\n", "").split("|")
)
NAMES = st.sampled_from(
    """Content-Length|content-length|Transfer-Encoding|Connection|Upgrade|Trailer|Content-Type
|x-kept|X-Request-Id|Set-Cookie|Mcp-Session-Id|Proxy-Connection|X_y|Date|a b|| x|x |ä
|Keep-Alive|Content-Lengt|x\ty""".replace("\n", "").split("|")
)
VALUES = st.sampled_from(
    [
        *[
            "2",
            "0",
            "5",
            " 2 ",
            "02",
            "2, 2",
            "chunked",
            "gzip, chunked",
            "identity",
            "keep-alive",
            "close",
            "Close",
            "x-kept",
        ],
        *[
            "upgrade",
            "",
            "a:b",
            "a: b",
            "é",
            "a\x00",
            "a\x7f",
            "a\tb",
            "a\rb",
            "a\nb",
            "a\r\n b",
            "a\r\nx-more: b",
            "h2c",
        ],
    ]
)
SEPARATORS = st.sampled_from([": ", ":", ":  ", " : ", ":\t"])
BODIES = st.sampled_from(
    [b"", b"{}", b"{}HTTP/1.1 200 OK\r\n", b"2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n", b"x" * 9]
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    lines = [draw(NAMES) + draw(SEPARATORS) + draw(VALUES) for _ in range(draw(st.integers(0, 4)))]
    if draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), "Content-Length: 2")
    head = "\r\n".join([draw(STATUS), *lines]).encode("latin-1")
    return head + b"\r\n\r\n" + draw(BODIES)


@given(answers())
@settings(max_examples=1500)
def test_a_head_by_its_lines_is_what_the_parser_makes_of_it(data: bytes) -> None:
    plain = plain_head(data)
    if plain is None:
        return
    whole = Read(data)
    parted = Read(plain.framing, data[plain.size :])
    assert parted.framing() == whole.framing()
    if not whole.is_refused:
        found = [as_header(line) for line in plain.lines]
        assert found == [as_header(b":".join(one)) for one in headers_downstream(whole.headers)]
        assert plain.has_length is any(name == b"content-length" for name, _ in found)


def head(*lines: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join([status, *lines, "", ""]).encode("latin-1")


def test_an_ordinary_head_needs_the_parser_for_its_framing_alone() -> None:
    data = head(
        "Content-Type: application/json",
        "Connection: keep-alive",
        "CF-RAY: 1",
        "Set-Cookie: a=b",
        "X-Request-Id: 7",
        "Transfer-Encoding: chunked",
    )
    plain = plain_head(data + b"2\r\n{}\r\n")
    assert plain is not None
    assert plain.framing == head("Connection: keep-alive", "Transfer-Encoding: chunked")
    assert plain.lines == [
        b"content-type: application/json",
        b"cf-ray: 1",
        b"x-notion-request-id: 7",
    ]
    assert (plain.size, plain.has_length) == (len(data), False)


@pytest.mark.parametrize(
    "data",
    [
        head("Mcp-Session-Id: a"),
        head("Connection: keep-alive, x-other"),
        head("Upgrade: h2c"),
        head("Proxy-Connection: close"),
        head("x y: a"),
        head("x : a"),
        head(": a"),
        head("x"),
        head("x: a", " folded"),
        head("x: a\rb"),
        head("x: a\nb"),
        head("x: a\x00"),
        head("x: a\x7f"),
        head(status="HTTP/1.1 103 Early Hints"),
        head(status="HTTP/1.0 200 OK"),
        head(status="HTTP/1.1 2000 OK"),
        head("x: " + "a" * 20_000),
        head("x: a")[:-2],
    ],
)
def test_anything_unusual_is_the_parsers(data: bytes) -> None:
    assert plain_head(data) is None


def test_what_names_are_kept_for_is_bounded() -> None:
    for number in range(2000):
        assert plain_head(head(f"x-{number}: a")) is not None
    plain = plain_head(head("x-0: a", "Content-Length: 0"))
    assert plain is not None
    assert plain.lines == [b"x-0: a", b"content-length: 0"]
