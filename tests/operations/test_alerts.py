"""The shipped dashboard and alerts, by themselves; ``test_alerts_fired.py`` asks them of a real
gateway.
"""

import json
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from notion_gateway.kernel.errors import Reason
from tests.cli.processes import ROOT
from tests.support.prometheus import RULES

pytestmark = pytest.mark.thorough

DASHBOARD = ROOT / "deploy" / "grafana" / "notion-mcp-gateway.json"
SELECTOR = re.compile(
    r"\b(up|(?:notion_gateway|mcp_server|db_client|http|process)_\w+)\b(\{[^}]*\})?"
)


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


def selectors(query: str) -> list[tuple[str, str]]:
    """Each metric that it asks for, with what is asked of its labels."""
    return SELECTOR.findall(re.sub(r"by \([^)]*\)", "", query))


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the installed program
        ["promtool", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
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


def test_of_each_alert_the_runbook_says_once_what_it_means_and_what_to_do() -> None:
    _, *parts = re.split(r"^## ", (ROOT / "docs/runbook.md").read_text(), flags=re.MULTILINE)
    sections = {heading: body for heading, _, body in (one.partition("\n") for one in parts)}
    for name in alerts():
        said = re.findall(r"^\*\*(\w+)\*\* ", sections[name], re.MULTILINE)
        assert said == ["Means", "Do"], name


def test_an_address_of_the_runbook_makes_links_of_its_places(tmp_path: Path) -> None:
    """By the command that stands there."""
    (command,) = re.findall(
        r"^(sed .*) > rules.yaml$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE
    )

    ran = subprocess.run(  # noqa: S603 - our own page's
        shlex.split(command), cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    (made := tmp_path / "rules.yaml").write_text(ran.stdout)
    assert promtool("check", "rules", str(made)).returncode == 0
    urls = [
        one["annotations"]["runbook_url"]
        for group in yaml.safe_load(ran.stdout)["groups"]
        for one in group["rules"]
    ]
    base = "https://git.example/notion-mcp-gateway/docs/runbook.md"
    assert urls == [f"{base}#{name.lower()}" for name in alerts()]


def test_every_selector_is_of_the_gateways_job() -> None:
    """Other programs have file descriptors, too."""
    for query in [*panel_queries(), *(one["expr"] for one in alerts().values())]:
        for name, asked in selectors(query):
            assert asked.startswith('{job="notion-gateway"'), f"{name} in {query}"


def test_every_alert_fires_on_what_it_is_for_and_none_where_all_is_well(tmp_path: Path) -> None:
    at_once = alerts().keys() - {"GrantsLapse"}  # an hour later, says alerts.yaml

    ran = rules_tested(tmp_path, sorted(at_once))

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_an_alert_that_would_not_fire_fails_the_test_above(tmp_path: Path) -> None:
    """The control."""
    ran = rules_tested(tmp_path, sorted(alerts().keys() - {"GrantsLapse", "GatewayDown"}))

    assert ran.returncode != 0
    assert "GatewayDown" in ran.stdout + ran.stderr


def test_what_the_runbook_looks_for_in_the_log_is_what_the_gateway_writes() -> None:
    """Each event and reason that one of its commands names, in the words of the code."""
    code = "".join(file.read_text() for file in (ROOT / "src").rglob("*.py"))
    commands = re.findall(r"jq[^`\n]*?'([^'\n]*)'", (ROOT / "docs/runbook.md").read_text())
    named = {
        word
        for command in commands
        for word in re.findall(r'\.(?:event|reason) == "([a-z_]+)"', command)
    }
    assert len(named) > 10
    assert {one for one in named if f'"{one}"' not in code} == set()


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


def test_the_dashboard_shows_every_metric_that_an_alert_asks_for() -> None:
    """Whoever is called sees what called them."""
    shown = {name for query in panel_queries() for name, _ in selectors(query)} | {"up"}

    for name, alert in alerts().items():
        assert {one for one, _ in selectors(alert["expr"])} <= shown, name
