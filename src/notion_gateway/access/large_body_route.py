"""A route whose JSON body may be large: it is read once it is known who sends it, and counts among
what is held of them in memory.
"""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, final

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from notion_gateway.access.caller import principal_of
from notion_gateway.access.opening import Access
from notion_gateway.http.body import with_whole_body
from notion_gateway.http.json_route import readable


@final
class LargeBodyRoute(APIRoute):
    """At most ``MAX_BODY_BYTES``, where ``BoundedBodyRoute`` reads 64 KiB of anybody's."""

    MAX_BODY_BYTES: ClassVar[int] = 4 * 1024 * 1024

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = readable(super().get_route_handler())

        async def held(request: Request) -> Response:
            access: Access = request.state.access
            principal = await principal_of(access, request.scope)
            with access.limits.body(principal) as body:
                return await handle(await with_whole_body(request, self.MAX_BODY_BYTES, body.take))

        return held
