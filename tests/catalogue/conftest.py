"""A gateway that looks often, before the simulated Notion, whose lists a test can alter."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest

from notion_gateway.catalogue.looks import Looks
from notion_simulator.mcp_server import McpHandlers
from tests.support.rig import Rig, a_rig

OFTEN_SECONDS = 0.05
WITH_WEBHOOKS: dict[str, Any] = {"gateway_webhook_allow_private_addresses": True}


@dataclass
class Altered:
    """``alter`` changes what Notion lists, page by page; ``asked`` counts its pages."""

    alter: Callable[[types.ListToolsResult], None] | None = None
    asked: int = 0
    tools: list[types.Tool] = field(default_factory=list[types.Tool])
    """Listed besides, on the last page."""


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> Altered:
    altered, real = Altered(), McpHandlers.list_tools

    async def list_tools(self: McpHandlers, *given: Any) -> types.ListToolsResult:
        result = await real(self, *given)
        altered.asked += 1
        if result.next_cursor is None:
            result.tools += altered.tools
        if altered.alter is not None:
            altered.alter(result)
        return result

    monkeypatch.setattr(McpHandlers, "list_tools", list_tools)
    return altered


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Looks.__init__, "__defaults__", (OFTEN_SECONDS,))


@pytest.fixture
async def rig(
    lists: Altered, looks_often: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Rig]:
    notion = {"tool_set": "2026-03"}
    async with a_rig(tmp_path, monkeypatch, notion=notion, **WITH_WEBHOOKS) as rig:
        yield rig
