"""A request's body: whole, bounded in size and time, or refused in a way the client can read."""

import asyncio
import contextlib
from typing import Final

from starlette.types import Receive, Scope

from notion_gateway.kernel.errors import RequestTimeout, RequestTooLarge

BODY_SECONDS: Final = 30.0
_LINGER_SECONDS: Final = 5.0


class ClientLeft(Exception):
    """The caller closed its connection."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body: a call is sent once more after a 401.

    Raises RequestTooLarge over ``limit`` bytes, RequestTimeout, or ClientLeft.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > limit:
            raise RequestTooLarge(f"The request body is larger than {limit} bytes.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _received(receive, limit)
    except TimeoutError:
        raise RequestTimeout from None


async def _received(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        body += message.get("body", b"")
        if len(body) > limit:
            raise RequestTooLarge(f"The request body is larger than {limit} bytes.")
        if not message.get("more_body", False):
            return bytes(body)


async def drop_rest(receive: Receive) -> None:
    """Receives for a while what nobody wants any more, before the connection is closed.

    Closed at once, the client would be reset while it still sends, and never see the answer.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            while (await receive()).get("more_body", False):
                pass
