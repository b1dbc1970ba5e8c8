"""At Notion a person's second consent on the same client ends the first grant."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from notion_gateway.integration import client_at_notion
from notion_gateway.oauth import registration as registering
from notion_gateway.settings import CALLBACK_PATH
from notion_simulator.oauth import client_documents
from tests.faults.test_lost_clients import clients, connect, registration
from tests.support.figures import Figure
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio

REVOKES = {"reconsent_revokes_grant": True}


async def reasons_after_expiry(rig: Rig) -> dict[str, str | int]:
    """What a call in each of the two spaces gets that the same person has connected."""
    for space in ("one", "two"):
        await connect(rig, space)
    rig.let_token_expire()
    answers = {space: await rig.caller.call(space) for space in ("one", "two")}
    return {
        space: 200 if answer.status == 200 else answer.reason for space, answer in answers.items()
    }


@pytest.mark.promise("threats:13")
async def test_connecting_a_second_space_leaves_the_first_ones_grant_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=REVOKES) as rig:
        assert await reasons_after_expiry(rig) == {"one": 200, "two": 200}
        used, states = len(clients(rig)), rig.notion.grant_states()
        assert used == 2
        assert states == ["active", "active"]
        ended = states.count("revoked")
        figure("{} grants of one person by {} clients: {} ended", len(states), used, ended)


async def test_on_one_client_for_both_the_second_consent_ends_the_first_grant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a gateway that is configured to share a client."""
    shared: dict[str, Any] = {"notion_mcp_client_id": "configured"}
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=REVOKES, **shared) as rig:
        registered = registration("configured", f"{rig.gateway.url}{CALLBACK_PATH}")
        rig.notion.simulator.oauth.clients["configured"] = registered
        assert await reasons_after_expiry(rig) == {"one": "reconnect_required", "two": 200}
        assert clients(rig) == {"configured"}
        assert sorted(rig.notion.grant_states()) == ["active", "revoked"]


# --- clients that are a metadata document: there the redirect URI counts -----------------------

SITE = "https://gw.example.com"


def at(rig: Rig, address: str) -> str:
    """Where an address of the public site is served in this test: there is no such site."""
    return rig.gateway.url + address.removeprefix(SITE)


async def two_spaces_by_documents(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Connected by the same person one after the other; what a call in each gets afterwards."""
    address = f"{SITE}{CALLBACK_PATH}"
    async with a_rig(
        folder,
        monkeypatch,
        mcp=RecordingMcp(),
        notion=REVOKES,
        notion_mcp_oauth_redirect_uri=address,
    ) as rig:

        async def fetch(url: str) -> object:
            async with aiohttp.request("GET", at(rig, url)) as answer:
                return await answer.json()

        monkeypatch.setattr(client_documents, "fetch_document", fetch)
        for space in ("one", "two"):
            back = await rig.caller.consent(space)
            assert urlsplit(back).hostname == "gw.example.com"
            ended = await rig.caller.get(at(rig, back), user=None)
            assert ended.result["status"] == "success"
        assert len(clients(rig)) == 2
        rig.let_token_expire()
        answers = {space: await rig.caller.call(space) for space in ("one", "two")}
        return {
            space: 200 if answer.status == 200 else answer.reason
            for space, answer in answers.items()
        }


async def test_each_document_has_a_redirect_uri_of_its_own_so_no_space_ends_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = await two_spaces_by_documents(tmp_path, monkeypatch)

    assert ended == {"one": 200, "two": 200}


async def test_on_one_redirect_uri_for_all_documents_the_second_space_ends_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    def shared(_: str, redirect_uri: str) -> str:
        return redirect_uri

    monkeypatch.setattr(registering, "redirect_uri_of", shared)
    monkeypatch.setattr(client_at_notion, "redirect_uri_of", shared)
    ended = await two_spaces_by_documents(tmp_path, monkeypatch)

    assert ended == {"one": "reconnect_required", "two": 200}
