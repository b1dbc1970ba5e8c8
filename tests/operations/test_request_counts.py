"""Counting out of what is noted of requests: exact, and with a bound for what strangers name."""

import random
import subprocess
import sys
import time

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from notion_gateway.http.called import Called
from notion_gateway.http.request_log import Noted
from notion_gateway.operations.metrics import calls
from notion_gateway.operations.metrics.calls import RequestCounts
from notion_gateway.operations.metrics.instruments import Instruments
from tests.support.metrics import Scraped, read
from tests.support.ports import free_port

CALLS = "mcp_server_operation_duration_seconds_count"


def noted(tool: str, status: int = 200, outcome: str = "answered", reason: str = "") -> Noted:
    called = Called("ada", "", "team", "tools/call", tool)
    path = "/mcp/notion/proxy"
    return Noted("POST", path, status, outcome, 0.5, "id", called, 0.001, reason, "", time.time())


def counted(*every: Noted) -> Scraped:
    instruments = Instruments()
    RequestCounts(instruments).take(every)
    return read(generate_latest(instruments.registry).decode())


@pytest.mark.parametrize(
    ("one", "error"),
    [
        (noted("a"), ""),
        (noted("a", 200, "answered_from_cache"), ""),
        (noted("a", 503), "503"),
        (noted("a", 401, reason="reconnect_required"), "reconnect_required"),
        (noted("a", 0, "client_left"), "client_left"),
        (noted("a", 200, "aborted_upstream"), "aborted_upstream"),
    ],
)
def test_an_error_is_named_by_what_says_most(one: Noted, error: str) -> None:
    assert counted(one).value(CALLS, error_type=error) == 1


def test_a_name_is_a_tools_once_a_call_of_it_was_answered() -> None:
    found = counted(noted("typo", 404), noted("typo", 404), noted("real"), noted("real", 500))

    assert found.values_of("gen_ai_tool_name", CALLS) == {"_OTHER", "real"}
    assert found.value(CALLS, gen_ai_tool_name="_OTHER") == 2
    assert found.value(CALLS, gen_ai_tool_name="real", error_type="500") == 1


def names_told_apart() -> int:
    every = [noted(f"tool-{number}") for number in range(3 * calls.MAX_TOOLS)]
    found = counted(*every)
    assert found.value(CALLS) == len(every)
    return len(found.values_of("gen_ai_tool_name", CALLS) - {"_OTHER"})


def test_only_so_many_names_are_told_apart() -> None:
    assert names_told_apart() == calls.MAX_TOOLS


def test_without_the_bound_every_name_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""

    def known(_: RequestCounts, tool: str, *, has_failed: bool) -> str:
        return tool

    monkeypatch.setattr(RequestCounts, "_known", known)

    assert names_told_apart() == 3 * calls.MAX_TOOLS


def test_values_added_together_are_those_that_the_library_would_have_added() -> None:
    """What ``many.py`` needs of the library's inside, at each bound and beside it."""
    bounds = calls.CALL_SECONDS
    chance = random.Random(7)  # noqa: S311 - no secret
    values = [
        *bounds,
        *(one + 1e-9 for one in bounds),
        *(chance.uniform(0, 400) for _ in range(99)),
    ]
    shown: list[Scraped] = []
    for is_ours in (True, False):
        registry = CollectorRegistry()
        histogram = Histogram("a", "a", ["b"], registry=registry, buckets=bounds)
        collected = calls.Collected(histogram, ("c",), bounds)
        for number, value in enumerate(values):
            if is_ours:
                collected.add(value)
                if not number % 10:
                    collected.give()
            else:
                histogram.labels("c").observe(value)
        if is_ours:
            collected.give()
        shown.append(read(generate_latest(registry).decode()))

    ours, theirs = (
        {key: value for key, value in one.samples.items() if key[0] != "a_created"} for one in shown
    )
    assert ours == pytest.approx(theirs)
    assert len(ours) == len(bounds) + 3


@pytest.mark.parametrize("is_on", [False, True])
def test_nothing_of_them_is_imported_where_they_are_off(*, is_on: bool) -> None:
    """Where they are on, the control."""
    port = free_port() if is_on else None
    program = f"""
import asyncio, sys, tempfile
from notion_gateway.app import create_app
from notion_gateway.cli import app
from notion_gateway.settings import GivenSettings
from notion_gateway.wiring import open_gateway
async def main():
    with tempfile.TemporaryDirectory() as folder:
        given = dict(gateway_data_dir=folder, gateway_metrics_port={port}, gateway_trust_headers=1)
        settings = GivenSettings(**given)
        create_app(settings)
        async with open_gateway(settings):
            print("prometheus_client" in sys.modules)
asyncio.run(main())
"""
    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert str(is_on) in ran.stdout.split()
