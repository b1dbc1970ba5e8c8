"""Installs the clients below this folder, exactly as the lock file and the requirements say."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support import node

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
_ENVIRONMENTS = HERE / ".environments"
_SETUPS = (("@anthropic-ai/claude-code", "install.cjs"), ("opencode-ai", "postinstall.mjs"))
"""Put the program for this machine in its place; no other script of a package is run."""


class InstallFailed(Exception):
    """uv or a package's own script could not do its work."""


def install() -> None:
    """Does nothing where everything is there."""
    node.install(HERE)
    done = MODULES / ".set-up"
    wanted = (MODULES / ".installed-lock").read_text()
    if not done.exists() or done.read_text() != wanted:
        for package, script in _SETUPS:
            _run([str(node.NODE), script], MODULES / package)
        done.write_text(wanted)
    for requirements in HERE.glob("requirements*.txt"):
        _install_python(requirements)


def python_of(requirements: str) -> Path:
    """The interpreter of the environment that holds what this file names."""
    return _ENVIRONMENTS / Path(requirements).stem / "bin" / "python"


def version_of(package: str) -> str:
    described = MODULES / package / "package.json"
    if described.exists():
        version: str = json.loads(described.read_text())["version"]
        return version
    for requirements in HERE.glob("requirements*.txt"):
        for line in requirements.read_text().splitlines():
            name, _, pinned = line.partition(";")[0].strip().partition("==")
            if name.partition("[")[0] == package:
                return pinned
    raise InstallFailed(f"nothing here names {package}")


def _install_python(requirements: Path) -> None:
    python = python_of(requirements.name)
    folder = python.parent.parent
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    done = folder / ".installed"
    if done.exists() and done.read_text() == wanted:
        return
    uv = shutil.which("uv")
    if uv is None:
        raise InstallFailed("uv is not there: ./just prove-clients brings its own")
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], HERE)
    target = ["--python", str(python), "--requirements", str(requirements)]
    _run([uv, "pip", "install", "--quiet", *target], HERE)
    done.write_text(wanted)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True)  # noqa: S603
    if done.returncode != 0:
        said = done.stderr.decode()[-2000:]
        raise InstallFailed(f"{' '.join(command[:2])} failed in {folder.name}:\n{said}")
