"""Logging in on a machine without a browser (RFC 8628): the whole way."""

import pytest

from tests.authorization_server.device_steps import (
    DEVICE,
    GRANT,
    begin,
    begun,
    decide,
    logged_in,
    poll,
    refused,
    shown,
)
from tests.support.browser import browsing
from tests.support.mcp_login import Logins, bearer

pytestmark = pytest.mark.anyio


async def test_a_command_line_gets_tokens_once_a_person_has_allowed_it(
    connected_logins: Logins,
) -> None:
    logins = connected_logins
    answer = await begin(logins)
    codes = answer.json
    assert answer.headers["cache-control"] == "no-store"
    assert codes["verification_uri"] == f"{logins.origin}{DEVICE}"
    assert codes["expires_in"] == 600
    assert codes["interval"] == 5
    assert await refused(logins, codes["device_code"]) == ("authorization_pending", None)

    await decide(logins, codes)
    answer = await poll(logins, codes["device_code"])

    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["access_token"].startswith("nmgc_")
    called = await logins.call(answer.json["access_token"])
    assert called.status == 200
    status = await logins.rig.caller.get(
        f"/integrations/notion/{logins.space}",
        user=None,
        headers=bearer(answer.json["access_token"]),
    )
    assert status.json["status"] == "connected"
    (listed,) = await logins.tokens_listed()
    assert listed["kind"] == "command_line"
    assert listed["name"] == "notion-gateway, the command line, build-7"


async def test_its_tokens_are_renewed_and_given_back(logins: Logins) -> None:
    tokens = await logged_in(logins)

    renewed = (await logins.refresh(tokens["refresh_token"], client_id="notion-gateway")).json
    assert renewed["access_token"].startswith("nmgc_")
    form = {"token": renewed["refresh_token"], "client_id": "notion-gateway"}
    ended = await logins.rig.caller.send("POST", "/oauth/revoke", user=None, data=form)
    assert ended.status == 200
    assert (await logins.call(renewed["access_token"])).status == 401
    assert await logins.tokens_listed() == []


async def test_a_registered_client_gets_tokens_for_the_mcp_address_alone(
    connected_logins: Logins,
) -> None:
    logins = connected_logins
    grants = ["authorization_code", "refresh_token", GRANT]
    client_id = (await logins.register(grant_types=grants)).json["client_id"]
    codes = await begun(logins, client_id=client_id, resource=logins.resource, machine=None)
    async with browsing(logins.origin) as browser:
        page = await shown(browser, codes)
        assert "Manage the space" not in page.html
        assert "did not say its name" in page.html
        over = await browser.submit(page, DEVICE, decision="allow", may="manage")
        assert "cannot manage the space" in over.html
        await browser.submit(page, DEVICE, decision="allow", may="use")

    answer = await poll(logins, codes["device_code"], client_id=client_id)

    token = answer.json["access_token"]
    assert token.startswith("nmga_")
    assert (await logins.call(token)).status == 200
    elsewhere = await logins.rig.caller.get(
        f"/integrations/notion/{logins.space}", user=None, headers=bearer(token)
    )
    assert elsewhere.json["reason"] == "token_not_allowed"


@pytest.mark.parametrize(
    ("may", "changes_pages", "disconnects"),
    [("read", 403, 403), ("use", 200, 403), ("manage", 200, 200)],
)
async def test_a_person_chooses_what_it_may_do(
    connected_logins: Logins, may: str, changes_pages: int, disconnects: int
) -> None:
    logins = connected_logins
    token = (await logged_in(logins, may))["access_token"]
    call = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notion-move-pages"}}'

    assert (await logins.call(token, call)).status == changes_pages
    path = f"/integrations/notion/{logins.space}"
    ended = await logins.rig.caller.send("DELETE", path, user=None, headers=bearer(token))
    assert ended.status == disconnects


async def test_no_device_code_is_stored_as_it_is(logins: Logins) -> None:
    codes = await begun(logins)
    await decide(logins, codes)
    await poll(logins, codes["device_code"])

    tables = "client_grants", "device_logins", "gateway_tokens"
    stored = str([logins.rig.sql(f"select * from {table}") for table in tables])  # noqa: S608
    assert codes["device_code"] not in stored


async def test_the_metadata_names_the_endpoint_and_the_grant(logins: Logins) -> None:
    path = "/.well-known/oauth-authorization-server"
    told = (await logins.rig.caller.get(path, user=None)).json

    assert told["device_authorization_endpoint"] == f"{logins.origin}/oauth/device_authorization"
    assert GRANT in told["grant_types_supported"]
