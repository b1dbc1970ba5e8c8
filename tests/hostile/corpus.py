"""Requests that parsers have disagreed about: which are refused, and how the others read."""

from collections.abc import Iterator

from tests.support.gateway import PROXY
from tests.support.raw import CALL_HEADERS


def lines(*first: str) -> bytes:
    return "\r\n".join([*first, "", ""]).encode("latin-1")


def post(*headers: str, body: bytes = b"", line: str = f"POST {PROXY} HTTP/1.1") -> bytes:
    return lines(line, *CALL_HEADERS, *headers) + body


CHUNKED = "Transfer-Encoding: chunked"
SMUGGLED = post("Content-Length: 8", body=b"smuggled")
ONE_CHUNK = b"2\r\n{}\r\n0\r\n\r\n"

REFUSED = {
    "length and chunks": post("Content-Length: 4", CHUNKED, body=b"0\r\n\r\n" + SMUGGLED),
    "chunks and length": post(CHUNKED, "Content-Length: 4", body=b"0\r\n\r\n" + SMUGGLED),
    "two lengths": post("Content-Length: 2", "Content-Length: 2", body=b"{}"),
    "two other lengths": post("Content-Length: 2", "Content-Length: 0", body=b"{}"),
    "a list of lengths": post("Content-Length: 2, 2", body=b"{}"),
    "an empty length": post("Content-Length:", body=b"{}"),
    "two numbers": post("Content-Length: 1 2", body=b"{}"),
    "a signed length": post("Content-Length: +2", body=b"{}"),
    "a length in hex": post("Content-Length: 0x2", body=b"{}"),
    "a length with a fraction": post("Content-Length: 2.0", body=b"{}"),
    "a length with a separator": post("Content-Length: 0_2", body=b"{}"),
    "a length past 64 bits": post("Content-Length: 18446744073709551618", body=b"{}"),
    "chunked twice": post(CHUNKED, CHUNKED, body=ONE_CHUNK),
    "chunked, then identity": post(CHUNKED, "Transfer-Encoding: identity", body=ONE_CHUNK),
    "identity and a length": post("Transfer-Encoding: identity", "Content-Length: 2", body=b"{}"),
    "no coding": post("Transfer-Encoding:", body=ONE_CHUNK),
    "no coding and a length": post("Transfer-Encoding:", "Content-Length: 2", body=b"{}"),
    "xchunked": post("Transfer-Encoding: xchunked", body=ONE_CHUNK),
    "quoted": post('Transfer-Encoding: "chunked"', body=ONE_CHUNK),
    "with a parameter": post("Transfer-Encoding: chunked;q=1", body=ONE_CHUNK),
    "after a vertical tab": post("Transfer-Encoding: \x0bchunked", body=ONE_CHUNK),
    "after a NUL": post("Transfer-Encoding: chunked\x00", body=ONE_CHUNK),
    "on a folded line": post("Transfer-Encoding:\r\n chunked", body=ONE_CHUNK),
    "a folded length": post("Content-Length:\r\n 2", body=b"{}"),
    "a space before the colon of chunks": post(
        "Transfer-Encoding : chunked", "Content-Length: 2", body=b"{}"
    ),
    "a space before the colon of a length": post("Content-Length : 2", body=b"{}"),
    "an oversize chunk": post(CHUNKED, body=b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    "a chunk past 64 bits": post(CHUNKED, body=b"10000000000000002\r\n{}\r\n0\r\n\r\n"),
    "a negative chunk": post(CHUNKED, body=b"-2\r\n{}\r\n0\r\n\r\n"),
    "a chunk in 0x": post(CHUNKED, body=b"0x2\r\n{}\r\n0\r\n\r\n"),
    "a chunk with a space": post(CHUNKED, body=b"2 \r\n{}\r\n0\r\n\r\n"),
    "a chunk without its end": post(CHUNKED, body=b"2\r\n{}0\r\n\r\n"),
    "chunks of bare line feeds": post(CHUNKED, body=b"2\n{}\n0\n\n"),
    "an extension with a line feed": post(CHUNKED, body=b"2;a\n{}\r\n0\r\n\r\n"),
    "an extension with a return": post(CHUNKED, body=b"2;a\rb\r\n{}\r\n0\r\n\r\n"),
    "a length for a trailer": post(CHUNKED, body=b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n"),
    "chunks for a trailer": post(CHUNKED, body=b"2\r\n{}\r\n0\r\n" + lines(CHUNKED)),
    "bare line feeds": post("Content-Length: 2", body=b"{}").replace(b"\r\n", b"\n"),
    "a bare line feed": post("X-A: 1\nX-B: 2", "Content-Length: 2", body=b"{}"),
    "a bare return": post("X-A: 1\rX-B: 2", "Content-Length: 2", body=b"{}"),
    "a NUL in a value": post("X-A: 1\x002", "Content-Length: 2", body=b"{}"),
    "a control in a value": post("X-A: 1\x012", "Content-Length: 2", body=b"{}"),
    "DEL in a value": post("X-A: 1\x7f2", "Content-Length: 2", body=b"{}"),
    "a NUL in a name": post("X-\x00A: 1", "Content-Length: 2", body=b"{}"),
    "a name outside ASCII": post("X-\xe9: 1", "Content-Length: 2", body=b"{}"),
    "no name": post(": 1", "Content-Length: 2", body=b"{}"),
    "no colon": post("X-A", "Content-Length: 2", body=b"{}"),
    "a delimiter in a name": post("X(A): 1", "Content-Length: 2", body=b"{}"),
    "a folded value": post("X-A: 1\r\n 2", "Content-Length: 2", body=b"{}"),
    "no host": lines(f"POST {PROXY} HTTP/1.1", *CALL_HEADERS[1:], "Content-Length: 0"),
    "two hosts": post("Host: localhost", "Content-Length: 2", body=b"{}"),
    "a tunnel": post(line="CONNECT 127.0.0.1:80 HTTP/1.1"),
    "a tunnel offered an upgrade": post(
        "Connection: upgrade", "Upgrade: h2c", line="CONNECT 127.0.0.1:80 HTTP/1.1"
    ),
    "another version": post("Content-Length: 2", body=b"{}", line=f"POST {PROXY} HTTP/1.2"),
    "HTTP/2 out of the blue": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method in lower case": post(line=f"post {PROXY} HTTP/1.1"),
    "tabs in the line": post(line=f"POST\t{PROXY}\tHTTP/1.1"),
    "a NUL in the target": post(line=f"POST {PROXY}?a=\x00 HTTP/1.1"),
    "a control in the target": post(line=f"POST {PROXY}?a=\x01 HTTP/1.1"),
    "a target outside ASCII": post(line=f"POST {PROXY}?a=\xe9 HTTP/1.1"),
    "user information in the target": post(line=f"POST http://a@b:99999{PROXY} HTTP/1.1"),
}

OFFER = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
WEBSOCKET = ("Connection: keep-alive, upgrade", "Upgrade: websocket")

UNDERSTOOD = {
    "a length": (post("Content-Length: 2", body=b"{}"), b"{}"),
    "a length with zeros": (post("Content-Length: 0002", body=b"{}"), b"{}"),
    "a length between spaces": (post("Content-Length:  2 ", body=b"{}"), b"{}"),
    "a body that is a request": (
        post(f"Content-Length: {len(SMUGGLED)}", body=SMUGGLED),
        SMUGGLED,
    ),
    "one chunk": (post(CHUNKED, body=ONE_CHUNK), b"{}"),
    "a chunk that is a request": (
        post(CHUNKED, body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)),
        SMUGGLED,
    ),
    "a chunk with zeros": (post(CHUNKED, body=b"0" * 40 + ONE_CHUNK), b"{}"),
    "extensions": (post(CHUNKED, body=b'2;a=b;c="d"\r\n{}\r\n0;e\r\n\r\n'), b"{}"),
    "other case": (post("tRANSFER-eNCODING: cHUNKED", body=ONE_CHUNK), b"{}"),
    "a tab before chunked": (post("Transfer-Encoding:\tchunked", body=ONE_CHUNK), b"{}"),
    "an absolute target": (
        post("Content-Length: 2", body=b"{}", line=f"POST http://evil.example{PROXY} HTTP/1.1"),
        b"{}",
    ),
    "an offer of HTTP/2": (post(*OFFER, "Content-Length: 2", body=b"{}"), b"{}"),
    "an offer with chunks": (post(*OFFER, CHUNKED, body=ONE_CHUNK), b"{}"),
    "an offer whose body is a request": (
        post(*OFFER, f"Content-Length: {len(SMUGGLED)}", body=SMUGGLED),
        SMUGGLED,
    ),
    "an offer of a websocket": (post(*WEBSOCKET, "Content-Length: 2", body=b"{}"), b"{}"),
    "chunks that Connection names": (
        post("Connection: transfer-encoding, content-length", CHUNKED, body=ONE_CHUNK),
        b"{}",
    ),
    "lines that look like framing": (
        post("Content_Length: 9", "Transfer.Encoding: chunked", "Content-Length: 2", body=b"{}"),
        b"{}",
    ),
    "a value outside ASCII": (post("X-A: \xe9\x85\xa0", "Content-Length: 2", body=b"{}"), b"{}"),
    "an empty line first": (b"\r\n" + post("Content-Length: 2", body=b"{}"), b"{}"),
    "HTTP/1.0": (post("Content-Length: 2", body=b"{}", line=f"POST {PROXY} HTTP/1.0"), b"{}"),
}


def in_pieces(data: bytes) -> Iterator[list[bytes]]:
    """Whole; head and body apart; each byte on its own."""
    head, end, body = data.partition(b"\r\n\r\n")
    yield [data]
    yield [head + end, body]
    yield [data[at : at + 1] for at in range(len(data))]
