"""Leases that a test decides about: with the guard off, or always too late."""

from typing import Self

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

    def in_time(self) -> bool:
        return steady_seconds() < self.deadline

    async def confirm(self) -> bool:
        return self.in_time()
