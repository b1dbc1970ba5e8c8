"""A real gateway that a real Prometheus reads, with the shipped rules, which do not wait here."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tests.budget.rationed import tool_call
from tests.support.clocks import SharedClock
from tests.support.gateway import Caller, calling
from tests.support.notion import Notion, serving_notion
from tests.support.ports import free_port
from tests.support.processes import Running, gateway_process
from tests.support.prometheus import RULES, Prometheus, prometheus
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

SEARCH: Final = {
    "Content-Type": "application/json",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "notion-search",
}
PATIENTLY: Final = 2 * PATIENCE_SECONDS
"""Secrets are looked at twice a minute."""
HANGS_WHEN_TOLD: Final = """
import signal, time
signal.signal(signal.SIGRTMIN, lambda *_: time.sleep(45))
"""
"""Signals are heeded where the event loop turns; other threads go on."""


@dataclass(frozen=True, slots=True)
class Watched:
    gateway: Running
    notion: Notion
    mcp: RecordingMcp
    caller: Caller
    server: Prometheus
    database: Path
    fired: set[str] = field(default_factory=set[str])

    async def fires(self, *names: str) -> None:
        for name in names:

            def fires(name: str = name) -> bool:
                return name in self.server.firing()

            await asyncio.to_thread(self.server.until, fires, f"{name} fires", PATIENTLY)
            self.fired.add(name)

    async def finds(self, query: str) -> None:
        def found() -> bool:
            return bool(self.server.query(query))

        await asyncio.to_thread(self.server.until, found, query, PATIENTLY)

    async def counts(self, error: str) -> None:
        """Its first: only what comes after that is an increase to Prometheus."""
        calls = f'mcp_server_operation_duration_seconds_count{{error_type="{error}"}}'
        await self.finds(f"sum({calls}) > 0")

    def sql(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.database, timeout=PATIENCE_SECONDS)) as database:
            for one in statements:
                database.execute(one)
                database.commit()

    async def calls(self, *spaces: str) -> list[int]:
        body = tool_call("notion-search")
        answers = [self.caller.call(one, body, headers=SEARCH) for one in spaces]
        return [one.status for one in await asyncio.gather(*answers)]


@asynccontextmanager
async def watched(
    folder: Path, log: Path | None = None, settings: Mapping[str, str] = MappingProxyType({})
) -> AsyncGenerator[Watched]:
    """``log``: where the gateway's goes. ``settings``, as variables, come on top."""
    rules, port = folder / "rules.yaml", free_port()
    (folder / "sitecustomize.py").write_text(HANGS_WHEN_TOLD)
    rules.write_text(re.sub(r"^ +for: .*\n", "", RULES.read_text(), flags=re.MULTILINE))
    variables = {
        "GATEWAY_METRICS_PORT": str(port),
        "PYTHONPATH": str(folder),
        "GATEWAY_AUDIT": "1",
        "GATEWAY_WEBHOOK_URL": f"http://127.0.0.1:{free_port()}/nobody",
        "GATEWAY_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "GATEWAY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "1",
        **settings,
    }
    data = folder / "data"
    async with (
        serving_notion(clock=SharedClock(), mcp=(mcp := RecordingMcp())) as notion,
        gateway_process(data, notion.url, log or folder / "log", **variables) as gateway,
        calling(gateway.url) as caller,
    ):
        with prometheus(folder, port, rules) as server:
            place = Watched(gateway, notion, mcp, caller, server, data / "gateway.sqlite3")
            await place.finds('up{job="notion-gateway"} == 1')
            yield place
