"""Whether the process lives, and whether it can serve."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from notion_gateway.http.refusals import AT_THE_GATE, refusals
from notion_gateway.http.stopping import is_announced
from notion_gateway.kernel.background import Check
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.operations.readiness import Readiness, Result, result_of, together

log = structlog.stdlib.get_logger()
router = APIRouter(tags=["operations"])

_CHECK_SECONDS = 0.8
"""Less than the second after which Kubernetes gives a probe up by default: a database that hangs
must not look like a gateway that hangs.
"""


@final
@dataclass(frozen=True)
class Health:
    """``checks`` by name. ``memory_serves``: whether calls are answered from memory while the
    database cannot be asked. ``lives``: whether this process is worth keeping.
    """

    checks: Mapping[str, Check]
    memory_serves: Callable[[], bool]
    lives: Callable[[], bool]
    check_seconds: float = _CHECK_SECONDS
    _told: dict[str, Result] = field(init=False, repr=False, default_factory=dict[str, Result])
    _given_up: set[asyncio.Task[None]] = field(
        init=False, repr=False, default_factory=set[asyncio.Task[None]]
    )
    """A driver may take seconds to leave a server that hangs: nobody waits for that."""

    async def look(self) -> dict[str, Result]:
        """Every check's result. They run side by side, and those that take too long have failed.

        The log tells when a result is another one than the last time, and not at every probe.
        """
        faults = await asyncio.gather(*(self._fault_of(check) for check in self.checks.values()))
        results: dict[str, Result] = {}
        for name, fault in zip(self.checks, faults, strict=True):
            result = result_of(name, fault, memory_serves=self.memory_serves())
            results[name] = result
            if result is not self._told.get(name, Result.OK):
                self._tell(name, result, fault)
            self._told[name] = result
        return results

    async def _fault_of(self, check: Check) -> Exception | None:
        task = asyncio.create_task(_run(check), name="readiness")
        try:
            done, _ = await asyncio.wait({task}, timeout=self.check_seconds)
        finally:
            if not task.done():
                self._given_up.add(task)
                task.add_done_callback(self._given_up.discard)
                task.cancel()
        if not done:
            return TimeoutError()
        try:
            task.result()
        except Exception as fault:  # noqa: BLE001 - ``_tell`` says which
            return fault
        return None

    async def close(self) -> None:
        """Waits for checks that were given up, before what they look at is closed."""
        await asyncio.gather(*self._given_up, return_exceptions=True)

    @staticmethod
    def _tell(name: str, result: Result, fault: Exception | None) -> None:
        if fault is None:
            log.info("check_recovered", check=name)
            return
        event = "not_ready" if result is Result.FAILED else "ready_but_for"
        about = {"check": name, "result": result, "fault": type(fault).__name__}
        if isinstance(fault, (GatewayError, TimeoutError)):
            log.warning(event, **about, detail=str(fault) or "no answer in time")
        else:
            log.error(event, **about, detail="unforeseen", exc_info=fault)


async def _run(check: Check) -> None:
    await check()


@router.get(
    "/livez",
    responses={
        **refusals(*AT_THE_GATE),
        200: {"description": "It lives.", "model": dict[str, str]},
        503: {
            "description": "Background work ends again and again: start this gateway anew.",
            "model": dict[str, str],
        },
    },
)
async def livez(request: Request) -> JSONResponse:
    """The event loop turns. 503 where background work ends again and again: a new process helps."""
    health: Health = request.state.health
    if health.lives():
        return JSONResponse({"status": "ok"})
    return JSONResponse({"status": "failed"}, status_code=503)


@router.get(
    "/readyz",
    responses={
        **refusals(*AT_THE_GATE),
        503: {
            "description": "A check failed, which `checks` names, or the gateway stops.",
            "model": dict[str, object],
        },
    },
)
async def readyz(request: Request) -> JSONResponse:
    """Database, migrations, writes, key, background work: 503 where calls fail, else 200. A gateway
    that stops is not ready from the first moment, while it still serves.

    While the database is away and calls go on from memory, and where only calls go on, the
    status is `degraded`, with 200. A key that opens some stored secrets and not others is a
    `warning`.
    """
    if is_announced(request.scope["state"]):
        return JSONResponse({"status": "stopping", "checks": {}}, status_code=503)
    health: Health = request.state.health
    checks = await health.look()
    readiness = together(list(checks.values()))
    return JSONResponse(
        {"status": readiness, "checks": checks},
        status_code=503 if readiness is Readiness.UNAVAILABLE else 200,
    )
