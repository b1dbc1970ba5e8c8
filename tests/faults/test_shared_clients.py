"""At Notion a person's second consent on the same client ends the first grant."""

from pathlib import Path
from typing import Any

import pytest

from notion_gateway.settings import CALLBACK_PATH
from tests.faults.test_lost_clients import clients, connect, registration
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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=REVOKES) as rig:
        assert await reasons_after_expiry(rig) == {"one": 200, "two": 200}
        assert len(clients(rig)) == 2
        assert rig.notion.grant_states() == ["active", "active"]


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
