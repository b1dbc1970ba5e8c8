"""Somebody's program that is told: a real server, which checks signatures with the library of
Standard Webhooks.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.support.waiting import until


@dataclass
class Receiver:
    """``answers``: the statuses of the next requests; 204 once there are none left. What was
    answered with 2xx stands in ``heard``, everything in ``asked``.
    """

    url: str = ""
    secrets: list[str] = field(default_factory=list[str])
    answers: list[int] = field(default_factory=list[int])
    asked: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, Any]]]
    )
    heard: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    silent: asyncio.Event | None = None
    """Answers nothing until it is set."""
    order: list[str] | None = None
    """Of several receivers, whose names stand here in the order in which they took messages."""
    name: str = ""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        message = self._verified(body, dict(request.headers))
        self.asked.append((request.headers["webhook-id"], message))
        if self.silent is not None:
            await self.silent.wait()
        status = self.answers.pop(0) if self.answers else 204
        if 200 <= status < 300:
            self.heard.append(message)
            if self.order is not None:
                self.order.append(self.name)
        return web.Response(status=status, headers={"location": f"{self.url}/elsewhere"})

    def _verified(self, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        """By the secret of one of the webhooks that lead here."""
        *others, newest = self.secrets
        for secret in others:
            with suppress(WebhookVerificationError):
                return Webhook(secret).verify(body, headers)
        return Webhook(newest).verify(body, headers)

    def types(self) -> list[str]:
        return [one["type"] for one in self.heard]

    async def hears(self, count: int) -> None:
        await until(lambda: len(self.heard) >= count)


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address: tuple[str, int] = runner.addresses[0]
    receiver.url = f"http://127.0.0.1:{address[1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def told_by(now: Callable[[], datetime]) -> type[datetime]:
    """For the library, which compares a message's time with its own: the clock of the test."""

    class Told(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # noqa: ARG003 - as datetime has it
            return now()

    return Told
