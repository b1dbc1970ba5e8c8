import json

import pytest

from notion_gateway.kernel.addresses import address_allowed, literal_allowed
from notion_gateway.kernel.errors import UpstreamUnsuitable
from notion_gateway.kernel.outbound.messages import HttpAnswer, origin_of
from notion_gateway.oauth.metadata import (
    authorization_server_urls,
    bearer_challenge,
    judge_authorization_server,
    judge_protected_resource,
    protected_resource_urls,
)

MCP = "https://mcp.notion.com/mcp"
ISSUER = "https://mcp.notion.com"
RESOURCE = {"resource": MCP, "authorization_servers": [ISSUER], "scopes_supported": ["default"]}
SERVER = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "registration_endpoint": f"{ISSUER}/register",
    "revocation_endpoint": f"{ISSUER}/token",
    "code_challenge_methods_supported": ["plain", "S256"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
}


def answer(document: object, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status, {}, json.dumps(document).encode())


def test_metadata_is_looked_for_in_path_form_first() -> None:
    assert protected_resource_urls(MCP) == (
        "https://mcp.notion.com/.well-known/oauth-protected-resource/mcp",
        "https://mcp.notion.com/.well-known/oauth-protected-resource",
    )
    assert authorization_server_urls("https://a.example/tenant") == (
        "https://a.example/.well-known/oauth-authorization-server/tenant",
        "https://a.example/.well-known/openid-configuration/tenant",
        "https://a.example/tenant/.well-known/openid-configuration",
    )
    assert authorization_server_urls(ISSUER) == (
        "https://mcp.notion.com/.well-known/oauth-authorization-server",
        "https://mcp.notion.com/.well-known/openid-configuration",
    )


@pytest.mark.parametrize(
    ("header", "url"),
    [
        (
            'Bearer realm="OAuth", resource_metadata="https://m/x", error="invalid_token"',
            "https://m/x",
        ),
        ('bearer error_description="a, b", resource_metadata="https://m/x"', "https://m/x"),
        ("Bearer resource_metadata=https://m/x", "https://m/x"),
        ('Basic realm="x"', None),
        ("Bearer", None),
        ("", None),
        ('Bearer "', None),
    ],
)
def test_the_challenge_says_where_the_metadata_lies(header: str, url: str | None) -> None:
    challenge = bearer_challenge(HttpAnswer(401, {"www-authenticate": header}))
    assert challenge.get("resource_metadata") == url


@pytest.mark.parametrize("resource", [MCP, ISSUER, ISSUER + "/"])
def test_the_resource_is_the_mcp_address_or_a_parent_of_it(resource: str) -> None:
    found = judge_protected_resource(answer({**RESOURCE, "resource": resource}), MCP)
    assert (found.resource, found.issuer, found.scopes) == (resource, ISSUER, ("default",))


@pytest.mark.parametrize(
    "wrong",
    [
        {"resource": "https://evil.example/mcp"},
        {"resource": "https://mcp.notion.com/mcp2"},
        {"resource": "https://mcp.notion.com/mcp#x"},
        {"resource": "http://mcp.notion.com/mcp"},
        {"resource": "https://mcp.notion.com:444/mcp"},
        {"resource": "https://user@mcp.notion.com/mcp"},
        {"resource": 1},
        {"authorization_servers": []},
        {"authorization_servers": "https://mcp.notion.com"},
        {"authorization_servers": ["https://evil.example"]},
        {"authorization_servers": ["http://mcp.notion.com"]},
    ],
)
def test_a_document_about_another_resource_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UpstreamUnsuitable):
        judge_protected_resource(answer({**RESOURCE, **wrong}), MCP)


def test_the_servers_endpoints_are_taken_from_its_metadata() -> None:
    server = judge_authorization_server(answer(SERVER), ISSUER, MCP)
    assert server.token_endpoint == f"{ISSUER}/token"
    assert server.revocation_endpoint == f"{ISSUER}/token"
    assert not server.sends_iss
    advertised = {**SERVER, "authorization_response_iss_parameter_supported": True}
    assert judge_authorization_server(answer(advertised), ISSUER, MCP).sends_iss


@pytest.mark.promise("threats:22")
@pytest.mark.parametrize("methods", [None, [], ["plain"], "S256", ["s256"]])
def test_a_server_without_s256_is_refused(methods: object) -> None:
    with pytest.raises(UpstreamUnsuitable, match="PKCE"):
        judge_authorization_server(
            answer({**SERVER, "code_challenge_methods_supported": methods}), ISSUER, MCP
        )


@pytest.mark.promise("threats:20")
@pytest.mark.parametrize("issuer", ["https://evil.example", ISSUER + "/", None])
def test_metadata_of_another_issuer_is_refused(issuer: object) -> None:
    with pytest.raises(UpstreamUnsuitable, match="issuer"):
        judge_authorization_server(answer({**SERVER, "issuer": issuer}), ISSUER, MCP)


@pytest.mark.promise("threats:23")
@pytest.mark.parametrize(
    "wrong",
    [
        {"token_endpoint": "https://evil.example/token"},
        {"token_endpoint": "http://mcp.notion.com/token"},
        {"token_endpoint": "https://mcp.notion.com:8443/token"},
        {"token_endpoint": "https://mcp.notion.com@evil.example/token"},
        {"token_endpoint": "https://169.254.169.254/token"},
        {"revocation_endpoint": "https://evil.example/revoke"},
        {"registration_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"token_endpoint": None},
        {"token_endpoint": 5},
        {"token_endpoint": "https://mcp.notion.com/token#x"},
    ],
)
def test_an_endpoint_on_another_origin_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UpstreamUnsuitable):
        judge_authorization_server(answer({**SERVER, **wrong}), ISSUER, MCP)


@pytest.mark.parametrize("status", [404, 500, 302])
def test_a_missing_document_is_unsuitable(status: int) -> None:
    with pytest.raises(UpstreamUnsuitable):
        judge_protected_resource(answer(RESOURCE, status), MCP)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"[" * 100_000, b"\xff"])
def test_an_unreadable_document_is_unsuitable(body: bytes) -> None:
    with pytest.raises(UpstreamUnsuitable):
        judge_protected_resource(HttpAnswer(200, {}, body), MCP)


def test_origins_spell_out_the_default_port() -> None:
    assert (
        origin_of("https://a.example/x")
        == origin_of("https://a.example:443")
        == ("https://a.example:443")
    )
    assert origin_of("http://[::1]:8000/x") == "http://[::1]:8000"


@pytest.mark.parametrize(
    ("host", "address", "allowed"),
    [
        ("mcp.notion.com", "104.18.0.1", True),
        ("mcp.notion.com", "127.0.0.1", False),
        ("mcp.notion.com", "10.0.0.1", False),
        ("mcp.notion.com", "169.254.169.254", False),
        ("mcp.notion.com", "::1", False),
        ("mcp.notion.com", "::ffff:127.0.0.1", False),
        ("mcp.notion.com", "fe80::1%eth0", False),
        ("mcp.notion.com", "100.64.0.1", False),
        ("localhost", "127.0.0.1", True),
        ("localhost", "::1", True),
        ("localhost", "104.18.0.1", False),
    ],
)
def test_a_name_leads_to_public_addresses_and_a_loopback_name_to_loopback(
    host: str, address: str, allowed: bool
) -> None:
    assert address_allowed(host, address, allow_private=False) is allowed


def test_private_addresses_are_for_those_who_ask_for_them() -> None:
    assert address_allowed("notion.corp", "10.0.0.1", allow_private=True)
    assert not address_allowed("notion.corp", "127.0.0.1", allow_private=True)
    assert not literal_allowed("https://192.168.0.1/mcp", allow_private=False)
    assert literal_allowed("https://192.168.0.1/mcp", allow_private=True)
    assert literal_allowed("http://127.0.0.1:8010/mcp", allow_private=False)
