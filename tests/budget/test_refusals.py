"""What counts as Notion refusing a call for its limit, and how long it says to wait."""

import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from notion_gateway.budget.rules.refusal import (
    LONGEST_BYTES,
    LONGEST_SECONDS,
    Refusal,
    may_refuse,
    refusal_by_status,
    refusal_in,
)
from notion_gateway.kernel import compressed

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ERROR = {"code": "rate_limited", "retry_after_seconds": 12, "rate_limit_reason": "per_connection"}
REST = {
    "name": "APIResponseError",
    "code": "rate_limited",
    "status": 429,
    "additional_data": {"rate_limit_reason": "per_workspace", "retry_after_seconds": 70},
}


def tool_error(document: dict[str, Any], *, structured: bool = True, is_error: Any = True) -> bytes:
    result: dict[str, Any] = {
        "content": [{"type": "text", "text": json.dumps(document)}],
        "isError": is_error,
    }
    if structured:
        result["structuredContent"] = document
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()


def event(data: bytes) -> bytes:
    return b"id: 7\r\nevent: message\r\ndata: " + data + b"\r\n\r\n"


@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize("form", [bytes, event])
def test_a_tools_error_says_it_in_either_place_and_form(structured: bool, form: Any) -> None:
    said = form(tool_error({"error": ERROR}, structured=structured))
    assert refusal_in(said) == Refusal(12.0, "per_connection")


@pytest.mark.parametrize("packed", [gzip.compress, zlib.compress])
@pytest.mark.parametrize("form", [bytes, event])
def test_a_compressed_error_says_it_too_and_so_does_a_fault(packed: Any, form: Any) -> None:
    said = packed(form(tool_error({"error": ERROR})))
    assert may_refuse(said)
    assert refusal_in(said) == Refusal(12.0, "per_connection")
    fault = packed(json.dumps(REST).encode())
    assert refusal_by_status(429, [], NOW, fault) == Refusal(70.0, "per_workspace")


@pytest.mark.parametrize("packed", [gzip.compress, zlib.compress])
def test_of_what_is_packed_no_more_is_unpacked_than_an_error_takes(packed: Any) -> None:
    whole = tool_error({"error": {**ERROR, "more": "0" * 10_000_000}})
    said = packed(whole, 9)[:LONGEST_BYTES]
    assert may_refuse(said)
    assert refusal_in(said) is None
    assert len(compressed.beginning(packed(whole), LONGEST_BYTES)) == LONGEST_BYTES


@pytest.mark.parametrize("said", [b"\x1f\x8b", b"\x1f\x8bnonsense", b"x", b"xyz rate_limited"])
def test_what_only_begins_as_if_it_were_packed_is_no_refusal(said: bytes) -> None:
    assert refusal_in(said) is None


def test_an_error_of_notions_rest_client_says_it_too() -> None:
    assert refusal_in(tool_error(REST, structured=False)) == Refusal(70.0, "per_workspace")


@pytest.mark.parametrize(
    "said",
    [
        tool_error({"error": ERROR}, is_error=False),
        tool_error({"error": ERROR}, is_error="true"),
        tool_error({"error": {"code": "validation_error", "message": "rate_limited"}}),
        tool_error({"text": "a page about rate_limited"}),
        b'{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":"rate_limited"}}',
        b'{"jsonrpc":"2.0","method":"rate_limited"}',
        b"rate_limited",
        b'{"rate_limited": ',
        b"[" * 1500 + b'"rate_limited"',
        event(b"rate_limited"),
        tool_error({"error": ERROR, "padding": "x" * LONGEST_BYTES}),
    ],
)
def test_nothing_else_does(said: bytes) -> None:
    assert refusal_in(said) is None


@pytest.mark.parametrize("seconds", [None, True, -1, "12", float("nan")])
def test_a_wait_that_is_no_number_is_not_known(seconds: object) -> None:
    said = refusal_in(tool_error({"error": {**ERROR, "retry_after_seconds": seconds}}))
    assert said == Refusal(None, "per_connection")


def test_no_answer_holds_calls_back_for_longer_than_an_hour() -> None:
    said = refusal_in(tool_error({"error": {**ERROR, "retry_after_seconds": 10**9}}))
    assert said is not None
    assert said.seconds == LONGEST_SECONDS
    by_status = refusal_by_status(429, [(b"retry-after", b"9" * 400)], NOW)
    assert by_status is not None
    assert by_status.seconds == LONGEST_SECONDS


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"12", 12.0),
        (b" 0 ", 0.0),
        (format_datetime(NOW + timedelta(seconds=9), usegmt=True).encode(), 9.0),
        (format_datetime(NOW - timedelta(seconds=9), usegmt=True).encode(), 0.0),
        (b"soon", None),
        (b"-5", None),
        ("²".encode("latin-1"), None),
        (b"", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: bytes, seconds: float | None) -> None:
    said = refusal_by_status(429, [(b"date", b"x"), (b"retry-after", value)], NOW)
    assert said == Refusal(seconds)


def test_an_overload_is_no_limit_of_this_connection() -> None:
    said = refusal_by_status(529, [(b"retry-after", b"10")], NOW)
    assert said is not None
    assert said.is_overload
    limit = refusal_by_status(429, [], NOW)
    assert limit is not None
    assert not limit.is_overload
    assert refusal_by_status(503, [(b"retry-after", b"10")], NOW) is None


def test_what_a_429_says_in_its_body_is_used_where_its_headers_are_silent() -> None:
    body = json.dumps(REST).encode()
    assert refusal_by_status(429, [], NOW, body) == Refusal(70.0, "per_workspace")
    assert refusal_by_status(429, [], NOW, b"<html>") == Refusal()
    of_a_tool = refusal_in(tool_error({"error": {**ERROR, "rate_limit_reason": "per_tool"}}))
    assert of_a_tool is not None
    assert of_a_tool.is_of_one_tool
