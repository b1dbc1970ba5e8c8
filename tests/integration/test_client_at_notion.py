import dataclasses

import pytest

from notion_gateway.integration.client_at_notion import ClientAtNotion
from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpRequest
from notion_gateway.oauth.metadata import Discovered
from notion_gateway.oauth.requests import OAuthClient
from tests.support.world import ORIGIN, World, json_answer

pytestmark = pytest.mark.anyio


class Registrar:
    """Counts registrations, and gives every client another id."""

    def __init__(self) -> None:
        self.registered = 0

    async def send(self, request: HttpRequest) -> HttpAnswer:
        assert request.url == f"{ORIGIN}/register"
        self.registered += 1
        return json_answer({"client_id": f"c{self.registered}"}, 201)


async def offering(world: World, *, documents: bool) -> Discovered:
    provider = await world.discovery.find()
    server = dataclasses.replace(
        provider.server,
        registration_endpoint=f"{ORIGIN}/register",
        auth_methods=("none",),
        reads_client_documents=documents,
    )
    return dataclasses.replace(provider, server=server)


def registration(
    world: World,
    registrar: Registrar,
    *,
    base: str | None = "https://gw.example.com",
    configured: OAuthClient | None = None,
) -> ClientAtNotion:
    return ClientAtNotion(
        discovery=world.discovery,
        transport=registrar,
        redirect_uri="https://gw.example.com/cb",
        scope=None,
        auth_method=None,
        configured=configured,
        documents_base=base,
    )


@pytest.mark.promise("threats:13")
async def test_every_consent_has_a_client_of_its_own(world: World) -> None:
    registrar = Registrar()
    provider = await offering(world, documents=False)
    mine = registration(world, registrar)
    assert [(await mine.for_consent(provider)).client_id for _ in range(2)] == ["c1", "c2"]


@pytest.mark.promise("threats:13")
async def test_documents_take_the_place_of_registrations_where_both_sides_can(
    world: World,
) -> None:
    registrar = Registrar()
    provider = await offering(world, documents=True)
    mine = registration(world, registrar)
    first, second = await mine.for_consent(provider), await mine.for_consent(provider)
    assert first.client_id.startswith("https://gw.example.com/integrations/notion/oauth/")
    assert first.client_id != second.client_id
    assert registrar.registered == 0
    private = registration(world, registrar, base=None)
    assert (await private.for_consent(provider)).client_id == "c1"


async def test_a_configured_client_is_used_as_it_is(world: World) -> None:
    registrar, client = Registrar(), OAuthClient("configured")
    provider = await offering(world, documents=True)
    assert await registration(world, registrar, configured=client).for_consent(provider) == client
    assert registrar.registered == 0
