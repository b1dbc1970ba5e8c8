"""Hosts and origins by exact lists: nothing that only looks like one of them gets in."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.support.figures import Figure
from tests.support.gateway import PROXY, RETURN_BASE, Answer
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import strict_rig
from tests.support.upstreams import RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:41")]

ALLOWED_HOSTS = ["gateway.example", "GATEWAY.EXAMPLE", "gateway.example:443", "mcp.example:8443"]
FOREIGN_HOSTS = [
    "evil.example",
    "gateway.example.evil.example",
    "evil-gateway.example",
    "evilgateway.example",
    "gateway.example.",
    ".gateway.example",
    "gateway.example:",
    "gateway.example:x",
    "gateway.example:123456",
    "gateway.example:80:80",
    "evil.example@gateway.example",
    "gateway.example@evil.example",
    "gateway.example/",
    "gateway.example?",
    "gateway.example#",
    "gateway.example\\evil.example",
    "gateway.example, evil.example",
    "gateway%2eexample",
    "g\u0430teway.example",
    "xn--gteway-3ve.example",
    "*",
    "null",
    "[gateway.example]",
    "127.0.0.1.evil.example",
    "2130706433",
    "0x7f000001",
    "0.0.0.0",  # noqa: S104 - a name that is sent, nothing that is bound
    "[::]",
]
ALLOWED_ORIGINS = [RETURN_BASE, "https://gateway.example", "https://app.example:8443"]
FOREIGN_ORIGINS = [
    "https://evil.example",
    f"{RETURN_BASE}.evil.example",
    f"{RETURN_BASE}0",
    f"{RETURN_BASE}/",
    "http://localhost",
    "http://localhost:3001",
    "https://localhost:3000",
    "http://evil.example@localhost:3000",
    "http://localhost:3000@evil.example",
    "http://LOCALHOST:3000",
    "http://127.0.0.1:3000",
    "https://app.example",
    "https://app.example:443",
    "https://sub.app.example:8443",
    "https://app.example:8443.evil.example",
    "https://\u0430pp.example:8443",
    "https://xn--pp-6kc.example:8443",
    "https://gateway.example:444",
    "http://gateway.example",
    "null",
    "",
    "*",
    "file://",
    f"{RETURN_BASE} https://evil.example",
    f"{RETURN_BASE}, https://evil.example",
]


@pytest.fixture
async def public(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> AsyncGenerator[Rig]:
    async with strict_rig(
        tmp_path,
        monkeypatch,
        signer,
        upstream,
        gateway_public_url="https://gateway.example",
        gateway_allowed_hosts="mcp.example, other.example",
        gateway_allowed_origins="https://app.example:8443",
    ) as rig:
        yield rig


async def asked(rig: Rig, path: str, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await rig.caller.get(path, user=None, headers=sent)


async def test_names_of_the_list_are_answered_and_nothing_like_them(
    public: Rig, figure: Figure
) -> None:
    for host in ALLOWED_HOSTS:
        assert (await asked(public, "/me", Host=host)).status == 401, host
    for path in ("/me", PROXY, "/mcp/notion/team", "/nothing", "/openapi.json"):
        for host in FOREIGN_HOSTS:
            refused = await asked(public, path, Host=host)
            assert (refused.status, refused.reason) == (403, "host_not_allowed"), (path, host)
            figure("{} requests by a foreign name: {} answered", 1, int(refused.status != 403))


async def test_probes_answer_by_any_name_and_say_nothing_of_interest(public: Rig) -> None:
    for path in ("/livez", "/readyz"):
        assert (await asked(public, path, Host="10.1.2.3:8000")).status == 200


async def test_pages_of_allowed_origins_get_through_and_others_do_not(
    public: Rig, upstream: RecordingMcp, figure: Figure
) -> None:
    for origin in ALLOWED_ORIGINS:
        answer = await asked(public, "/me", Origin=origin)
        assert answer.status == 401
        assert answer.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in answer.headers
        assert "origin" in answer.headers["vary"].lower()
    for path in ("/me", PROXY, "/mcp/notion/team", "/livez"):
        for origin in FOREIGN_ORIGINS:
            refused = await asked(public, path, Origin=origin)
            assert (refused.status, refused.reason) == (403, "origin_not_allowed"), (path, origin)
            assert "access-control-allow-origin" not in refused.headers
            figure("{} from a foreign origin: {} answered", 1, int(refused.status != 403))
    assert upstream.seen == []


async def test_two_origins_of_which_one_is_foreign_are_403(public: Rig) -> None:
    for pair in ((RETURN_BASE, "https://evil.example"), ("https://evil.example", RETURN_BASE)):
        headers = [("Origin", one) for one in pair]
        refused = await public.caller.get("/me", user=None, headers=headers)
        assert (refused.status, refused.reason) == (403, "origin_not_allowed")


@pytest.mark.parametrize("path", ["/spaces", "/mcp/notion/team", PROXY])
async def test_preflights_are_answered_for_allowed_origins_only(public: Rig, path: str) -> None:
    async def preflight(origin: str) -> Answer:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "DELETE",
            "Access-Control-Request-Headers": "authorization, mcp-protocol-version",
        }
        return await public.caller.send("OPTIONS", path, user=None, headers=headers)

    for origin in ALLOWED_ORIGINS:
        answer = await preflight(origin)
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == origin
        assert "DELETE" in answer.headers["access-control-allow-methods"]
        assert "authorization" in answer.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in answer.headers
    for origin in FOREIGN_ORIGINS:
        refused = await preflight(origin)
        assert (refused.status, refused.reason) == (403, "origin_not_allowed"), origin
        assert not [name for name in refused.headers if name.lower().startswith("access-control")]


async def test_a_page_of_an_allowed_origin_calls_and_may_read_what_it_needs(
    public: Rig, signer: Signer
) -> None:
    own = Person(public.caller, "ada", signer, public.clock.now)
    space = await own.create_space()
    answer = await own.send("POST", "/spaces", json={"name": "x"}, headers={"Origin": RETURN_BASE})
    assert answer.status == 201
    exposed = answer.headers["access-control-expose-headers"].lower()
    assert {"mcp-session-id", "www-authenticate", "x-request-id"} <= set(exposed.split(", "))
    foreign = await own.send("GET", f"/spaces/{space}", headers={"Origin": "https://evil.example"})
    assert foreign.status == 403


@pytest.fixture
async def listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> AsyncGenerator[Rig]:
    async with strict_rig(
        tmp_path,
        monkeypatch,
        signer,
        upstream,
        gateway_public_url="https://GATEWAY.example:443/",
        gateway_allowed_hosts="https://mcp.example:8443 2001:DB8::1 [2001:db8::2]:9000",
        gateway_allowed_origins="https://APP.example:443/ chrome-extension://abcd vscode-webview://*",
    ) as rig:
        yield rig


async def test_hosts_are_found_as_requests_name_them(listed: Rig) -> None:
    for host in (
        "gateway.example",
        "mcp.example:8443",
        "[2001:db8::1]",
        "[2001:DB8:0::1]:8000",
        "[2001:db8::2]:9000",
        "[::1]:8000",
    ):
        assert (await asked(listed, "/me", Host=host)).status == 401, host
    for host in (
        "mcp.example",
        "mcp.example:443",
        "[2001:db8::2]",
        "[2001:db8::3]",
        "mcp.example:",
    ):
        refused = await asked(listed, "/me", Host=host)
        assert (refused.status, refused.reason) == (403, "host_not_allowed"), host


async def test_extensions_and_webviews_may_call(listed: Rig) -> None:
    for origin in (
        "https://app.example",
        "https://gateway.example",
        "https://mcp.example:8443",
        "chrome-extension://abcd",
        "vscode-webview://0a1b2c",
    ):
        answer = await asked(listed, "/me", Origin=origin)
        assert answer.status == 401, origin
        assert answer.headers["access-control-allow-origin"] == origin
    for origin in (
        "chrome-extension://abcde",
        "chrome-extension://other",
        "moz-extension://abcd",
        "https://vscode-webview://x",
        "https://mcp.example",
        "null",
    ):
        refused = await asked(listed, "/me", Origin=origin)
        assert (refused.status, refused.reason) == (403, "origin_not_allowed"), origin
        assert "access-control-allow-origin" not in refused.headers


async def test_a_page_of_the_gateway_works_by_any_of_its_loopback_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    async with strict_rig(tmp_path, monkeypatch, signer) as rig:
        port = rig.gateway.url.rpartition(":")[2]
        for name in ("localhost", "127.0.0.1", "[::1]"):
            answer = await asked(rig, "/me", Origin=f"http://{name}:{port}")
            assert answer.status == 401, name
        assert (await asked(rig, "/me", Origin="http://localhost:1")).status == 403
