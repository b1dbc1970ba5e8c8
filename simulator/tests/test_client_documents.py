"""Clients that are the URL of a metadata document."""

import pytest

from notion_simulator.oauth.authorization import AuthorizationRequest
from notion_simulator.oauth.client_documents import (
    client_from_document,
    find_client,
    is_document_url,
)
from notion_simulator.settings import SimulatorSettings
from notion_simulator.simulator import Simulator
from support.caller import REDIRECT_URI, Caller

pytestmark = pytest.mark.anyio

URL = "https://client.example/metadata.json"


def reader(document: object, seen: list[str]):  # noqa: ANN201 - a local function
    async def read(url: str) -> object:
        seen.append(url)
        return document

    return read


@pytest.mark.parametrize(
    "url",
    [
        "http://client.example/metadata.json",
        "https://client.example",
        "https://client.example/",
        "https://client.example/a#b",
        "https://user@client.example/a",
        "https://[broken/a",
        "abcdefghijklmnop",
    ],
)
async def test_only_an_https_url_with_a_path_is_a_document(url: str) -> None:
    assert not is_document_url(url)


async def test_a_document_becomes_a_public_client_and_is_read_once() -> None:
    simulator = Simulator(SimulatorSettings())
    seen: list[str] = []
    document = {"client_id": URL, "client_name": "Doc", "redirect_uris": [REDIRECT_URI]}
    for _ in range(2):
        client = await find_client(simulator, URL, reader(document, seen))
        assert client is not None
        assert (client.name, client.auth_method) == ("Doc", "none")
    assert seen == [URL]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"client_id": "https://other.example/x", "redirect_uris": [REDIRECT_URI]},
        {"client_id": URL, "redirect_uris": []},
    ],
)
async def test_a_document_that_does_not_describe_its_own_url_is_no_client(document: object) -> None:
    assert await find_client(Simulator(SimulatorSettings()), URL, reader(document, [])) is None


def asked_of(url: str, redirect_uri: str) -> AuthorizationRequest:
    client = client_from_document(url, {"client_id": url, "redirect_uris": [redirect_uri]}, 0)
    assert client is not None
    return AuthorizationRequest(client, redirect_uri, None, "", None, None)


@pytest.mark.parametrize(
    ("redirect_uri", "by_redirect", "lives"),
    [(REDIRECT_URI, True, False), (f"{REDIRECT_URI}/2", True, True), (REDIRECT_URI, False, True)],
)
async def test_another_consent_ends_a_persons_grants_from_the_same_redirect_uri(
    redirect_uri: str, *, by_redirect: bool, lives: bool
) -> None:
    settings = SimulatorSettings(reconsent_revokes_by_redirect=by_redirect)
    store = Simulator(settings).oauth
    store.open_grant(asked_of(URL, REDIRECT_URI), "person", "space", 0, settings)
    store.open_grant(asked_of(f"{URL}?2", redirect_uri), "person", "space", 0, settings)
    first, second = store.grants.values()
    assert (first.revoked is None, second.revoked) == (lives, None)


async def test_documents_are_not_read_when_they_are_switched_off() -> None:
    simulator = Simulator(SimulatorSettings(client_id_metadata_documents=False))
    seen: list[str] = []
    assert await find_client(simulator, URL, reader({}, seen)) is None
    assert seen == []


async def test_an_unreachable_document_is_an_invalid_authorization_request(caller: Caller) -> None:
    answer = await caller.authorize("https://localhost:9/client.json")
    assert (answer.status, answer.text) == (400, "Invalid authorization request")
