"""Brings a database's schema to this version's, by Alembic. Imported where there is work for it: it
takes longer than the rest of a start. New databases are made by ``making``.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from notion_gateway.kernel.errors import StoreUnfit
from notion_gateway.storage.schema import metadata

_MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(connection: sa.Connection) -> None:
    """Inside the caller's transaction. Raises StoreUnfit."""
    _require_ours(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


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
