"""GET /integrations/notion/oauth/mcp/start."""

import base64
import hashlib
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from notion_gateway.settings import CALLBACK_PATH
from tests.support.gateway import query_of
from tests.support.rig import Rig, a_rig

pytestmark = pytest.mark.anyio


@pytest.mark.promise("seed:start", "threats:58")
async def test_start_answers_where_to_send_the_browser_and_the_state(rig: Rig) -> None:
    answer = await rig.caller.start("team", return_path="/projects?tab=notion")

    assert answer.status == 200
    assert set(answer.json) == {"authorizeUrl", "state"}
    assert answer.headers["cache-control"] == "no-store"
    address: str = answer.json["authorizeUrl"]
    query = query_of(address)
    assert address.partition("?")[0] == f"{rig.notion.url}/authorize"
    assert query["state"] == answer.json["state"]
    assert query["response_type"] == "code"
    assert query["redirect_uri"] == f"{rig.gateway.url}{CALLBACK_PATH}"
    assert query["resource"] == f"{rig.notion.url}/mcp"
    assert query["code_challenge_method"] == "S256"


@pytest.mark.promise("threats:21")
async def test_every_state_has_256_bits_and_is_another_one(rig: Rig) -> None:
    states = {(await rig.caller.start("team")).json["state"] for _ in range(20)}

    assert len(states) == 20
    assert {len(base64.urlsafe_b64decode(state + "=")) for state in states} == {32}


@pytest.mark.promise("threats:21")
async def test_state_and_verifier_are_stored_as_neither_can_be_read(rig: Rig) -> None:
    state = (await rig.caller.start("team")).json["state"]

    ((key, sealed),) = rig.sql("SELECT state_key, sealed FROM oauth_states")
    assert key == hashlib.sha256(state.encode()).hexdigest()
    assert state not in sealed
    assert "code_verifier" not in sealed


@pytest.mark.promise("seed:start", "threats:21")
async def test_a_state_lives_for_ten_minutes_at_most(rig: Rig) -> None:
    await rig.caller.start("team")

    ((expires_at,),) = rig.sql("SELECT expires_at FROM oauth_states")
    left = datetime.fromisoformat(expires_at) - rig.clock.now().replace(tzinfo=None)
    assert timedelta(seconds=590) < left <= timedelta(seconds=600)


@pytest.mark.promise("threats:21")
@pytest.mark.parametrize("how", ["a browser's own request", "asked for"])
async def test_a_start_from_a_browser_is_bound_to_it_by_a_cookie(rig: Rig, how: str) -> None:
    headers = {"Sec-Fetch-Site": "same-site"} if how == "a browser's own request" else {}
    query = {"space_id": "team"} | ({"browser": "true"} if how == "asked for" else {})
    answer = await rig.caller.get(
        "/integrations/notion/oauth/mcp/start", params=query, headers=headers
    )

    ((name, cookie),) = SimpleCookie(answer.headers["set-cookie"]).items()
    assert name.startswith("notion_consent_")
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == CALLBACK_PATH
    assert cookie["max-age"] == "600"
    assert not cookie["secure"]  # the callback of this test is plain http on loopback


async def test_the_cookie_is_secure_where_the_callback_is_https(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback = f"https://gateway.example{CALLBACK_PATH}"
    async with a_rig(tmp_path, monkeypatch, notion_mcp_oauth_redirect_uri=callback) as rig:
        answer = await rig.caller.start("team", browser="true")

    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Mode": "cors"}], ids=["plain", "Node's fetch"])
async def test_a_start_by_a_server_sets_no_cookie(rig: Rig, headers: dict[str, str]) -> None:
    answer = await rig.caller.get(
        "/integrations/notion/oauth/mcp/start", params={"space_id": "team"}, headers=headers
    )

    assert "set-cookie" not in answer.headers


@pytest.mark.promise("threats:25")
@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "/%2f%2fevil.example", "https://evil.example", "", "x"],
)
async def test_a_return_path_that_leads_elsewhere_is_refused(rig: Rig, path: str) -> None:
    answer = await rig.caller.start("team", return_path=path)

    assert answer.status == 422
    assert answer.reason == "invalid_return_path"
    assert answer.headers["content-type"] == "application/problem+json"
    assert "/register" not in " ".join(rig.notion.wire.requests)


async def test_nobody_is_401_and_somebody_elses_space_is_403(rig: Rig) -> None:
    path = "/integrations/notion/oauth/mcp/start"
    nobody = await rig.caller.get(path, params={"space_id": "team"}, user=None)
    elsewhere = await rig.caller.get(
        path, params={"space_id": "team"}, headers={"X-Space-ID": "other"}
    )

    assert (nobody.status, nobody.reason) == (401, "unauthenticated")
    assert (elsewhere.status, elsewhere.reason) == (403, "principal_mismatch")
    assert rig.notion.wire.requests == []


@pytest.mark.parametrize("space", ["", "a/b", "../x", "proxy", "oauth", "x" * 201, "a b", "é"])
async def test_a_malformed_space_is_422(rig: Rig, space: str) -> None:
    answer = await rig.caller.start(space)

    assert (answer.status, answer.reason) == (422, "invalid_request")


async def test_a_missing_space_is_422_and_says_which_parameter(rig: Rig) -> None:
    answer = await rig.caller.get("/integrations/notion/oauth/mcp/start")

    assert (answer.status, answer.reason) == (422, "invalid_request")
    assert "space_id" in answer.json["detail"]


async def test_each_consent_has_a_client_of_its_own(rig: Rig) -> None:
    addresses = [(await rig.caller.start("team")).json["authorizeUrl"] for _ in range(2)]

    clients = {query_of(address)["client_id"] for address in addresses}
    assert len(clients) == 2


@pytest.mark.promise("seed:variables")
async def test_a_configured_client_is_used_and_none_is_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(
        tmp_path,
        monkeypatch,
        notion_mcp_client_id="configured",
        notion_mcp_token_scope="read write",
        notion_mcp_state_ttl_seconds=60,
    ) as rig:
        address = (await rig.caller.start("team")).json["authorizeUrl"]
        ((expires_at,),) = rig.sql("SELECT expires_at FROM oauth_states")
        left = datetime.fromisoformat(expires_at) - rig.clock.now().replace(tzinfo=None)

    query = query_of(address)
    assert query["client_id"] == "configured"
    assert query["scope"] == "read write"
    assert left <= timedelta(seconds=60)
    assert "POST /register" not in rig.notion.wire.requests
