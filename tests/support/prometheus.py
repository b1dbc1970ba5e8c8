"""A real Prometheus that scrapes a gateway and evaluates the shipped rules, every second."""

import json
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.cli.processes import ROOT, ended_after
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_SECONDS

RULES = ROOT / "deploy" / "prometheus" / "rules.yaml"


@dataclass(frozen=True, slots=True)
class Prometheus:
    url: str

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/-/ready", trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False  # it does not listen yet

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Series with their values now. Fails where it is no query."""
        answer = httpx2.get(
            f"{self.url}/api/v1/query", params={"query": expression}, trust_env=False
        )
        document = answer.json()
        assert document["status"] == "success", f"{expression}: {document.get('error')}"
        found: list[dict[str, Any]] = document["data"]["result"]
        return found

    def firing(self) -> set[str]:
        document = httpx2.get(f"{self.url}/api/v1/alerts", trust_env=False).json()
        alerts: list[dict[str, Any]] = document["data"]["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

    def until(
        self, is_so: Callable[[], object], what: str, within_seconds: float = PATIENCE_SECONDS
    ) -> None:
        end = time.monotonic() + within_seconds
        while not is_so():
            assert time.monotonic() < end, f"not in {within_seconds:g} seconds: {what}"
            time.sleep(0.2)


@contextmanager
def prometheus(folder: Path, metrics_port: int, rules: Path = RULES) -> Generator[Prometheus]:
    port, config = free_port(), folder / "prometheus.yml"
    job = {"job_name": "notion-gateway", "scrape_interval": "1s", "scrape_timeout": "1s"}
    static: list[Mapping[str, list[str]]] = [{"targets": [f"127.0.0.1:{metrics_port}"]}]
    document = {
        "global": {"evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{**job, "static_configs": static}],
    }
    config.write_text(json.dumps(document))  # JSON is YAML
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - the installed program
            [  # noqa: S607
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'prometheus'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
        )
    with ended_after(process):
        server = Prometheus(f"http://127.0.0.1:{port}")
        server.until(server.is_ready, "Prometheus is ready")
        yield server
