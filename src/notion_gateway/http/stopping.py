"""How far a server has got with stopping, for those whose requests are under way.

The server lets open answers end for a while. One that would never end by itself is ended, if it
is told: the client then sees the end of a stream, and opens another one elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.types import Scope

STATE: Final = "stopping"
"""Where the application's state holds the server's ``Stopping``, if the server has one."""
SAME_SIGNAL_SECONDS: Final = 0.5
"""A signal that comes again so soon is the same: a service manager tells every process of a
service, and a parent its children besides.
"""
HAND_OVER_SECONDS: Final = 300.0
"""What calls may still take in a worker whose successor takes connections already."""
_STOPPING = "notion_gateway.stopping"
_CALLBACK = "notion_gateway.when_stopping"


@dataclass(slots=True)
class Stopping:
    """``is_announced``: whoever asks whether this gateway is ready learns that it is not.
    ``ends_connections``: each connection ends with its next answer.
    """

    is_announced: bool = False
    ends_connections: bool = False


def is_announced(state: Mapping[str, Any]) -> bool:
    """``state``: as a request's scope holds it."""
    stopping: Stopping | None = state.get(STATE)
    return stopping is not None and stopping.is_announced


def when_stopping(scope: Scope, callback: Callable[[], None]) -> None:
    """Calls back when this answer has to end because the server stops, or at once where it has
    been told already; once for a request, for which the last one given counts.
    """
    scope[_CALLBACK] = callback
    if _STOPPING in scope:
        callback()


def ends_when_told(scope: Scope) -> bool:
    """Somebody waits to be called back, and has not been."""
    return _CALLBACK in scope and _STOPPING not in scope


def tell_stopping(scope: Scope) -> None:
    scope[_STOPPING] = True
    callback: Callable[[], None] | None = scope.get(_CALLBACK)
    if callback is not None:
        callback()
