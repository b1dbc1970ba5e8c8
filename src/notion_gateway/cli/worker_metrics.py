"""The metrics of ``serve --workers``: each worker counts into files, the parent serves the sum."""

import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@final
@dataclass(frozen=True, slots=True)
class WorkerMetrics:
    """``folder``: where the workers' counts are; None where metrics are off."""

    folder: str | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """For the environment of each worker."""
        return {} if self.folder is None else {_FOLDER: self.folder}

    def ended(self, pid: int) -> None:
        """What the worker had counted stays; what it had open counts no longer."""
        if self.folder is not None:
            from notion_gateway.operations.metrics.server import forget_worker

            forget_worker(pid, self.folder)


@contextmanager
def worker_metrics(host: str, port: int | None) -> Generator[WorkerMetrics]:
    """Serves them there for the length of the block; without a port they are off."""
    if port is None:
        yield WorkerMetrics()
        return
    from notion_gateway.operations.metrics.server import of_workers, served

    with tempfile.TemporaryDirectory(prefix="gateway-metrics-") as folder:
        os.environ.pop(_FOLDER, None)  # the parent's own, if it has one, is not the workers'
        with served(of_workers(folder), host, port):
            yield WorkerMetrics(folder)
