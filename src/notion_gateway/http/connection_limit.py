"""How many connections a process takes: with no file descriptor left it could answer nobody, and
the event loop would reset whatever comes.
"""

from dataclasses import dataclass, field
from typing import Final, final

import structlog

log = structlog.stdlib.get_logger()

_MOST_RESERVED: Final = 128
"""For the database, Redis, renewals, files; and for connections that are told that they are one too
many.
"""
_WITHOUT_LIMIT: Final = 1024 * 1024


@final
@dataclass
class ConnectionLimit:
    """``descriptors``: how many files the process may have open. Each connection may need a
    second one, to Notion.
    """

    descriptors: int
    most: int = field(init=False)
    most_told: int = field(init=False)
    """So many are open, with those that wait to hear that they are too many."""
    _is_reached: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        reserved = min(_MOST_RESERVED, self.descriptors // 4)
        self.most = max(1, (self.descriptors - reserved) // 2)
        self.most_told = self.most + reserved // 2

    def takes(self, open_connections: int) -> bool:
        """Whether one more may be served than so many, itself among them. The log tells when the
        limit is reached, once until a tenth of the connections has ended.
        """
        if open_connections <= self.most:
            if self._is_reached and open_connections < self.most * 9 // 10:
                self._is_reached = False
                log.info("connections_below_limit", connections=open_connections)
            return True
        if not self._is_reached:
            self._is_reached = True
            log.error(
                "connection_limit_reached",
                connections=self.most,
                open_files=self.descriptors,
                hint="further connections get 503: let the process open more files (ulimit -n,"
                " LimitNOFILE=, docker's --ulimit nofile=), or run more gateways",
            )
        return False


def raise_open_files() -> int:
    """Lets this process open as many files as it may let itself, and returns how many."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return _WITHOUT_LIMIT
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # macOS has a limit below the hard one that it names
        hard = soft
    return _WITHOUT_LIMIT if hard == resource.RLIM_INFINITY else hard
