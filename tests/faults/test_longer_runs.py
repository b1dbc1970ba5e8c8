"""Runs that are too long for a test: each is named, ends with a figure, and fails where it must."""

import json
import re
import shlex
import subprocess
import sys

import pytest

from tests.support.longer_runs import ROOT, RUNS, run_all

pytestmark = pytest.mark.thorough
PAGE = ROOT / "docs" / "reliability.md"


def test_the_page_says_of_each_what_must_come_out() -> None:
    _, _, longer = PAGE.read_text().partition("## Longer runs")
    rows = [line.split("|") for line in longer.splitlines() if line.startswith("| ")]
    named = {name for row in rows for name in re.findall(r"`([a-z][a-z-]+)`", row[3])}
    assert named == {one.name for one in RUNS}


def test_every_program_that_tells_a_figure_is_one_of_them() -> None:
    programs = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for folder in ("tests/faults", "bench")
        for file in (ROOT / folder).glob("*.py")
        if re.search(
            r"^from tests.support.longer_runs import told$", file.read_text(), re.MULTILINE
        )
    }
    assert programs == {one.module for one in RUNS}


HELP_OF_ALL = """
import contextlib, io, json, runpy, sys
found = {}
for module in sys.argv[1:]:
    sys.argv = [module, "--help"]
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
        runpy.run_module(module, run_name="__main__")
    found[module] = said.getvalue()
print(json.dumps(found))
"""


def test_each_takes_the_options_that_it_is_run_with() -> None:
    """All of them in one process: to load the code takes longer than to ask."""
    helped = _python("-W", "ignore", "-c", HELP_OF_ALL, *{one.module for one in RUNS})
    assert helped.returncode == 0, helped.stderr
    options: dict[str, str] = json.loads(helped.stdout)
    for one in RUNS:
        for quick in (False, True):
            wanted = {word for word in one.command(quick=quick).split() if word.startswith("--")}
            assert {word for word in wanted if word not in options[one.module]} == set(), one


def test_those_that_are_named_run_and_their_figures_come_together(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run_all(["month"], quick=True) == 0
    *_, last = capfd.readouterr().out.splitlines()
    assert re.fullmatch(r"month +kept: .*\d.*", last)


def test_one_whose_guard_is_off_says_so_and_fails() -> None:
    command = "-m tests.faults.drill --times 1 --rotation lenient --point answer-read"
    ended = _python(*shlex.split(command), "--without-second-try")
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1].startswith("NOT kept: 1 kills in lenient mode: 0 found")
    ended = _python(*shlex.split(command))
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1].startswith("kept: 1 kills in lenient mode: 1 found")


def _python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - a program of this project
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
