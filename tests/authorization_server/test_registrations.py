"""Clients that register: with which addresses, how many, and for how long that is remembered."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.mcp_login import Logins, logging_in

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


@pytest.mark.parametrize(
    "redirect_uris",
    [
        None,
        [],
        "https://app.example/cb",
        ["http://app.example/cb"],
        ["javascript:alert(1)"],
        ["data:text/html,x"],
        ["ftp://app.example/cb"],
        ["ms-appinstaller:?source=https://app.example/x"],
        ["search-ms:query=x"],
        ["ms-msdt:/id"],
        ["shell:startup"],
        ["intent://app.example/cb"],
        ["birch:/cb"],
        ["x-birch-editor://cb"],
        ["cursor.:/cb"],
        [".cursor:/cb"],
        ["com..example:/cb"],
        ["https://app.example/cb#here"],
        ["https://user@app.example/cb"],
        ["https://app.example/\\evil"],
        ["https://app.example/ cb"],
        ["https://app.example/cb", "http://app.example/cb"],
        ["/cb"],
        [7],
        [f"https://app.example/{n}" for n in range(21)],
        ["https://app.example/" + "x" * 2000],
    ],
)
async def test_codes_go_to_https_loopback_or_a_scheme_that_is_a_programs_own(
    logins: Logins, redirect_uris: Any
) -> None:
    answer = await logins.register(redirect_uris=redirect_uris)

    assert answer.status == 400
    assert answer.json["error"] in ("invalid_redirect_uri", "invalid_client_metadata")


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://app.example/cb?x=1",
        "http://localhost/cb",
        "http://[::1]:7/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "com.example.app:/cb",
        "vscode://vscode.example/cb",
    ],
)
async def test_such_a_client_registers_and_is_led_on(logins: Logins, redirect_uri: str) -> None:
    answer = await logins.register(redirect_uris=[redirect_uri], scope="everything")

    assert answer.status == 201
    assert answer.headers["cache-control"] == "no-store"
    assert "scope" not in answer.json
    url = logins.authorize_url(client_id=answer.json["client_id"], redirect_uri=redirect_uri)
    led = await logins.rig.caller.get(url, user=None)
    assert led.location.startswith(f"{logins.origin}/oauth/consent?")


@pytest.mark.parametrize(
    "changes",
    [
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"grant_types": ["client_credentials"]},
        {"response_types": ["token"]},
        {"jwks_uri": "not an address"},
    ],
)
async def test_what_is_not_offered_is_not_registered(
    logins: Logins, changes: dict[str, Any]
) -> None:
    assert (await logins.register(**changes)).status == 400


async def test_without_a_method_a_client_gets_a_secret_for_basic(logins: Logins) -> None:
    """RFC 7591 section 2."""
    answer = await logins.register(token_endpoint_auth_method=None)

    assert answer.json["token_endpoint_auth_method"] == "client_secret_basic"
    assert len(answer.json["client_secret"]) >= 43


async def test_a_client_that_does_not_renew_gets_no_refresh_token(logins: Logins) -> None:
    client = (await logins.register(grant_types=["authorization_code"])).json
    code = await logins.code(client_id=client["client_id"])

    answer = await logins.exchange(code=code, client_id=client["client_id"])

    assert "refresh_token" not in answer.json


async def test_a_registration_is_bounded(logins: Logins) -> None:
    assert (await logins.register(contacts=["x" * 20_000])).status == 413
    junk: list[object] = [[], "text", 7, None]
    for one in junk:
        assert (await logins.post_json("/oauth/register", one)).status == 400


async def test_an_address_registers_only_so_many_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit: dict[str, Any] = {"gateway_new_clients_per_minute": 3}
    async with logging_in(tmp_path, monkeypatch, **limit) as logins:
        answers = [await logins.register() for _ in range(5)]

    assert 429 in [one.status for one in answers]
    assert [one.status for one in answers].count(201) < 5
    assert int(answers[-1].headers["retry-after"]) > 0


def registered(logins: Logins) -> set[str]:
    return {client_id for (client_id,) in logins.rig.sql("select client_id from oauth_clients")}


async def test_a_client_that_comes_back_after_weeks_is_still_known(logins: Logins) -> None:
    other = (await logins.register()).json["client_id"]
    logins.rig.clock.skip(80 * DAY)
    await logins.register()

    assert (await logins.rig.caller.get(logins.authorize_url(client_id=other), user=None)).location
    assert await logins.log_in()


async def test_registrations_that_nobody_allowed_anything_are_forgotten_in_the_end(
    logins: Logins,
) -> None:
    await logins.log_in()
    for _ in range(3):
        await logins.register()
    logins.rig.clock.skip(90 * DAY + 1)
    newest = (await logins.register()).json["client_id"]

    assert registered(logins) == {logins.client_id, newest}


async def test_a_registration_lives_as_long_as_a_login_with_it_and_a_year_longer(
    logins: Logins,
) -> None:
    refresh_token = (await logins.log_in())["refresh_token"]
    for _ in range(20):  # 500 days
        logins.rig.clock.skip(25 * DAY)
        refresh_token = (await logins.refresh(refresh_token)).json["refresh_token"]
    await logins.register()
    assert logins.client_id in registered(logins)
    logins.rig.clock.skip((30 + 364) * DAY)
    await logins.register()
    assert logins.client_id in registered(logins)
    logins.rig.clock.skip(2 * DAY)
    await logins.register()
    assert logins.client_id not in registered(logins)


async def test_strangers_registrations_are_bounded_and_push_out_nobody_who_was_allowed(
    logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notion_gateway.authorization_server.client_store.MAX_UNUSED", 5)
    await logins.log_in()
    made: list[str] = []
    for _ in range(9):
        made.append((await logins.register()).json["client_id"])
        logins.rig.clock.skip(1)

    assert registered(logins) == {logins.client_id, *made[-5:]}
