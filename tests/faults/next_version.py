"""The version after this one: this one's code with one more migration, in a folder of its own."""

import shutil
from pathlib import Path

import notion_gateway
from notion_gateway.storage.schema import REVISION

_NUMBER = "9000"
_MIGRATION = '''
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """As an expanding migration does: what is there stays, what is new has a default."""
    op.create_table("later", sa.Column("space_id", sa.Text, primary_key=True))
    for table in ("events", "secrets", "leases"):
        op.add_column(table, sa.Column("later", sa.Text, nullable=False, server_default="-"))
        op.create_index("ix_" + table + "_later", table, ["later"])
'''


def next_version(folder: Path, *, serves_ours: bool = True) -> Path:
    """What ``PYTHONPATH`` is set to for it. ``serves_ours``: its tables are fit for this version's
    gateways, too.
    """
    ours = Path(notion_gateway.__file__).parent
    revision = f"{_NUMBER}_serves_{REVISION[:4]}" if serves_ours else _NUMBER
    package = folder / revision / "notion_gateway"
    shutil.copytree(ours, package, ignore=shutil.ignore_patterns("__pycache__"))
    schema = package / "storage" / "schema" / "metadata.py"
    said = f'REVISION = "{REVISION}"'
    text = schema.read_text()
    assert said in text
    schema.write_text(text.replace(said, f'REVISION = "{revision}"'))
    migration = package / "storage" / "migrations" / "versions" / f"{_NUMBER}_later.py"
    migration.write_text(_MIGRATION.format(revision=revision, before=REVISION))
    return package.parent
