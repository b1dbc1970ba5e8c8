"""Databases of a test's own: a new one on the session's PostgreSQL, or a file."""

import asyncio
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from notion_gateway.vault.keyring import generate_key
from tests.support.databases import PostgresServer, new_database

__all__ = ["Kind", "new_database", "on", "settings_on", "sqlite_file"]

Kind = Literal["sqlite", "postgresql"]


def on(url: str) -> dict[str, Any]:
    """Settings of a gateway on a database server, with a key of its own."""
    return {"database_url": url, "token_encryption_keys": SecretStr(generate_key())}


def settings_on(kind: Kind, server: PostgresServer) -> dict[str, Any]:
    """For a test without an event loop of its own. Nothing for SQLite, the default."""
    return {} if kind == "sqlite" else on(server.url(asyncio.run(new_database(server))))


def sqlite_file(folder: Path) -> Path:
    return folder / "gateway.sqlite3"
