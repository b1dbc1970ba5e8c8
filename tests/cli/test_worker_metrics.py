"""The metrics of several workers are their sum, on one port, whatever becomes of one of them."""

import os
import signal
from pathlib import Path

import httpx2
import pytest

from tests.cli.processes import eventually
from tests.cli.test_workers import Gateway, two_workers
from tests.support.metrics import scrape
from tests.support.ports import free_port

pytestmark = pytest.mark.thorough

REQUESTS = "http_server_request_duration_seconds_count"
ASKED = 40
MORE_THAN_ONE_HAS = 200e6


def ask(gateway: Gateway) -> None:
    """Each time over a connection of its own: the system spreads them."""
    for _ in range(ASKED):
        answer = httpx2.get(f"{gateway.url}/spaces", headers={"X-User-ID": "ada"}, trust_env=False)
        assert answer.status_code == 200


def counted(port: int) -> float:
    return scrape(port).value(REQUESTS, http_route="/spaces")


def memory(port: int) -> float:
    return scrape(port).value("process_resident_memory_bytes")


def test_they_are_summed_and_what_a_dead_worker_counted_stays(tmp_path: Path) -> None:
    port = free_port()
    on = {"GATEWAY_TRUST_HEADERS": "1", "GATEWAY_METRICS_PORT": str(port)}
    with two_workers(tmp_path, **on) as gateway:
        ask(gateway)
        eventually(lambda: counted(port) == ASKED, "every request is counted")

        eventually(lambda: memory(port) > MORE_THAN_ONE_HAS, "both have looked at themselves")
        of_both = memory(port)
        victim = min(gateway.workers())
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: gateway.logged("gateway_ready") == 3, "a third worker")

        assert counted(port) == ASKED
        ask(gateway)
        eventually(lambda: counted(port) == 2 * ASKED, "the new worker's are counted, too")
        eventually(
            lambda: MORE_THAN_ONE_HAS < memory(port) < 1.3 * of_both,
            "what the dead one had in use is not",
        )


def test_one_workers_files_alone_are_less_than_the_sum(tmp_path: Path) -> None:
    """The control: each worker has counted some."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'notion_gateway.cli.worker' not in sys.orig_argv:\n"
        "    from prometheus_client.multiprocess import MultiProcessCollector as M\n"
        "    merge = M.merge\n"
        "    def one(files, accumulate=True):\n"
        "        pid = min(str(f).rpartition('_')[2] for f in files)\n"
        "        return merge([f for f in files if str(f).endswith('_' + pid)], accumulate)\n"
        "    M.merge = staticmethod(one)\n"
    )
    port = free_port()
    on = {
        "GATEWAY_TRUST_HEADERS": "1",
        "GATEWAY_METRICS_PORT": str(port),
        "PYTHONPATH": str(tmp_path),
    }
    with two_workers(tmp_path, **on) as gateway:
        ask(gateway)
        eventually(lambda: counted(port) > 0, "some are counted")
        assert counted(port) < ASKED
