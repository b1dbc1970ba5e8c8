"""A route whose request has a body: bounded in size and time, and refused in clear words."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, final

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from notion_gateway.http.body import ClientLeft, read_body
from notion_gateway.kernel.errors import InvalidRequest, RequestTimeout

MAX_BODY_BYTES = 64 * 1024


@final
class BoundedBodyRoute(APIRoute):
    """FastAPI reads a body before it asks who sends it, however long it is; this reads at most
    64 KiB. What it cannot decode is the caller's fault, and no failure of the gateway's.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def carefully(request: Request) -> Response:
            try:
                body = await read_body(request.scope, request.receive, MAX_BODY_BYTES)
            except ClientLeft:
                raise RequestTimeout from None
            known = Request(request.scope, _replayed(body, request))
            try:
                return await handle(known)
            except HTTPException as fault:
                if fault.status_code == HTTPStatus.BAD_REQUEST:
                    raise InvalidRequest("The body cannot be read as JSON.") from None
                raise

        return carefully


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
