"""Some windows of one grant's budget over real sockets: a simulated Notion that counts, a real
``notion-gateway serve`` before it, each a process, and those who call.

The windows pass as they do on a clock, so they are shorter than Notion's minute.
"""

import asyncio
import itertools
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, final

import aiohttp

from bench.processes import answers, clean_environment, free_port, running, wait_until
from bench.shared_budget import Habit, Limited, Outcome, Run
from bench.targets import SPACE_ID, Target, gateway, served
from bench.upstream import HOST
from notion_gateway.budget.rules.space_budget import Bounds

_HEADERS: Final = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "notion-fetch",
    "X-Space-ID": SPACE_ID,
}
_META: Final = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
_ONE_STARTS: Final = threading.Lock()
"""Of several runs at a time: together they take too long."""
_PATIENCE_SECONDS: Final = 60.0
"""For an answer, beyond what a call may wait for its turn."""


def over_sockets(folder: Path, habits: Sequence[Habit], limited: Limited, windows: int) -> Run:
    """As long as ``windows`` take. ``granted`` counts answers, in the windows they came in. Where
    a call may wait for 0 seconds, the gateway's budget is off: what Notion refuses goes on to the
    callers. As many gateways as the habits name run on one database.
    """
    folder.mkdir()
    seconds, wait = limited.bounds.window_seconds, limited.bounds.wait_seconds
    settings: dict[str, Any] = {
        "NOTION_MCP_BUDGET_WINDOW_SECONDS": str(seconds),
        "NOTION_MCP_BUDGET_WAIT_SECONDS": str(wait),
        "NOTION_MCP_BUDGET_WAITING_CALLS": str(limited.bounds.waiting),
    }
    with ExitStack() as running:
        with _ONE_STARTS:
            port = running.enter_context(limited_notion(folder, limited))
            targets = [running.enter_context(gateway(folder, port, **settings))]
            for number in range(1, max(one.process for one in habits) + 1):
                (own := folder / f"process-{number}").mkdir()
                another = served(own, port, data=folder / "gateway-data", **settings)
                targets.append(running.enter_context(another))
        return asyncio.run(_call(targets, habits, limited.bounds, windows * seconds))


@contextmanager
def limited_notion(folder: Path, limited: Limited) -> Generator[int]:
    """Yields its port. Whoever asks it for consent has it."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "notion_simulator", "--auto-consent", "--port", str(port)),
        *("--public-url", f"http://{HOST}:{port}"),
        *("--rate-limit-per-minute", str(limited.limit)),
        *("--rate-limit-window-seconds", str(limited.bounds.window_seconds)),
    ]
    environment = clean_environment()
    with running(command, folder=folder, name="notion", environment=environment) as pid:
        wait_until(lambda: answers(port, "/_simulator/health"), pid, folder / "notion.log")
        yield port


async def _call(
    targets: Sequence[Target], habits: Sequence[Habit], bounds: Bounds, seconds: float
) -> Run:
    run = Run({one.name: Outcome() for one in habits}, Counter())
    total = aiohttp.ClientTimeout(total=bounds.wait_seconds + _PATIENCE_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=total, connector=connector) as http:
        caller = _Caller(http, [one.url for one in targets], run, bounds.window_seconds)
        callers = [
            asyncio.create_task(caller.go_on(habit))
            for habit in habits
            for _ in range(habit.at_a_time)
        ]
        ended, _ = await asyncio.wait(callers, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for one in callers:
            one.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        for one in ended:
            one.result()  # none ends but by an error
    return run


@final
class _Caller:
    def __init__(
        self, http: aiohttp.ClientSession, urls: Sequence[str], run: Run, window: float
    ) -> None:
        self._http = http
        self._urls = urls
        self._run = run
        self._window = window
        self._began = time.monotonic()
        self._numbers = itertools.count(1)

    async def go_on(self, habit: Habit) -> None:
        """After a call that was lost, a loop goes on a second later, as ``SharedBudget`` has it;
        a person with what they do next.
        """
        await asyncio.sleep(habit.begins)
        outcome = self._run.outcomes[habit.name]
        while True:
            began = time.monotonic()
            outcome.asked += 1
            if await self._is_answered(habit):
                ended = time.monotonic()
                outcome.answered += 1
                outcome.waits.append(ended - began)
                self._run.granted[int((ended - self._began) // self._window)] += 1
                await asyncio.sleep(habit.pause)
            else:
                outcome.lost += 1
                await asyncio.sleep(max(1.0, habit.pause))

    async def _is_answered(self, habit: Habit) -> bool:
        """By Notion, with what was asked for."""
        call = {
            "jsonrpc": "2.0",
            "id": next(self._numbers),
            "method": "tools/call",
            "params": {"name": "notion-fetch", "arguments": {"id": "self"}, "_meta": _META},
        }
        headers = {**_HEADERS, "X-User-ID": habit.name}
        url = self._urls[habit.process]
        async with self._http.post(url, json=call, headers=headers) as answer:
            body = await answer.read()
            if answer.status != HTTPStatus.OK:
                return False
        return not _result(body).get("isError", False)


def _result(body: bytes) -> dict[str, Any]:
    """Of an answer in JSON, or the last event of a stream."""
    if not body.startswith(b"{"):
        body = [one for one in body.splitlines() if one.startswith(b"data: {")][-1][
            len(b"data: ") :
        ]
    return json.loads(body)["result"]
