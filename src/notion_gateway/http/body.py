"""A request's body: whole, bounded in size and time, or refused in a way the client can read."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from notion_gateway.kernel.errors import RequestTimeout, RequestTooLarge

MAX_BODY_BYTES: Final = 64 * 1024
"""Of a body, unless its route says otherwise; for a proxied call's there is a setting."""
BODY_SECONDS: Final = 30.0
_LINGER_SECONDS: Final = 5.0


class ClientLeft(Exception):
    """The caller closed its connection."""


Take = Callable[[int], None]
"""Told how many bytes are about to be held; raises where they would be too many."""


async def read_body(scope: Scope, receive: Receive, limit: int, take: Take | None = None) -> bytes:
    """The whole body: a call is sent once more after a 401.

    ``take`` hears of a body before it is read where its length is known, else of each piece.

    Raises RequestTooLarge over ``limit`` bytes, RequestTimeout, ClientLeft, or what ``take``
    raises.
    """
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value)
            if length > limit:
                raise RequestTooLarge(f"The request body is larger than {limit} bytes.")
            if take is not None:
                take(length)
                take = None
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _received(receive, limit, take)
    except TimeoutError:
        raise RequestTimeout from None


async def _received(receive: Receive, limit: int, take: Take | None) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        piece = message.get("body", b"")
        if take is not None and piece:
            take(len(piece))
        body += piece
        if len(body) > limit:
            raise RequestTooLarge(f"The request body is larger than {limit} bytes.")
        if not message.get("more_body", False):
            return bytes(body)


async def with_whole_body(
    request: Request, limit: int = MAX_BODY_BYTES, take: Take | None = None
) -> Request:
    """The same request, its body read before anything else looks at it, so that frameworks may
    read it as they like. Raises RequestTooLarge over ``limit`` bytes, RequestTimeout, or what
    ``take`` raises.
    """
    try:
        body = await read_body(request.scope, request.receive, limit, take)
    except ClientLeft:
        raise RequestTimeout from None
    return Request(request.scope, _replayed(body, request))


def _replayed(body: bytes, request: Request) -> Receive:
    """The body once more, and after it whatever else the client does."""
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            return await request.receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def drop_rest(receive: Receive) -> None:
    """Receives for a while what nobody wants any more, before the connection is closed.

    Closed at once, the client would be reset while it still sends, and never see the answer.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            while (await receive()).get("more_body", False):
                pass
