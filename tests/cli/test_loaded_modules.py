"""What a running process has loaded that it does not need: a worker, and the parent of workers."""

import json
from pathlib import Path

import pytest

from tests.cli.processes import eventually
from tests.cli.test_workers import two_workers

pytestmark = pytest.mark.thorough

TELLS = """
import json, os, pathlib, sys, threading, time

def tell(asked=pathlib.Path(__file__).with_name("asked")):
    while not asked.exists():
        time.sleep(0.05)
    written = asked.with_name(f"writing-{os.getpid()}")
    written.write_text(json.dumps([*sys.modules]))
    written.rename(asked.with_name(f"modules-{os.getpid()}"))

threading.Thread(target=tell, daemon=True).start()
"""
"""Each process writes down what it has loaded, once it is asked to."""

ONLY_AT_THE_TERMINAL = {"typer", "rich", "pygments"}
NOT_IN_A_WORKER = ONLY_AT_THE_TERMINAL | {
    "alembic",
    "mcp",
    "httpx2",
    "asyncpg",
    "redis",
    "prometheus_client",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
    "uvicorn.main",
    "click",
}
NOT_IN_THE_PARENT = NOT_IN_A_WORKER | {
    "sqlalchemy",
    "pydantic",
    "fastapi",
    "uvicorn",
    "uvloop",
    "aiohttp",
    "cryptography",
    "anyio",
    "notion_gateway.app",
    "notion_gateway.settings",
}


def test_workers_and_their_parent_load_nothing_that_they_do_not_need(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(TELLS)
    with two_workers(tmp_path, PYTHONPATH=str(tmp_path)) as gateway:
        (tmp_path / "asked").touch()

        def loaded(pid: int) -> set[str]:
            file = tmp_path / f"modules-{pid}"
            eventually(file.exists, "what it has loaded")
            return {*json.loads(file.read_text())}

        parent = loaded(gateway.process.pid)
        workers = [loaded(pid) for pid in gateway.workers()]
    assert parent & NOT_IN_THE_PARENT == set()
    assert "notion_gateway.cli.workers" in parent
    for worker in workers:
        assert worker & NOT_IN_A_WORKER == set()
        assert worker >= {"fastapi", "sqlalchemy", "notion_gateway.app"}
