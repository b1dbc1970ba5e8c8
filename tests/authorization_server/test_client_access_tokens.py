"""Where an MCP client's access token counts, and until when."""

import pytest

from tests.access.routes import Operation, operations
from tests.support.mcp_login import Logins, add_member, bearer, error_of, make_space

pytestmark = pytest.mark.anyio

OPEN_TO_CLIENTS = ("/mcp/", "/livez", "/readyz", "/integrations/notion/mcp/oauth/callback")
"""The MCP endpoints, and what anybody may ask for; the callback has a test of its own."""


async def test_a_token_is_for_its_space_alone_and_manages_nothing(logins: Logins) -> None:
    other = await make_space(logins.rig, "Other")
    token = (await logins.log_in())["access_token"]

    assert (await logins.call(token, space=other)).status == 403
    refused = await logins.rig.caller.send(
        "DELETE", f"/integrations/notion/{logins.space}", user=None, headers=bearer(token)
    )
    assert refused.reason == "token_not_allowed"


@pytest.mark.parametrize(
    "operation",
    [one for one in operations() if not one.path.startswith(OPEN_TO_CLIENTS)],
    ids=str,
)
async def test_a_clients_token_counts_nowhere_but_at_the_mcp_endpoints(
    connected_logins: Logins, operation: Operation
) -> None:
    """An owner's client, at every route there is: its resource is the space's MCP address."""
    logins = connected_logins
    token = (await logins.log_in())["access_token"]
    target, headers = operation.request(logins.space)

    refused = await logins.rig.caller.send(
        operation.method,
        target,
        user=None,
        headers={**bearer(token), **headers},
        data=operation.body,
    )

    assert (refused.status, refused.reason) == (403, "token_not_allowed")
    assert "MCP" in refused.json["detail"]


async def test_a_clients_token_counts_at_both_mcp_endpoints(connected_logins: Logins) -> None:
    logins = connected_logins
    token = (await logins.log_in())["access_token"]

    assert (await logins.call(token)).status == 200
    assert (await logins.call(token, space="proxy")).status == 200


async def test_a_consent_that_a_clients_token_comes_back_with_is_nobodys(
    connected_logins: Logins,
) -> None:
    """The callback takes anybody, and asks who they are where somebody began it."""
    logins = connected_logins
    token = (await logins.log_in())["access_token"]
    caller = logins.rig.caller
    back = await caller.consent(logins.space, confirm="true")

    ended = await caller.get(back, user=None, headers=bearer(token))

    assert ended.result.get("status") != "success"


async def test_a_token_that_may_only_read_does_not_write(connected_logins: Logins) -> None:
    token = (await connected_logins.log_in(ticked=True))["access_token"]
    write = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notion-create-pages"}}'
    )

    refused = await connected_logins.call(token, write)

    assert refused.status == 403
    assert refused.reason == "tool_not_allowed"
    read = write.replace(b"notion-create-pages", b"notion-search")
    assert (await connected_logins.call(token, read)).status == 200


async def test_an_access_token_ends_after_an_hour_and_a_refresh_token_is_none(
    logins: Logins,
) -> None:
    tokens = await logins.log_in()
    assert (await logins.call(tokens["refresh_token"])).status == 401

    logins.rig.clock.skip(3601)
    assert (await logins.call(tokens["access_token"])).status == 401
    renewed = (await logins.refresh(tokens["refresh_token"])).json
    assert (await logins.call(renewed["access_token"])).status == 200


async def test_the_token_of_a_removed_member_dies_at_once(connected_logins: Logins) -> None:
    logins = connected_logins
    tokens = await logins.log_in("mona")
    assert (await logins.call(tokens["access_token"])).status == 200

    await logins.rig.caller.send("DELETE", f"/spaces/{logins.space}/members/mona")

    assert (await logins.call(tokens["access_token"])).status == 401
    await add_member(logins.rig, logins.space, "mona")
    # Whoever comes back lets programs in again.
    assert (await logins.call(tokens["access_token"])).status == 401
    assert error_of(await logins.refresh(tokens["refresh_token"])) == "invalid_grant"
