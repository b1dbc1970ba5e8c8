"""What ``./just audit`` asks about: everything of both locks that comes along."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tests.cli.processes import ROOT, bare_environment
from tests.packaging.test_licences import needed

_FAULTY = {"id": 1, "url": "", "title": "", "severity": "high", "vulnerable_versions": "*"}


class Registry(ThreadingHTTPServer):
    """npm's own, for audits alone: ``known`` is what it answers, None that it refuses."""

    def __init__(self) -> None:
        self.known: dict[str, Any] | None = {}
        self.asked = dict[str, list[str]]()
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Registry  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked = json.loads(gzip.decompress(body))
        known = self.server.known
        self._answer(405 if known is None else 200, known)

    def do_GET(self) -> None:
        name = self.path.removeprefix("/")
        versions = {one: {"name": name, "version": one} for one in self.server.asked[name]}
        self._answer(200, {"name": name, "dist-tags": {}, "versions": versions})

    def _answer(self, status: int, body: object) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: it would stand among pytest's lines."""


@pytest.fixture
def registry() -> Generator[Registry]:
    with Registry() as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def audit(registry: Registry, folder: Path) -> int:
    environment = {
        **bare_environment(),
        "npm_config_registry": f"http://127.0.0.1:{registry.server_port}",
        "npm_config_cache": str(folder),
        "npm_config_fetch_retries": "0",
    }
    script = ROOT / "conversational-ui" / "scripts" / "audit.py"
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, script], check=False, env=environment, capture_output=True
    ).returncode


def test_pip_audit_is_given_every_python_package_that_comes_along_with_its_hashes() -> None:
    subprocess.run([ROOT / "just", "_audited"], check=True, env=bare_environment())  # noqa: S603
    given = (ROOT / "dist" / "audited.txt").read_text()

    found = dict(re.findall(r"^([a-z0-9.-]+)(?:\[.*\])?==([^ ;]+)", given, re.MULTILINE))
    expected = {canonicalize_name(name): one.version for name, one in needed().items()}

    assert len(expected) > 60
    assert expected.items() <= found.items()
    assert given.count("--hash=") >= len(found)


def test_npm_is_asked_about_every_package_of_the_front_end_and_fails_on_a_known_fault(
    registry: Registry, tmp_path: Path
) -> None:
    lock = json.loads(Path(ROOT, "conversational-ui", "package-lock.json").read_text())
    shipped = {
        path.rpartition("node_modules/")[2]
        for path, one in lock["packages"].items()
        if path.startswith("node_modules/") and not one.get("dev") and not one.get("link")
    }

    assert audit(registry, tmp_path) == 0
    assert shipped <= registry.asked.keys()

    registry.known = {"next": [_FAULTY]}
    assert audit(registry, tmp_path) == 1
    registry.known = None
    assert audit(registry, tmp_path) == 1
