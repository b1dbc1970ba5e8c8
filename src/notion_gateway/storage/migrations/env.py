"""Run by Alembic inside a transaction that ``Database.migrate`` opened."""

from alembic import context

from notion_gateway.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
