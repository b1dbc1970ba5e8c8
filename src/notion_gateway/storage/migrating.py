"""Brings a database's schema to this version's, by Alembic. Imported where there is work for it: it
takes longer than the rest of a start. New databases are made by ``making``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from notion_gateway.kernel.errors import StoreUnfit
from notion_gateway.storage.large_indexes import LargeIndex
from notion_gateway.storage.schema import metadata
from notion_gateway.storage.schema_version import stops_among

_MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(connection: sa.Connection, to: str = "head") -> None:
    """Inside the caller's transaction. Raises StoreUnfit."""
    _require_ours(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


@dataclass(frozen=True, slots=True)
class Part:
    """Of what is to be done: all up to a revision that gateways may meet. ``large_indexes`` are to
    be there before it.
    """

    revision: str
    large_indexes: tuple[LargeIndex, ...]


def pending(connection: sa.Connection) -> Sequence[Part]:
    """What ``upgrade`` would do, in parts. Raises StoreUnfit."""
    _require_ours(connection)
    scripts = ScriptDirectory.from_config(_config())
    found = MigrationContext.configure(connection).get_current_revision()
    newer = [*takewhile(lambda one: one.revision != found, scripts.walk_revisions())]
    parts: list[Part] = []
    indexes: list[LargeIndex] = []
    stops = {*stops_among([one.revision for one in reversed(newer)])}
    for one in reversed(newer):
        indexes += getattr(one.module, "LARGE_INDEXES", ())
        if one.revision in stops:
            parts.append(Part(one.revision, tuple(indexes)))
            indexes = []
    return parts


def revisions() -> tuple[str, ...]:
    """The newest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(one.revision for one in scripts.walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _require_ours(connection: sa.Connection) -> None:
    """Raises StoreUnfit where this version would not know what it migrates."""
    found = MigrationContext.configure(connection).get_current_heads()
    if not {*found} <= {*revisions()}:
        raise StoreUnfit(
            "The database was made by a newer version of the gateway, or by another program:"
            " run that version or a newer one, or name another database. Nothing was changed."
        )
    if not found and (
        there := sorted(metadata.tables.keys() & sa.inspect(connection).get_table_names())
    ):
        raise StoreUnfit(
            f"The database has tables of another program ({', '.join(there)}): give the gateway"
            " one of its own. Nothing was changed."
        )
