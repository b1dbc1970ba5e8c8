"""What stands behind the ``?`` of a PostgreSQL ``DATABASE_URL``, for asyncpg.

People copy these addresses from their provider, made for libpq. asyncpg reads most of its options
itself; what it has under another name is renamed, and what it has not is refused by name.
"""

from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy.engine import URL

from notion_gateway.settings import ConfigurationError

_FOR_SQLALCHEMY: Final = frozenset({"host", "port"})
_SECONDS: Final = {
    "connect_timeout": "timeout",
    "timeout": "timeout",
    "command_timeout": "command_timeout",
}
_STATEMENT_CACHES: Final = frozenset({"prepared_statement_cache_size", "statement_cache_size"})
_MISSING: Final = frozenset(
    (
        *("channel_binding", "require_auth", "requirepeer", "requiressl", "hostaddr"),
        *("gssencmode", "gssdelegation", "client_encoding", "fallback_application_name"),
        *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
        *("tcp_user_timeout", "load_balance_hosts", "replication", "server_settings"),
        *("min_protocol_version", "max_protocol_version", "direct_tls"),
        *("scram_client_key", "scram_server_key", "sslcertmode", "sslcompression"),
        *("sslcrldir", "sslkeylogfile", "sslsni"),
        *("oauth_issuer", "oauth_client_id", "oauth_client_secret", "oauth_scope"),
    )
)
"""libpq's, without a counterpart in asyncpg."""


def split_options(url: URL) -> tuple[URL, dict[str, Any]]:
    """The address without its options, and asyncpg's arguments. Raises ConfigurationError."""
    rest: dict[str, str] = {}
    arguments: dict[str, Any] = {}
    for name, given in url.query.items():
        value = given if isinstance(given, str) else given[-1]
        if name in _MISSING:
            raise ConfigurationError(
                f"DATABASE_URL has the option {name}, which the driver (asyncpg) does not know:"
                " take it out."
            )
        if name in _STATEMENT_CACHES:
            if value != "0":
                raise ConfigurationError(
                    f"DATABASE_URL has the option {name}: the gateway chooses it, so that poolers"
                    " of connections work. Take it out."
                )
        elif name in _SECONDS:
            arguments[_SECONDS[name]] = _seconds(name, value)
        elif name not in _FOR_SQLALCHEMY:
            rest["sslmode" if name == "ssl" else name] = value
    if rest:
        arguments["dsn"] = f"postgresql:///?{urlencode(rest)}"
    return url.difference_update_query(url.query.keys() - _FOR_SQLALCHEMY), arguments


def _seconds(name: str, value: str) -> float | None:
    """Libpq takes 0 for no limit."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < float("inf"):
        raise ConfigurationError(f"DATABASE_URL's option {name} must be a number of seconds.")
    return seconds or None
