"""doctor, the command: what it prints, how it exits, and that it makes nothing."""

import json

import pytest

from notion_gateway.operations.rules import Verdict
from notion_gateway.settings import Settings
from tests.cli.examining import findings
from tests.cli.processes import Cli, Pair
from tests.support.ports import free_port

pytestmark = pytest.mark.anyio

NOTION_CHECKS = ["way", "dns", "tls", "discovery", "registration", "clock"]
STORED_CHECKS = ["data_folder", "key", "database", "migrations", "secrets", "grant"]


def doctor_of(pair: Pair, cli: Cli) -> Cli:
    settings = {"GATEWAY_DATA_DIR": str(pair.data), "NOTION_MCP_URL": f"{pair.simulator}/mcp"}
    return Cli(cli.folder, {**cli.variables, **settings})


def test_a_sound_installation_is_ok_in_every_part_and_exits_with_0(tools: Cli, pair: Pair) -> None:
    ran = doctor_of(pair, tools)("doctor", "--json")

    assert ran.code == 0, ran.out
    results = {one["check"]: one["result"] for one in json.loads(ran.out)}
    assert results == dict.fromkeys([*NOTION_CHECKS, *STORED_CHECKS, "gateway"], "ok")


def test_a_failed_check_exits_with_1_and_says_what_to_do(cli: Cli, pair: Pair) -> None:
    nowhere = {"NOTION_MCP_URL": f"http://localhost:{free_port()}/mcp"}

    ran = doctor_of(pair, cli)("doctor", **nowhere)

    assert ran.code == 1
    assert ["tls", "failed"] in [line.split()[:2] for line in ran.out.splitlines()]
    assert "→" in ran.out
    assert "is not connected" in ran.out


def test_settings_that_cannot_be_right_are_a_finding_too(cli: Cli) -> None:
    ran = cli("doctor", "--json", NOTION_MCP_URL="nonsense")

    assert ran.code == 1
    (finding,) = json.loads(ran.out)
    assert (finding["check"], finding["result"]) == ("settings", "failed")
    assert "NOTION_MCP_URL" in finding["detail"]


async def test_a_look_makes_nothing(settings: Settings) -> None:
    found = await findings(settings)

    assert not settings.gateway_data_dir.exists()
    doubtful = {name for name, one in found.items() if one.verdict is Verdict.WARNING}
    assert doubtful == {"data_folder", "key", "database", "gateway"}
