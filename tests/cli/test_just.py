"""./just: from nothing but Python to the justfile's recipes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.processes import ROOT, Ran, bare_environment, finish

RECIPES = {
    *("demo", "start", "test", "test-quick", "test-lowest", "test-ui", "check", "fix", "bench"),
    *("export-notion-mcp-credentials", "prove-clients", "faults", "longer-runs", "build", "sbom"),
    "audit",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The wrapper and its recipes in a folder with a space in its name, and nothing else."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    for name in ("just", "justfile"):
        shutil.copy(ROOT / name, folder)
    return folder


def wrapper(checkout: Path, *arguments: str, path: str | None = None) -> subprocess.Popen[str]:
    environment = bare_environment()
    if path is not None:
        environment["PATH"] = path
    return subprocess.Popen(  # noqa: S603 - our own program
        [checkout / "just", *arguments],
        cwd=checkout.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def just(checkout: Path, *arguments: str, path: str | None = None) -> Ran:
    with wrapper(checkout, *arguments, path=path) as process:
        return finish(process, 60)


def test_the_wrapper_fetches_what_it_needs_once_also_when_two_run_at_the_same_time(
    checkout: Path,
) -> None:
    with wrapper(checkout, "--summary") as one, wrapper(checkout, "--summary") as other:
        both = finish(one, 60), finish(other, 60)
    for ran in both:
        assert ran.code == 0, ran.err
        assert set(ran.out.split()) == RECIPES

    again = just(checkout, "--summary")

    assert (again.code, again.err) == (0, "")
    assert not list((checkout / ".tools").glob(".draft*"))


def test_without_arguments_every_recipe_is_listed_with_what_it_does() -> None:
    ran = just(ROOT)

    listed = {line.split()[0]: line for line in ran.out.splitlines()[1:]}
    assert listed.keys() == RECIPES
    assert all("# " in line for line in listed.values())


def test_a_machine_without_a_suitable_python_is_told_what_to_install(
    checkout: Path, tmp_path: Path
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("dirname", "mkdir", "mktemp", "rm"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    ran = just(checkout, "--summary", path=str(tools))

    assert ran.code == 1
    assert "Python 3.11 or newer is needed" in ran.err
