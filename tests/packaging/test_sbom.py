"""What ``./just sbom`` writes down: everything of both locks that comes along, and nothing else."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tests.cli.processes import ROOT, bare_environment
from tests.packaging.test_licences import needed


@pytest.fixture(scope="module")
def written() -> Path:
    subprocess.run([ROOT / "just", "sbom"], check=True, env=bare_environment())  # noqa: S603
    return ROOT / "dist"


def components(file: Path) -> list[dict[str, Any]]:
    document = json.loads(file.read_text())
    assert document["bomFormat"] == "CycloneDX"
    return document["components"]


def purls(file: Path) -> set[str]:
    return {one["purl"].partition("?")[0] for one in components(file)}


def test_it_names_every_python_package_that_comes_along(written: Path) -> None:
    expected = {
        f"pkg:pypi/{canonicalize_name(name)}@{one.version}" for name, one in needed().items()
    }
    found = purls(written / "gateway.cdx.json")
    assert expected <= found
    assert not any(one.startswith("pkg:pypi/pytest@") for one in found)


def test_it_names_every_npm_package_that_comes_along_with_its_checksum(written: Path) -> None:
    lock = json.loads(Path(ROOT, "conversational-ui", "package-lock.json").read_text())
    shipped = {
        f"{path.rpartition('node_modules/')[2].replace('@', '%40')}@{one['version']}"
        for path, one in lock["packages"].items()
        if path.startswith("node_modules/") and not one.get("dev") and not one.get("link")
    }
    ours = {path.rpartition("/")[2] for path in lock["packages"] if path.startswith("tools/")}
    file = written / "front-end.cdx.json"

    found = {one.removeprefix("pkg:npm/") for one in purls(file)}

    assert len(shipped) > 200
    assert shipped <= found
    assert all(one.get("hashes") for one in components(file) if one["name"] not in ours)
    # What only checks and tests the front end does not come along.
    assert not any(one.startswith(("vitest@", "%40biomejs/biome@")) for one in found)
