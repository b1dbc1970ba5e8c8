"""The shipped dashboard and alerts, against a real Prometheus and a real gateway."""

import asyncio
import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from notion_gateway.kernel.errors import Reason
from tests.cli.processes import ROOT
from tests.support.clocks import SharedClock
from tests.support.gateway import calling
from tests.support.notion import serving_notion
from tests.support.ports import free_port
from tests.support.processes import gateway_process
from tests.support.prometheus import RULES, prometheus
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

DASHBOARD = ROOT / "deploy" / "grafana" / "notion-mcp-gateway.json"
SEARCH = {"Mcp-Method": "tools/call", "Mcp-Name": "notion-search"}
SPACES = [f"team-{number}" for number in range(5)]


def alerts() -> dict[str, dict[str, Any]]:
    """The shipped ones by name."""
    document = yaml.safe_load(RULES.read_text())
    return {one["alert"]: one for group in document["groups"] for one in group["rules"]}


def panel_queries() -> list[str]:
    found = [
        target["expr"]
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel.get("targets", [])
    ]
    return [one.replace("$instance", ".*").replace("$__rate_interval", "30s") for one in found]


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the installed program
        ["promtool", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )


def rules_tested(folder: Path, expected: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """With these alerts, and no others, where everything goes wrong."""
    samples = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(expected)]
    text = (Path(__file__).parent / "alerts.yaml").read_text()
    text = text.replace("RULES", json.dumps(str(RULES))).replace("FIRING", json.dumps(samples))
    (folder / "alerts.yaml").write_text(text)
    return promtool("test", "rules", str(folder / "alerts.yaml"))


def test_the_rules_are_well_formed_and_each_leads_to_its_place_in_the_runbook() -> None:
    ran = promtool("check", "rules", str(RULES))
    assert ran.returncode == 0, ran.stdout + ran.stderr

    headings = set(re.findall(r"^## (\w+)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE))
    assert alerts().keys() == headings
    for name, alert in alerts().items():
        assert alert["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"


def test_every_alert_fires_on_what_it_is_for_and_none_where_all_is_well(tmp_path: Path) -> None:
    at_once = alerts().keys() - {"GrantsLapse"}  # an hour later, says alerts.yaml

    ran = rules_tested(tmp_path, sorted(at_once))

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_an_alert_that_would_not_fire_fails_the_test_above(tmp_path: Path) -> None:
    """The control."""
    ran = rules_tested(tmp_path, sorted(alerts().keys() - {"GrantsLapse", "GatewayDown"}))

    assert ran.returncode != 0
    assert "GatewayDown" in ran.stdout + ran.stderr


def test_the_reasons_that_alerts_name_exist() -> None:
    named = {
        one
        for alert in alerts().values()
        for errors in re.findall(r'error_type=~"([^"]+)"', alert["expr"])
        for one in errors.split("|")
        if one not in {"upstream_.*", "5..", "aborted_upstream"}
    }

    assert named
    assert named <= {reason.value for reason in Reason}


async def test_no_panel_and_no_alert_asks_for_what_is_not_there(tmp_path: Path) -> None:
    """Each query finds something after a run in which all of it has happened; an alert's without
    its bound. Grants that Notion ends make a real alert fire.
    """
    port = free_port()
    async with (
        serving_notion(clock=SharedClock(), mcp=(mcp := RecordingMcp())) as notion,
        gateway_process(
            tmp_path / "data", notion.url, tmp_path / "log", GATEWAY_METRICS_PORT=str(port)
        ) as gateway,
        calling(gateway.url) as caller,
    ):
        with prometheus(tmp_path, port) as server:

            async def until(query: str, within_seconds: float = PATIENCE_SECONDS) -> None:
                def found() -> bool:
                    return bool(server.query(query))

                await asyncio.to_thread(server.until, found, query, within_seconds)

            await until('up{job="notion-gateway"} == 1')
            for space in SPACES:
                assert (await caller.connect(space)).result["status"] == "success"
                assert (await caller.call(space, headers=SEARCH)).status == 200
            mcp.status = 503
            assert (await caller.call(SPACES[0], headers=SEARCH)).status == 503
            mcp.status = 200
            await until("sum(mcp_server_operation_duration_seconds_count) == 6")
            assert "GrantsRefused" not in await asyncio.to_thread(server.firing)
            for space in SPACES:
                assert (await caller.call(space, headers=SEARCH)).status == 200
            await caller.send("POST", f"{notion.url}/_simulator/revoke-grants", user=None)
            for space in SPACES:
                assert (await caller.call(space)).reason == "reconnect_required"
            await caller.call(SPACES[0])

            await asyncio.to_thread(
                server.until, lambda: "GrantsRefused" in server.firing(), "GrantsRefused fires"
            )
            # Grants are counted again after a hundred times as long as it took.
            await until(
                'max(notion_gateway_grants{state="reconnect_required"}) == 5', 4 * PATIENCE_SECONDS
            )
            without_bound = {
                name: re.sub(r"\s(==|>|<) [\d.]+", "", alert["expr"])
                for name, alert in alerts().items()
            }
            for query in [*panel_queries(), *without_bound.values()]:
                await until(query)  # a busy gateway misses a scrape, and has no values then

            gateway.process.kill()
            await until('ALERTS{alertname="GatewayDown"}')


def test_the_dashboard_shows_every_metric_that_an_alert_asks_for() -> None:
    """Whoever is called sees what called them."""
    metric = re.compile(r"\b(?:notion_gateway|mcp_server|db_client|process)_\w+")
    shown = {one for query in panel_queries() for one in metric.findall(query)}

    for name, alert in alerts().items():
        asked = {
            one for one in metric.findall(alert["expr"]) if one != "db_client_connection_state"
        }
        assert asked <= shown, name
