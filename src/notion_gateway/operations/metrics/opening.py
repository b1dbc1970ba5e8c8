"""Opens the metrics of a gateway. Nothing of them is imported where they are off."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import anyio.to_thread
from prometheus_client import disable_created_metrics

from notion_gateway import __version__
from notion_gateway.kernel.background import Loop
from notion_gateway.kernel.log_stream import LogThread
from notion_gateway.operations.health import Health
from notion_gateway.operations.metrics.calls import RequestCounts
from notion_gateway.operations.metrics.figures import Figures, Sources
from notion_gateway.operations.metrics.instruments import Instruments
from notion_gateway.operations.metrics.server import served
from notion_gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Metrics:
    """``requests`` are counted out of what is noted of them, ``figures`` once a second."""

    requests: RequestCounts
    figures: Figures

    @property
    def loops(self) -> Mapping[str, Loop]:
        return {
            "metrics": self.figures.run,
            "readiness": self.figures.check,
            "grants": self.figures.count_grants,
        }

    def watch(self, writer: LogThread | None) -> None:
        """Of the request lines."""
        self.figures.log = writer

    def watch_health(self, health: Health) -> None:
        self.figures.health = health


@asynccontextmanager
async def open_metrics(
    settings: Settings, sources: Sources, *, is_worker: bool
) -> AsyncGenerator[Metrics]:
    """``is_worker``: one of several, whose parent joins what they count and serves it."""
    disable_created_metrics()  # another series for each; Prometheus finds out by itself
    instruments = Instruments()
    instruments.info.labels(__version__).set(1)
    with ExitStack() as stack:
        if not is_worker and settings.gateway_metrics_port is not None:
            host, port = str(settings.gateway_metrics_host), settings.gateway_metrics_port
            stack.enter_context(served(instruments.registry, host, port))
        try:
            yield Metrics(RequestCounts(instruments), Figures(instruments, sources))
        finally:
            # Its end waits for a thread that looks twice a second.
            await anyio.to_thread.run_sync(stack.pop_all().close)
