"""What the database reads of the issuers' refresh tokens: never all of them for one."""

import sqlalchemy as sa

from notion_gateway.access.issuer_refresh_tokens import of_leaver, opens_nothing
from notion_gateway.storage.schema.access import space_members
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.storage.schema.issuers import issuer_people, issuer_refresh_tokens, metadata


def plan_of(query: sa.sql.expression.ClauseElement) -> list[str]:
    """Of the tokens' table, on SQLite."""
    engine = sa.create_engine("sqlite://")
    text = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.begin() as connection:
        tables = [secrets, issuer_refresh_tokens, issuer_people, space_members]
        metadata.create_all(connection, tables=tables)
        plan = [row.detail for row in connection.execute(sa.text(f"EXPLAIN QUERY PLAN {text}"))]
    engine.dispose()
    return [step for step in plan if "issuer_refresh_tokens" in step]


def test_the_kept_tokens_are_not_read_through_for_each_secret() -> None:
    steps = plan_of(sa.select(secrets.c.secret_id).where(opens_nothing()))
    assert steps
    assert [step for step in steps if step.startswith("SCAN")] == []


def test_nor_for_whoever_leaves_a_space() -> None:
    steps = plan_of(sa.delete(issuer_refresh_tokens).where(of_leaver("mona")))
    assert steps
    assert [step for step in steps if step.startswith("SCAN")] == []
