"""The gateway's own authorization server in the suite's scenarios for them.

Every scenario that the suite knows stands in one of two tables. A new one fails the test until
it is put into one. With the suite's 0.2 there is nothing to leave out: it looks at the metadata
and at one whole code grant.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conformance import suite
from tests.conformance.comparison import failures
from tests.support.browser import browsing
from tests.support.mcp_login import Logins
from tests.support.serving import listen, port_of

pytestmark = pytest.mark.anyio

PASSES = frozenset({"authorization-server-metadata-endpoint", "authorization-code-grant"})
_ROLE = "authorization-server-"
"""What the suite puts before a scenario's name in its folder."""
LEFT_OUT: Mapping[str, str] = {}


async def test_every_scenario_of_the_suite_is_run_or_left_out_for_a_reason() -> None:
    known = await suite.authorization_server_scenarios()

    assert known.keys() == PASSES | LEFT_OUT.keys()


async def test_every_scenario_passes(logins: Logins, tmp_path: Path) -> None:
    """As a public client: where a server takes those, the suite leaves a secret unused."""
    with listen() as one:
        port = port_of(one)
    client = (await logins.register(redirect_uris=[f"http://127.0.0.1:{port}/callback"])).json

    async def let_in(url: str) -> None:
        async with browsing(logins.origin) as browser:
            end = await browser.sign_in_and_allow(url, "ada")
            async with browser.http.get(end) as answer:
                assert answer.ok

    results = await suite.run_authorization_suite(
        logins.origin,
        *("--client-id", client["client_id"]),
        *("--resource", logins.resource, "--port", str(port)),
        output=tmp_path / "results",
        person=let_in,
    )

    assert {name.removeprefix(_ROLE) for name in results} == PASSES
    assert failures(results) == {}
