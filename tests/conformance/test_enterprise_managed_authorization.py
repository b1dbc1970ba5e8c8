"""The suite's scenario of the extension, with the client that the gateway's own tests let in.

The suite has scenarios of io.modelcontextprotocol/enterprise-managed-authorization for clients
alone, where it plays issuer, authorization server and MCP server itself: none of them can be asked
of the gateway, which is the authorization server. What can be said by them is that the client of
``tests/authorization_server/test_identity_assertions.py`` keeps to the extension.
"""

import shlex
import sys
from pathlib import Path

import pytest

from tests.conformance import suite
from tests.conformance.comparison import failures
from tests.conformance.suite import Check

pytestmark = pytest.mark.anyio

SCENARIO = "auth/enterprise-managed-authorization"
_ROOT = Path(__file__).parents[2]
_PATIENCE_MILLISECONDS = 90_000


async def test_the_suite_has_one_scenario_of_the_extension_and_it_is_for_clients() -> None:
    of_clients = await suite.client_scenarios()
    of_servers = await suite.authorization_server_scenarios()

    assert [one for one in [*of_clients, *of_servers] if "enterprise" in one] == [SCENARIO]
    assert SCENARIO in of_clients


async def test_the_client_that_reaches_a_tool_here_passes_it(tmp_path: Path) -> None:
    command = shlex.join([sys.executable, "-m", "tests.conformance.enterprise_client"])
    results = await suite.run_suite(
        "client",
        *("--command", command, "--scenario", SCENARIO),
        *("--timeout", str(_PATIENCE_MILLISECONDS)),
        output=tmp_path,
        environment={"PYTHONPATH": str(_ROOT)},
    )

    assert failures(results) == {}
    checks: list[Check] = [check for found in results.values() for check in found]
    passed = {check.id for check in checks if check.status == "SUCCESS"}
    assert {"complete-flow-token-exchange", "complete-flow-jwt-bearer"} <= passed
