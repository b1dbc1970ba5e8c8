"""Faults of the database in one vocabulary, and in a person's words."""

import contextlib
from collections.abc import Generator
from typing import Final

from sqlalchemy import exc

from notion_gateway.kernel.errors import StoreUnavailable


@contextlib.contextmanager
def one_vocabulary() -> Generator[None]:
    """Faults of the database become StoreUnavailable; what the code did wrong stays what it is."""
    try:
        yield
    except (exc.IntegrityError, exc.ProgrammingError, exc.DataError) as fault:
        if getattr(fault.orig, "sqlstate", None) in _WORDS:
            raise _in_words(fault) from None
        raise
    except (exc.DBAPIError, exc.TimeoutError, OSError) as fault:
        raise _in_words(fault) from None
    except Exception as fault:
        if _is_of_the_address(fault):
            raise _in_words(fault) from None
        raise


_WORDS: Final = {
    "42501": "its role has not the rights that the gateway needs. As the database's owner: GRANT"
    " CONNECT, CREATE ON DATABASE, and GRANT CREATE, USAGE ON SCHEMA public, to that role; or make"
    " the role the owner of the database and of the gateway's tables",
    "42704": "an option of DATABASE_URL is unknown to the server",
    "28000": "it does not let this user in: look at the user and password in DATABASE_URL",
    "28P01": "it does not let this user in: look at the user and password in DATABASE_URL",
    "3D000": "there is no database of that name: create it",
    "55P03": "one of its tables is held by something else: look for what has been at work for long"
    " (SELECT * FROM pg_stat_activity), let it come to its end, and try again",
    "53300": "it has no connection left for this user",
    "25006": "it may only be read, as a standby may: DATABASE_URL has to lead to the primary",
    "53100": "its disk is full, and nothing can be stored until there is room again",
    "22023": "an option of DATABASE_URL has a value that the server does not take",
}
"""PostgreSQL's SQLSTATEs in a person's words."""

_SQLITE_WORDS: Final = {
    "SQLITE_FULL": "its disk is full, and nothing can be stored until there is room again",
    "SQLITE_IOERR_WRITE": "its file cannot be written: look at the disk that it lies on",
    "SQLITE_READONLY": "its file may only be read",
}


def _is_of_the_address(fault: BaseException) -> bool:
    """Asyncpg's word for an option's value that it cannot read; not imported where SQLite is."""
    return type(fault).__name__ == "ClientConfigurationError"


def _in_words(fault: Exception) -> StoreUnavailable:
    # The driver's text may quote parameters; its type says enough.
    cause: BaseException = getattr(fault, "orig", None) or fault
    state = getattr(cause, "sqlstate", None)
    cause = cause.__cause__ or cause  # asyncpg's own, behind SQLAlchemy's copy of it
    state = state or getattr(cause, "sqlstate", None)
    told = _WORDS.get(state or "", "") or _SQLITE_WORDS.get(
        getattr(cause, "sqlite_errorname", ""), ""
    )
    if _is_of_the_address(cause):
        told = "an option of DATABASE_URL has a value that the driver does not take"
    elif isinstance(cause, FileNotFoundError):
        told = "a file that DATABASE_URL names is not there"
    told = f"{told} ({type(cause).__name__})" if told else f"({type(cause).__name__})"
    separator = ": " if told[0] != "(" else " "
    return StoreUnavailable(f"The gateway's database cannot be used just now{separator}{told}.")
