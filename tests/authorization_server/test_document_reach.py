"""Client-id metadata documents are advertised where they can be read, and nowhere else."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.authorization_server import document_reach
from notion_gateway.authorization_server.document_reach import DocumentReach
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.outbound.transport import AiohttpTransport
from tests.hostile.names import listening
from tests.support.mcp_login import REDIRECT_URI, Logins, logging_in
from tests.support.serving import listen, port_of
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

DOCUMENT = "https://client.example/client.json"
METADATA = "/.well-known/oauth-authorization-server"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def looking_at(*addresses: str, clock: Clock) -> AsyncGenerator[DocumentReach]:
    async with http_session(allow_private=False) as session:
        yield DocumentReach(AiohttpTransport(session), clock, looked_at=addresses)


def nobody() -> str:
    with listen() as listener:
        return f"http://127.0.0.1:{port_of(listener)}/client.json"


async def test_one_look_is_taken_for_all_who_ask_and_remembered() -> None:
    clock = Clock()
    async with (
        listening() as site,
        looking_at(nobody(), f"http://127.0.0.1:{site.port}/c.json", clock=clock) as reach,
    ):
        assert all(await asyncio.gather(*(reach.advertised() for _ in range(20))))
        assert site.connections == 1
        clock.now = 3601
        assert await reach.advertised()
        assert site.connections == 2


async def test_where_nothing_is_reached_they_are_not_advertised_until_something_is() -> None:
    clock = Clock()
    async with listening() as site, looking_at(nobody(), clock=clock) as reach:
        assert not await reach.advertised()
        reach.looked_at = [f"http://127.0.0.1:{site.port}/c.json"]
        assert not await reach.advertised(), "it is looked every five minutes only"
        clock.now = 301
        assert await reach.advertised()


async def test_a_network_that_swallows_everything_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(document_reach, "_LOOK_SECONDS", 0.2)
    with listen() as silent:
        silent.listen()
        address = f"http://127.0.0.1:{port_of(silent)}/c.json"
        async with asyncio.timeout(PATIENCE_SECONDS), looking_at(address, clock=Clock()) as reach:
            assert not await reach.advertised()


async def advertised(logins: Logins) -> bool:
    answer = await logins.rig.caller.get(METADATA, user=None)
    assert answer.json["registration_endpoint"], "registration is left in any case"
    told: bool = answer.json["client_id_metadata_document_supported"]
    return told


async def test_a_gateway_in_a_closed_network_does_not_advertise_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its proxy, the only way out, is gone."""
    proxy = nobody().removesuffix("/client.json")
    async with logging_in(
        tmp_path, monkeypatch, gateway_client_documents="auto", gateway_egress_proxy=proxy
    ) as logins:
        assert not await advertised(logins)
        assert (await logins.register()).status == 201


@pytest.mark.parametrize("setting", ["on", "off"])
async def test_the_setting_has_the_last_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    async with logging_in(tmp_path, monkeypatch, gateway_client_documents=setting) as logins:
        assert await advertised(logins) is (setting == "on")


@pytest.mark.parametrize("setting", ["on", "off"])
async def test_a_document_that_is_not_read_leads_to_the_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    options: dict[str, Any] = {
        "gateway_client_documents": setting,
        "gateway_egress_proxy": nobody().removesuffix("/client.json"),
    }
    async with logging_in(tmp_path, monkeypatch, **options) as logins:
        url = logins.authorize_url(client_id=DOCUMENT, redirect_uri=REDIRECT_URI)
        answer = await logins.rig.caller.get(url, user=None)

    text = answer.body.decode()
    assert answer.status == 422
    assert "codex mcp login NAME --oauth-client-registration dcr" in text
    assert "--client-id" in text
