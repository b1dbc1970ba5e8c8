"""Who a client says it is: registered, or described by a document at an address."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from tests.support.mcp_login import REDIRECT_URI, Logins, logging_in
from tests.support.serving import listen, serving

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


# --- client-id metadata documents ---------------------------------------------------------


class Documents:
    """A web site on loopback that answers with what a test sets."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.url = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await receive()
        self.asked.append(scope["path"])
        status, body = self.answers.get(scope["path"], (404, b""))
        headers = [(b"content-type", b"application/json")]
        if status == 302:
            headers = [(b"location", f"{self.url}/good.json".encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def put(self, path: str, status: int = 200, **changes: Any) -> str:
        address = f"{self.url}{path}"
        document = {
            "client_id": address,
            "client_name": "Birch Editor",
            "redirect_uris": [REDIRECT_URI],
            **changes,
        }
        self.answers[path] = status, json.dumps(document).encode()
        return address


@asynccontextmanager
async def documents() -> AsyncGenerator[Documents]:
    site = Documents()
    with listen() as listener:
        async with serving(site, listener) as served:
            site.url = served.url
            yield site


@pytest.fixture
async def site() -> AsyncGenerator[Documents]:
    async with documents() as one:
        yield one


@pytest.fixture
async def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Logins]:
    """A gateway that reads documents from loopback."""
    options: dict[str, Any] = {"gateway_local_client_documents": True}
    async with logging_in(tmp_path, monkeypatch, **options) as one:
        yield one


async def test_a_client_with_a_document_logs_in_without_registering(
    local: Logins, site: Documents
) -> None:
    client_id = site.put("/client.json")
    before = local.rig.sql("select count(*) from oauth_clients")

    code = await local.code(client_id=client_id)
    tokens = (await local.exchange(code=code, client_id=client_id)).json

    assert (await local.call(tokens["access_token"])).status == 200
    assert (await local.refresh(tokens["refresh_token"], client_id=client_id)).status == 200
    assert local.rig.sql("select count(*) from oauth_clients") == before
    assert site.asked == ["/client.json"]  # read once, and remembered


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "https://other.example/client.json"},
        {"client_id": None},
        {"redirect_uris": []},
        {"redirect_uris": ["http://app.example/cb"]},
        {"redirect_uris": ["https://app.example/cb"]},
        {"client_secret": "known to everybody"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"grant_types": ["client_credentials"]},
        {"contacts": ["x" * 70_000]},
    ],
)
async def test_a_document_that_is_wrong_leads_nowhere(
    local: Logins, site: Documents, changes: dict[str, Any]
) -> None:
    client_id = site.put("/client.json", **changes)

    answer = await local.rig.caller.get(local.authorize_url(client_id=client_id), user=None)

    assert answer.status in (400, 422)
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["", "/", "/x/../client.json", "/./client.json"])
async def test_a_document_has_a_plain_path(local: Logins, site: Documents, path: str) -> None:
    url = local.authorize_url(client_id=f"{site.url}{path}")

    assert (await local.rig.caller.get(url, user=None)).status == 422
    assert site.asked == []


async def test_a_redirect_to_a_document_is_not_followed(local: Logins, site: Documents) -> None:
    site.put("/good.json")
    client_id = site.put("/moved.json", status=302)

    answer = await local.rig.caller.get(local.authorize_url(client_id=client_id), user=None)

    assert answer.status == 422
    assert site.asked == ["/moved.json"]


async def test_garbage_and_absent_documents_lead_nowhere(local: Logins, site: Documents) -> None:
    for path, body in {"/a": b"", "/b": b"[]", "/c": b"{", "/d": b'"x"'}.items():
        site.answers[path] = 200, body
        url = local.authorize_url(client_id=f"{site.url}{path}")
        assert (await local.rig.caller.get(url, user=None)).status == 422
    absent = local.authorize_url(client_id=f"{site.url}/absent")
    assert (await local.rig.caller.get(absent, user=None)).status == 422


@pytest.mark.parametrize(
    "client_id",
    [
        "{site}/client.json",
        "http://app.example/client.json",
        "https://localhost/client.json",
        "https://127.0.0.1/client.json",
        "https://[::1]/client.json",
        "https://10.0.0.1/client.json",
        "https://192.168.1.1/client.json",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/client.json",
        "https://user@app.example/client.json",
        "https://app.example/client.json#x",
        "https://0.0.0.0/client.json",
    ],
)
async def test_by_default_documents_come_from_public_https_addresses_only(
    logins: Logins, site: Documents, client_id: str
) -> None:
    site.put("/client.json")
    url = logins.authorize_url(client_id=client_id.replace("{site}", site.url))

    answer = await logins.rig.caller.get(url, user=None)

    assert answer.status == 422
    assert site.asked == []


async def test_documents_are_read_only_so_often_for_one_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Documents
) -> None:
    options: dict[str, Any] = {
        "gateway_local_client_documents": True,
        "gateway_new_clients_per_minute": 3,
    }
    async with logging_in(tmp_path, monkeypatch, **options) as logins:
        statuses: list[int] = []
        for number in range(6):
            client_id = site.put(f"/{number}.json")
            url = logins.authorize_url(client_id=client_id)
            statuses.append((await logins.rig.caller.get(url, user=None)).status)

    assert 429 in statuses
    assert len(site.asked) < 6
