"""The one clock that all replicas share: the database's."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class database_now(FunctionElement[float]):  # noqa: N801 - reads as SQL
    """Seconds since 1970 by the database's clock, the same for every process that asks."""

    type: TypeEngine[float] = sa.Double()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _now_on_sqlite(element: database_now, compiler: Any, **_: Any) -> str:  # noqa: ANN401
    del element, compiler
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_now, "postgresql")
def _now_on_postgresql(element: database_now, compiler: Any, **_: Any) -> str:  # noqa: ANN401
    del element, compiler
    # Not now(): that is when the transaction began.
    return "extract(epoch from clock_timestamp())::double precision"
