"""A route whose request has a JSON body: bounded in size and time, and refused in clear words."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, final

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from notion_gateway.http.body import with_whole_body
from notion_gateway.kernel.errors import InvalidRequest

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


@final
class BoundedBodyRoute(APIRoute):
    """FastAPI reads a body before it asks who sends it, however long it is; this reads at most
    64 KiB. What it cannot decode is the caller's fault, and no failure of the gateway's.
    """

    def get_route_handler(self) -> Handle:
        handle = readable(super().get_route_handler())

        async def carefully(request: Request) -> Response:
            return await handle(await with_whole_body(request))

        return carefully


def readable(handle: Handle) -> Handle:
    """Says InvalidRequest of a body that FastAPI cannot read as JSON."""

    async def told(request: Request) -> Response:
        try:
            return await handle(request)
        except HTTPException as fault:
            if fault.status_code == HTTPStatus.BAD_REQUEST:
                raise InvalidRequest("The body cannot be read as JSON.") from None
            raise

    return told
