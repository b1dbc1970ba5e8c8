"""What a limited gateway token lets through: nothing that cannot be read with certainty."""

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.access.rules.tool_limits import READING_TOOLS, ToolLimits
from notion_gateway.kernel.errors import ToolNotAllowed
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_simulator.tools.registry import TOOLS

READ_ONLY = ToolLimits(read_only=True)
SEARCH_ONLY = ToolLimits(tools=frozenset({"notion-search"}))
WRITING = sorted(TOOLS.keys() - READING_TOOLS)


def call(tool: object, **more: Any) -> dict[str, Any]:
    params: dict[str, Any] = {"name": tool, "arguments": {}}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params, **more}


def lets_through(limits: ToolLimits, body: object) -> bool:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        limits.require(raw)
    except ToolNotAllowed:
        return False
    return True


def test_what_counts_as_reading_is_what_the_simulated_notion_says_of_its_tools() -> None:
    assert {tool.name for tool in TOOLS.values() if tool.hints.read_only} == READING_TOOLS
    assert len(WRITING) > 10


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_a_read_only_token_calls_what_reads(tool: str) -> None:
    assert lets_through(READ_ONLY, call(tool)) is (tool in READING_TOOLS)
    assert lets_through(SEARCH_ONLY, call(tool)) is (tool == "notion-search")
    assert lets_through(ToolLimits(), call(tool))


@pytest.mark.parametrize(
    "tool",
    [
        "notion-unheard-of",
        "",
        "NOTION-SEARCH",
        " notion-search",
        "notion-search\u0000",
        None,
        1,
        True,
        ["notion-search"],
        {"name": "notion-search"},
    ],
)
def test_a_tool_that_is_not_known_to_read_counts_as_writing(tool: object) -> None:
    assert not lets_through(READ_ONLY, call(tool))
    assert not lets_through(SEARCH_ONLY, call(tool))


def test_both_limits_hold_together() -> None:
    both = ToolLimits(read_only=True, tools=frozenset({"notion-search", "notion-create-pages"}))

    assert lets_through(both, call("notion-search"))
    assert not lets_through(both, call("notion-create-pages"))
    assert not lets_through(both, call("notion-fetch"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
        [call("notion-search"), {"jsonrpc": "2.0", "id": 2, "method": "ping"}],
    ],
)
def test_what_changes_nothing_passes(body: object) -> None:
    assert lets_through(READ_ONLY, body)
    assert lets_through(SEARCH_ONLY, body)


@pytest.mark.parametrize("method", ["resources/read", "prompts/get", "completion/complete"])
def test_a_list_of_tools_is_a_list_of_what_brings_contents(method: str) -> None:
    """Who may search only does not read a page as a resource instead."""
    read = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"uri": "notion://page"}}
    named = ToolLimits(tools=frozenset({"notion-search", method}))

    assert not lets_through(SEARCH_ONLY, read)
    assert not lets_through(ToolLimits(read_only=True, tools=frozenset({"x"})), read)
    assert not lets_through(SEARCH_ONLY, [call("notion-search"), read])
    assert lets_through(named, read)
    assert lets_through(named, call("notion-search"))
    assert lets_through(READ_ONLY, read)
    assert lets_through(ToolLimits(), read)


def asks(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


@pytest.mark.parametrize(
    "news",
    [
        asks("resources/subscribe", uri="notion://page"),
        asks("subscriptions/listen", notifications={"resourceSubscriptions": ["notion://page"]}),
        asks("subscriptions/listen", notifications={"resource_subscriptions": ["notion://page"]}),
        asks("subscriptions/listen", notifications={"ResourceSubscriptions": "notion://page"}),
    ],
)
def test_news_of_resources_is_reading_them(news: dict[str, Any]) -> None:
    """Who may search only does not watch a page instead."""
    assert not lets_through(SEARCH_ONLY, news)
    assert not lets_through(SEARCH_ONLY, [call("notion-search"), news])
    assert lets_through(ToolLimits(tools=frozenset({"resources/read"})), news)
    assert lets_through(READ_ONLY, news)


@pytest.mark.parametrize("notifications", [{"toolsListChanged": True}, {}])
def test_other_news_tells_of_no_contents(notifications: dict[str, Any]) -> None:
    heard = asks("subscriptions/listen", notifications=notifications)
    assert lets_through(SEARCH_ONLY, heard)
    assert lets_through(READ_ONLY, heard)
    assert lets_through(SEARCH_ONLY, asks("subscriptions/listen"))


@pytest.mark.parametrize(
    "heard",
    [
        asks("subscriptions/listen", notifications=["resourceSubscriptions"]),
        asks("subscriptions/listen", notifications=None),
        asks("subscriptions/listen", Notifications={"resourceSubscriptions": ["x"]}),
        {**asks("subscriptions/listen"), "params": ["notifications"]},
    ],
)
def test_where_nobody_can_tell_what_is_heard_nothing_is(heard: dict[str, Any]) -> None:
    assert not lets_through(SEARCH_ONLY, heard)
    assert not lets_through(READ_ONLY, heard)


@pytest.mark.parametrize(
    "method",
    ["resources/list", "resources/templates/list", "prompts/list", "tools/list", "ping"],
)
def test_what_there_is_may_be_listed_whatever_the_list(method: str) -> None:
    assert lets_through(SEARCH_ONLY, {"jsonrpc": "2.0", "id": 1, "method": method})


@pytest.mark.parametrize(
    "body",
    [
        [call("notion-search"), call("notion-create-pages")],
        [[call("notion-search")]],
        [1],
        7,
        "tools/call",
        call("notion-search", method="tools/Call"),
        call("notion-search", method="tools/call "),
        call("notion-search", method="tasks/result"),
        call("notion-search", method="sampling/createMessage"),
        call("notion-search", method=["tools/call"]),
        call("notion-search", method=7),
        call("notion-search", params=None),
        call("notion-search", params=["notion-search"]),
        b"nonsense",
        b"{",
        b'{"method": "ping"} {"method": "tools/call"}',
        b'\x1f\x8b\x08{"method": "ping"}',
        b"[" * 100_000,
        b'{"method": "\xff"}',
        b'\xef\xbb\xbf{"method": "ping"}',
        '{"method": "ping"}'.encode("utf-16"),
        '{"method": "ping"}'.encode("utf-32-le"),
    ],
)
def test_what_may_change_something_or_cannot_be_read_does_not(body: object) -> None:
    assert not lets_through(READ_ONLY, body)
    assert not lets_through(SEARCH_ONLY, body)


@pytest.mark.parametrize(
    "body",
    [
        {"Method": "tools/call", "params": {"name": "notion-create-pages"}},
        {"METHOD": "tools/call", "method": "ping"},
        {"method": None, "params": {"name": "notion-create-pages"}},
        {"params": {"name": "notion-create-pages"}},
        {"jsonrpc": "2.0", "id": 1},
        {},
        {"Result": {}, "id": 1},
        call("notion-search", params={"name": "notion-search", "Name": "notion-create-pages"}),
        call("notion-search", params={"name": "notion-search", "ARGUMENTS": {}}),
        call("notion-search", Params={"name": "notion-create-pages"}),
    ],
)
def test_a_name_that_a_reader_without_case_would_take_for_another_is_refused(body: object) -> None:
    assert not lets_through(READ_ONLY, body)
    assert not lets_through(SEARCH_ONLY, body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"method": "ping", "method": "tools/call", "params": {"name": "notion-create-pages"}}',
        b'{"method": "tools/call", "params": {"name": "x"}, "method": "ping"}',
        b'{"method": "tools/call", "params": {"name": "notion-search", "name": "notion-x"}}',
        b'{"method": "tools/call", "params": {"name": "x"}, "params": {"name": "notion-search"}}',
        b'{"method": "ping", "\\u006dethod": "tools/call"}',
        b'{"method": "tools/call", "params": {"name": "notion-search", "x": {"a": 1, "a": 2}}}',
    ],
)
def test_a_member_that_stands_twice_is_not_read_with_certainty(body: bytes) -> None:
    assert not lets_through(READ_ONLY, body)
    assert not lets_through(SEARCH_ONLY, body)


@given(st.binary(max_size=200))
def test_any_bytes_may_be_asked_about(body: bytes) -> None:
    lets_through(READ_ONLY, body)


@given(
    st.recursive(
        st.none() | st.integers() | st.sampled_from(["tools/call", "ping", *WRITING[:3]]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["method", "params", "name", "id"]), inner)
        ),
        max_leaves=10,
    )
)
def test_no_shape_of_message_calls_a_tool_that_writes(message: Any) -> None:
    if not lets_through(READ_ONLY, message):
        return
    messages = cast("list[Any]", message) if isinstance(message, list) else [message]
    assert all(one.get("method") != "tools/call" for one in messages)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"content-encoding", b"gzip"),
        (b"content-type", b"application/json; charset=utf-7"),
        (b"content-type", b'application/json; charset="utf-16"'),
        (b"content-type", b"application/json; charset=utf-8; charset=utf-7"),
    ],
)
def test_a_body_that_is_to_be_read_otherwise_is_refused(name: bytes, value: bytes) -> None:
    with pytest.raises(ToolNotAllowed):
        ToolLimits(read_only=True).require(b'{"method":"ping"}', [(name, value)])


@pytest.mark.parametrize(
    "value",
    [b"application/json", b"application/json; charset=utf-8", b'application/json;charset="UTF-8"'],
)
def test_plain_json_is_read_as_it_is(value: bytes) -> None:
    headers = [(b"content-type", value), (b"content-encoding", b"identity")]
    ToolLimits(read_only=True).require(b'{"method":"ping"}', headers)


SEARCH = json.dumps(call("notion-search")).encode()
METHOD, NAME = b"mcp-method", b"mcp-name"


@pytest.mark.parametrize(
    "headers",
    [
        [(METHOD, b"tools/call"), (NAME, b"notion-search")],
        [(METHOD, b"tools/call"), (NAME, b"=?base64?bm90aW9uLXNlYXJjaA==?=")],
        [(NAME, b"notion-search")],
    ],
)
def test_headers_that_repeat_the_call_pass(headers: RawHeaders) -> None:
    assert SEARCH_ONLY.require(SEARCH, headers) == "notion-search"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (SEARCH, [(METHOD, b"tools/list")]),
        (SEARCH, [(METHOD, b"tools/call"), (NAME, b"notion-delete-pages")]),
        (SEARCH, [(NAME, b"notion-search"), (NAME, b"notion-delete-pages")]),
        (SEARCH, [(NAME, b"=?base64?bm90aW9uLWRlbGV0ZS1wYWdlcw==?=")]),
        (SEARCH.replace(b'"name"', b'"x": "notion-fetch", "name"'), [(NAME, b"notion-fetch")]),
        (SEARCH, [(NAME, b"=?base64?bm90aW9u*?=")]),
        (b"[%b]" % SEARCH, [(METHOD, b"tools/call")]),
        (b'{"method":"ping"}', [(METHOD, b"tools/call")]),
    ],
)
def test_headers_that_name_something_else_than_the_call_are_refused(
    body: bytes, headers: RawHeaders
) -> None:
    """Somebody on the way may go by them."""
    SEARCH_ONLY.require(body)
    with pytest.raises(ToolNotAllowed):
        SEARCH_ONLY.require(body, headers)
