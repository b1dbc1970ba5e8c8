"""What is stored together with events, or not at all.

On PostgreSQL an append and its steps are one statement, which is a transaction by itself: no BEGIN
and no COMMIT, one way there and back. SQLite changes one table with each statement, so there
they are several, in a transaction.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

Condition = sa.ColumnElement[bool]

Made = Callable[..., sa.Insert | sa.Delete]
"""Makes a step's statement, which has an effect only where the condition holds that it is given
(None: always). Of a step's kind it is made once, so what changes from one step to the next is a
parameter. Two steps of one append have the same name for a parameter only where it is the same.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """``of``: what ``made`` is given after the condition, and decides the statement's form."""

    made: Made
    given: Mapping[str, object] = field(repr=False)
    of: tuple[Any, ...] = ()

    @property
    def kind(self) -> tuple[Made, tuple[Any, ...]]:
        return self.made, self.of

    async def take(self, connection: AsyncConnection) -> None:
        """In a transaction that does not go on when anything before it had no effect."""
        await connection.execute(_alone(self.made, self.of), self.given)


@functools.cache
def _alone(made: Made, of: tuple[Any, ...]) -> sa.Insert | sa.Delete:
    return made(None, *of)
