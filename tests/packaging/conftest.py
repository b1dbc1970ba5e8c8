"""What is shipped: the built front end, and the wheel with it inside."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import ROOT, bare_environment
from tests.support.front_end import built_front_end

# Helm's library has a package for this system alone.
collect_ignore = (
    [] if (sys.platform, platform.machine()) == ("linux", "x86_64") else ["test_chart.py"]
)


@pytest.fixture(scope="session")
def front_end() -> Path:
    return built_front_end()


@pytest.fixture(scope="session")
def wheel(front_end: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As ``./just build`` makes it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    environment = bare_environment() | {"NOTION_GATEWAY_UI": str(front_end)}
    subprocess.run(build, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603
    (built,) = folder.iterdir()
    return built
