"""The port that metrics are read from: its own, in threads beside the calls."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

from prometheus_client import CollectorRegistry, multiprocess, start_http_server


@contextmanager
def served(registry: CollectorRegistry, host: str, port: int) -> Generator[None]:
    """For the length of the block. Raises OSError where nobody can listen there."""
    server, thread = start_http_server(port, host, registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def of_workers(folder: str) -> CollectorRegistry:
    """What the processes that write into the folder have counted, joined."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=folder)
    return registry


def forget_worker(pid: int, folder: str) -> None:
    """What is true of living processes only. What it had counted stays counted."""
    untyped = cast("Any", multiprocess)
    forget: Callable[[int, str], None] = untyped.mark_process_dead
    forget(pid, folder)
