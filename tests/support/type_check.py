"""``python -m tests.support.type_check``: strict types of every file that a change can touch.

A file is left out where it, and every file that it imports, itself or through others, is what it
was when basedpyright last found nothing wrong. With ``--all`` none is left out, nor is one after a
change of what is installed or of how types are checked.
"""

import hashlib
import json
import subprocess
import sys
import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

PROJECT = Path(__file__).parents[2]
RECORD = Path(sys.prefix) / "types-checked.json"
"""Beside the libraries that the files were checked with: a new environment knows of no check."""

_TIMEOUT_SECONDS = 900


def check(project: Path, record: Path, *, everything: bool = False) -> int:
    """Says how many files it checks, and returns basedpyright's exit status."""
    keys = keys_of(project)
    known = cast("dict[str, str]", json.loads(record.read_text())) if record.exists() else {}
    touched = sorted(file for file in keys if everything or known.get(file) != keys[file])
    sys.stdout.write(f"types: {len(touched)} of {len(keys)} files\n")
    sys.stdout.flush()
    if not touched:
        return 0
    named = touched if len(touched) < len(keys) else []  # without names, all that is included
    status = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "basedpyright", *named],
        cwd=project,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    ).returncode
    if status == 0 and keys == keys_of(project):  # what is saved meanwhile is checked again
        draft = record.with_suffix(".draft")
        draft.write_text(json.dumps(keys, indent=0))
        draft.replace(record)
    return status


def keys_of(project: Path) -> dict[str, str]:
    """For each file a digest of everything that basedpyright's answer depends on."""
    settings: dict[str, Any] = tomllib.loads((project / "pyproject.toml").read_text())["tool"]
    checking = settings["basedpyright"]
    graph = _graph(project, checking["include"])
    common = [sys.version, json.dumps(checking), _digest((project / "uv.lock").read_bytes())]
    read = {file: _behind(file, graph) for file in graph}
    texts = {
        file: f"{file} {_digest((project / file).read_bytes())}"
        for file in set[str]().union(*read.values())
    }
    return {
        file: _digest("\n".join([*common, *sorted(texts[one] for one in read[file])]).encode())
        for file in read
    }


def _graph(project: Path, folders: list[str]) -> Mapping[str, set[str]]:
    """The project's files that each of its files imports, with the packages that they are in."""
    listed = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "ruff", "analyze", "graph", *folders],
        cwd=project,
        timeout=_TIMEOUT_SECONDS,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # that this command is a new one
    )
    imported: dict[str, list[str]] = json.loads(listed.stdout)
    return {file: {*modules, *_packages(modules, imported)} for file, modules in imported.items()}


def _packages(modules: Iterable[str], known: Container[str]) -> Iterator[str]:
    for module in modules:
        packages = (f"{folder}/__init__.py" for folder in Path(module).parents)
        yield from (package for package in packages if package in known)


def _behind(file: str, graph: Mapping[str, set[str]]) -> set[str]:
    """The file, and what it imports, itself or through others."""
    found, ahead = {file}, [file]
    while ahead:
        new = graph.get(ahead.pop(), set[str]()) - found
        found |= new
        ahead += new
    return found


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


if __name__ == "__main__":
    sys.exit(check(PROJECT, RECORD, everything="--all" in sys.argv))
