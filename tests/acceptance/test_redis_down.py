"""Redis holds consents under way and nothing else: without it, calls go on."""

from pathlib import Path

import pytest

from tests.support.databases import running_redis
from tests.support.figures import Figure
from tests.support.rig import a_rig
from tests.support.upstreams import RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:42")]


async def test_without_redis_connecting_is_503_and_calls_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    with running_redis(tmp_path) as server:
        async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), redis_url=server.url) as rig:
            assert (await rig.caller.connect("team")).result["status"] == "success"
            back = await rig.caller.consent("team")
            server.stop()

            refused = await rig.caller.start("team")
            assert (refused.status, refused.reason) == (503, "store_unavailable")
            lost = await rig.caller.get(back, user=None)
            assert (lost.status, lost.result["error"]) == (303, "store_unavailable")
            statuses = [(await rig.caller.call("team")).status for _ in range(20)]
            assert set(statuses) == {200}
            figure("{} calls without it: {} answered", len(statuses), statuses.count(200))
            ready = await rig.caller.get("/readyz", user=None)
            assert (ready.status, ready.json["checks"]["redis"]) == (200, "degraded")
