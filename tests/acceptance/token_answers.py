"""Answers of a token endpoint: refusals, faults, hostile ones, and odd ones that are good."""

import gzip
import json
from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support.asgi import answer, chunk, read_body, start, torn, transport_of
from tests.support.notion import Wire

MIB = 1024 * 1024
HTML = b"<!doctype html><title>Just a moment...</title>"
REFUSALS: dict[str, tuple[int, bytes, dict[str, str]]] = {
    f"{error} with {status}": (status, json.dumps({"error": error}).encode(), {})
    for status in (400, 401)
    for error in ("invalid_grant", "invalid_client")
}
"""What ends a grant, and nothing else does (RFC 6749 section 5.2)."""
UNCLEAR: dict[str, tuple[int, bytes, dict[str, str]]] = {
    **{f"a bare {status}": (status, b"", {}) for status in (500, 501, 502, 503, 504, 520, 529)},
    **{f"HTML with {status}": (status, HTML, {}) for status in (200, 400, 401, 403, 404, 500, 503)},
    **{
        f"{error.replace(' ', '␠')} with {status}": (
            status,
            json.dumps({"error": error}).encode(),
            {},
        )
        for status in (400, 401)
        for error in (
            "invalid_request",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
            "temporarily_unavailable",
            "server_error",
            "INVALID_GRANT",
            "invalid_grant ",
        )
    },
    **{
        f"invalid_grant with {status}": (status, b'{"error":"invalid_grant"}', {})
        for status in (200, 403, 404, 409, 429, 500, 503)
    },
    "an error that is no text": (400, b'{"error":["invalid_grant"]}', {}),
    "an error that is no object": (400, b'["invalid_grant"]', {}),
    "429 with Retry-After": (429, b"{}", {"retry-after": "120"}),
    "429 with a date": (429, b"{}", {"retry-after": "Thu, 01 Jan 2099 00:00:00 GMT"}),
    "503 with Retry-After": (503, b"", {"retry-after": "33"}),
    "503 with nonsense": (503, b"", {"retry-after": "-1"}),
    "a redirect": (307, b"", {"location": "/token"}),
}
NO_TOKENS = {
    "nothing": b"",
    "no JSON": b"ok",
    "a list": b"[]",
    "null": b"null",
    "an empty object": b"{}",
    "no access token": b'{"token_type":"bearer","refresh_token":"r"}',
    "an empty access token": b'{"access_token":"","token_type":"bearer"}',
    "a number for a token": b'{"access_token":1,"token_type":"bearer"}',
    "a token that fits no header": b'{"access_token":"a\\r\\nX: y","token_type":"bearer"}',
    "no token type": b'{"access_token":"a"}',
    "another token type": b'{"access_token":"a","token_type":"mac"}',
    "Latin-1": '{"access_token":"é"}'.encode("latin-1"),
    "endless nesting": b"[" * 100_000,
    "a lone surrogate": b'{"access_token":"\\ud800","token_type":"bearer"}',
}
PAIR = json.dumps(
    {"access_token": "canary-a", "token_type": "bearer", "refresh_token": "canary-r"}
).encode()


class Endless:
    """Answers for ever, as fast as it is read, and counts what was taken."""

    def __init__(self, piece: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self._piece = piece
        self._headers = headers
        self.taken = 0
        self.is_over = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive)
        await start(send, 200, self._headers)
        transport = transport_of(scope)
        while not transport.is_closing():
            await chunk(send, self._piece)
            self.taken += len(self._piece)
        self.is_over = True


def bomb(layers: int) -> bytes:
    packed = b"\0" * (64 * MIB)
    for _ in range(layers):
        packed = gzip.compress(packed)
    return packed


def fixed(status: int, body: bytes, headers: Mapping[str, str]) -> ASGIApp:
    return answer(status, body, [(one.encode(), value.encode()) for one, value in headers.items()])


async def dropped(scope: Scope, receive: Receive, _: Send) -> None:
    """Not a byte: the socket closes."""
    await read_body(receive)
    transport_of(scope).close()


def rotating(wire: Wire, then: Callable[[bytes], tuple[ASGIApp, bytes]]) -> ASGIApp:
    """Notion really redeems and rotates. ``then`` makes what is told of its true answer."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        told = bytearray()

        async def keep(message: Message) -> None:
            told.extend(message.get("body", b""))

        await wire.simulated(scope, receive, keep)
        teller, body = then(bytes(told))
        await teller(scope, replaying(body), send)

    return app


def replaying(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def changed(wire: Wire, **members: object) -> ASGIApp:
    """Notion's true answer with other members; None takes one out."""

    def then(told: bytes) -> tuple[ASGIApp, bytes]:
        document = {**json.loads(told), **members}
        kept = {name: value for name, value in document.items() if value is not None}
        return answer(200, json.dumps(kept).encode()), b""

    return rotating(wire, then)


def compressed(wire: Wire) -> ASGIApp:
    headers = [(b"content-encoding", b"gzip")]
    return rotating(wire, lambda told: (answer(200, gzip.compress(told), headers), b""))


def lost_on_its_way(wire: Wire) -> ASGIApp:
    return rotating(wire, lambda told: (torn(told, len(told) // 2), b""))


def every_answer(wire: Wire) -> Mapping[str, ASGIApp]:
    """By name; ``wire`` is where the true answers come from."""
    gzipped = [(b"content-encoding", b"gzip")]
    return {
        "a new pair": wire.simulated,
        "a new pair, compressed": compressed(wire),
        "no refresh token": changed(wire, refresh_token=None),
        "an empty refresh token": changed(wire, refresh_token=""),
        "no lifetime": changed(wire, expires_in=None),
        "an absurd lifetime": changed(wire, expires_in=10**15),
        "a negative lifetime": changed(wire, expires_in=-5),
        "`BEARER` for a type": changed(wire, token_type="BEARER"),
        **{name: fixed(*one) for name, one in REFUSALS.items()},
        **{name: fixed(*one) for name, one in UNCLEAR.items()},
        **{f"200 with {name}": answer(200, body) for name, body in NO_TOKENS.items()},
        "200, the JSON cut": answer(200, PAIR[:-1]),
        "200, cut at half its length": torn(PAIR, len(PAIR) // 2),
        "200, cut before the body": torn(PAIR, 0),
        "rotated, the answer cut": lost_on_its_way(wire),
        "no answer, the socket closed": dropped,
        "200, endless, chunked": Endless(b" " * 65_536, []),
        "200, endless, with a length": Endless(b" " * 65_536, [(b"content-length", b"9" * 12)]),
        "200, a gzip bomb": answer(200, bomb(1), gzipped),
        "200, not the gzip it says": answer(200, PAIR, gzipped),
        "200, an unknown encoding": answer(200, PAIR, [(b"content-encoding", b"x")]),
    }
