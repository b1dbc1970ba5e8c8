"""Indexes of some of a table's rows, written alike for both databases.

SQLAlchemy has an option for each dialect, and loads that dialect with it: megabytes of PostgreSQL's
in a process that has SQLite.
"""

from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

_WHERE: Final = "where"


def partial_index(name: str, *columns: str, where: str) -> sa.Index:
    """``where``: a condition in SQL that both databases understand."""
    return sa.Index(name, *columns, info={_WHERE: where})


@compiles(CreateIndex)
def _create_index(create: CreateIndex, compiler: DDLCompiler, **given: bool) -> str:
    made: str = cast("Any", compiler).visit_create_index(create, **given)
    where = create.element.info.get(_WHERE)
    return made if where is None else f"{made} WHERE {where}"
