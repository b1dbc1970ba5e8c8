"""Rows of spaces that were deleted: found by the spaces' own rows, which stay."""

import sqlalchemy as sa

from notion_gateway.storage.schema.access import spaces


def is_of_deleted(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether a row belongs to such a space. ``table`` has a column ``space_id``."""
    deleted = sa.select(spaces.c.space_id).where(spaces.c.deleted_at.is_not(None))
    return table.c.space_id.in_(deleted)
