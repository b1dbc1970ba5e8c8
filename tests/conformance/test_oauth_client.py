"""The gateway's own OAuth client in the suite's scenarios for clients.

Every scenario that the suite knows stands in one of three tables. A new one fails the test
until it is put into one; so does a scenario that passes or fails where its table says otherwise.
"""

import shlex
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from tests.conformance import oauth_client, oauth_client_driver, suite
from tests.conformance.comparison import failures
from tests.conformance.suite import Results
from tests.support.serving import listen, serving

pytestmark = pytest.mark.anyio

PASSES = frozenset(
    {
        "auth/authorization-server-migration",
        "auth/basic-cimd",
        "auth/iss-normalized",
        "auth/iss-not-advertised",
        "auth/iss-supported",
        "auth/iss-supported-missing",
        "auth/iss-unexpected",
        "auth/iss-wrong-issuer",
        "auth/metadata-default",
        "auth/metadata-issuer-mismatch",
        "auth/metadata-var1",
        "auth/metadata-var2",
        "auth/metadata-var3",
        "auth/offline-access-not-supported",
        "auth/offline-access-scope",
        "auth/pre-registration",
        "auth/resource-mismatch",
        "auth/scope-from-scopes-supported",
        "auth/scope-from-www-authenticate",
        "auth/scope-omitted-when-undefined",
        "auth/scope-retry-limit",
        "auth/token-endpoint-auth-basic",
        "auth/token-endpoint-auth-none",
        "auth/token-endpoint-auth-post",
    }
)

_NOBODY_THERE = (
    "a 403 goes to the caller as it came: nobody is there to consent in the middle of a call,"
    " and Notion has no scopes to step up to"
)

FAILS: Mapping[str, tuple[Collection[str], str]] = {
    "auth/scope-step-up": (
        {
            "scope-step-up-escalation",
            "sep-2350-scope-union-on-reauth",
        },
        _NOBODY_THERE,
    ),
}
"""Run, with the checks that fail and the reason why they may. A check that a version of the
protocol does not have is not expected of it."""

_NO_MCP_CLIENT = "asks for an MCP client; the gateway passes on what other clients say"
_NO_SUCH_GRANT = "another grant than the authorization code, which is the one Notion has"

LEFT_OUT: Mapping[str, str] = {
    "initialize": _NO_MCP_CLIENT,
    "tools_call": _NO_MCP_CLIENT,
    "elicitation-sep1034-client-defaults": _NO_MCP_CLIENT,
    "sse-retry": _NO_MCP_CLIENT,
    "request-metadata": _NO_MCP_CLIENT,
    "sep-2322-client-request-state": _NO_MCP_CLIENT,
    "http-standard-headers": _NO_MCP_CLIENT,
    "http-custom-headers": _NO_MCP_CLIENT,
    "http-invalid-tool-headers": _NO_MCP_CLIENT,
    "json-schema-ref-no-deref": _NO_MCP_CLIENT,
    "json-schema-2020-12-preservation": _NO_MCP_CLIENT,
    "sep-2640-client-no-prefetch": _NO_MCP_CLIENT,
    "sep-2640-client-verify-digest": _NO_MCP_CLIENT,
    "sep-2640-client-verify-size": _NO_MCP_CLIENT,
    "sep-2640-client-verify-frontmatter": _NO_MCP_CLIENT,
    "auth/2025-03-26-oauth-metadata-backcompat": "no protected-resource metadata: it is a must"
    " since 2025-06-18, Notion has it, and without it nothing says where a token may go",
    "auth/2025-03-26-oauth-endpoint-fallback": "no metadata at all: PKCE cannot be seen to be"
    " supported, and is refused where it is not",
    "auth/client-credentials-jwt": _NO_SUCH_GRANT,
    "auth/client-credentials-basic": _NO_SUCH_GRANT,
    "auth/enterprise-managed-authorization": f"{_NO_SUCH_GRANT}; of clients that come to the"
    " gateway, test_enterprise_managed_authorization.py runs it",
    "auth/wif-jwt-bearer": _NO_SUCH_GRANT,
    "auth/dpop": "sender-constrained tokens: an extension, and Notion issues bearer tokens",
    "auth/dpop-nonce": "sender-constrained tokens: an extension, and Notion issues bearer tokens",
}

VERSIONS = ("2025-06-18", "2025-11-25", "2026-07-28")
_PATIENCE_MILLISECONDS = 90_000  # for one scenario, beside dozens of others
TAKES_PART = PASSES | FAILS.keys()


async def run_client_suite(version: str, output: Path) -> Results:
    """Of the scenarios that take part."""
    command = shlex.join([sys.executable, "-S", oauth_client_driver.__file__])
    with listen() as listener:
        async with serving(oauth_client.create_relay(takes_part=TAKES_PART), listener) as relay:
            results = await suite.run_suite(
                "client",
                *("--command", command, "--suite", "all", "--spec-version", version),
                *("--timeout", str(_PATIENCE_MILLISECONDS)),
                output=output,
                environment={oauth_client_driver.RELAY: relay.url},
            )
    return {name: checks for name, checks in results.items() if name in TAKES_PART}


async def test_every_scenario_of_the_suite_is_run_or_left_out_for_a_reason() -> None:
    known = await suite.client_scenarios()

    assert known.keys() == TAKES_PART | LEFT_OUT.keys()
    assert not TAKES_PART & LEFT_OUT.keys()
    assert not PASSES & FAILS.keys()


@pytest.mark.parametrize("version", VERSIONS)
async def test_scenarios_pass_and_fail_as_their_tables_say(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oauth_client.prepare(monkeypatch)
    known = await suite.client_scenarios()
    results = await run_client_suite(version, tmp_path)

    assert results.keys() == {name for name in TAKES_PART if version in known[name]}
    foreseen = {
        f"{name}:{check.id}"
        for name, checks in results.items()
        for check in checks
        if name in FAILS and check.id in FAILS[name][0]
    }
    found = failures(results)
    assert found.keys() == foreseen, found
