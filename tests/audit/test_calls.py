"""What is read out of a call's body."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.access.rules.tool_calls import may_call_tool
from notion_gateway.audit.rules.calls import MAX_CALLS, ToolCall, calls_in, fit_to_keep
from notion_gateway.audit.rules.entry import MAX_PAGES
from notion_gateway.audit.rules.pages import NamedPages, pages_named

DIGITS = "1f2e3d4c5b6a79880011223344556677"
PAGE = "1f2e3d4c-5b6a-7988-0011-223344556677"


def call(name: Any = "notion-fetch", arguments: Any = None, **others: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = {"name": name, "arguments": arguments or {}, **others}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters}


def read(document: object) -> list[ToolCall]:
    found = calls_in(json.dumps(document).encode())
    assert found is not None
    return list(found)


@pytest.mark.parametrize(
    "value",
    [
        DIGITS,
        DIGITS.upper(),
        PAGE,
        f"collection://{PAGE}",
        f"https://www.notion.so/birch/Onboarding-{DIGITS}",
        f"https://birch.notion.site/Onboarding-{DIGITS}#top",
        f"https://www.notion.so/{PAGE}",
        f"https://app.notion.com/p/Team-{PAGE}",
        f"https://www.notion.so/birch/Home?p={DIGITS}&pm=s",
        f"https://www.notion.so/Team%2D{DIGITS}/",
        f"www.notion.so/Onboarding-{DIGITS}",
        f" {PAGE}\n",
        f'{{"page_id": "{PAGE}"}}',
        f'\ufeff [["{DIGITS}"], {{"page_id": "", "page_id": "{PAGE}", "page_id": 7}}]',
        json.dumps(json.dumps({"page_id": PAGE})),
    ],
)
def test_a_page_is_found_in_each_of_its_forms(value: str) -> None:
    assert pages_named({"id": value}) == NamedPages((PAGE,))
    assert pages_named([{"parent": {"page_id": value}}, value]) == NamedPages((PAGE,))


def test_every_id_of_an_address_is_recorded() -> None:
    view, block = "0" * 32, "b" * 32
    address = f"https://www.notion.so/{'a' * 32}?v={view}&p={DIGITS}#{block}"
    found = pages_named({"id": address}).pages
    assert [one.replace("-", "") for one in found] == ["a" * 32, view, DIGITS, block]


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
        f'{{"page_id": "{PAGE}"',
        f"[{PAGE}]",
        "[" * 100_000,
        7,
        None,
    ],
)
def test_no_other_text_is_taken_for_one(value: object) -> None:
    assert pages_named({"id": value}) == NamedPages()


def test_so_many_pages_are_named_and_the_others_counted() -> None:
    many = [f"{number:032x}" for number in range(MAX_PAGES + 5)]
    found = pages_named([*many, *many])
    assert (len(found.pages), found.more) == (MAX_PAGES, 5)
    assert found.pages[1].endswith("0001")
    assert pages_named(many[:MAX_PAGES]).more == 0


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"name": "Claude Code", "version": "2.1"}, "Claude Code/2.1"),
        ({"name": "a\nb" + "c" * 300, "version": 7}, "a\ufffdb" + "c" * 197),
        ({"version": "2.1"}, "2.1"),
        ({}, ""),
        ("Claude Code", ""),
        (None, ""),
    ],
)
def test_a_program_is_known_by_what_its_call_says_of_it(told: object, kept: str) -> None:
    meta = {"io.modelcontextprotocol/clientInfo": told}
    assert [one.mcp_client for one in read(call(_meta=meta))] == [kept]
    assert [one.mcp_client for one in read(call(_meta="x"))] == [""]


def test_each_call_of_a_batch_is_one() -> None:
    others: list[Any] = [{"jsonrpc": "2.0", "id": 2, "method": "ping"}, 7, None, []]
    assert read([call("a"), *others, call("b", {"id": DIGITS})]) == [
        ToolCall("a"),
        ToolCall("b", NamedPages((PAGE,))),
    ]


def test_a_method_that_is_written_with_escapes_is_read() -> None:
    body = json.dumps(call()).replace("tools/call", "\\u0074ools\\/call").encode()
    assert calls_in(body) == [ToolCall("notion-fetch")]


def test_of_a_long_batch_the_rest_is_one_with_their_number_and_pages() -> None:
    first = [call("notion-fetch") for _ in range(MAX_CALLS)]
    deleting = call("notion-delete-pages", {"page_ids": [DIGITS]})

    *each, rest = read([*first, deleting])
    assert each == [ToolCall("notion-fetch")] * MAX_CALLS
    named = NamedPages((PAGE,))
    assert rest == ToolCall("notion-delete-pages", named)
    assert read([*first, deleting, deleting])[-1] == ToolCall("notion-delete-pages", named, count=2)
    assert read([*first, call(), deleting, call()])[-1] == ToolCall("", named, count=3)


def test_a_call_is_read_in_every_encoding_that_json_may_have() -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"):
        assert calls_in(json.dumps(call()).encode(encoding)) == [ToolCall("notion-fetch")]


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(json.dumps(call()).encode(), mtime=0),
        gzip.compress(b"{}", mtime=0),
        b"\xe9",
        b"tools/call",
        json.dumps(call()).encode() + b"{}",
        b'{"method": "tools/call", "params": {"name": "x"}, "method": "ping"}',
    ],
)
def test_of_a_body_that_cannot_be_read_nobody_can_tell(body: bytes) -> None:
    assert calls_in(body) is None


def test_a_body_that_calls_no_tool_for_certain_is_known_without_taking_it_apart() -> None:
    calling = json.dumps(call()).encode()
    assert not may_call_tool(b"")
    assert not may_call_tool(b' [{"method": "ping"}]')
    assert may_call_tool(calling)
    for unread in (gzip.compress(calling), calling.decode().encode("utf-16"), b"[\xff", b"x"):
        assert may_call_tool(unread)


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
    assert calls_in(b"[" * 20_000 + b'"tools/call"' + body) is None
    assert not calls_in(b'"tools/call"' + body)
    assert may_call_tool(body) or not calls_in(body)


@given(st.text(st.characters(), max_size=400))
def test_what_is_kept_is_one_line_that_every_database_takes(text: str) -> None:
    kept = fit_to_keep(text)
    assert len(kept) <= 200
    assert kept.encode().decode() == kept
    assert "\x00" not in kept
    assert len(kept.splitlines()) <= 1
