"""What doctor finds, without the command around it; and faults for the simulated Notion."""

from typing import Any

import httpx2

from notion_gateway.operations.examination import open_examination
from notion_gateway.operations.rules import Finding, Verdict
from notion_gateway.settings import Settings
from tests.cli.stored import settings_in
from tests.support.ports import free_port


def order(notion: str, **fault: Any) -> None:
    url = f"{notion}/_simulator/faults"
    httpx2.post(url, json={"times": None, **fault}, trust_env=False).raise_for_status()


async def findings(
    settings: Settings, *, gateway: str | None = None, register: bool = False
) -> dict[str, Finding]:
    gateway = gateway or f"http://localhost:{free_port()}"
    async with open_examination(
        settings, gateway_url=gateway, space_id="space", register=register
    ) as found:
        return {finding.check: finding async for finding in found}


async def failure(settings: Settings) -> Finding:
    """The only one there is; it comes with something to do about it."""
    found = await findings(settings)
    (failed,) = [one for one in found.values() if one.verdict is Verdict.FAILED]
    assert failed.hint
    return failed


def with_changes(settings: Settings, **changes: Any) -> Settings:
    return settings_in(
        settings.gateway_data_dir, **{"notion_mcp_url": settings.notion_mcp_url, **changes}
    )
