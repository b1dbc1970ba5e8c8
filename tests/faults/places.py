"""Databases of a test's own: a new one on the session's PostgreSQL, or a file."""

import asyncio
import uuid
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine

from notion_gateway.adapters.keyring import generate_key
from tests.support.databases import PostgresServer

Kind = Literal["sqlite", "postgresql"]


async def new_database(server: PostgresServer) -> str:
    """The name of an empty one."""
    name = f"faults_{uuid.uuid4().hex}"
    engine = create_async_engine(server.url(), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return name


def on(url: str) -> dict[str, Any]:
    """Settings of a gateway on a database server, with a key of its own."""
    return {"database_url": url, "token_encryption_keys": SecretStr(generate_key())}


def settings_on(kind: Kind, server: PostgresServer) -> dict[str, Any]:
    """For a test without an event loop of its own. Nothing for SQLite, the default."""
    return {} if kind == "sqlite" else on(server.url(asyncio.run(new_database(server))))


def sqlite_file(folder: Path) -> Path:
    return folder / "gateway.sqlite3"
