"""A test that fails by chance is tried again; one that fails is a failure, and so is a death."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tried_again import MOST

REPOSITORY = Path(__file__).parents[1]

BY_CHANCE = """
from pathlib import Path

def test_once():
    before = Path("seen").exists()
    Path("seen").touch()
    assert before
"""
ALWAYS = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_it(number):
    assert False
"""
DIES = """
import os

def test_it():
    os._exit(9)
"""


def tried(folder: Path, source: str, *options: str) -> tuple[int, str]:
    (folder / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(REPOSITORY)!r})\n"
        "from tests.support.time_limit import pytest_testnodedown\n"
    )
    (folder / "test_one.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tests.support.tried_again", "-q", *options],
        cwd=folder,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ran.returncode, ran.stdout


def test_one_that_passes_alone_is_named_and_passes(tmp_path: Path) -> None:
    code, said = tried(tmp_path, BY_CHANCE)
    assert (code, "tried again alone:\n  test_one.py::test_once" in said) == (0, True)


@pytest.mark.parametrize(("count", "again"), [(1, True), (MOST + 1, False)])
def test_one_that_fails_again_is_a_failure_and_many_are_at_once(
    tmp_path: Path, count: int, again: bool
) -> None:
    code, said = tried(tmp_path, ALWAYS.format(count=count))
    assert (code, "tried again" in said) == (1, again)


def test_where_a_process_died_nothing_is_tried_again(tmp_path: Path) -> None:
    code, said = tried(tmp_path, DIES, "-n", "1", "--max-worker-restart", "0")
    assert (code, "tried again" in said) == (3, False)
