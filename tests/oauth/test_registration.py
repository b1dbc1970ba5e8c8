import json

import pytest

from notion_gateway.kernel.errors import UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.kernel.outbound.messages import HttpAnswer
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.metadata import (
    ServerMetadata,
    judge_authorization_server,
    judge_protected_resource,
)
from notion_gateway.oauth.registration import (
    DOCUMENTS_PATH,
    choose_auth_method,
    client_document,
    documents_base,
    judge_registration,
    registration_request,
)
from notion_gateway.oauth.requests import OAuthClient
from tests.oauth.test_requests import SERVER, answer


def test_a_registered_client_keeps_what_the_server_gave_it() -> None:
    secret = {"client_id": "c", "client_secret": "s"}
    assert judge_registration(answer(201, {"client_id": "c"})) == OAuthClient("c")
    assert judge_registration(answer(201, secret)) == OAuthClient(
        "c", "client_secret_basic", Secret("s")
    )
    post = {**secret, "token_endpoint_auth_method": "client_secret_post"}
    assert judge_registration(answer(200, post)).auth_method == "client_secret_post"


@pytest.mark.parametrize(("status", "document"), [(400, {"client_id": "c"}), (201, {}), (201, [])])
def test_a_failed_registration_is_unsuitable(status: int, document: object) -> None:
    with pytest.raises(UpstreamUnsuitable):
        judge_registration(answer(status, document))


def test_a_client_is_registered_without_a_secret_where_the_server_allows() -> None:
    assert choose_auth_method(SERVER, None) == "none"
    assert choose_auth_method(SERVER, "client_secret_post") == "client_secret_post"
    old = ServerMetadata("i", "a", "t", registration_endpoint="r")
    assert choose_auth_method(old, None) == "client_secret_basic"
    request = registration_request(
        SERVER, redirect_uri="https://gw/cb", scope=None, auth_method="none"
    )
    assert json.loads(request.body)["application_type"] == "web"
    with pytest.raises(UpstreamUnsuitable, match="NOTION_MCP_CLIENT_ID"):
        registration_request(
            ServerMetadata("i", "a", "t"), redirect_uri="u", scope=None, auth_method="none"
        )


@pytest.mark.parametrize(
    ("redirect_uri", "base"),
    [
        ("https://gw.example.com/cb", "https://gw.example.com"),
        ("https://gw.example.com:8443/cb", "https://gw.example.com:8443"),
        ("https://104.18.0.1/cb", "https://104.18.0.1"),
        ("http://localhost:8000/cb", None),
        ("https://localhost/cb", None),
        ("https://127.0.0.1/cb", None),
        ("https://10.0.0.1/cb", None),
        ("https://gateway/cb", None),
    ],
)
def test_documents_are_published_only_where_notion_could_fetch_them(
    redirect_uri: str, base: str | None
) -> None:
    assert documents_base(redirect_uri) == base


def test_a_client_document_names_the_very_address_it_lies_at() -> None:
    document = client_document(
        f"https://gw.example.com{DOCUMENTS_PATH}/1", "https://gw.example.com/cb", None
    )
    assert document["client_id"] == f"https://gw.example.com{DOCUMENTS_PATH}/1"
    own = "https://gw.example.com/cb/1"  # the shared one is of documents before there were own ones
    assert document["redirect_uris"] == [own, "https://gw.example.com/cb"]
    assert document["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in document


@pytest.mark.parametrize("status", [429, 503, 529])
def test_a_server_that_is_busy_is_not_unsuitable(status: int) -> None:
    """Neither for a registration nor for any of the documents that are looked up before it."""
    busy = answer(status, {}, **{"retry-after": "30"})

    def resource(one: HttpAnswer) -> object:
        return judge_protected_resource(one, "https://mcp.example/mcp")

    def server(one: HttpAnswer) -> object:
        return judge_authorization_server(one, "https://mcp.example", "https://mcp.example/mcp")

    for judge in (judge_registration, resource, server):
        with pytest.raises(UpstreamUnreachable) as raised:
            judge(busy)
        assert raised.value.retry_after_seconds == 30
