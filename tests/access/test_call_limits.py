"""What one call takes of its caller's limits, and that it takes it once."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from notion_gateway.access.bytes_in_flight import BytesInFlight
from notion_gateway.access.call_limits import CallLimits
from notion_gateway.access.open_calls import OpenCalls
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.kernel.errors import TooManyRequests

ADA = Principal("ada", Means.GATEWAY_TOKEN, "team")


def limits(*, calls: int = 3, at_once: int = 2, bytes_at_once: int = 100) -> CallLimits:
    class Clock:
        def now(self) -> datetime:
            return datetime(2026, 1, 1, tzinfo=UTC)

        def timestamp(self) -> float:
            return self.now().timestamp()

    under_way = OpenCalls(cast("Any", None), cast("Any", None), Clock())
    bodies = BytesInFlight(bytes_at_once, bytes_at_once)
    return CallLimits(RateLimiter(calls), at_once, under_way, bodies)


def nothing(_: object) -> None:
    pass


def test_a_call_refused_for_its_bytes_is_not_counted() -> None:
    limited = limits()
    for _ in range(5):
        with pytest.raises(TooManyRequests, match="too large"):
            limited.begin(ADA, "team", 101, nothing)
    for _ in range(3):
        limited.finish(limited.begin(ADA, "team", 100, nothing))
    with pytest.raises(TooManyRequests, match="minute"):
        limited.begin(ADA, "team", 1, nothing)


def test_a_call_refused_for_being_one_too_many_holds_no_bytes() -> None:
    limited = limits(calls=100, at_once=1)
    first = limited.begin(ADA, "team", 50, nothing)
    for _ in range(5):
        with pytest.raises(TooManyRequests, match="open"):
            limited.begin(ADA, "team", 50, nothing)
    limited.finish(first)
    limited.finish(limited.begin(ADA, "team", 100, nothing))


def test_a_call_that_goes_on_elsewhere_is_neither_counted_nor_refused_again() -> None:
    limited = limits(calls=1, at_once=1)
    with limited.call(ADA, None):
        pass
    with limited.call(ADA, None, is_counted=True), limited.call(ADA, None, is_counted=True):
        pass
    with pytest.raises(TooManyRequests), limited.call(ADA, None):
        pass
