"""Makes the tables of a new database: those that all migrations together make, at once, and without
Alembic. To load it and to run them one after the other took a quarter of a first start, and 13 MB.
"""

from typing import Final

import sqlalchemy as sa

from notion_gateway.storage.schema import REVISION, metadata

_ALEMBIC: Final = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic makes it, which goes on from here."""


def found_revision(connection: sa.Connection) -> str | None:
    """Which migrations the tables are as new as: Alembic's own table says it. None where there is
    none.
    """
    if not sa.inspect(connection).has_table(_ALEMBIC.name):
        return None
    return ", ".join(connection.scalars(sa.select(_ALEMBIC.c.version_num))) or None


def make_where_new(connection: sa.Connection) -> bool:
    """Inside the caller's transaction. False where there is a table already that has a name of
    ours, or Alembic's: then nothing is made, and whose they are is for ``migrating`` to say.
    """
    there = sa.inspect(connection).get_table_names()
    if not {*metadata.tables, _ALEMBIC.name}.isdisjoint(there):
        return False
    metadata.create_all(connection, checkfirst=False)
    _ALEMBIC.create(connection)
    connection.execute(sa.insert(_ALEMBIC).values(version_num=REVISION))
    return True
