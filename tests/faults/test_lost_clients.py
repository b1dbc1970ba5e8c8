"""Notion forgets the client that a space's grant was given to."""

from pathlib import Path
from typing import Any

import pytest

from notion_gateway.integration.client_at_notion import ClientAtNotion
from notion_gateway.oauth.metadata import Discovered
from notion_gateway.oauth.requests import OAuthClient
from notion_gateway.settings import CALLBACK_PATH
from notion_simulator.oauth.clients import Client, register
from tests.support.figures import Figure
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio


async def forget_clients(rig: Rig) -> None:
    url = f"{rig.notion.url}/_simulator/forget-clients"
    assert (await rig.caller.send("POST", url, user=None)).json["forgotten"] > 0


def clients(rig: Rig) -> set[str]:
    """Those that grants were given to."""
    grants: list[dict[str, Any]] = rig.notion.simulator.observation()["grants"]
    return {grant["client_id"] for grant in grants}


async def connect(rig: Rig, space: str) -> None:
    assert (await rig.caller.connect(space)).result["status"] == "success"


@pytest.mark.promise("threats:14")
async def test_a_lost_registration_asks_to_reconnect_which_registers_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp()) as rig:
        await connect(rig, "one")
        before = clients(rig)
        await forget_clients(rig)
        await connect(rig, "other")
        rig.let_token_expire()

        calls = [await rig.caller.call("one") for _ in range(3)]
        assert {(end.status, end.reason) for end in calls} == {(401, "reconnect_required")}
        status = await rig.caller.status("one")
        assert (status["status"], status["last_failure"]["error"]) == (
            "reconnect_required",
            "invalid_client",
        )
        redeemed = rig.notion.wire.refreshes()
        assert len(redeemed) == 1, "a token once refused is not sent again"
        assert (await rig.caller.call("other")).status == 200

        await connect(rig, "one")
        assert len(clients(rig) - before) == 2, "other's client, and a new one"
        rig.let_token_expire()
        for space in ("one", "other"):
            assert (await rig.caller.call(space)).status == 200
            assert (await rig.caller.status(space))["status"] == "connected"
        words = "{} calls told to reconnect, for {} redemption; {} clients registered since"
        figure(words, len(calls), len(redeemed), len(clients(rig) - before))


async def test_with_the_clients_of_before_connecting_again_does_not_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a gateway that registers once, and uses that client for every consent."""
    known: list[OAuthClient] = []
    for_consent = ClientAtNotion.for_consent

    async def registered_once(self: ClientAtNotion, notion: Discovered) -> OAuthClient:
        if not known:
            known.append(await for_consent(self, notion))
        return known[0]

    monkeypatch.setattr(ClientAtNotion, "for_consent", registered_once)
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp()) as rig:
        await connect(rig, "one")
        await forget_clients(rig)
        with pytest.raises(AssertionError):
            await connect(rig, "one")


@pytest.mark.promise("threats:14")
async def test_a_configured_client_that_is_refused_costs_no_space_its_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, Any] = {"notion_mcp_client_id": "configured"}
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), **known) as rig:
        registered = registration("configured", f"{rig.gateway.url}{CALLBACK_PATH}")
        rig.notion.simulator.oauth.clients["configured"] = registered
        await connect(rig, "one")
        await forget_clients(rig)
        rig.let_token_expire()
        assert (await rig.caller.call("one")).reason == "refresh_unavailable"

        rig.notion.simulator.oauth.clients["configured"] = registered
        rig.clock.skip(60)
        assert (await rig.caller.call("one")).status == 200


def registration(client_id: str, redirect_uri: str) -> Client:
    document = {"redirect_uris": [redirect_uri], "token_endpoint_auth_method": "none"}
    client = register(document, client_id=client_id, client_secret="", now=0)
    assert isinstance(client, Client)
    return client
