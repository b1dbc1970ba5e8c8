"""docs/simulator.md says what the simulator does, and its examples run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic.fields import FieldInfo
from starlette.routing import Route

from notion_simulator.control import Control
from notion_simulator.entitlements import ON_SMALL_PLANS
from notion_simulator.faults import NEEDED_FIELDS, Kind, Target
from notion_simulator.server import RunningSimulator
from notion_simulator.settings import SimulatorSettings
from support.caller import Caller
from support.chat import chatting

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Returns the cells of a section's table."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def shown_default(field: FieldInfo) -> str:
    value: Any = field.get_default()
    if value is None or value == ():
        return "unset"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{value}`"


async def test_every_setting_stands_in_the_table_with_its_default_and_meaning() -> None:
    expected = [
        [f"`{name}`", shown_default(field), str(field.description).replace("|", "\\|")]
        for name, field in SimulatorSettings.model_fields.items()
    ]
    assert rows(section("Settings")) == expected


async def test_every_control_call_stands_in_the_table(simulator: RunningSimulator) -> None:
    routes = Control(simulator.simulator).mount().routes
    calls = {
        f"`{method} /_simulator{route.path}`"
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or set[str]()) - {"HEAD"}
    }
    assert {row[0] for row in rows(section("Control"))} == calls


async def test_every_kind_of_fault_stands_in_the_table_with_what_it_needs() -> None:
    shown = {row[0].strip("`"): row[1].strip("`") for row in rows(section("Faults"))}
    assert shown == {kind: NEEDED_FIELDS.get(kind, "") for kind in get_args(Kind)}
    assert all(f"`{target}`" in section("Faults") for target in get_args(Target))


async def test_the_plans_in_the_table_are_the_plans_of_the_code() -> None:
    shown = {row[0].strip("`"): row[1] for row in rows(section("Tool sets and plans"))}
    for name, status in ON_SMALL_PLANS.items():
        assert f"`{status}`" in shown.get(name, shown["agents and sessions"])


async def test_the_examples_of_control_do_what_they_say(caller: Caller) -> None:
    commands = blocks(section("Control"), "sh")[0].strip().splitlines()
    assert len(commands) >= 8
    for command in commands:
        words = shlex.split(command)[2:]
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        data = words[words.index("-d") + 1] if "-d" in words else None
        (url,) = [word for word in words if word.startswith("localhost:8010")]
        answer = await caller.send(method, url.removeprefix("localhost:8010"), data=data)
        assert answer.status in {200, 201, 204}, (command, answer.text)


@pytest.mark.thorough
async def test_every_request_to_the_scripted_model_makes_the_calls_of_the_table(
    caller: Caller,
) -> None:
    requests = rows(section("Scripted model"))
    assert len(requests) > 15
    for request, calls in requests:
        await caller.post("/_simulator/reset")
        async with chatting(caller) as chat:
            answer = await chat.say(request)
        expected = [f"notion-{name}" for name in calls.partition(";")[0].split(", ")]
        assert answer.tools == expected, request


async def test_the_examples_of_the_scripted_model_answer(caller: Caller) -> None:
    for command in blocks(section("Scripted model"), "sh")[0].strip().splitlines():
        words = shlex.split(command)
        data = words[words.index("-d") + 1] if "-d" in words else None
        method = "POST" if data else "GET"
        answer = await caller.send(method, words[2].removeprefix("localhost:8010"), data=data)
        assert answer.status == 200
        assert "scripted-demo" in answer.text


@pytest.mark.thorough
async def test_the_fixture_of_the_page_is_a_passing_test(tmp_path: Path) -> None:
    (code,) = blocks(section("In a test"), "python")
    (tmp_path / "test_example.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(  # noqa: S603, ASYNC221 - the page's own example, in a process of its own
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


async def test_every_flag_of_the_page_exists() -> None:
    known = {name.replace("_", "-") for name in SimulatorSettings.model_fields}
    flags = re.findall(r"--([a-z][a-z-]+)", PAGE)
    assert flags
    for flag in flags:
        assert flag.removeprefix("no-") in known, flag
