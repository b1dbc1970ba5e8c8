"""The gateway before a reference server passes the same checks as that server on its own."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from tests.conformance.comparison import checked, difference, failures, passed
from tests.conformance.reference_server import create_app
from tests.conformance.serving_sides import serving_alone, serving_behind_gateway
from tests.conformance.shims import Buffering, Renumbering, WithoutHeaders
from tests.conformance.suite import Results, run_suite

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

PASSED = {"2025-06-18": 56, "2025-11-25": 84, "2026-07-28": 152}
"""By the reference server, in the pinned version of the suite: a new version shows here."""

CHECKED = {"2025-06-18": 56, "2025-11-25": 92, "2026-07-28": 153}
"""The same with the checks that only note something; all of them are compared."""

EXPECTED_FAILURES: Mapping[str, Mapping[str, str]] = {
    "2025-06-18": {},
    "2025-11-25": {},
    "2026-07-28": {},
}
"""Of the reference server itself. A check that fails and is not here fails the test, and so
does one that is here and does not fail."""

TURNS = 3
"""The suite waits for some events for a fixed time, which a busy machine may overrun: what it
misses counts when it misses it in every turn."""

OWN_WORDS = {
    "localhost-host-rebinding-rejected": "a foreign Host never gets past the gateway, so it is"
    " the gateway's refusal that comes back, with a status of its own",
}
"""Checks whose outcome is the same, in the gateway's words rather than the server's."""


async def run_server_suite(url: str, version: str, output: Path, scenario: str = "") -> Results:
    chosen = ("--scenario", scenario) if scenario else ("--suite", "all")
    return await run_suite(
        "server", "--url", url, *chosen, "--spec-version", version, output=output
    )


async def run_until(
    settled: Callable[[Results], bool], url: str, version: str, output: Path
) -> Results:
    """The first results that are as they should be, else those of the last turn."""
    results = await run_server_suite(url, version, output / "0")
    for turn in range(1, TURNS):
        if settled(results):
            break
        results = await run_server_suite(url, version, output / str(turn))
    return results


@pytest.mark.parametrize("version", PASSED)
async def test_the_gateway_changes_the_outcome_of_no_check(version: str, tmp_path: Path) -> None:
    expected = EXPECTED_FAILURES[version]
    async with serving_alone() as url:
        direct = await run_until(
            lambda results: failures(results) == expected, url, version, tmp_path / "direct"
        )
    async with serving_behind_gateway(tmp_path / "data") as behind:
        proxied = await run_until(
            lambda results: difference(direct, results, details_differ=OWN_WORDS) == [],
            behind.url,
            version,
            tmp_path / "proxied",
        )

    assert failures(direct) == EXPECTED_FAILURES[version]
    assert passed(direct) == PASSED[version]
    assert checked(direct) == CHECKED[version]
    assert difference(direct, proxied, details_differ=OWN_WORDS) == []


BROKEN: Mapping[str, tuple[str, str, Callable[[ASGIApp], ASGIApp]]] = {
    "forgets Mcp-Session-Id": (
        "2025-11-25",
        "server-session-lifecycle",
        partial(WithoutHeaders, prefixes=[b"mcp-session-id"]),
    ),
    "forgets MCP-Protocol-Version": (
        "2026-07-28",
        "tools-list",
        partial(WithoutHeaders, prefixes=[b"mcp-protocol-version"]),
    ),
    "forgets Mcp-Param-*": (
        "2026-07-28",
        "http-custom-header-server-validation",
        partial(WithoutHeaders, prefixes=[b"mcp-param-"]),
    ),
    "forgets Last-Event-ID": (
        "2025-11-25",
        "server-sse-polling",
        partial(WithoutHeaders, prefixes=[b"last-event-id"]),
    ),
    "forgets Origin and Host": (
        "2025-11-25",
        "dns-rebinding-protection",
        partial(WithoutHeaders, prefixes=[b"origin", b"host"]),
    ),
    "holds answers back": ("2026-07-28", "server-stateless", Buffering),
    "rewrites ids": ("2026-07-28", "server-stateless", Renumbering),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_broken_proxy_shows_in_the_comparison(broken: str, tmp_path: Path) -> None:
    version, scenario, proxy = BROKEN[broken]
    async with serving_alone() as url:
        direct = await run_server_suite(url, version, tmp_path / "direct", scenario)
    async with serving_alone(proxy(create_app())) as url:
        proxied = await run_server_suite(url, version, tmp_path / "proxied", scenario)

    assert failures(direct) == {}
    assert difference(direct, proxied, details_differ=OWN_WORDS) != []
