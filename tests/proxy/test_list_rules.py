"""Which questions for lists are the same, and which answers are kept, byte for byte."""

import gzip
import json
import zlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.proxy.rules.lists import (
    LONGEST_LIST_BYTES,
    KeptList,
    ListQuestion,
    NewsOfLists,
    head_of_question,
    kept_list,
    list_question,
)
from notion_gateway.proxy.rules.sessions import Caller

ADA = Caller("team", "ada", "team")
HEAD = b"head"
JSON = [(b"content-type", b"application/json")]
SSE = [(b"content-type", b"text/event-stream")]
TOOL = {"name": "notion-fetch", "inputSchema": {"type": "object"}}
META = {"io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"}}

IDS = st.integers(-(2**53), 2**53) | st.text()
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
STYLES = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "separators": st.sampled_from([(",", ":"), (", ", ": "), (" , ", "\t:  ")]),
    }
)
ORDERS = st.permutations(["jsonrpc", "id", "result"])
EVENT = st.sampled_from(
    [b"event: message\ndata: %b\n\n", b"event: message\r\ndata: %b\r\n\r\n", b"data:%b\n\n"]
)


def asking(call_id: object = 1, **changes: Any) -> bytes:
    call = {"jsonrpc": "2.0", "id": call_id, "method": "tools/list", **changes}
    return json.dumps({name: one for name, one in call.items() if one is not ...}).encode()


def question(body: bytes | None = None, head: bytes | None = HEAD) -> ListQuestion | None:
    return list_question(asking() if body is None else body, head, ADA)


def asked(call_id: object = 1) -> ListQuestion:
    found = question(asking(call_id))
    assert found is not None
    return found


def told(call_id: object = 1, result: object = ..., **changes: Any) -> bytes:
    listed = {"tools": [TOOL], "ttlMs": 60_000, "cacheScope": "public"}
    said = {"jsonrpc": "2.0", "id": call_id, "result": listed if result is ... else result}
    return json.dumps(
        {name: one for name, one in (said | changes).items() if one is not ...}
    ).encode()


def kept(
    body: bytes, status: int = 200, headers: Any = JSON, seconds: float = 30.0
) -> KeptList | None:
    return kept_list(asked(), status, headers, body, seconds)


# --- what is answered -----------------------------------------------------------------------


@given(IDS, IDS, DOCUMENTS, STYLES, ORDERS, st.none() | EVENT)
def test_an_answer_is_what_notion_said_byte_for_byte_but_for_the_askers_id(
    first: object,
    second: object,
    listed: object,
    style: dict[str, Any],
    order: list[str],
    event: bytes | None,
) -> None:
    def written(call_id: object) -> bytes:
        said = {"jsonrpc": "2.0", "id": call_id, "result": {"tools": listed}}
        text = json.dumps({name: said[name] for name in order}, **style)
        body = text.encode()
        return body if event is None else event % body

    def body_of(call_id: object) -> ListQuestion:
        body = json.dumps(
            {"jsonrpc": "2.0", "id": call_id, "method": "tools/list"},
            ensure_ascii=style["ensure_ascii"],
        )
        found = question(body.encode())
        assert found is not None
        return found

    try:
        bodies = written(first), written(second)
        first_asked, second_asked = body_of(first), body_of(second)
    except UnicodeEncodeError:  # half a surrogate pair has no bytes
        return
    found = kept_list(first_asked, 200, JSON if event is None else SSE, bodies[0], 30.0)

    assert found is not None
    for one, body in zip((first_asked, second_asked), bodies, strict=True):
        headers, answered = found.answer(one)
        assert answered == body
        assert dict(headers)[b"content-length"] == b"%d" % len(body)


def test_the_id_stands_in_the_answer_as_its_asker_wrote_it() -> None:
    found = kept(told())
    assert found is not None
    written = rb'"\u0061\/\"id\":1"'
    one = question(b'{"jsonrpc":"2.0","method":"tools/list","id": %b }' % written)
    assert one is not None
    answered = found.answer(one)[1]
    assert answered == told().replace(b'"id": 1', b'"id": ' + written)
    assert json.loads(answered)["id"] == 'a/"id":1'


def test_headers_of_the_one_exchange_are_not_kept() -> None:
    of_one = [(b"date", b"x"), (b"x-notion-request-id", b"1"), (b"x-ratelimit-remaining", b"3")]
    described = [*JSON, (b"cache-control", b"no-cache, no-transform")]
    found = kept(told(), headers=[*of_one, *described, (b"content-length", b"7")])
    assert found is not None
    headers, body = found.answer(asked())
    assert headers == [*described, (b"content-length", b"%d" % len(body))]


# --- which answers are kept -----------------------------------------------------------------

ONE = b"event: message\ndata: " + told() + b"\n\n"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (told(), JSON),
        (told(), [(b"content-type", b'application/json; charset="utf-8"')]),
        (told(), [*JSON, (b"content-encoding", b"identity")]),
        (told(), [*JSON, (b"vary", b"a"), (b"vary", b"b")]),
        (gzip.compress(told()), [*JSON, (b"content-encoding", b"gzip")]),
        (zlib.compress(told()), [*JSON, (b"content-encoding", b"deflate")]),
        (gzip.compress(ONE), [*SSE, (b"content-encoding", b"gzip")]),
        (b"\n " + told() + b" \n", JSON),
        (told(result={"tools": [TOOL], "resultType": "complete"}), JSON),
        (ONE, SSE),
    ],
)
def test_a_plain_answer_is_kept(body: bytes, headers: Any) -> None:
    assert kept(body, headers=headers) is not None


@pytest.mark.parametrize(
    ("body", "status", "headers"),
    [
        (told(), 201, JSON),
        (told(), 401, JSON),
        (told(), 200, []),
        (told(), 200, [(b"content-type", b"text/plain")]),
        (told(), 200, [*JSON, *JSON]),
        (told(), 200, [(b"content-type", b"application/json; charset=latin-1")]),
        (told(), 200, [*JSON, (b"content-encoding", b"gzip")]),
        (told(), 200, [*JSON, (b"content-encoding", b"br")]),
        (gzip.compress(told())[:-1], 200, [*JSON, (b"content-encoding", b"gzip")]),
        (gzip.compress(told()) + b"x", 200, [*JSON, (b"content-encoding", b"gzip")]),
        (gzip.compress(gzip.compress(told())), 200, [*JSON, (b"content-encoding", b"gzip, gzip")]),
        (gzip.compress(told()), 200, [*JSON, (b"content-encoding", b"br")]),
        (
            gzip.compress(told() + b" " * LONGEST_LIST_BYTES),
            200,
            [*JSON, (b"content-encoding", b"gzip")],
        ),
        (told(), 200, [*JSON, (b"cache-control", b"private, No-Store")]),
        (told(), 200, [*JSON, (b"mcp-session-id", b"a.b")]),
        (told(), 200, SSE),
        (ONE, 200, JSON),
        (told(2), 200, JSON),
        (told("1"), 200, JSON),
        (told(1.0), 200, JSON),
        (told(True), 200, JSON),
        (told(None), 200, JSON),
        (told(...), 200, JSON),
        (b'{"jsonrpc": "2.0", "id": 1}', 200, JSON),
        (b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}}', 200, JSON),
        (told(result=[]), 200, JSON),
        (told(error={"code": -32601, "message": "x"}), 200, JSON),
        (told(more=1), 200, JSON),
        (told(jsonrpc="1.0"), 200, JSON),
        (told(result={"tools": [], "resultType": "input_required"}), 200, JSON),
        (told().replace(b'"jsonrpc"', b'"id": 1, "jsonrpc"'), 200, JSON),
        (b"[" + told() + b"]", 200, JSON),
        (told()[:-1], 200, JSON),
        (told() + b"x", 200, JSON),
        (b"\xef\xbb\xbf" + told(), 200, JSON),
        (told().replace(b"notion-fetch", b"\xff"), 200, JSON),
        (b"[" * 100_000, 200, JSON),
        (told().replace(b"notion-fetch", b"x" * LONGEST_LIST_BYTES), 200, JSON),
        (b": ping\n\n" + ONE, 200, SSE),
        (ONE + b": ping\n\n", 200, SSE),
        (b"id: 7\n" + ONE, 200, SSE),
        (b"retry: 7\n" + ONE, 200, SSE),
        (b"id: 7\ndata: \n\n" + ONE, 200, SSE),
        (ONE + ONE, 200, SSE),
        (ONE[:-1], 200, SSE),
        (b'data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n' + ONE, 200, SSE),
        (ONE.replace(b", ", b",\ndata: ", 1), 200, SSE),
        (ONE.replace(b"message", b"other"), 200, SSE),
    ],
)
def test_any_other_answer_is_not(body: bytes, status: int, headers: Any) -> None:
    assert kept(body, status, headers) is None


@pytest.mark.parametrize(
    ("said", "otherwise", "fresh"),
    [
        ({"ttlMs": 60_000, "cacheScope": "public"}, 0.0, (60.0, False)),
        ({"ttlMs": 60_000, "cacheScope": "private"}, 0.0, (60.0, True)),
        ({"ttlMs": 60_000}, 0.0, (60.0, True)),
        ({"ttlMs": 1, "cacheScope": "public"}, 30.0, (0.001, False)),
        ({"ttlMs": 10**400, "cacheScope": "public"}, 0.0, (3600.0, False)),
        ({"ttlMs": 0, "cacheScope": "public"}, 30.0, None),
        ({"ttlMs": -1, "cacheScope": "public"}, 30.0, None),
        ({"ttlMs": True, "cacheScope": "public"}, 30.0, None),
        ({"ttlMs": 60.0, "cacheScope": "public"}, 30.0, None),
        ({"ttlMs": None, "cacheScope": "public"}, 30.0, None),
        ({"ttlMs": 60_000, "cacheScope": "everybody"}, 30.0, None),
        ({"ttlMs": 60_000, "cacheScope": []}, 30.0, None),
        ({}, 30.0, (30.0, False)),
        ({"cacheScope": "private"}, 30.0, (30.0, True)),
        ({}, 0.0, None),
        ({"cacheScope": "public"}, 0.0, None),
    ],
)
def test_for_how_long_and_for_whom(
    said: dict[str, object], otherwise: float, fresh: tuple[float, bool] | None
) -> None:
    found = kept(told(result={"tools": [TOOL], **said}), seconds=otherwise)
    assert (None if found is None else (found.seconds, found.is_private)) == fresh


# --- which questions are the same -----------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        asking("a", params={}),
        asking("a", params={"_meta": {}}),
        asking(7, params={"_meta": {"traceparent": "00-1", "tracestate": "x"}}),
        b' {"params" : { } ,\n"method":"tools\\u002flist" , "id":"/list", "jsonrpc":"2.0"}',
    ],
)
def test_the_same_question_in_other_words(body: bytes) -> None:
    found = question(body)
    assert found is not None
    assert found.key == asked().key


def test_questions_that_differ_in_anything_else_are_others() -> None:
    bodies = [
        *(asking(method=f"{one}/list") for one in ("tools", "resources", "prompts")),
        asking(method="resources/templates/list"),
        asking(params={"cursor": "offset:20"}),
        asking(params={"cursor": "offset:2"}),
        asking(params={"_meta": META}),
        asking(params={"_meta": {**META, "io.modelcontextprotocol/protocolVersion": "2026-07-28"}}),
        asking(params={"more": 1}),
        asking(params={"more": 1.0}),
        asking(params={"more": True}),
    ]
    found = [question(one, head) for one in bodies for head in (HEAD, b"other")]
    assert len({one.key for one in found if one is not None}) == len(found) == 2 * len(bodies)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        asking(method="tools/call", params={"name": "x", "arguments": {"url": "/list"}}),
        asking(method="other/list"),
        asking(method=["tools/list"]),
        asking(...),
        *(asking(one) for one in (None, True, 1.5, [1], {"a": 1})),
        asking(jsonrpc="1.0"),
        asking(jsonrpc=...),
        asking(more=1),
        asking(meta={"space_id": "team"}),
        asking(params=[]),
        asking(params=None),
        asking(params={"_meta": None}),
        asking(params={"_meta": {"progressToken": 1}}),
        b"[" + asking() + b"]",
        asking().replace(b'"id"', b'"id": 2, "id"'),
        asking(params={"cursor": "1"}).replace(b'"cursor"', b'"cursor": "2", "cursor"'),
        asking() + b"x",
        asking()[:-1],
        b"\xef\xbb\xbf" + asking(),
        asking().decode().encode("utf-16"),
        asking(params={"cursor": "x" * 20_000}),
        asking().replace(b"}", b',"params":{"a":' + b"[" * 5000 + b"]" * 5000 + b"}}"),
        asking().replace(b'"id": 1', b'"id": ' + b"1" * 5000),
    ],
)
def test_anything_else_is_no_question_for_a_list(body: bytes) -> None:
    assert question(body) is None


def test_every_header_counts_but_those_that_differ_from_call_to_call() -> None:
    plain = [(b"accept", b"application/json"), (b"mcp-protocol-version", b"2026-07-28")]
    of_one_call = [(b"x-request-id", b"1"), (b"traceparent", b"2"), (b"tracestate", b"3")]
    assert head_of_question([*of_one_call, *plain], b"") == head_of_question(plain, b"")

    others = [
        *([*plain, (one, b"x")] for one in (b"user-agent", b"mcp-method", b"mcp-name", b"x-new")),
        [*plain, (b"accept-encoding", b"gzip")],
        [(b"accept", b"text/event-stream"), plain[1]],
        [plain[0], (b"mcp-protocol-version", b"2025-11-25")],
        plain[:1],
    ]
    heads = [head_of_question(one, query) for one in (plain, *others) for query in (b"", b"a=1")]
    assert None not in heads
    assert len(set(heads)) == len(heads)


@pytest.mark.parametrize("codings", [b"gzip, *;q=0", b"identity;q=0.0, br", b"*; Q=0 , gzip"])
def test_who_takes_compressed_answers_alone_asks_notion(codings: bytes) -> None:
    """Lists in memory are not compressed."""
    assert head_of_question([(b"accept-encoding", codings)], b"") is None
    assert head_of_question([(b"accept-encoding", codings.replace(b"0", b"0.5"))], b"")


def test_what_was_compressed_is_answered_as_it_is() -> None:
    found = kept(gzip.compress(told()), headers=[*JSON, (b"content-encoding", b"gzip")])
    assert found is not None
    headers, body = found.answer(asked())
    assert headers == [*JSON, (b"content-length", b"%d" % len(body))]
    assert body == told()


def test_a_question_in_a_session_is_notions_to_answer() -> None:
    head = head_of_question([(b"mcp-session-id", b"1")], b"")
    assert head is None
    assert question(head=head) is None


@given(st.binary(max_size=40), st.integers(0, 200), st.integers(0, 200))
def test_no_bytes_are_a_crash(noise: bytes, start: int, length: int) -> None:
    for body in (asking(params={"_meta": META}), told(), ONE):
        damaged = body[:start] + noise + body[start + length :]
        question(damaged)
        for headers in (JSON, SSE):
            found = kept(damaged, headers=headers)
            assert found is None or found.answer(asked())[1] == damaged


# --- news -----------------------------------------------------------------------------------

WORDS = st.sampled_from([b"list_changed", b"list_", b"changed", b"l", b"list", b" ", b"d"])


@given(st.lists(WORDS, max_size=6).map(b"".join), st.lists(st.integers(0, 60), max_size=8))
def test_news_is_heard_once_wherever_reads_end(stream: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(one, len(stream)) for one in cuts), len(stream)]
    news = NewsOfLists()
    heard = [news.is_in(stream[a:b]) for a, b in pairwise(places)]
    assert any(heard) is (b"list_changed" in stream)
    assert sum(heard) <= stream.count(b"list_changed")
