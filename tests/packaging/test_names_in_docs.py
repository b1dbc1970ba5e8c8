"""What operators are told to type names units, services, jobs and files that there are."""

import re

import pytest
import yaml

from tests.cli.processes import ROOT
from tests.packaging.compose import DEPLOY
from tests.packaging.test_systemd_unit import UNIT
from tests.support.prometheus import RULES

PAGES = {one.name: one.read_text() for one in (*ROOT.glob("docs/*.md"), ROOT / "README.md")}


def named(pattern: str) -> set[tuple[str, str]]:
    """What the pattern's group is, with the page that has it."""
    return {(one, name) for name, text in PAGES.items() for one in re.findall(pattern, text)}


def test_units_are_called_as_the_shipped_one() -> None:
    found = named(r"journalctl (?:-\w )*-u ([\w.@-]+)")
    found |= named(r"systemctl (?:edit|enable --now|reload|restart|start|status|stop) ([\w.@-]+)")
    found |= named(r"systemd-analyze security ([\w.@-]+)")

    assert {name for _, name in found} >= {"deployment.md", "logs.md", "runbook.md"}
    assert not [one for one in found if one[0].removesuffix(".service") != UNIT.stem]


def test_services_of_compose_are_those_of_the_file() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].keys()
    loop = {
        one for some, _ in named(r"for one in ([a-z0-9 -]+); do docker") for one in some.split()
    }
    found = {
        one for one, _ in named(r"docker compose (?:run --rm|logs|exec|restart) ([a-z][\w-]*)")
    }
    found |= {one for one, _ in named(r"docker compose up (?:-d|--no-deps|--wait| )+([a-z][\w-]*)")}

    assert found >= {"migrate", "ui"}
    assert loop == {"gateway-1", "gateway-2", "gateway-3"}
    assert found <= services
    assert loop <= services


def test_the_job_of_the_runbook_is_the_one_that_alerts_ask_for() -> None:
    (job,) = {one for one, _ in named(r"job_name: ([\w-]+)")}

    assert set(re.findall(r'job="([^"]+)"', RULES.read_text())) == {job}


@pytest.mark.parametrize("page", sorted(PAGES))
def test_files_of_deploy_that_a_page_names_are_there(page: str) -> None:
    for path in re.findall(r"\bdeploy/[\w./-]*\w", PAGES[page]):
        assert (ROOT / path).exists(), path
