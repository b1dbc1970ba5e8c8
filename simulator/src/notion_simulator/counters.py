"""What the simulator has seen, for tests to assert on and to wait for."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any


class Counters:
    """Counts by name; `wait_until` makes a count an event instead of something to poll."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._open_exchanges = 0
        self._running_streams = 0
        self._running_answers = 0
        self.clear()

    def clear(self) -> None:
        """Sets every count to zero; what is open right now stays open."""
        self.requests: Counter[str] = Counter()
        self.token_requests: Counter[tuple[str, str]] = Counter()
        self.tool_calls: Counter[str] = Counter()
        self.rpc_methods: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.exchanges: Counter[str] = Counter()
        self.streams: Counter[str] = Counter()
        self.model_answers: Counter[str] = Counter()
        self._wake()

    def request(self, method: str, path: str) -> None:
        self._bump(self.requests, f"{method} {path}")

    def token_request(self, grant_type: str, outcome: str) -> None:
        """Counts a /token call by its OAuth error code, or "ok"."""
        self.token_requests[grant_type, outcome] += 1
        self._wake()

    def tool_call(self, name: str) -> None:
        self._bump(self.tool_calls, name)

    def rpc(self, method: str) -> None:
        self._bump(self.rpc_methods, method)

    def fault(self, name: str) -> None:
        self._bump(self.faults, name)

    def exchange_opened(self) -> None:
        """An authorised /mcp request has begun."""
        self._open_exchanges += 1
        self._bump(self.exchanges, "opened")

    def exchange_closed(self, outcome: str) -> None:
        """An /mcp request ended: "completed", or "cancelled" if its client left."""
        self._open_exchanges -= 1
        self._bump(self.exchanges, outcome)

    def unauthorized(self) -> None:
        self._bump(self.exchanges, "unauthorized")

    def stream_started(self) -> None:
        self._running_streams += 1
        self._bump(self.streams, "started")

    def stream_ended(self, outcome: str) -> None:
        """A `simulator-stream` call, or work of a slowed one, is "completed" or "cancelled"."""
        self._running_streams -= 1
        self._bump(self.streams, outcome)

    def model_started(self) -> None:
        self._running_answers += 1
        self._bump(self.model_answers, "started")

    def model_ended(self, outcome: str) -> None:
        """A streamed answer of the scripted model ended: "completed" or "cancelled"."""
        self._running_answers -= 1
        self._bump(self.model_answers, outcome)

    def snapshot(self) -> dict[str, Any]:
        """Returns all counts as JSON."""
        by_grant_type: dict[str, dict[str, int]] = {}
        for (grant_type, outcome), count in sorted(self.token_requests.items()):
            by_grant_type.setdefault(grant_type, {})[outcome] = count
        return {
            "requests": dict(sorted(self.requests.items())),
            "token_requests": by_grant_type,
            "tool_calls": dict(sorted(self.tool_calls.items())),
            "mcp": {
                "open": self._open_exchanges,
                "opened": self.exchanges["opened"],
                "completed": self.exchanges["completed"],
                "cancelled": self.exchanges["cancelled"],
                "unauthorized": self.exchanges["unauthorized"],
                "methods": dict(sorted(self.rpc_methods.items())),
            },
            "streams": {
                "running": self._running_streams,
                "started": self.streams["started"],
                "completed": self.streams["completed"],
                "cancelled": self.streams["cancelled"],
            },
            "model_streams": {
                "running": self._running_answers,
                "started": self.model_answers["started"],
                "completed": self.model_answers["completed"],
                "cancelled": self.model_answers["cancelled"],
            },
            "faults": dict(sorted(self.faults.items())),
        }

    async def wait_until(self, reached: Callable[[], bool]) -> None:
        """Returns as soon as `reached` is true, which is looked at after every change."""
        while not reached():
            await self._changed.wait()

    def _bump(self, counter: Counter[str], key: str) -> None:
        counter[key] += 1
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
