"""A body is read in exactly one way, or refused."""

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.policy.errors import CallUnclear
from notion_gateway.policy.rules.call_headers import read_headers
from notion_gateway.policy.rules.messages import read_body
from tests.policy.documents import PLAIN, call, guard, policy, raw, request

READ_ONLY = guard(policy("read_only"))
PING = {"jsonrpc": "2.0", "id": 7, "method": "ping"}


def passes(body: object, headers: RawHeaders = PLAIN) -> bool:
    """Under a policy that lets nothing write."""
    try:
        judged = READ_ONLY.judge(
            read_body(body if isinstance(body, bytes) else raw(body), read_headers(headers))
        )
    except CallUnclear:
        return False
    return all(one.decision.effect == "allow" for one in judged)


def with_content_type(value: bytes) -> RawHeaders:
    return [(b"content-type", value)]


@pytest.mark.parametrize(
    "body",
    [
        PING,
        [PING, call("notion-fetch", 8)],
        {"jsonrpc": "2.0", "id": 1, "result": {"roots": []}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "no"}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        request("initialize", protocolVersion="2025-11-25", capabilities={}),
        request("tools/list"),
        request("resources/read", uri="notion://docs/view-dsl-spec"),
        request("prompts/get", name="x", arguments={"a": "b"}),
        request("completion/complete", ref={"type": "ref/prompt"}, argument={"name": "x"}),
        request("subscriptions/listen", notifications={"toolsListChanged": True}),
        request("subscriptions/listen", notifications={"resourceSubscriptions": []}),
        request("tasks/get", taskId="t"),
        call("notion-fetch", "text id", id="self"),
        call("fetch", id="self"),
        request("tools/call", name="notion-fetch"),
        b' \n{"jsonrpc": "2.0", "id": 1, "method": "ping"}\r\n ',
        request("tools/call", name="notion-fetch", arguments={"id": "caf\u00e9 \U0001f4d0"}),
    ],
)
def test_what_can_be_read_and_is_allowed_passes(body: object) -> None:
    assert passes(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"7",
        b"null",
        b'"tools/call"',
        b"[]",
        b"{}",
        [7],
        [[PING]],
        b"{",
        b'{"jsonrpc":"2.0","id":1,"method":"ping"} {}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping"}\x00',
        b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}',
        json.dumps(PING).encode("utf-16"),
        json.dumps(PING).encode("utf-32-be"),
        b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":{"b":1,"\\u0062":2}}}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":NaN}}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1e999}}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\\ud800"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"\\udfff":1}}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\xff"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":' + b"[" * 200 + b"]" * 200 + b"}}",
        b"[" * 100_000,
        {**PING, "jsonrpc": "1.0"},
        {"id": 1, "method": "ping"},
        {**PING, "Method": "tools/call"},
        {**PING, "result": {}},
        {**PING, "id": None},
        {**PING, "id": True},
        {**PING, "id": 1.5},
        {**PING, "id": [1]},
        {**PING, "params": []},
        {**PING, "method": 7},
        {**PING, "method": "Ping"},
        {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "notion-fetch"}},
        {"jsonrpc": "2.0", "id": 1, "method": "notifications/x"},
        {"jsonrpc": "2.0", "result": {}},
        request("tools/Call", name="notion-fetch"),
        request("tools/call\u0000", name="notion-fetch"),
        request("tools/execute", name="notion-fetch"),
        request("sampling/createMessage"),
        request("tools/call"),
        request("tools/call", name=7),
        request("tools/call", name=""),
        request("subscriptions/listen", notifications=["resourceSubscriptions"]),
        request("subscriptions/listen", Notifications={"resourceSubscriptions": ["x"]}),
        request("tools/call", name="notion-fetch", arguments=[]),
        request("tools/call", name="notion-fetch", arguments='{"id": "x"}'),
        request("tools/call", name="notion-fetch", Arguments={}),
        request("tools/call", name="notion-fetch", NAME="notion-delete-pages"),
        request("resources/read", uri="x", URI="y"),
        call("Notion-Fetch"),
        call("notion_fetch"),
        call("notion-fetch "),
        call("notion-fetch\u0000"),
        call("notion-f\u0435tch"),
        call("notion-delete-pages"),
        call("delete-pages"),
        [call("notion-fetch", 1), call("notion-delete-pages", 2)],
        [call("notion-fetch", 1), call("notion-fetch", 1)],
        [call("notion-fetch", 1), call("notion-fetch", "1")],
    ],
)
def test_what_could_be_read_otherwise_or_is_not_allowed_does_not(body: object) -> None:
    assert not passes(body)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (with_content_type(b"application/json; charset=utf-8"), True),
        (with_content_type(b'Application/JSON;charset="UTF-8"'), True),
        ([], False),
        (PLAIN + PLAIN, False),
        (with_content_type(b""), False),
        (with_content_type(b"text/plain"), False),
        (with_content_type(b"text/plain; application/json"), False),
        (with_content_type(b"application/json, text/plain"), False),
        (with_content_type(b"application/json-rpc"), False),
        (with_content_type(b"application/x-www-form-urlencoded"), False),
        (with_content_type(b"multipart/form-data; boundary=x"), False),
        (with_content_type(b"application/json; charset=utf-16"), False),
        (with_content_type(b"application/json; charset=utf-7; charset=utf-8"), False),
        (with_content_type(b"application/json; profile=x"), False),
        ([*PLAIN, (b"content-encoding", b"gzip")], False),
        ([*PLAIN, (b"content-encoding", b"identity")], True),
        ([*PLAIN, (b"x-http-method-override", b"PUT")], False),
    ],
)
def test_headers_that_would_have_the_body_read_otherwise(
    headers: RawHeaders, expected: bool
) -> None:
    assert passes(PING, headers) is expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([(b"mcp-method", b"tools/call")], True),
        ([(b"mcp-method", b"tools/call"), (b"mcp-name", b"notion-fetch")], True),
        ([(b"mcp-name", b"=?base64?bm90aW9uLWZldGNo?=")], True),
        ([(b"mcp-param-id", b"self")], True),
        ([(b"mcp-param-id", b"=?base64?c2VsZg==?=")], True),
        ([(b"mcp-method", b"tools/list")], False),
        ([(b"mcp-method", b"TOOLS/CALL")], False),
        ([(b"mcp-method", b"tools/call"), (b"mcp-method", b"tools/call")], False),
        ([(b"mcp-name", b"notion-delete-pages")], False),
        ([(b"mcp-name", b"")], False),
        ([(b"mcp-name", b"=?base64?bm90aW9uLWRlbGV0ZS1wYWdlcw==?=")], False),
        ([(b"mcp-name", b"=?base64?!?=")], False),
        ([(b"mcp-param-id", b"another")], False),
    ],
)
def test_headers_that_repeat_the_body_agree_with_it(more: RawHeaders, expected: bool) -> None:
    assert passes(call("notion-fetch", id="self"), [*PLAIN, *more]) is expected


def test_headers_that_repeat_one_message_stand_above_no_batch() -> None:
    assert passes([PING])
    assert not passes([PING], [*PLAIN, (b"mcp-method", b"ping")])


@pytest.mark.parametrize(
    ("message", "name", "expected"),
    [
        (request("resources/read", uri="notion://x"), b"notion://x", True),
        (request("resources/read", uri="notion://x"), b"notion://y", False),
        (request("prompts/get", name="p"), b"p", True),
        (request("tasks/get", taskId="t"), b"t", True),
        (request("ping"), b"t", False),
    ],
)
def test_the_name_is_what_the_method_names(
    message: dict[str, Any], name: bytes, expected: bool
) -> None:
    assert passes(message, [*PLAIN, (b"mcp-name", name)]) is expected


@given(st.binary(max_size=200))
def test_any_bytes_may_be_asked_about(body: bytes) -> None:
    passes(body)


@given(
    st.recursive(
        st.none()
        | st.integers()
        | st.sampled_from(["2.0", "tools/call", "ping", "notion-delete-pages", "notion-fetch"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["jsonrpc", "method", "params", "name", "id", "arguments"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_no_shape_of_message_calls_a_tool_that_writes(document: Any) -> None:
    if passes(document):
        assert "notion-delete-pages" not in json.dumps(_called(document))


def _called(document: Any) -> list[Any]:
    messages = cast("list[Any]", document) if isinstance(document, list) else [document]
    return [one["params"].get("name") for one in messages if one.get("method") == "tools/call"]


@pytest.mark.parametrize(("objects_and_lists", "is_read"), [(99, True), (100, False)])
@pytest.mark.parametrize("beside", ["x", "\\u0078"])
def test_what_is_nested_more_deeply_than_others_read_is_refused(
    objects_and_lists: int, is_read: bool, beside: str
) -> None:
    lists = objects_and_lists - 3  # the message, params and arguments
    nested = "[" * lists + "7" + "]" * lists
    params = f'{{"name":"notion-fetch","arguments":{{"id":"{beside}","more":{nested}}}}}'
    body = f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}'
    assert passes(body.encode()) is is_read


def test_many_objects_and_lists_beside_each_other_are_read() -> None:
    assert passes(call("notion-fetch", 7, id="self", more=[[{}]] * 200))
