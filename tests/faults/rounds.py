"""Many callers at several replicas, round after round of simultaneous expiry.

    python -m tests.faults.rounds --rounds 100 --database sqlite
    python -m tests.faults.rounds --rounds 1000 --database postgresql --replicas 3
    python -m tests.faults.rounds --rounds 5 --replicas 3 --without-guards    # the negative control

Real gateway processes on one database, the simulator in strict mode: a second redemption of a
token revokes the grant, so one race is enough to lose the connection. Tokens live for an hour,
and between two rounds the clock of all is pushed forward by that: a caller that a busy machine
makes wait does not meet the next expiry.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from notion_gateway.settings import CALLBACK_PATH
from notion_gateway.vault.keyring import generate_key
from tests.faults.children import UNUSED_TLS
from tests.faults.skipping_clock import SkippingClock
from tests.support.asgi import Together, answer
from tests.support.databases import running_postgres
from tests.support.gateway import Caller, calling
from tests.support.longer_runs import told
from tests.support.notion import Notion, serving_notion
from tests.support.ports import free_port
from tests.support.upstreams import JSON_HEADERS, RPC_RESULT
from tests.support.waiting import PATIENCE_SECONDS

_TOKEN_SECONDS = 3600
CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notion-get-users"}}'
HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2025-06-18",
}
_MCP = answer(200, RPC_RESULT, JSON_HEADERS)
"""To any call, behind the simulated Notion's check of the token."""


@dataclass(slots=True)
class Result:
    """``rounds`` that were begun: the first failed call ends the last. ``answers`` counts the
    callers' by HTTP status, or by the reason of a failure.
    """

    rounds: int = 0
    answers: Counter[str] = field(default_factory=Counter[str])
    redemptions: int = 0
    refused: int = 0
    final_status: str = ""

    def kept(self, rounds: int, callers: int) -> bool:
        """Whether each round was one redemption, and everybody was answered."""
        ended = (self.redemptions, self.refused, self.final_status)
        return self.answers == {"200": rounds * callers} and ended == (rounds, 0, "connected")


@contextmanager
def replicas(
    folder: Path, database_url: str, notion: str, *flags: str, count: int = 2
) -> Generator[list[str]]:
    """The URLs of so many gateways on one database; ``flags`` as ``replica.py`` takes them."""
    key = generate_key()
    with ExitStack() as stack:
        urls: list[str] = []
        ports = [free_port() for _ in range(count)]
        for port in ports:
            variables = {
                "DATABASE_URL": database_url,
                "TOKEN_ENCRYPTION_KEYS": key,
                "GATEWAY_DATA_DIR": str(folder),
                "GATEWAY_TRUST_HEADERS": "1",
                "NOTION_MCP_URL": f"{notion}/mcp",
                "NOTION_MCP_OAUTH_REDIRECT_URI": f"http://127.0.0.1:{ports[0]}{CALLBACK_PATH}",
            }
            stack.enter_context(_process(folder, port, variables, flags))
            urls.append(f"http://127.0.0.1:{port}")
        yield urls


@contextmanager
def _process(
    folder: Path, port: int, variables: dict[str, str], flags: Sequence[str]
) -> Generator[None]:
    command = [sys.executable, "-m", "tests.faults.replica", "--port", str(port), *flags]
    with (folder / f"replica-{port}.log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | variables, stderr=log)  # noqa: S603
    try:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not _ready(port):
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError((folder / f"replica-{port}.log").read_text()[-2000:])
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _ready(port: int) -> bool:
    try:
        ready = f"http://127.0.0.1:{port}/readyz"
        return httpx2.get(ready, trust_env=False, verify=UNUSED_TLS).is_success
    except httpx2.HTTPError:
        return False


async def expire_together(
    urls: Sequence[str],
    notion: Notion,
    clock: SkippingClock,
    rounds: int,
    callers: int,
    at_once: int,
) -> Result:
    """Connects a space, then lets its token expire and calls from everywhere at once. Notion does
    not answer the first redemption before ``at_once`` are there.
    """
    result = Result()
    async with _calling_all(urls) as gateways:
        end = await gateways[0].connect("space")
        assert end.result["status"] == "success", end.result
        notion.wire.instead["/token"] = Together(notion.wire.simulated, at_once)
        for _ in range(rounds):
            clock.skip(_TOKEN_SECONDS + 1)
            result.rounds += 1
            calls = [_said(gateways[number % len(gateways)]) for number in range(callers)]
            result.answers.update(await asyncio.gather(*calls))
            if set(result.answers) != {"200"}:
                break
        result.final_status = (await gateways[0].status("space"))["status"]
        outcomes: dict[str, int] = notion.simulator.observation()["token_requests"]["refresh_token"]
        result.redemptions = outcomes.pop("ok", 0)
        result.refused = sum(outcomes.values())
    return result


async def _said(gateway: Caller) -> str:
    try:
        said = await gateway.call("space", CALL, headers=HEADERS)
    except TimeoutError:
        return "no answer"
    return "200" if said.status == 200 else said.reason


@asynccontextmanager
async def _calling_all(urls: Sequence[str]) -> AsyncGenerator[list[Caller]]:
    async with asyncio.timeout(None), _nested(list(urls)) as callers:
        yield callers


@asynccontextmanager
async def _nested(urls: list[str]) -> AsyncGenerator[list[Caller]]:
    if not urls:
        yield []
        return
    async with calling(urls[0]) as first, _nested(urls[1:]) as rest:
        yield [first, *rest]


def run_rounds(
    folder: Path,
    database_url: str,
    rounds: int,
    *flags: str,
    count: int = 2,
    callers: int = 200,
    at_once: int = 1,
) -> Result:
    """With so many gateways, and callers at all of them together."""
    file = folder / "clock"
    clock = SkippingClock(file)
    flags = ("--clock", str(file), *flags)
    rules: dict[str, Any] = {
        "rotation": "strict",
        "access_token_lifetime_seconds": _TOKEN_SECONDS,
    }

    async def run() -> Result:
        async with serving_notion(clock=clock, mcp=_MCP, **rules) as notion:
            with replicas(folder, database_url, notion.url, *flags, count=count) as urls:
                return await expire_together(urls, notion, clock, rounds, callers, at_once)

    return asyncio.run(run())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--callers", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--without-guards", action="store_true", help="the negative control")
    arguments = parser.parse_args()
    flags = ["--without-guards"] if arguments.without_guards else []
    at_once = 2 if arguments.without_guards else 1
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        url = f"sqlite+aiosqlite:///{folder / 'gateway.sqlite3'}"
        if arguments.database == "postgresql":
            servers = folder / "servers"
            servers.mkdir()
            url = stack.enter_context(running_postgres(servers)).url()
        counts = {"count": arguments.replicas, "callers": arguments.callers, "at_once": at_once}
        result = run_rounds(folder, url, arguments.rounds, *flags, **counts)
    return told(
        f"{result.rounds:,} of {arguments.rounds:,} rounds of {arguments.callers} callers at"
        f" {arguments.replicas} gateways: {result.redemptions:,} redemptions, {result.refused:,}"
        f" refused by Notion; answers {dict(result.answers)}; {result.final_status} in the end",
        kept=result.kept(arguments.rounds, arguments.callers),
    )


if __name__ == "__main__":
    raise SystemExit(main())
