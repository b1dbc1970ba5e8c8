"""Clients that are described by a document at an address."""

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
