"""Writes down the npm packages that come along with the front end, as CycloneDX.

    python conversational-ui/scripts/sbom.py dist/front-end.cdx.json

Out of the lock file alone: nothing is installed or asked. npm's own ``--omit=dev`` also leaves out
what both the front end and its tests need, such as React; so npm is given the lock without what
only development needs.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from build import HERE, npm


def write(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, file.open("wb") as output:
        for name, shipped in (("package.json", _described), ("package-lock.json", _locked)):
            document = json.loads(Path(HERE, name).read_text())
            Path(folder, name).write_text(json.dumps(shipped(document)))
        npm(
            *("sbom", "--package-lock-only", f"--prefix={folder}"),
            *("--sbom-format=cyclonedx", "--sbom-type=application"),
            output=output,
        )


def _described(package: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in package.items() if name != "devDependencies"}


def _locked(lock: dict[str, Any]) -> dict[str, Any]:
    packages = {path: _described(one) for path, one in lock["packages"].items() if not _is_dev(one)}
    return {**lock, "packages": packages}


def _is_dev(package: dict[str, Any]) -> bool:
    return bool(package.get("dev"))


if __name__ == "__main__":
    write(Path(sys.argv[1]).absolute())
