"""The token endpoint's answer is lost on the way: Notion has rotated, and only Notion knows."""

import json
from pathlib import Path
from typing import Literal

import pytest

from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio

Drop = Literal["drop_before", "drop_after"]
_PAUSE_SECONDS = 60


async def drop_next(rig: Rig, kind: Drop) -> None:
    """The next redemption's socket is closed without an answer, before or after the rotation."""
    order = json.dumps({"target": "token", "grant_type": "refresh_token", "kind": kind})
    url, headers = f"{rig.notion.url}/_simulator/faults", {"content-type": "application/json"}
    ordered = await rig.caller.send("POST", url, user=None, headers=headers, data=order)
    assert ordered.status == 201, ordered.body


async def ends_of_three_calls(rig: Rig, kind: Drop) -> list[str | int]:
    """The first while the answer is lost, the others when the pause after a fault is over."""
    assert (await rig.caller.connect("team")).result["status"] == "success"
    rig.let_token_expire()
    await drop_next(rig, kind)
    ends: list[str | int] = []
    for _ in range(3):
        answer = await rig.caller.call("team")
        ends.append(200 if answer.status == 200 else answer.reason)
        rig.clock.skip(_PAUSE_SECONDS)
    return ends


@pytest.mark.promise("threats:10")
async def test_where_one_retry_is_tolerated_the_old_token_is_tried_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp()) as rig:
        ends = await ends_of_three_calls(rig, "drop_after")
        sent = rig.notion.wire.refreshes()
        assert ends == ["refresh_unavailable", 200, 200]
        assert len(sent) == 2
        assert len(set(sent)) == 1, "the same token twice, and then the new one is in use"
        assert rig.notion.grant_states() == ["active"]
        types = await rig.caller.event_types("team")
        assert types == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]


@pytest.mark.promise("threats:10")
async def test_where_no_retry_is_tolerated_a_reconnect_is_asked_for_and_nothing_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = {"rotation": "strict"}
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=strict) as rig:
        ends = await ends_of_three_calls(rig, "drop_after")
        assert ends == ["refresh_unavailable", "reconnect_required", "reconnect_required"]
        assert len(rig.notion.wire.refreshes()) == 2, "a token once refused is not sent again"
        status = await rig.caller.status("team")
        assert status["status"] == "reconnect_required"
        assert status["last_failure"]["error"] == "invalid_grant"
        assert (await rig.caller.connect("team")).result["status"] == "success"
        assert (await rig.caller.call("team")).status == 200


async def test_a_socket_dropped_before_the_rotation_costs_nothing_even_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the rotation that nobody heard of which costs the connection above."""
    strict = {"rotation": "strict"}
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=strict) as rig:
        assert await ends_of_three_calls(rig, "drop_before") == ["refresh_unavailable", 200, 200]
        assert rig.notion.grant_states() == ["active"]
