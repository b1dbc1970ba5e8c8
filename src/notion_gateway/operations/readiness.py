"""What a failed check says about a gateway's ability to serve. Decides without I/O."""

from enum import StrEnum

from notion_gateway.kernel.errors import (
    BackgroundInterrupted,
    SomeSecretsUnreadable,
    StoreUnavailable,
    StoreUnfit,
)


class Result(StrEnum):
    """Of one check. ``WARNING``: some stored secrets do not open. ``DEGRADED``: calls go on, and
    something else does not. ``FAILED``: calls fail.
    """

    OK = "ok"
    WARNING = "warning"
    DEGRADED = "degraded"
    FAILED = "failed"


class Readiness(StrEnum):
    """All checks together. Only ``UNAVAILABLE`` is answered with 503."""

    OK = "ok"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


_CALLS_GO_ON = frozenset({"redis", "writes"})
"""Without Redis no consent begins or ends; where nothing can be written, no token is renewed.
Calls with tokens that are still good go on, and every gateway on that database is in the same
state: to take one away helps nobody.
"""


def result_of(check: str, fault: Exception | None, *, memory_serves: bool) -> Result:
    """``fault`` is what the check raised. ``memory_serves``: calls are still answered from memory
    while the database cannot be asked.
    """
    if fault is None:
        return Result.OK
    if isinstance(fault, SomeSecretsUnreadable):
        return Result.WARNING
    if check in _CALLS_GO_ON or isinstance(fault, BackgroundInterrupted):
        return Result.DEGRADED
    out_of_reach = isinstance(fault, (StoreUnavailable, TimeoutError))
    if out_of_reach and not isinstance(fault, StoreUnfit) and memory_serves:
        return Result.DEGRADED
    return Result.FAILED


def together(results: list[Result]) -> Readiness:
    if Result.FAILED in results:
        return Readiness.UNAVAILABLE
    return Readiness.DEGRADED if Result.DEGRADED in results else Readiness.OK
