"""Gateway and simulator as processes of their own, started as a person starts them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from notion_gateway.settings import CALLBACK_PATH
from tests.support.forked import Started, started
from tests.support.gateway import RETURN_BASE
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_SECONDS

GATEWAY: tuple[str, ...] = ("-m", "notion_gateway.cli")
_PAUSE_SECONDS = 0.01
_OWN_VARIABLES = ("NOTION_", "GATEWAY_", "DATABASE_URL", "REDIS_URL", "TOKEN_ENCRYPTION_KEYS")


@dataclass(frozen=True, slots=True)
class AwaitedProcess:
    """As ``asyncio.subprocess.Process``."""

    started: Started

    @property
    def pid(self) -> int:
        return self.started.pid

    @property
    def returncode(self) -> int | None:
        return self.started.poll()

    async def wait(self) -> int:
        while (code := self.started.poll()) is None:  # noqa: ASYNC110 - the test's own limit ends it
            await asyncio.sleep(_PAUSE_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        self.started.send_signal(number)

    def terminate(self) -> None:
        self.started.terminate()

    def kill(self) -> None:
        self.started.kill()


@dataclass(frozen=True, slots=True)
class Running:
    url: str
    port: int
    process: AwaitedProcess
    log: Path

    async def stop(self) -> None:
        """Ends it as an operator does: with its work done, it dies of the signal itself."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await self.process.wait() in {0, -signal.SIGTERM}

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def gateway_process(
    data_dir: Path, notion_url: str, log: Path, **variables: str
) -> AsyncGenerator[Running]:
    """``notion-gateway serve`` with trusted headers; ``variables`` come on top."""
    async with gateway_at(free_port(), data_dir, notion_url, log, **variables) as running:
        yield running


@asynccontextmanager
async def gateway_at(
    port: int, data_dir: Path, notion_url: str, log: Path, **variables: str
) -> AsyncGenerator[Running]:
    """The same on a port that was chosen before."""
    environment = {
        "NOTION_MCP_URL": f"{notion_url}/mcp",
        "NOTION_MCP_OAUTH_REDIRECT_URI": f"http://127.0.0.1:{port}{CALLBACK_PATH}",
        "NOTION_MCP_RETURN_BASE_URL": RETURN_BASE,
        "GATEWAY_DATA_DIR": str(data_dir),
        "GATEWAY_TRUST_HEADERS": "1",
        **variables,
    }
    command = (*GATEWAY, "serve", "--port", str(port))
    async with _running(command, environment, port, "/readyz", log) as running:
        yield running


@asynccontextmanager
async def simulator_process(log: Path, *flags: str) -> AsyncGenerator[Running]:
    port = free_port()
    command = ("-m", "notion_simulator", "--port", str(port), *flags)
    async with _running(command, {}, port, "/_simulator/health", log) as running:
        yield running


@asynccontextmanager
async def _running(
    command: tuple[str, ...], environment: Mapping[str, str], port: int, ready: str, log: Path
) -> AsyncGenerator[Running]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(_OWN_VARIABLES)}
    with log.open("ab") as file:
        process = started(
            [sys.executable, *command],
            env={**inherited, **environment},
            cwd=log.parent,  # where no .env file lies
            stdout=file,
            stderr=file,
        )
    running = Running(f"http://127.0.0.1:{port}", port, AwaitedProcess(process), log)
    try:
        await _await_ready(running, ready)
        yield running
    finally:
        if process.returncode is None:
            await running.kill()


async def _await_ready(running: Running, path: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as http:
        while running.process.returncode is None:
            try:
                async with http.get(running.url + path) as answer:
                    if answer.ok:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)
    raise RuntimeError(f"it ended at once:\n{running.log.read_text()}")
