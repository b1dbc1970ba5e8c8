"""What stands in front of an application under test: pure ASGI, nothing is held back."""

from collections.abc import Collection
from typing import final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support.asgi import RawHeaders, read_body, replayed
from tests.support.gateway import PROXY


@final
class Signed:
    """Adds headers to calls of the proxy: the suite has no way to say who is calling."""

    def __init__(self, app: ASGIApp, headers: RawHeaders) -> None:
        self._app = app
        self._headers = list(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PROXY:
            scope = {**scope, "headers": [*scope["headers"], *self._headers]}
        await self._app(scope, receive, send)


@final
class WithoutHeaders:
    """A proxy that forgets headers: requests lose those whose names begin with ``prefixes``."""

    def __init__(self, app: ASGIApp, prefixes: Collection[bytes]) -> None:
        self._app = app
        self._prefixes = tuple(prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            kept = [one for one in scope["headers"] if not one[0].startswith(self._prefixes)]
            scope = {**scope, "headers": kept}
        await self._app(scope, receive, send)


@final
class Buffering:
    """A proxy that sends an answer once it has all of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await self._app(scope, receive, hold)
        for message in held:
            await send(message)


@final
class Renumbering:
    """A proxy that answers every call under an id of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = (await read_body(receive)).replace(b'"id":', b'"id":9', 1)
        named = [one for one in scope["headers"] if one[0] != b"content-length"]
        named.append((b"content-length", str(len(body)).encode()))
        await self._app({**scope, "headers": named}, replayed(body, receive), send)
