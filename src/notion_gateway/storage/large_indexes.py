"""Indexes of tables that may be large, as migrations make them."""

from dataclasses import dataclass

from alembic import op


@dataclass(frozen=True, slots=True)
class LargeIndex:
    """Named in a migration's ``LARGE_INDEXES``. On PostgreSQL it is built before the migration's
    transaction, while gateways work (``migrating_server``); so its table and columns are made by a
    migration before. Elsewhere the migration makes it.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    where: str | None = None

    @property
    def statement(self) -> str:
        columns = ", ".join(f'"{one}"' for one in self.columns)
        where = "" if self.where is None else f" WHERE {self.where}"
        return f"CREATE INDEX CONCURRENTLY {self.name} ON {self.table} ({columns}){where}"

    def make_where_missing(self) -> None:
        """In the migration's transaction."""
        op.execute(self.statement.replace(" CONCURRENTLY", " IF NOT EXISTS"))

    def drop(self) -> None:
        op.drop_index(self.name, self.table)
