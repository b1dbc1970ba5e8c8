"""One space has one MCP address and many spellings of it: each is served, and a client that
compares what metadata says with what it called finds the very same.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.figures import Figure
from tests.support.gateway import CALL, Answer, calling, serving_gateway
from tests.support.mcp_login import Logins, add_member, bearer, make_space

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:75")]

WRITTEN = ["https://GW.Example:443", "https://gw.example:443/", "https://gw.example/"]
PUBLIC = "https://gw.example"


@pytest.fixture(params=WRITTEN)
async def public(request: pytest.FixtureRequest, logins: Logins) -> AsyncGenerator[Logins]:
    """The same data behind something that ends TLS, with a public URL that is not written in its
    normal form.
    """
    rig = logins.rig
    settings: dict[str, Any] = {
        "gateway_trust_headers": False,
        "gateway_public_url": request.param,
        "gateway_allowed_hosts": "mcp.example",
    }
    async with (
        serving_gateway(rig.data_dir, rig.notion.url, **settings) as there,
        calling(there.url) as caller,
    ):
        yield replace(logins, rig=replace(rig, gateway=there, caller=caller))


async def sent_to(logins: Logins, address: str, method: str = "GET", **options: Any) -> Answer:
    """As what ends TLS passes it on: to the gateway's port, with the caller's own Host."""
    parts = urlsplit(address)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = {**options.pop("headers", {}), "Host": parts.netloc}
    return await logins.rig.caller.send(method, path, user=None, headers=headers, **options)


async def metadata_at(logins: Logins, resource: str) -> dict[str, Any]:
    """What a client learns that knows this address alone (RFC 9728 section 5.1)."""
    refused = await sent_to(logins, resource, "POST", data=CALL)
    assert refused.status == 401, (resource, refused.body)
    challenge = refused.headers["www-authenticate"]
    address = challenge.partition('resource_metadata="')[2].removesuffix('"')
    answer = await sent_to(logins, address)
    assert answer.status == 200, (address, answer.body)
    return answer.json


async def test_metadata_and_issuer_have_one_form_however_the_public_url_is_written(
    public: Logins,
) -> None:
    metadata = await metadata_at(public, f"{PUBLIC}/mcp/notion/{public.space}")
    server = (await sent_to(public, f"{PUBLIC}/.well-known/oauth-authorization-server")).json

    assert metadata["resource"] == f"{PUBLIC}/mcp/notion/{public.space}"
    assert metadata["authorization_servers"] == [PUBLIC] == [server["issuer"]]
    asked = urlsplit(public.authorize_url(resource=metadata["resource"]))
    answer = await sent_to(public, f"{PUBLIC}{asked.path}?{asked.query}")
    assert answer.location.startswith(f"{PUBLIC}/oauth/consent?request="), answer.location
    wrong = urlsplit(public.authorize_url(resource="https://elsewhere.example"))
    refused = await sent_to(public, f"{PUBLIC}{wrong.path}?{wrong.query}")
    assert (refused.status, refused.headers.get("location")) == (400, None)


async def test_the_metadata_names_the_allowed_name_that_was_called_and_no_other(
    public: Logins,
) -> None:
    for base, named in {
        PUBLIC: PUBLIC,
        "https://GW.example:443": PUBLIC,
        "https://mcp.example": "https://mcp.example",
        "https://mcp.example:9443": PUBLIC,
        "http://127.0.0.1:8000": PUBLIC,
    }.items():
        metadata = await metadata_at(public, f"{base}/mcp/notion/{public.space}")
        assert metadata["resource"] == f"{named}/mcp/notion/{public.space}", base
        assert metadata["authorization_servers"] == [PUBLIC]
    path = f"/.well-known/oauth-protected-resource/mcp/notion/{public.space}"
    assert (await sent_to(public, f"https://evil.example{path}")).status == 403


async def test_every_spelling_logs_in_and_calls(connected_logins: Logins, figure: Figure) -> None:
    logins = connected_logins
    port = urlsplit(logins.origin).port
    escaped = "".join(f"%{ord(letter):02X}" for letter in logins.space)
    tokens = await logins.log_in()
    for base in (f"http://127.0.0.1:{port}", f"http://LOCALHOST:{port}", f"http://[::1]:{port}"):
        for space in (logins.space, f"{logins.space}/", escaped, f"{escaped}/"):
            resource = f"{base}/mcp/notion/{space}"
            metadata = await metadata_at(logins, resource)
            assert metadata["resource"] == f"{base.lower()}/mcp/notion/{space}"
            code = await logins.code(resource=resource)
            assert (await logins.exchange(code, resource=resource)).status == 200, resource
            headers = bearer(tokens["access_token"])
            answer = await sent_to(logins, resource, "POST", headers=headers, data=CALL)
            assert answer.status == 200, resource
            figure("{} spellings of one address: {} calls answered", 1, int(answer.status == 200))


async def test_a_space_id_that_is_an_address_is_served_with_and_without_escapes(
    logins: Logins,
) -> None:
    for space in ("ada@birch.example", "ada%40birch.example"):
        resource = f"{logins.origin}/mcp/notion/{space}"
        assert (await metadata_at(logins, resource))["resource"] == resource


async def test_a_refresh_may_spell_the_resource_in_another_way_and_names_no_other(
    logins: Logins,
) -> None:
    other = await make_space(logins.rig, "Other")
    await add_member(logins.rig, other, "mona")
    tokens = await logins.log_in()

    again = await logins.refresh(tokens["refresh_token"], resource=f"{logins.resource}/")
    assert again.status == 200, again.body
    resource = f"{logins.origin}/mcp/notion/{other}"
    refused = await logins.refresh(again.json["refresh_token"], resource=resource)
    assert refused.json["error"] == "invalid_target"


async def test_the_proxy_is_served_with_a_slash_too(connected_logins: Logins) -> None:
    headers = {"X-Space-ID": connected_logins.space}
    answer = await connected_logins.rig.caller.send(
        "POST", "/mcp/notion/proxy/", headers=headers, data=CALL
    )
    assert answer.status == 200
    metadata = "/.well-known/oauth-protected-resource/mcp/notion/proxy/"
    assert (await connected_logins.rig.caller.get(metadata, user=None)).status == 404


async def test_escapes_lead_to_nothing_but_the_space_they_spell(logins: Logins) -> None:
    metadata = "/.well-known/oauth-protected-resource/mcp/notion/"
    for space in ("a%22b", "a%0Ab", "a%2Fb", "a%25b", "%2E%2E", "a%3Fb", "%zz", "a%C3%A9"):
        answer = await logins.rig.caller.get(metadata + space, user=None)
        assert answer.status == 404, space
        refused = await logins.rig.caller.send("POST", f"/mcp/notion/{space}", user=None, data=CALL)
        said = refused.headers.get("www-authenticate", "")
        assert "resource_metadata" not in said, (space, said)
