"""Tells an answer under way that the server begins to stop.

The server lets open answers end for a while. One that would never end by itself ends at once, if
it is told: the client then sees the end of a stream, and opens another one elsewhere.
"""

from collections.abc import Callable

from starlette.types import Scope

_STOPPING = "notion_gateway.stopping"
_CALLBACK = "notion_gateway.when_stopping"


def when_stopping(scope: Scope, callback: Callable[[], None]) -> None:
    """Calls back as the server begins to stop, or at once where it has begun; once for a request,
    for which the last one given counts.
    """
    scope[_CALLBACK] = callback
    if _STOPPING in scope:
        callback()


def tell_stopping(scope: Scope) -> None:
    scope[_STOPPING] = True
    callback: Callable[[], None] | None = scope.get(_CALLBACK)
    if callback is not None:
        callback()
