"""Where calls have to be recorded, those that cannot be are not sent."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.audit.store import AuditStore
from notion_gateway.audit.writer import AuditWriter
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.settings import Settings
from tests.audit.team import a_team, call
from tests.support.identity import Signer
from tests.support.strict_gateway import strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until, until_told

pytestmark = pytest.mark.anyio


async def test_where_they_have_to_be_kept_a_call_that_cannot_be_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    """Because too many wait, or because the database is away. The control lets calls go on."""
    required: dict[str, Any] = {"gateway_audit": True, "gateway_audit_required": True}
    patience = "notion_gateway.audit.writer._ROOM_WITHIN_SECONDS"
    failed = Counter[str]()

    async def away(*_: object) -> None:
        failed["times"] += 1
        raise StoreUnavailable

    async with strict_rig(tmp_path, monkeypatch, signer, upstream, **required) as rig:
        team = await a_team(rig, signer)

        async def refused(tool: str) -> None:
            before = len(upstream.seen)
            answer = await team.ada.send("POST", f"/mcp/notion/{team.space}", data=call(tool))
            assert (answer.status, answer.reason) == (503, "audit_unavailable")
            assert len(upstream.seen) == before

        monkeypatch.setattr(patience, 0.05)
        with monkeypatch.context() as patch:
            patch.setattr(AuditWriter, "waiting", 10**6)
            await refused("too-many-wait")

        with monkeypatch.context() as patch:
            patch.setattr(AuditStore, "append", away)
            assert await team.call(team.ada, call("before-anybody-knew")) == 200
            await until(lambda: failed["times"] > 1)
            await refused("database-is-away")
            with monkeypatch.context() as unguarded:
                unguarded.setattr(AuditWriter, "may_go_on", True)
                assert await team.call(team.ada, call("unguarded")) == 200
            await refused("database-is-away-still")
        monkeypatch.setattr(patience, PATIENCE_SECONDS)
        assert await team.call(team.ada, call("waited")) == 200

        async def all_are_kept() -> bool:
            found = {one["tool"] for one in await team.found(team.ada) if one["status"] == 200}
            return found == {"before-anybody-knew", "unguarded", "waited"}

        await until_told(all_are_kept)


def test_calls_that_must_be_kept_where_none_are_kept_make_no_sense() -> None:
    with pytest.raises(ValueError, match="GATEWAY_AUDIT_REQUIRED needs GATEWAY_AUDIT=1"):
        Settings(gateway_audit_required=True)
