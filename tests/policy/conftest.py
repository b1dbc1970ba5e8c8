"""What the tests of policies share."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from notion_gateway.proxy.relay import Relay
from tests.policy.rigs import set_policy
from tests.policy.sending import WITH_POLICY, WITHOUT
from tests.policy.ways_round import POLICY
from tests.support.identity import Signer
from tests.support.rig import Rig, a_rig
from tests.support.warmth import warmed


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
def relays(monkeypatch: pytest.MonkeyPatch) -> list[Relay]:
    """What is answered in callbacks, which every call is that memory knows. Asked for before any
    connection is made: the loop looks up only once what reads from it.
    """
    return warmed(monkeypatch)


@pytest.fixture
async def notion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Rig]:
    """The whole simulated Notion; one space has a policy, the other has none."""
    settings = {"resumable_streams": True, "list_ttl_ms": 60_000, "list_cache_scope": "public"}
    async with a_rig(tmp_path, monkeypatch, notion=settings) as rig:
        for space in (WITH_POLICY, WITHOUT):
            assert (await rig.caller.connect(space)).result["status"] == "success"
        await set_policy(rig, space=WITH_POLICY, **POLICY)
        yield rig
