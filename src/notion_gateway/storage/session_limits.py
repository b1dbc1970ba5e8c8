"""What PostgreSQL does about a gateway that stands still: stopped, suspended, or out of reach.

Its transaction keeps the rows that it has locked, and everybody who needs one of them waits. So the
server ends such a transaction by itself, well before notices of change are no longer looked for
(``change_feed.py``): one that committed later would have told nobody. Limits of the server, the
role or the database that are shorter, and those that the address gives, stay as they are.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol

IDLE_SECONDS: Final = 20
"""So long may a transaction wait for its gateway's next statement."""
TRANSACTION_SECONDS: Final = 50
"""So long may all of it take, where the server has such a limit (PostgreSQL 17)."""

_OF_TRANSACTION: Final = {
    "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
    "transaction_timeout": TRANSACTION_SECONDS * 1000,
}
_OF_CONNECTION: Final = {
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A host that is gone has let go of its connections after half a minute, not two hours."""


class Asker(Protocol):
    """What is used of ``asyncpg.Connection``, which has no types of its own."""

    async def fetch(self, query: str) -> Sequence[Any]: ...


async def limit(connection: Asker) -> None:
    """Of a connection that has a server process of its own: for as long as it lasts."""
    wanted = {**_OF_TRANSACTION, **_OF_CONNECTION}
    await connection.fetch(_looser(wanted, "set_config(name, wanted::text, false)"))


async def limits_missing(connection: Asker) -> str | None:
    """The statement that a transaction has to begin with behind a pooler, whose connections to the
    server are everybody's; None where the role's own limits do.
    """
    missing = await connection.fetch(_looser(_OF_TRANSACTION, "name, wanted"))
    calls = [f"set_config('{name}', '{wanted}', true)" for name, wanted in missing]
    return f"SELECT {', '.join(calls)}" if calls else None


def _looser(wanted: dict[str, int], told: str) -> str:
    """``told`` of each setting that has no limit, or a longer one than is wanted. Those that the
    server does not know are passed over.
    """
    rows = ", ".join(f"('{name}', {most})" for name, most in wanted.items())
    return (
        f"SELECT {told} FROM pg_settings JOIN (VALUES {rows}) AS of_gateway (name, wanted)"  # noqa: S608 - all of it stands above
        " USING (name) WHERE source <> 'client'"
        " AND (setting::bigint = 0 OR setting::bigint > wanted)"
    )
