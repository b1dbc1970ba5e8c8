"""HEAD wherever GET is: the same answer without its content (RFC 9110 section 9.3.2)."""

from collections.abc import Collection
from typing import final

from starlette.types import ASGIApp, Receive, Scope, Send


@final
class HeadAsGet:
    """The app sees a GET; the server sends no content, because its own request is a HEAD.

    ``acting``: paths whose GET does something. A HEAD of one does nothing, because whoever sends
    one only looks: a mail program at the links of a message, say.
    """

    def __init__(self, app: ASGIApp, acting: Collection[str]) -> None:
        self._app = app
        self._acting = frozenset(acting)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
        elif scope["path"] in self._acting:
            headers = [(b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app({**scope, "method": "GET"}, receive, send)
