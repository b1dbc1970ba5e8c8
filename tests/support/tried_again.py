"""Runs pytest with the same arguments, and what failed once more, one test after the other.

    python -m tests.support.tried_again -q -n 5 …

Five processes on two cores take time from each other, and a test that is cut off by that says
nothing of the code. A fault fails again; what passes alone is named, so that somebody looks at it.
Where many fail, or a process died, nothing is tried again.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

MOST: Final = 5
"""More than that are no accident."""
_FAILED: Final = Path(".pytest_cache/v/cache/lastfailed")


def run(arguments: Sequence[str]) -> int:
    """Pytest's exit code, of the second run where there was one."""
    code = subprocess.call([sys.executable, "-m", "pytest", "--cache-clear", *arguments])  # noqa: S603
    if code != pytest.ExitCode.TESTS_FAILED:
        return code
    failed = _failed()
    if not 0 < len(failed) <= MOST:
        return code
    print("Failed beside other tests, tried again alone:", *failed, sep="\n  ", flush=True)  # noqa: T201
    return subprocess.call([sys.executable, "-m", "pytest", "-q", *failed])  # noqa: S603


def _failed() -> list[str]:
    """Their names, as pytest left them for its ``--last-failed``."""
    try:
        return list(json.loads(_FAILED.read_text()))
    except FileNotFoundError:
        return []


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
