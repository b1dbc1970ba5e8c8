"""The Dockerfiles, read rather than run: no container engine is at hand where the tests run."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.compose import DEPLOY, ROOT, read_compose

DOCKERFILES = sorted(DEPLOY.glob("*.Dockerfile"))
DIGEST = f"@sha256:{'0' * 64}"
OTHERS = {"POSTGRES_IMAGE": "postgres", "REDIS_IMAGE": "redis", "NGINX_IMAGE": "nginx"}
OURS = ("notion-mcp-gateway", "notion-mcp-gateway-ui", "notion-mcp-simulator")


def _bases(dockerfile: Path) -> dict[str, str]:
    """The images that its build begins with, by the argument that names each."""
    return dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", dockerfile.read_text(), re.MULTILINE))


def _stages(dockerfile: Path) -> list[str]:
    text = dockerfile.read_text()
    for name, image in _bases(dockerfile).items():
        text = text.replace(f"${{{name}}}", image)
    return re.split(r"^FROM ", text, flags=re.MULTILINE)[1:]


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


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda one: one.name)
def test_every_stage_begins_with_another_one_or_with_an_image_that_can_be_given(
    dockerfile: Path,
) -> None:
    begun = re.findall(
        r"^FROM (?:--\S+ )?(\S+)(?: AS (\S+))?$", dockerfile.read_text(), re.MULTILINE
    )
    stages = {name for _, name in begun if name}
    given = {f"${{{name}}}" for name in _bases(dockerfile)}
    assert {base for base, _ in begun} - stages == given
    assert all(":" in image for image in _bases(dockerfile).values())


def test_compose_builds_with_the_images_of_the_dockerfiles_unless_others_are_given() -> None:
    for variables, suffix in (({}, ""), (_pinned(), DIGEST)):
        built = [one["build"] for one in _services(variables).values() if "build" in one]
        assert len(built) == 6
        for build in built:
            bases = _bases(ROOT / build["dockerfile"])
            assert build["args"] == {name: image + suffix for name, image in bases.items()}


def test_compose_runs_every_image_of_others_by_the_digest_that_it_is_given() -> None:
    images = {one["image"] for one in _services(_pinned()).values()}
    assert {one for one in images if not one.endswith(DIGEST)} == {*OURS}
    assert {one.partition(":")[0] for one in images if one.endswith(DIGEST)} == {*OTHERS.values()}


def _services(variables: dict[str, str]) -> dict[str, Any]:
    return read_compose({"GATEWAY_APPLICATIONS": "x", **variables})


def _pinned() -> dict[str, str]:
    """What .env says where every image has its digest."""
    bases = {name: image for one in DOCKERFILES for name, image in _bases(one).items()}
    return {
        name: image + DIGEST
        for name, image in (bases | {name: f"{one}:1" for name, one in OTHERS.items()}).items()
    }
