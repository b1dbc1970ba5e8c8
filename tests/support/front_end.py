"""The front end as it is shipped: built once for whoever asks, as ``./just`` builds it."""

import fcntl
import subprocess
import sys
from pathlib import Path

_HOME = Path(__file__).parents[2] / "conversational-ui"
_RECIPE = _HOME / "scripts" / "build.py"


def built_front_end() -> Path:
    """The folder with ``server.js``; takes a minute where it is not built yet. Safe to race."""
    with _RECIPE.open("rb") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        built = subprocess.run([sys.executable, _RECIPE], capture_output=True, check=False)  # noqa: S603
    assert built.returncode == 0, built.stderr.decode()[-4000:]
    return _HOME / ".next" / "standalone"
