"""What a client that knows one address finds out from it."""

import pytest

from tests.support.gateway import Caller
from tests.support.mcp_login import Logins

pytestmark = pytest.mark.anyio


async def test_a_first_call_leads_to_the_metadata_of_the_space(logins: Logins) -> None:
    caller: Caller = logins.rig.caller
    refused = await caller.send("POST", f"/mcp/notion/{logins.space}", user=None, data=b"{}")

    assert refused.status == 401
    metadata = f"{logins.origin}/.well-known/oauth-protected-resource/mcp/notion/{logins.space}"
    assert refused.headers["www-authenticate"] == f'Bearer resource_metadata="{metadata}"'
    answer = await caller.get(metadata, user=None)
    assert answer.json["resource"] == logins.resource
    assert answer.json["authorization_servers"] == [logins.origin]


async def test_the_metadata_of_an_absent_space_looks_the_same(logins: Logins) -> None:
    path = "/.well-known/oauth-protected-resource/mcp/notion/"
    real = await logins.rig.caller.get(path + logins.space, user=None)
    absent = await logins.rig.caller.get(path + "nobodys", user=None)

    assert absent.status == real.status == 200
    assert absent.body == real.body.replace(logins.space.encode(), b"nobodys")
    assert (await logins.rig.caller.get(path + "proxy", user=None)).status == 404


async def test_the_issuer_is_the_public_url_to_the_letter(logins: Logins) -> None:
    answer = await logins.rig.caller.get("/.well-known/oauth-authorization-server", user=None)
    metadata = answer.json

    assert metadata["issuer"] == logins.origin
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert "none" in metadata["token_endpoint_auth_methods_supported"]
    assert metadata["client_id_metadata_document_supported"] is True
    assert metadata["authorization_response_iss_parameter_supported"] is True
    for name in ("authorization", "token", "registration", "revocation"):
        assert metadata[f"{name}_endpoint"].startswith(f"{logins.origin}/oauth/")
    assert answer.headers["content-type"] == "application/json"
