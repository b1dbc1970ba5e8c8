"""What the tests of budgets share."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from notion_gateway.proxy.relay import Relay
from tests.budget.rationed import RationedMcp
from tests.support.rig import Rig, a_rig
from tests.support.warmth import warmed


@pytest.fixture
def relays(monkeypatch: pytest.MonkeyPatch) -> list[Relay]:
    """What is answered in callbacks, which every call is that memory knows."""
    return warmed(monkeypatch)


@pytest.fixture
def notion() -> RationedMcp:
    return RationedMcp()


@pytest.fixture
async def rationed(
    notion: RationedMcp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Rig]:
    """A connected space ``team`` before a Notion that refuses calls when it is told to."""
    async with a_rig(tmp_path, monkeypatch, mcp=notion) as rig:
        await rig.caller.connect("team")
        yield rig
