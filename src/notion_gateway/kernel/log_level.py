"""The least severe level that is logged: the one that was set, or debug while somebody looks."""

import asyncio
import logging
import signal
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import structlog

Level = Literal["debug", "info", "warning", "error", "critical"]

TO_DEBUG: Final = signal.SIGUSR1
AS_SET: Final = signal.SIGUSR2

log = structlog.stdlib.get_logger()


@dataclass(slots=True)
class _Levels:
    as_set: Level = "info"
    current: Level = "info"
    least: int = logging.INFO


_levels: Final = _Levels()
"""Of the process, as all of logging."""


def set_level(level: Level) -> None:
    """At the start, as the settings have it."""
    _levels.as_set = level
    _put(level)


def is_logged(level: str) -> bool:
    return _number(level) >= _levels.least


def drop_less_severe(
    _logger: object, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """First of structlog's processors. Its own filter is chosen once, for each logger."""
    if _number(method) < _levels.least:
        raise structlog.DropEvent
    return event


def heed_signals(pass_on: Callable[[signal.Signals], object] = lambda _: None) -> None:
    """SIGUSR1: debug. SIGUSR2: the level that was set. A signal that comes twice changes nothing
    the second time, so that processes that are told together stay together. ``pass_on`` is given
    each. In the running loop, and not in the handler itself: that may interrupt a line.
    """
    loop = asyncio.get_running_loop()

    def heed(number: signal.Signals) -> None:
        _change(_levels.as_set if number is AS_SET else "debug")
        pass_on(number)

    for number in (TO_DEBUG, AS_SET):
        loop.add_signal_handler(number, heed, number)


def shows_more_than_set() -> bool:
    return _levels.current != _levels.as_set


def _change(level: Level) -> None:
    """The line that says so is written while more is logged, whatever the level is."""
    before = _levels.current
    if level == before:
        return
    if level == "debug":
        _put(level)
    log.info("log_level_changed", to=level, before=before)
    _put(level)


def _put(level: Level) -> None:
    _levels.current, _levels.least = level, _number(level)
    logging.getLogger().setLevel(_levels.least)


def _number(level: str) -> int:
    """``level``: a name of the standard library's, in lower case."""
    return _NUMBERS[level]


_NUMBERS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "exception": logging.ERROR,
    "critical": logging.CRITICAL,
}
