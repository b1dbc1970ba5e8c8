"""What the database reads to find the rows of the vault that nothing names any more."""

import sqlalchemy as sa

from notion_gateway.access.issuer_refresh_tokens import opens_nothing
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.storage.schema.issuers import issuer_refresh_tokens, metadata


def test_the_kept_tokens_are_not_read_through_for_each_secret() -> None:
    engine = sa.create_engine("sqlite://")
    query = sa.select(secrets.c.secret_id).where(opens_nothing())
    text = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.begin() as connection:
        metadata.create_all(connection, tables=[secrets, issuer_refresh_tokens])
        plan = [row.detail for row in connection.execute(sa.text(f"EXPLAIN QUERY PLAN {text}"))]
    engine.dispose()
    of_tokens = [step for step in plan if "issuer_refresh_tokens" in step]
    assert of_tokens
    assert [step for step in of_tokens if step.startswith("SCAN")] == []
