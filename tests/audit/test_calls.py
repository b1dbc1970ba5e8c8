"""What is read out of a call's body."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.audit.rules.calls import ToolCall, calls_in, fit_to_keep
from notion_gateway.audit.rules.entry import MAX_PAGES
from notion_gateway.audit.rules.pages import pages_named

DIGITS = "1f2e3d4c5b6a79880011223344556677"
PAGE = "1f2e3d4c-5b6a-7988-0011-223344556677"


def call(name: Any = "notion-fetch", arguments: Any = None, **others: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = {"name": name, "arguments": arguments or {}, **others}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters}


def read(document: object) -> list[ToolCall]:
    return list(calls_in(json.dumps(document).encode()))


@pytest.mark.parametrize(
    "value",
    [
        DIGITS,
        DIGITS.upper(),
        PAGE,
        f"collection://{PAGE}",
        f"https://www.notion.so/birch/Onboarding-{DIGITS}",
        f"https://notion.so/{DIGITS}?v=00000000000000000000000000000000",
        f"https://birch.notion.site/Onboarding-{DIGITS}#top",
    ],
)
def test_a_page_is_found_in_each_of_its_forms(value: str) -> None:
    assert pages_named({"id": value}) == (PAGE,)
    assert pages_named([{"parent": {"page_id": value}}, value]) == (PAGE,)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "onboarding",
        DIGITS[:-1],
        DIGITS + "0",
        f"see {PAGE}",
        f"https://example.com/{DIGITS}",
        f"https://notion.so.example.com/{DIGITS}",
        "https://www.notion.so/birch",
        7,
        None,
    ],
)
def test_no_other_text_is_taken_for_one(value: object) -> None:
    assert pages_named({"id": value}) == ()


def test_so_many_pages_are_named_and_no_more() -> None:
    many = [f"{number:032x}" for number in range(MAX_PAGES + 5)]
    assert len(pages_named(many)) == MAX_PAGES
    assert pages_named(many)[1].endswith("0001")


def test_each_call_of_a_batch_is_one() -> None:
    others: list[Any] = [{"jsonrpc": "2.0", "id": 2, "method": "ping"}, 7, None, []]
    assert read([call("a"), *others, call("b", {"id": DIGITS})]) == [
        ToolCall("a"),
        ToolCall("b", (PAGE,)),
    ]


def test_a_method_that_is_written_with_escapes_is_read() -> None:
    body = json.dumps(call()).replace("tools/call", "\\u0074ools\\/call").encode()
    assert [one.tool for one in calls_in(body)] == ["notion-fetch"]


@pytest.mark.parametrize(
    "document",
    [
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        {"method": "tools/call"},
        {"method": "tools/call", "params": []},
        "tools/call",
        [],
    ],
)
def test_what_calls_no_tool_is_no_call(document: object) -> None:
    assert read(document) == []


def test_a_name_that_is_none_is_left_out() -> None:
    assert read(call({"no": "name"})) == [ToolCall("")]


@given(st.binary(max_size=200))
def test_no_body_is_too_strange(body: bytes) -> None:
    assert list(calls_in(b'"tools/call"' + body)) == []
    assert list(calls_in(b"[" * 20_000 + b'"tools/call"' + body)) == []


@given(st.text(st.characters(), max_size=400))
def test_what_is_kept_is_one_line_that_every_database_takes(text: str) -> None:
    kept = fit_to_keep(text)
    assert len(kept) <= 200
    assert kept.encode().decode() == kept
    assert "\x00" not in kept
    assert len(kept.splitlines()) <= 1
