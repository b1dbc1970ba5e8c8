"""Everything that must hold of the front end: lint, types, unit tests, end-to-end tests.

    python conversational-ui/scripts/verify.py          (with --fix: mend what can be mended)

The end-to-end tests drive the built front end in Debian's chromium, against a gateway and a
simulated Notion that they start themselves.
"""

import subprocess
import sys

from build import build, install, npm

CHECKS = ("lint", "types", "api:check", "test")
REPAIRS = ("api", "fix")


def verify() -> None:
    install()
    for check in CHECKS:
        npm("run", "--silent", check)
    build()
    npm("run", "--silent", "e2e")


def repair() -> None:
    install()
    for step in REPAIRS:
        npm("run", "--silent", step)


if __name__ == "__main__":
    try:
        repair() if "--fix" in sys.argv else verify()
    except subprocess.CalledProcessError as fault:
        sys.exit(fault.returncode)
