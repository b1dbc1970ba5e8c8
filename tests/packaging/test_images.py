"""The Dockerfiles, read rather than run: no container engine is at hand where the tests run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.compose import DEPLOY, ROOT

DOCKERFILES = sorted(DEPLOY.glob("*.Dockerfile"))


def _stages(dockerfile: Path) -> list[str]:
    return re.split(r"^FROM ", dockerfile.read_text(), flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda one: one.name)
def test_hadolint_has_nothing_to_say(dockerfile: Path) -> None:
    hadolint = Path(sys.prefix, "bin", "hadolint")
    read = subprocess.run([hadolint, dockerfile], capture_output=True, text=True, check=False)  # noqa: S603
    assert (read.returncode, read.stdout) == (0, "")


def test_hadolint_would_speak(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python:latest\nRUN cd /srv && sudo pip install uv\n")
    hadolint = Path(sys.prefix, "bin", "hadolint")
    read = subprocess.run([hadolint, bad], capture_output=True, text=True, check=False)  # noqa: S603
    assert read.returncode != 0
    assert "DL3004" in read.stdout


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda one: one.name)
def test_what_is_copied_is_there_and_reaches_the_build(dockerfile: Path) -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    sources = [
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", dockerfile.read_text(), re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source.partition('/')[0]}" in ignored, source


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda one: one.name)
def test_what_is_shipped_runs_as_nobody_builds_nothing_and_is_looked_after(
    dockerfile: Path,
) -> None:
    *earlier, last = _stages(dockerfile)
    begins_with = last.split()[0]
    base = next((one for one in earlier if one.splitlines()[0].endswith(f" AS {begins_with}")), "")

    assert re.search(r"^USER 10001:10001$|:nonroot$", base + last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert not re.search(r"apt-get|npm |uv (sync|pip)|pip install", base + last)
