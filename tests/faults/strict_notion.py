"""The simulated Notion as races meet it: a refresh token that is sent twice ends its grant."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from starlette.types import ASGIApp

from notion_simulator import SimulatorSettings, serving
from notion_simulator.server import RunningSimulator
from notion_simulator.simulator import Clock


@contextmanager
def strict_notion(
    token_seconds: int, *, mcp: ASGIApp | None = None, clock: Clock = time.time
) -> Generator[RunningSimulator]:
    """``mcp`` in place of its own tools, behind the same check of the token."""
    settings = SimulatorSettings(
        rotation="strict",
        auto_consent=True,
        access_token_lifetime_seconds=token_seconds,
        response_mode="json",
        session_ids=False,
    )
    with serving(settings, clock=clock, mcp=mcp) as notion:
        yield notion
