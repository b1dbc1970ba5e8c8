"""Statements for PostgreSQL that go to its driver as they are.

SQLAlchemy writes each of them, once. To execute one it takes several times as long as the driver
does, and the statements of a renewal are always the same ones.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Final, Protocol, cast, final

import asyncpg
import sqlalchemy as sa
from cachetools import LRUCache
from sqlalchemy import exc
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

_KEPT: Final = 100
"""Statements that this process keeps written, and that each connection keeps parsed."""

_PARSED: Final = "notion_gateway_parsed"
_numbers = count()

_Change = Callable[[Any], Any]


class _Column(Protocol):
    @property
    def type(self) -> asyncpg.Type: ...


class _ParsedByDriver(Protocol):
    """What is used of ``asyncpg.prepared_stmt.PreparedStatement``, which has no types."""

    def get_attributes(self) -> Sequence[_Column]: ...

    async def fetch(self, *values: object) -> Sequence[asyncpg.Record]: ...


class Parser(Protocol):
    """What is used of ``asyncpg.Connection``, which has none either."""

    async def prepare(self, query: str, *, name: str) -> _ParsedByDriver: ...


@final
class Written:
    """One statement, as the driver takes it. Each value is given at its execution, or stands in
    it; none is a list, whose length would decide how it is written.
    """

    def __init__(self, statement: sa.Executable, dialect: Dialect) -> None:
        compiled = cast("sa.ClauseElement", statement).compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - of all that is executed
        if compiled.post_compile_params:
            raise TypeError("a statement with a list in it is not always written alike")
        self.text = compiled.string
        self._dialect = dialect
        self._given = [
            (name, one.effective_value, one.type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
            for one in (compiled.binds[name],)
        ]
        self._columns = list(getattr(statement, "exported_columns", ()))
        names = [str(getattr(column, "name", "")) for column in self._columns]
        self._row = namedtuple("Row", names, rename=True)  # noqa: PYI024  # pyright: ignore[reportUntypedNamedTuple] - of other names each time

    def values(self, given: Mapping[str, object]) -> Sequence[object]:
        """In the order of the text."""
        return [
            given.get(name, standing) if change is None else change(given.get(name, standing))
            for name, standing, change in self._given
        ]

    def changes(self, parsed: _ParsedByDriver) -> Sequence[tuple[int, _Change]]:
        """What becomes of a column's values, by its place, where the driver does not give them as
        they are asked for.
        """
        kinds = [attribute.type.oid for attribute in parsed.get_attributes()]
        found = [
            (place, column.type.dialect_impl(self._dialect).result_processor(self._dialect, kind))
            for place, (column, kind) in enumerate(zip(self._columns, kinds, strict=True))
        ]
        return [(place, change) for place, change in found if change is not None]

    def rows(
        self, records: Sequence[asyncpg.Record], changes: Sequence[tuple[int, _Change]]
    ) -> Sequence[Any]:
        """Each with its columns by name and by place, as SQLAlchemy's are."""
        if not records:
            return ()
        if not changes:
            return [self._row._make(record) for record in records]
        rows = [list(record) for record in records]
        for row in rows:
            for place, change in changes:
                row[place] = change(row[place])
        return [self._row._make(row) for row in rows]


written = lru_cache(_KEPT)(Written)
"""Of a statement that is made once: it is found again by itself, not by what it says."""


@final
class _Parsed:
    """A statement that a connection has parsed."""

    def __init__(self, statement: Written, parsed: _ParsedByDriver) -> None:
        self._statement = statement
        self._parsed = parsed
        self._changes = statement.changes(parsed)

    async def rows(self, values: Sequence[object]) -> Sequence[Any]:
        return self._statement.rows(await self._parsed.fetch(*values), self._changes)


async def fetch(
    connection: Parser,
    kept: dict[Any, Any],
    statement: Written,
    given: Mapping[str, object],
) -> Sequence[Any]:
    """The statement's rows. ``kept`` lasts as long as the connection: what it has parsed is there.

    Raises DBAPIError or one of its kinds, as SQLAlchemy would, and TimeoutError.
    """
    all_parsed: LRUCache[str, _Parsed] = kept.setdefault(_PARSED, LRUCache[str, _Parsed](_KEPT))
    values = statement.values(given)
    try:
        parsed = all_parsed.get(statement.text)
        if parsed is not None:
            try:
                return await parsed.rows(values)
            except (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError):
                del all_parsed[statement.text]  # tables have changed, and nothing was carried out
        name = f"notion_gateway_{next(_numbers)}"
        parsed = _Parsed(statement, await connection.prepare(statement.text, name=name))
        all_parsed[statement.text] = parsed
        return await parsed.rows(values)
    except asyncpg.IntegrityConstraintViolationError as fault:
        raise exc.IntegrityError(statement.text, None, fault, hide_parameters=True) from fault
    except asyncpg.SyntaxOrAccessError as fault:
        raise exc.ProgrammingError(statement.text, None, fault, hide_parameters=True) from fault
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        raise exc.DBAPIError(statement.text, None, fault, hide_parameters=True) from fault
