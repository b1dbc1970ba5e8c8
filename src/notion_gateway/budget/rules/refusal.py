"""What Notion says when it has granted as many calls as it will: by status, or in a tool's error.

A call that is answered so was not carried out, which is why it may be sent again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast

from notion_gateway.kernel.compressed import STARTS, beginning
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import RawHeaders

TOO_MANY: Final = 429
OVERLOADED: Final = 529
"""No status of HTTP's own: all of Notion is busy, whoever calls."""
STATUSES: Final = frozenset({TOO_MANY, OVERLOADED})
MARK: Final = b"rate_limited"
"""Stands in every tool error of this kind. Answers without it need not be read."""
LONGEST_BYTES: Final = 2048
"""Of such a tool error; Notion's takes a quarter. What is longer is somebody's page."""
LONGEST_FAULT_BYTES: Final = 8 * 1024
"""Of what Notion says with a status; of more, the reason is not read."""
LONGEST_SECONDS: Final = 3600.0
"""For which one answer holds calls back. Then Notion is asked again."""

_CODE: Final = "rate_limited"
_OVERLOAD: Final = "service_overload"
_OF_ONE_TOOL: Final = "per_tool"
_MAX_REASON: Final = 64


@dataclass(frozen=True, slots=True)
class Refusal:
    """``seconds`` to wait, None where Notion does not say. ``reason``: Notion's word for which
    limit it is, empty where it has none.
    """

    seconds: float | None = None
    reason: str = ""

    @property
    def is_overload(self) -> bool:
        """It says nothing about a limit of this connection."""
        return self.reason == _OVERLOAD

    @property
    def is_of_one_tool(self) -> bool:
        """The connection's other calls are granted."""
        return self.reason == _OF_ONE_TOOL


def refusal_by_status(
    status: int, headers: RawHeaders, now: datetime, body: bytes = b""
) -> Refusal | None:
    """None for any other status. ``headers``: names in lower case. ``body`` where it is known; it
    may be compressed.
    """
    if status not in STATUSES:
        return None
    body = beginning(body, LONGEST_FAULT_BYTES) or body
    said = _member(json_object(body), "additional_data") if body else {}
    reason = _reason(said) or (_OVERLOAD if status == OVERLOADED else "")
    after = next((value for name, value in headers if name == b"retry-after"), None)
    seconds = _seconds(said.get("retry_after_seconds"))
    return Refusal(seconds if after is None else _retry_after(after, now), reason)


def may_refuse(part: bytes) -> bool:
    """Whether ``refusal_in`` is worth asking: what no refusal stands in costs nothing more."""
    # ``in`` would cost three times as much as ``find``: with bytes it first makes an error.
    return len(part) <= LONGEST_BYTES and (part.find(MARK) >= 0 or part.startswith(STARTS))


def refusal_in(part: bytes) -> Refusal | None:
    """Of an answer, or of events of one: what its tool error says, where it is of this kind. It may
    be compressed by gzip or zlib.
    """
    if len(part) > LONGEST_BYTES:
        return None
    part = beginning(part, LONGEST_BYTES) or part
    if MARK not in part:
        return None
    for document in _documents(part):
        message = json_object(document)
        result = _member(message, "result")
        if message is None or result.get("isError") is not True:
            continue
        for said in (_member(result, "structuredContent"), *_texts(result)):
            error = _member(said, "error") or said
            if error.get("code") == _CODE:
                more = _member(error, "additional_data")
                seconds = error.get("retry_after_seconds", more.get("retry_after_seconds"))
                return Refusal(_seconds(seconds), _reason(error) or _reason(more))
    return None


def _documents(part: bytes) -> Iterator[bytes]:
    if part.lstrip().startswith(b"{"):
        yield part
        return
    for line in part.splitlines():
        name, _, value = line.partition(b":")
        if name == b"data" and MARK in value:
            yield value


def _texts(result: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    content = result.get("content")
    if isinstance(content, list):
        for one in cast("list[object]", content):
            text = _object(one).get("text")
            found = json_object(text) if isinstance(text, str) else None
            if found is not None:
                yield found


def _member(value: object, name: str) -> dict[str, Any]:
    return _object(_object(value).get(name))


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _reason(said: Mapping[str, Any]) -> str:
    reason = said.get("rate_limit_reason")
    return reason[:_MAX_REASON] if isinstance(reason, str) and reason.isprintable() else ""


def _seconds(value: object) -> float | None:
    """None also for what is no number that could be waited for."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        return None
    return float(min(value, LONGEST_SECONDS))


def _retry_after(value: bytes, now: datetime) -> float | None:
    """Seconds, or a date (RFC 9110 section 10.2.3)."""
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return _seconds(int(text[:12]))
    try:
        until = parsedate_to_datetime(text)
        return _seconds(max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()))
    except (ValueError, OverflowError):
        return None
