"""Structured logs on stderr: JSON lines, or something kinder on a terminal."""

import json
import logging
import os
import re
import socket
import sys
from collections.abc import Generator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

import structlog

from notion_gateway.kernel.log_level import Level, drop_less_severe, set_level
from notion_gateway.kernel.log_stream import LogStream, LogThread, log_thread
from notion_gateway.kernel.text import TOKEN

_MASK = "***"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_JSON = json.JSONEncoder(default=repr)


@dataclass(slots=True)
class _Configured:
    """``replica``: none before ``configure_logging``."""

    as_json: bool = False
    replica: str = ""


_configured = _Configured()


def writes_json() -> bool:
    return _configured.as_json


def replica() -> str:
    """Host name and process id, as each JSON line has it: which process wrote the line."""
    return _configured.replica


@contextmanager
def written_by_thread() -> Generator[LogThread | None]:
    """Within the block nobody who logs waits for the disk, or for whoever reads the log. None where
    logging is as a test, or a library's user, has set it up.
    """
    if not _configured.replica:
        yield None
        return
    with log_thread(sys.stderr, _lost) as thread:
        yield thread


def _lost(count: int) -> str:
    if not _configured.as_json:
        return f"{count} lines of the log were lost: the disk did not take them in time\n"
    at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    said = {"count": count, "event": "log_lines_lost", "level": "warning", "timestamp": at}
    return json.dumps({**said, "replica": _configured.replica}) + "\n"


def configure_logging(
    log_format: Literal["auto", "json", "console"] = "auto", level: Level = "info"
) -> None:
    """One pipeline for the gateway's own events and for what libraries log."""
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    _configured.as_json = not console
    _configured.replica = f"{socket.gethostname()}/{os.getpid()}"
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,  # text, without the values of local variables
        mask_tokens,
        # JSON escapes them by itself; at a terminal there is one replica.
        show_control_characters if console else _name_replica,
    ]
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer() if console else _as_json
    structlog.configure(
        processors=[drop_less_severe, *shared, renderer],
        # Not by way of the standard library, which takes longer over a line than the gateway
        # over the rest of its own part of a call.
        logger_factory=lambda *_: LogStream(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger("debug"),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(LogStream(sys.stderr))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(_not_an_abort)
    logging.basicConfig(handlers=[handler], force=True)
    set_level(level)
    # At level debug, the clouds' libraries write whole requests and answers: to and from KMS, the
    # key itself.
    secretive = ("azure", "boto3", "botocore", "google.cloud.kms_v1", "msal", "urllib3")
    for noisy in ("alembic", "aiosqlite", "asyncio", "httpx2", "httpcore2", "mcp", *secretive):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for owned in ("uvicorn", "uvicorn.error"):
        logging.getLogger(owned).handlers.clear()
        logging.getLogger(owned).propagate = True


def _as_json(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    return _JSON.encode(event)


def _name_replica(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event["replica"] = _configured.replica
    return event


def mask_tokens(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Masks tokens in every log line, because a library's message may hold one."""
    for key, value in event.items():
        event[key] = masked(value)
    return event


def masked(value: object) -> object:
    """The same, without tokens in it."""
    if isinstance(value, str):
        return TOKEN.sub(_MASK, value)
    if isinstance(value, dict):
        return {key: masked(one) for key, one in cast("dict[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [masked(one) for one in cast("Sequence[object]", value)]
    return value


def show_control_characters(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Writes out what a terminal would obey: a path or a header may hold an escape sequence that
    a stranger chose. Line breaks and tabs stay, for tracebacks.
    """
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", value)
    return event


def _not_an_abort(record: logging.LogRecord) -> bool:
    """A stream is cut here on purpose, where Notion broke it off or its caller lost access; the
    server calls that an error.
    """
    fault = record.exc_info[1] if record.exc_info else None
    return type(fault).__name__ not in {"UpstreamAborted", "AccessEnded"}
