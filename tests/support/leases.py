"""Leases that a test decides about: with the guard off, or always too late."""

import inspect
from collections.abc import Callable
from typing import Any, Self

import sqlalchemy as sa

from notion_gateway.integration import lease, leases
from notion_gateway.integration.lease import Lease
from notion_gateway.kernel.clock import steady_seconds


class LeaseUntil(Lease):
    """Nobody is asked; it is good until ``deadline`` on the clock of ``steady_seconds``."""

    def __new__(cls, deadline: float) -> Self:
        del deadline
        return super().__new__(cls)

    def __init__(self, deadline: float) -> None:  # pyright: ignore[reportMissingSuperCall]
        self.deadline = deadline
        self.under_way_seconds = 0.0
        self.grant_id = self.holder = "nobody"

    def in_time(self) -> bool:
        return steady_seconds() < self.deadline

    async def confirm(self) -> bool:
        return self.in_time()


def leases_go_by(
    now: Callable[[], sa.ColumnElement[float]],
    put: Callable[[object, str, Any], None] = setattr,
) -> None:
    """Another clock than the database's. Statements are made once else, and with its own."""
    for module, made in ((leases, "_take"), (leases, "_held"), (lease, "_extend")):
        put(module, "database_now", now)
        put(module, made, inspect.unwrap(getattr(module, made)))
