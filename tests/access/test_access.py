"""Who may call at all: principal, host, origin; and what answers where nothing is."""

import re
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.settings import CALLBACK_PATH
from tests.support.gateway import RETURN_BASE
from tests.support.rig import Rig, a_rig

pytestmark = pytest.mark.anyio

ROUTES = [
    ("GET", "/integrations/notion/oauth/mcp/start?space_id=team"),
    ("GET", "/integrations/notion/team"),
    ("DELETE", "/integrations/notion/team"),
    ("GET", "/integrations/notion/team/events"),
    ("POST", "/mcp/notion/proxy"),
    ("GET", "/mcp/notion/proxy"),
    ("DELETE", "/mcp/notion/proxy"),
]


@pytest.fixture
async def untrusting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Rig]:
    async with a_rig(tmp_path, monkeypatch, gateway_trust_headers=False) as rig:
        yield rig


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_trusted_headers_everybody_is_nobody(
    untrusting: Rig, method: str, path: str
) -> None:
    refused = await untrusting.caller.send(method, path, headers={"X-Space-ID": "team"})

    assert (refused.status, refused.reason) == (401, "unauthenticated")
    assert untrusting.notion.wire.requests == []


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("user", [None, "", "a\tb", "x" * 256])
async def test_with_trusted_headers_somebody_must_be_named(
    rig: Rig, method: str, path: str, user: str | None
) -> None:
    refused = await rig.caller.send(method, path, user=user)

    assert (refused.status, refused.reason) == (401, "unauthenticated")
    assert rig.notion.wire.requests == []


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_doubled_user_header_is_nobody(rig: Rig, method: str, path: str) -> None:
    headers = [("X-User-ID", "ada"), ("X-User-ID", "eve")]
    refused = await rig.caller.send(method, path, headers=headers)

    assert (refused.status, refused.reason) == (401, "unauthenticated")


@pytest.mark.parametrize(("method", "path"), ROUTES[1:4])
async def test_a_path_must_agree_with_the_space_of_the_principal(
    connected: Rig, method: str, path: str
) -> None:
    refused = await connected.caller.send(method, path, headers={"X-Space-ID": "other"})

    assert (refused.status, refused.reason) == (403, "principal_mismatch")
    assert (await connected.caller.status("team"))["status"] == "connected"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]", ""],
)
@pytest.mark.parametrize("path", ["/livez", "/mcp/notion/proxy", CALLBACK_PATH])
async def test_a_name_that_was_rebound_to_this_machine_is_403(
    rig: Rig, host: str, path: str
) -> None:
    refused = await rig.caller.get(path, headers={"Host": host})

    assert (refused.status, refused.reason) == (403, "host_not_allowed")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"])
async def test_loopback_names_are_answered(rig: Rig, host: str) -> None:
    assert (await rig.caller.get("/livez", headers={"Host": host})).status == 200


async def test_without_trusted_headers_any_host_is_answered(untrusting: Rig) -> None:
    answer = await untrusting.caller.get("/livez", headers={"Host": "gateway.example"})

    assert answer.status == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", f"{RETURN_BASE}.evil.example", "file://"]
)
@pytest.mark.parametrize("path", ["/integrations/notion/team", "/mcp/notion/proxy", "/livez"])
async def test_a_foreign_origin_is_403(connected: Rig, origin: str, path: str) -> None:
    before = len(connected.notion.wire.requests)
    headers = {"Origin": origin, "X-Space-ID": "team"}
    refused = await connected.caller.get(path, headers=headers)

    assert (refused.status, refused.reason) == (403, "origin_not_allowed")
    assert ("jsonrpc" in refused.json) is path.startswith("/mcp/")
    assert len(connected.notion.wire.requests) == before


async def test_the_return_sites_own_origin_may_call(connected: Rig) -> None:
    answer = await connected.caller.call("team", headers={"Origin": RETURN_BASE})

    assert answer.status == 200


@pytest.mark.parametrize("base", ["https://app.example:443", "https://App.Example/"])
async def test_an_origin_is_compared_as_browsers_write_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    async with a_rig(tmp_path, monkeypatch, notion_mcp_return_base_url=base) as rig:
        answer = await rig.caller.get("/livez", headers={"Origin": "https://app.example"})

    assert answer.status == 200


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/redoc", "/mcp", "/mcp/", "/integrations/notion/", "/spaces/%0A/x"]
)
async def test_where_nothing_is_the_answer_is_a_problem_document(rig: Rig, path: str) -> None:
    missing = await rig.caller.get(path)

    assert (missing.status, missing.reason) == (404, "not_found")
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.json["request_id"] == missing.headers["x-request-id"]


async def test_a_wrong_method_is_405_and_says_which_are_right(rig: Rig) -> None:
    wrong = await rig.caller.send("POST", "/integrations/notion/team/events")

    assert (wrong.status, wrong.reason) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET"


async def test_a_request_id_is_kept_where_it_is_decent_and_replaced_where_not(rig: Rig) -> None:
    kept = await rig.caller.get("/livez", headers={"X-Request-ID": "trace-0001"})
    assert kept.headers["x-request-id"] == "trace-0001"
    for forged in ("x", "a" * 65, "with space", 'quote"quote'):
        replaced = await rig.caller.get("/livez", headers={"X-Request-ID": forged})
        assert re.fullmatch("[0-9a-f]{32}", replaced.headers["x-request-id"])


async def test_livez_and_readyz_answer_200_without_a_principal(rig: Rig) -> None:
    live = await rig.caller.get("/livez", user=None)
    ready = await rig.caller.get("/readyz", user=None)

    assert (live.status, live.json) == (200, {"status": "ok"})
    assert ready.status == 200
    named = ("database", "migrations", "writes", "key", "background")
    assert ready.json["checks"] == dict.fromkeys(named, "ok")


@pytest.mark.parametrize(
    ("trusted_seconds", "status", "result"),
    [(60.0, 200, "degraded"), (-1.0, 503, "failed")],
    ids=["for a minute", "after it"],
)
async def test_a_damaged_database_file_makes_a_gateway_not_ready_once_calls_fail(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trusted_seconds: float,
    status: int,
    result: str,
) -> None:
    defaults = (trusted_seconds, time.monotonic)
    monkeypatch.setattr(CacheTrust.__init__, "__defaults__", defaults)
    async with a_rig(tmp_path, monkeypatch) as rig:
        for file in rig.data_dir.glob("gateway.sqlite3*"):
            file.write_bytes(b"not a database " * 10_000)
        ready = await rig.caller.get("/readyz")

        assert (ready.status, ready.json["checks"]["migrations"]) == (status, result)
        assert (await rig.caller.get("/livez")).status == 200
