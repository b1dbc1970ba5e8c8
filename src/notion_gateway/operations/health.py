"""Whether the process lives, and whether it can serve."""

import asyncio
from collections.abc import Mapping

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from notion_gateway.http.refusals import AT_THE_GATE, refusals
from notion_gateway.kernel.background import Check
from notion_gateway.kernel.errors import GatewayError, SomeSecretsUnreadable

log = structlog.stdlib.get_logger()
router = APIRouter(tags=["operations"])

_CHECK_SECONDS = 2.0
_CALLS_GO_ON = frozenset({"redis"})
"""Without these no consent begins or ends, but calls do: no reason to take a gateway away."""


@router.get("/livez", responses=refusals(*AT_THE_GATE))
async def livez() -> dict[str, str]:
    """The event loop turns."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    responses={
        **refusals(*AT_THE_GATE),
        503: {"description": "A check failed; `checks` says which.", "model": dict[str, object]},
    },
)
async def readyz(request: Request) -> JSONResponse:
    """Database, migrations, key, background work: 200 when all of them answer, else 503.

    A key that opens some stored secrets and not others is a ``warning``, and ready.
    """
    every: Mapping[str, Check] = request.state.checks
    checks: dict[str, str] = {}
    for name, check in every.items():
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await check()
            checks[name] = "ok"
        except SomeSecretsUnreadable:
            checks[name] = "warning"  # the check has told the log, which secrets
        except (GatewayError, TimeoutError) as fault:
            detail = str(fault) or "no answer in time"
            log.warning("not_ready", check=name, fault=type(fault).__name__, detail=detail)
            checks[name] = "failed"
    ready = all(result != "failed" for name, result in checks.items() if name not in _CALLS_GO_ON)
    return JSONResponse(
        {"status": "ok" if ready else "unavailable", "checks": checks},
        status_code=200 if ready else 503,
    )
