"""What FastAPI works out of the gateway's routes, kept for every gateway of a test's process.

FastAPI does it for each application anew, at its first requests; most tests open a gateway of their
own, and spent a third of their time on it. The routes are the same for all of them: modules define
them, whatever is set.
"""

from collections.abc import Generator
from contextlib import contextmanager
from unittest.mock import patch

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

_include = FastAPI.include_router
_included: dict[int, BaseRoute] = {}
"""By the id of a module's router, which stays as long as the process."""


@contextmanager
def routes_made_once() -> Generator[None]:
    """For an application that is made meanwhile."""
    with patch.object(FastAPI, "include_router", _include_once):
        yield


def _include_once(app: FastAPI, router: APIRouter) -> None:
    if id(router) in _included:
        app.router.routes.append(_included[id(router)])
    else:
        _include(app, router)
        _included[id(router)] = app.router.routes[-1]
