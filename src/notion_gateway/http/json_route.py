"""A route whose request has a JSON body: bounded in size and time, and refused in clear words."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from notion_gateway.http.body import MAX_BODY_BYTES, with_whole_body
from notion_gateway.kernel.errors import InvalidRequest


class BoundedBodyRoute(APIRoute):
    """FastAPI reads a body before it asks who sends it, however long it is; this reads at most
    ``max_body_bytes``. What it cannot decode is the caller's fault, and no failure of the
    gateway's.
    """

    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def carefully(request: Request) -> Response:
            known = await with_whole_body(request, self.max_body_bytes)
            try:
                return await handle(known)
            except HTTPException as fault:
                if fault.status_code == HTTPStatus.BAD_REQUEST:
                    raise InvalidRequest("The body cannot be read as JSON.") from None
                raise

        return carefully
