"""Asks npm's registry for known faults of the packages that come along with the front end.

    python conversational-ui/scripts/audit.py

Exits with 1 where there are any, and where the registry does not answer.
"""

import subprocess
import sys

from build import npm

if __name__ == "__main__":
    try:
        npm("audit", "--omit=dev", "--package-lock-only")
    except subprocess.CalledProcessError as fault:
        sys.exit(fault.returncode)
