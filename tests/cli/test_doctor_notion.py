"""doctor on the way to Notion: every part broken for real, one at a time, and found."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from notion_gateway.operations.rules import Verdict
from notion_gateway.settings import CALLBACK_PATH, Settings
from tests.cli.examining import failure, findings, order, with_changes
from tests.support.certificates import certificate
from tests.support.ports import free_port

pytestmark = pytest.mark.anyio


async def test_a_name_that_does_not_resolve(settings: Settings) -> None:
    failed = await failure(with_changes(settings, notion_mcp_url="https://notion.invalid/mcp"))

    assert failed.check == "dns"
    assert "notion.invalid" in failed.detail


async def test_a_port_where_nothing_listens(settings: Settings) -> None:
    url = f"http://localhost:{free_port()}/mcp"

    failed = await failure(with_changes(settings, notion_mcp_url=url))

    assert failed.check == "tls"
    assert "refused" in failed.detail


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_certificate_that_is_not_trusted_and_one_that_ends_soon(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    context = certificate(tmp_path, days=3)

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(answer, "localhost", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server:
        url = f"https://localhost:{port}/mcp"
        found = await findings(with_changes(settings, notion_mcp_url=url))

    assert found["tls"].verdict is (Verdict.WARNING if trusted else Verdict.FAILED)
    assert ("good until" if trusted else "not accepted") in found["tls"].detail


@pytest.mark.parametrize(
    ("minutes", "verdict"), [(0, Verdict.OK), (-2, Verdict.WARNING), (60, Verdict.FAILED)]
)
async def test_a_clock_that_is_wrong(
    settings: Settings, notion: str, minutes: int, verdict: Verdict
) -> None:
    theirs = datetime.now(UTC) + timedelta(minutes=minutes)
    date = {"date": theirs.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    order(notion, target="mcp", kind="status", status=401, headers=date)

    found = await findings(settings)

    assert found["clock"].verdict is verdict
    assert ("behind" in found["clock"].detail) is (minutes > 0)


@pytest.mark.parametrize(
    ("patch", "check", "said"),
    [
        ({"code_challenge_methods_supported": ["plain"]}, "discovery", "S256"),
        ({"issuer": "https://other.example"}, "discovery", "issuer"),
        ({"registration_endpoint": None}, "registration", "no client is configured"),
    ],
)
async def test_metadata_that_cannot_be_used(
    settings: Settings, notion: str, patch: dict[str, object], check: str, said: str
) -> None:
    order(notion, target="metadata", kind="patch_body", body=json.dumps(patch))

    failed = await failure(settings)

    assert failed.check == check
    assert said in failed.detail


async def test_a_client_is_registered_only_when_asked_for(settings: Settings, notion: str) -> None:
    def registrations() -> int:
        counters = httpx2.get(f"{notion}/_simulator/counters", trust_env=False).json()
        return int(counters["requests"].get("POST /register", 0))

    before = registrations()
    assert "registers a client" in (await findings(settings))["registration"].detail
    assert registrations() == before
    assert "Registered" in (await findings(settings, register=True))["registration"].detail
    assert registrations() == before + 1


async def test_the_ways_of_being_a_client(settings: Settings) -> None:
    public = f"https://gateway.invalid{CALLBACK_PATH}"
    configured = {"notion_mcp_client_id": "c"}

    document = await findings(with_changes(settings, notion_mcp_oauth_redirect_uri=public))
    client = await findings(with_changes(settings, **configured))

    assert document["registration"].verdict is Verdict.WARNING
    assert "gateway.invalid" in document["registration"].detail
    assert client["registration"].verdict is Verdict.OK
    assert "NOTION_MCP_CLIENT_ID" in client["registration"].detail
