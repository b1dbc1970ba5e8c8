import re
from typing import Any

import pytest

from support.caller import REDIRECT_URI, Caller

pytestmark = pytest.mark.anyio


async def test_the_authorization_server_document_has_notions_keys(caller: Caller) -> None:
    document = (await caller.get("/.well-known/oauth-authorization-server")).json
    assert document["issuer"] == caller.url
    assert document["token_endpoint"] == document["revocation_endpoint"] == f"{caller.url}/token"
    assert document["introspection_endpoint"] == f"{caller.url}/introspect"
    assert document["code_challenge_methods_supported"] == ["plain", "S256"]
    assert document["scopes_supported"] == ["default"]
    assert document["client_id_metadata_document_supported"] is True
    assert "authorization_response_iss_parameter_supported" not in document


@pytest.mark.parametrize("path", ["", "/mcp"])
async def test_each_form_of_the_resource_document_names_its_own_resource(
    caller: Caller, path: str
) -> None:
    answer = await caller.get(f"/.well-known/oauth-protected-resource{path}")
    assert answer.json == {
        "resource": f"{caller.url}{path}",
        "authorization_servers": [caller.url],
        "scopes_supported": ["default"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Notion MCP (Beta)",
    }


async def test_there_is_no_openid_configuration(caller: Caller) -> None:
    assert (await caller.get("/.well-known/openid-configuration")).status == 404


async def test_a_public_client_gets_a_short_id_and_no_secret(caller: Caller) -> None:
    client = await caller.register()
    assert re.fullmatch(r"[A-Za-z0-9]{16}", client["client_id"])
    assert client["redirect_uris"] == [REDIRECT_URI]
    assert client["token_endpoint_auth_method"] == "none"
    assert not {"client_secret", "registration_client_uri"} & set(client)


async def test_a_confidential_client_gets_a_secret_that_does_not_expire(caller: Caller) -> None:
    client = await caller.register(token_endpoint_auth_method="client_secret_post")
    assert len(client["client_secret"]) == 32
    assert client["client_secret_expires_at"] == 0


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example/#part"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["/relative"]}, "invalid_redirect_uri"),
        (
            {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "private_key_jwt"},
            "invalid_client_metadata",
        ),
        ([], "invalid_client_metadata"),
    ],
)
async def test_a_bad_registration_is_refused_with_its_reason(
    caller: Caller, document: Any, error: str
) -> None:
    answer = await caller.post("/register", json=document)
    assert (answer.status, answer.json["error"]) == (400, error)


async def test_a_registration_that_is_not_json_is_refused(caller: Caller) -> None:
    answer = await caller.post("/register", data=b"{")
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


async def test_an_expired_registration_is_an_unknown_client(caller: Caller, clock: Any) -> None:
    connection = await caller.connect()
    await caller.settings(client_lifetime_seconds=60)
    clock.advance(60)
    answer = await caller.refresh(connection.client_id, connection.refresh_token)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert answer.json["error_description"] == "Client not found"
