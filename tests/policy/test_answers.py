"""What Notion answers: blocked tools leave lists, everything else keeps its bytes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.policy.rules.call_headers import read_headers
from notion_gateway.policy.rules.document import Effect
from notion_gateway.policy.rules.event_stream import LONGEST_EVENT_BYTES, JudgedEvents
from notion_gateway.policy.rules.guard import may_list
from notion_gateway.policy.rules.lists import AnswerUnclear
from notion_gateway.policy.rules.messages import read_body
from notion_gateway.policy.rules.refusals import REFUSED, answer
from tests.policy.documents import PLAIN, call, guard, policy, raw, request

GUARD = guard(policy("read_only", tools={"resources/read": "block"}))
FILTER = GUARD.filter


def listed(*names: object, **more: Any) -> dict[str, Any]:
    tools = [{"name": one, "description": "x"} for one in names]
    return {"jsonrpc": "2.0", "id": 1, "result": {"tools": tools, **more}}


def names_in(text: bytes) -> list[str]:
    return [one["name"] for one in json.loads(text)["result"]["tools"]]


@pytest.mark.parametrize(
    "text",
    [
        b' {"jsonrpc":"2.0", "id":1, "result":{"tools":[{"name":"notion-fetch"}]}}\n',
        b'{"id":1,"result":{"content":[{"type":"text","text":"notion-delete-pages"}]}}',
        b'{"id":1,"error":{"code":-1,"message":"x"}}',
        b'{"method":"notifications/tools/list_changed"}',
        b'{"id":1,"result":{"prompts":[{"name":"x"}]}}',
        b'[{"id":1,"result":{}},{"id":2,"result":{"tools":[]}}]',
        b'{"id":1,"result":{"resources":[]}}',
    ],
)
def test_where_nothing_is_to_be_taken_out_the_bytes_stay(text: bytes) -> None:
    assert FILTER.of_json(text) == text


def test_blocked_tools_and_what_is_got_in_another_way_are_taken_out() -> None:
    text = raw(listed("notion-fetch", "notion-delete-pages", "notion-new", nextCursor="c"))
    left = FILTER.of_json(text)

    assert names_in(left) == ["notion-fetch"]
    assert json.loads(left)["result"]["nextCursor"] == "c"
    for name in ("resources", "resourceTemplates"):
        there = raw({"id": 1, "result": {name: [{"uri": "x"}]}})
        assert json.loads(FILTER.of_json(there))["result"][name] == []
    batch = FILTER.of_json(raw([listed("notion-fetch"), listed("notion-move-pages")]))
    assert [len(one["result"]["tools"]) for one in json.loads(batch)] == [1, 0]


def test_a_list_with_something_taken_out_is_for_its_asker_alone() -> None:
    text = raw(listed("notion-fetch", "notion-delete-pages", ttlMs=1, cacheScope="public"))
    assert json.loads(FILTER.of_json(text))["result"]["cacheScope"] == "private"
    whole = raw(listed("notion-fetch", ttlMs=1, cacheScope="public"))
    assert FILTER.of_json(whole) == whole


def test_who_is_asked_first_sees_the_tool() -> None:
    asking = guard(policy("custom"))
    text = raw(listed("notion-delete-pages"))
    assert asking.decide("notion-delete-pages", {}).effect is Effect.ASK
    assert asking.filter.of_json(text) == text


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b'\xef\xbb\xbf{"result":{"tools":[{"name":"notion-delete-pages"}]}}',
        b'{"result":{"tools":[]},"result":{"tools":[{"name":"notion-delete-pages"}]}}',
        b'{"result":{"tools":{"0":{"name":"notion-delete-pages"}}}}',
        b'{"result":{"tools":["notion-delete-pages"]}}',
        b'{"result":{"tools":[{"title":"Delete"}]}}',
        b'{"result":{"tools":[{"name":["notion-delete-pages"]}]}}',
        b'{"result":{"tools":[{"name":"notion-delete-pages"}]}}{}',
        b'{"result":{"tools":[{"name":"notion-delete-pages"},{"name":"notion-fetch","x":1e999}]}}',
        b"7",
        b"[7]",
    ],
)
def test_an_answer_that_cannot_be_read_is_refused(text: bytes) -> None:
    with pytest.raises(AnswerUnclear):
        FILTER.of_json(text)


# --- streams of events ----------------------------------------------------------------------

WHOLE = raw(listed("notion-fetch", "notion-delete-pages"))


def through(*parts: bytes) -> bytes:
    events = JudgedEvents(FILTER.of_json)
    return b"".join([*(event for one in parts for event in events.part_came(one)), events.ended()])


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_a_list_in_a_stream_is_filtered_however_it_comes(end: bytes, size: int) -> None:
    stream = b"".join(
        [
            b": hello" + end + end,
            b"id: 1" + end + b"data:" + end + end,
            b"event: message" + end + b"id: 2" + end + b"data: " + WHOLE + end + end,
            b"data: " + raw(listed("notion-search")) + end + end,
        ]
    )
    left = through(*(stream[at : at + size] for at in range(0, len(stream), size)))

    assert b"notion-delete-pages" not in left
    assert left.startswith(stream[: stream.index(b"event")])
    assert b"id: 2\n" in left
    assert left.endswith(b"data: " + raw(listed("notion-search")) + end + end)


def test_a_list_on_several_lines_or_without_its_end_is_filtered() -> None:
    half = len(WHOLE) // 2
    at = WHOLE.index(b" ", half)
    lines = b"data: " + WHOLE[:at] + b"\ndata: " + WHOLE[at:]

    for stream in (lines + b"\n\n", lines + b"\n", lines):
        assert b"notion-delete-pages" not in through(stream)
        assert b"notion-fetch" in through(stream)


@pytest.mark.parametrize(
    "stream",
    [
        WHOLE,
        b"\xef\xbb\xbfdata: " + WHOLE + b"\n\n",
        b"Data: " + WHOLE + b"\n\n",
        b"data : " + WHOLE + b"\n\n",
        b" data: " + WHOLE + b"\n\n",
        b"data: nonsense\n\n",
        b"event: endpoint\ndata: /messages\n\n",
        b"data: " + b"x" * (LONGEST_EVENT_BYTES + 1),
    ],
)
def test_a_stream_that_cannot_be_read_is_refused(stream: bytes) -> None:
    with pytest.raises(AnswerUnclear):
        through(stream)


@given(
    st.lists(
        st.sampled_from([b"data: {}", b"data:", b"id: 4", b": x", b"event: message", b"retry: 1"]),
        max_size=12,
    ),
    st.lists(st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b"\r\n\r\n", b"\r\r"]), min_size=12),
    st.integers(1, 9),
)
def test_what_holds_no_list_keeps_its_bytes(
    lines: list[bytes], ends: list[bytes], size: int
) -> None:
    stream = b"".join(line + end for line, end in zip(lines, ends, strict=False))
    try:
        left = through(*(stream[at : at + size] for at in range(0, len(stream), size)))
    except AnswerUnclear:  # several {} in one event
        return
    assert left == stream


# --- what a refused caller is told ------------------------------------------------------------


def refusal(*messages: dict[str, Any], stateless: bool = False) -> Any:
    body = read_body(raw(messages[0] if len(messages) == 1 else messages), read_headers(PLAIN))
    refused = [one for one in GUARD.judge(body) if one.decision.effect is not Effect.ALLOW]
    return json.loads(answer(body, refused, "r-1", code=-32010, stateless=stateless))


def test_a_refused_tool_call_is_a_tools_error_in_words_and_a_code() -> None:
    said = refusal(call("notion-delete-pages", "a"))
    result = said["result"]

    assert (said["id"], result["isError"]) == ("a", True)
    assert "does not allow notion-delete-pages" in result["content"][0]["text"]
    assert result["_meta"][REFUSED] == {
        "reason": "blocked_by_policy",
        "rule": "preset read_only (writing)",
        "request_id": "r-1",
    }
    assert "resultType" not in result
    assert refusal(call("notion-move-pages"), stateless=True)["result"]["resultType"] == "complete"


def test_what_is_no_tool_call_is_refused_as_an_error() -> None:
    error = refusal(request("resources/read", uri="notion://docs/x"))["error"]

    assert error["code"] == -32010
    assert error["data"]["reason"] == "blocked_by_policy"
    assert error["data"]["rule"] == "tools.resources/read"
    assert "error" in refusal(request("resources/subscribe", uri="notion://docs/x"))
    news = {"toolsListChanged": True, "resourceSubscriptions": ["notion://docs/x"]}
    said = refusal(request("subscriptions/listen", notifications=news))
    assert said["error"]["data"]["rule"] == "tools.resources/read"


def test_of_a_batch_with_a_refused_call_nothing_is_sent_and_everything_answered() -> None:
    said = refusal(
        call("notion-fetch", 1),
        call("notion-delete-pages", 2),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
    )

    assert [one["id"] for one in said] == [1, 2]
    assert said[0]["error"]["message"].startswith("This was not sent")
    assert said[1]["result"]["isError"] is True


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (request("tools/list"), True),
        ([call("notion-fetch"), request("prompts/list", 2)], True),
        (request("subscriptions/listen"), True),
        (request("tasks/result", taskId="t"), True),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, True),
        (call("notion-fetch"), False),
        ([call("notion-fetch"), request("resources/read", 2, uri="x")], False),
    ],
)
def test_every_answer_is_looked_at_but_those_to_calls_alone(
    document: object, expected: bool
) -> None:
    assert may_list(read_body(raw(document), read_headers(PLAIN))) is expected
