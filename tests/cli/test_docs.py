"""The documentation says what the code does: names, defaults and codes cannot drift apart."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.metrics import MetricWrapperBase
from pydantic_settings import BaseSettings
from typer.core import TyperGroup
from typer.main import get_command

from demo import command as demo
from notion_gateway.access.rules.space_events import SpaceEvent
from notion_gateway.app import api
from notion_gateway.cli.output import Exit
from notion_gateway.cli.program import commands
from notion_gateway.cli.variables import option_variables
from notion_gateway.http.problems import STATUS
from notion_gateway.integration.rules.consent import ConnectError
from notion_gateway.integration.rules.events import Event
from notion_gateway.integration.rules.notion_server import NotionServerSeen
from notion_gateway.kernel.errors import Reason
from notion_gateway.operations.metrics.instruments import Instruments
from notion_gateway.policy.rules.events import PolicyEvent
from notion_gateway.proxy.openapi import paths as proxy_paths
from notion_gateway.settings import Settings
from notion_gateway.settings.__main__ import GROUPS, table_of
from notion_gateway.storage.restores import DatabaseRestored
from notion_gateway.storage.schema import metadata
from tests.access.routes import leaves
from tests.cli.processes import ROOT

METHODS = ("GET ", "POST ", "PUT ", "PATCH ", "DELETE ")
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("simulator/*.md")]
_BEGINNING = 60
"""So many letters of two paragraphs in a row are alike by no chance."""


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def rows(text: str) -> dict[str, list[str]]:
    """A page's table rows: the cells after the first, by what stands in it in backticks."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            first, *others = [one.strip() for one in line.strip("|").split(" | ")]
            found[first.strip(" `")] = others
    return found


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_setting_is_documented_with_its_default_and_meaning(
    group: type[BaseSettings],
) -> None:
    text, printed = page("configuration.md"), table_of(group)

    assert not [row for row in printed.splitlines() if row not in text.splitlines()]
    assert printed in text, "every row is there, but not as one table in this order"


def test_no_setting_is_documented_that_does_not_exist() -> None:
    tables = page("configuration.md").partition("## What the commands read")[0]
    documented = {name for name in rows(tables) if name.isupper()}

    assert documented == {name.upper() for name in Settings.model_fields}


def test_every_variable_of_the_commands_is_documented() -> None:
    table = page("configuration.md").partition("## What the commands read")[2].partition("\n## ")[0]
    no_options = {"NOTION_GATEWAY_TOKEN", "NOTION_GATEWAY_UI", "NOTION_SIMULATOR_…"}

    options = option_variables(commands) | option_variables(demo.commands)
    assert rows(table).keys() - no_options == options


def test_every_reason_is_documented_with_its_status() -> None:
    table = page("http-api.md").partition("## Errors")[2].partition("\n## ")[0]

    assert {name: cells[0] for name, cells in rows(table).items()} == {
        reason.value: str(int(STATUS[reason])) for reason in Reason
    }


def test_every_end_of_a_consent_is_documented() -> None:
    table = page("http-api.md").partition("### Where the browser ends")[2].partition("\n## ")[0]

    assert rows(table).keys() == {error.value for error in ConnectError}


def test_every_route_is_documented() -> None:
    """Pages and OAuth too: whatever the gateway answers, and nothing else."""
    served = {
        f"{method} {route.path_format}"
        for route in leaves(api().routes)
        for method in route.methods or ()
    } | {"GET /openapi.json"}
    served |= {
        f"{method.upper()} {path}" for path, methods in proxy_paths().items() for method in methods
    }
    cells = {one for cell in rows(page("http-api.md")) for one in cell.split("`, `")}
    documented = {one for one in cells if one.startswith(METHODS)}

    assert documented == served


def test_every_table_column_and_event_is_documented() -> None:
    text = page("stored-data.md")

    for table in metadata.sorted_tables:
        section = text.partition(f"### `{table.name}`")[2].partition("\n### ")[0]
        assert rows(section).keys() >= set(table.columns.keys()), table.name
    spaces = (*SpaceEvent.__args__, *PolicyEvent.__args__)
    for kind in (*Event.__args__, *spaces, NotionServerSeen, DatabaseRestored):
        assert f"`{kind.model_fields['type'].default}`" in text


def test_of_every_table_it_is_said_what_bounds_it_and_what_deletes_its_rows() -> None:
    text = page("stored-data.md").partition("Who can make rows")[2].partition("\n### ")[0]
    table = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]

    assert {name for row in table for name in re.findall(r"`(\w+)`", row[0])} == {*metadata.tables}
    assert all(len(row) == 4 and all(row) for row in table)


def test_every_command_is_documented_and_no_other_and_every_exit_code() -> None:
    text = page("cli.md")
    grouped = {
        f"{group.name} {command.name or getattr(command.callback, '__name__', '')}"
        for group in commands.registered_groups
        if group.typer_instance is not None
        for command in group.typer_instance.registered_commands
    }
    single = {
        command.name or getattr(command.callback, "__name__", "")
        for command in commands.registered_commands
    }

    documented = rows(text)
    shown = {row for row in documented if row.startswith("notion-gateway ")}
    assert shown == {f"notion-gateway {one}" for one in single | grouped}
    assert {str(int(code)) for code in Exit} <= documented.keys()


def typed_commands(text: str) -> Iterator[list[str]]:
    """The arguments of each ``notion-gateway`` in a page's shell blocks."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if "notion-gateway " not in line:
                continue
            lexer = shlex.shlex(line, posix=True, punctuation_chars="()|&;<>")
            lexer.whitespace_split = True
            words = list(lexer)
            starts = [place for place, one in enumerate(words) if one.endswith("notion-gateway")]
            for start in starts:
                rest = words[start + 1 :]
                ends = (place for place, one in enumerate(rest) if one[0] in "()|&;<>")
                yield rest[: next(ends, len(rest))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_in_a_shell_block_is_one_that_can_be_typed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read as the shell reads it, up to where it would begin to work."""
    monkeypatch.chdir(tmp_path)
    for name in ("policy.json", "calls", "cluster-keys.json"):
        (tmp_path / name).write_text("{}")
    for words in typed_commands(path.read_text()):
        command, rest = get_command(commands), words
        while isinstance(command, TyperGroup):
            assert rest[0] in command.commands, words
            command, rest = command.commands[rest[0]], rest[1:]
        command.make_context("notion-gateway", rest)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_table_speaks_twice_of_the_same_name(path: Path) -> None:
    """As one does in which a merge left what it should have replaced."""
    found: set[str] = set()
    for line in path.read_text().splitlines():
        if not line.startswith("|"):
            found.clear()
        elif line.startswith("| `"):
            first = line.split(" | ")[0]
            assert first not in found
            found.add(first)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_paragraph_says_again_what_the_one_before_says(path: Path) -> None:
    """In another version, as where a merge left both."""
    is_code, before = False, ""
    for line in path.read_text().splitlines():
        is_code ^= line.startswith("```")
        if line and not is_code and not line.startswith("|"):
            beginning = line[:_BEGINNING]
            assert len(beginning) < _BEGINNING or beginning != before
            before = beginning


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_every_metric_is_documented_with_its_type_and_labels() -> None:
    instruments = Instruments()
    every: list[Any] = [*vars(instruments).values(), *instruments.process.values()]
    shown: dict[str, list[str]] = {}
    for one in every:
        if isinstance(one, MetricWrapperBase):
            family, named = next(iter(one.describe())), vars(one)["_labelnames"]
            name = family.name + ("_total" if family.type == "counter" else "")
            labels = ", ".join(f"`{label}`" for label in named)
            shown[name] = [family.type, labels, family.documentation]

    assert {name: cells[:3] for name, cells in rows(page("metrics.md")).items()} == shown


def test_every_check_of_the_doctor_is_documented() -> None:
    looks = "operations/rules.py", "operations/doctor.py", "operations/examination.py"
    source = "".join((ROOT / "src/notion_gateway" / name).read_text() for name in looks)
    checks = set(re.findall(r'\b(?:fine|doubtful|broken|part_check)\(\s*"(\w+)"', source))
    table = page("cli.md").partition("## Finding what is wrong")[2].partition("\n## ")[0]

    assert checks <= rows(table).keys()
    assert rows(table).keys() - checks == {"settings"}
