"""JSON that parsers read differently, or not at all: refused in clear words, or left alone."""

import json
import math
from collections import Counter
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.figures import Figure
from tests.support.gateway import Answer
from tests.support.rig import Rig
from tests.support.upstreams import RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:39")]

META = b'"meta":{"space_id":"team"}'
DEEP = 100_000
DEPTHS = [*range(100, 1000, 100), *range(930, 1030, 2), 5_000, DEEP]
REASONS = {422: {"invalid_request"}, 403: {"principal_mismatch"}}


def require_clear_words(got: Answer) -> None:
    """A JSON-RPC error of the closed list, which any parser reads."""
    error = json.loads(got.body, parse_constant=pytest.fail)["error"]
    assert error["data"]["reason"] in REASONS[got.status]
    assert error["message"]


@pytest.mark.parametrize("pair", [(b"[", b"]"), (b'{"a":', b"}")])
async def test_depth_is_no_crash_with_meta_or_without(
    connected: Rig, upstream: RecordingMcp, pair: tuple[bytes, bytes], figure: Figure
) -> None:
    statuses: Counter[int] = Counter()
    for depth in DEPTHS:
        nested = pair[0] * depth + b"1" + pair[1] * depth
        for body in (nested, b'{"x":' + nested + b"}", b"{" + META + b',"x":' + nested + b"}"):
            upstream.seen.clear()
            got = await connected.caller.call("team", body)
            statuses[got.status] += 1
            if got.status != 200:
                require_clear_words(got)
                assert META in body
                assert upstream.seen == []
            elif META not in body:
                assert upstream.last.body == body
    crashes = statuses.total() - statuses[200] - statuses[422]
    figure("{} bodies up to {:,.0f} deep: {} crashes", statuses.total(), float(DEEP), crashes)


@pytest.mark.parametrize(
    "body",
    [
        b'{"meta":{"space_id":"team"},"meta":{"space_id":"team"}}',
        b'{"meta":{"space_id":"other"},"meta":{"space_id":"team"}}',
        b'{"meta":{"space_id":"other"},"meta":{}}',
        b'{"meta":{"space_id":"other"},"m\\u0065ta":1}',
        b'{"meta":{"space_id":"other","space_id":"team"}}',
        b'{"params":{"_meta":{"user_id":"eve"}},"params":{}}',
        b'{"params":{"_meta":{"user_id":"eve"},"_meta":null}}',
        b'[{"meta":{"space_id":"other"},"meta":{}}]',
        b"{" + META + b',"method":"notion-fetch","method":"notion-update-page"}',
        b"{" + META + b',"params":{"arguments":{"id":"a","id":"b"}}}',
        b"{" + META + b',"x":NaN}',
        b"{" + META + b',"x":-Infinity}',
        b"{" + META + b',"x":1e400}',
        b"{" + META + b',"x":[{"y":-1e999}]}',
    ],
)
async def test_a_body_to_be_rewritten_that_reads_in_two_ways_is_refused(
    connected: Rig, upstream: RecordingMcp, body: bytes, figure: Figure
) -> None:
    got = await connected.caller.call("team", body)

    assert (got.status, got.reason) == (422, "invalid_request")
    require_clear_words(got)
    assert upstream.seen == []
    figure("{} that read in two ways: {} reached Notion", 1, len(upstream.seen))


@pytest.mark.parametrize(
    "body",
    [
        b'{"id":1,"id":2,"note":"space_id"}',
        b'{"x":NaN,"note":"space_id"}',
        b'{"x":1e999999,"note":"user_id"}',
        b'{"x":' + b"9" * 10_000 + b',"note":"user_id"}',
        b'{"x":"\\ud800","y":"\\udc00\\ud800"}',
        b'{"x":"\xed\xa0\x80","note":"user_id"}',
        b'{"x":"\xff","note":"user_id"}',
        b'{"x":"\x00","note":"user_id"}',
        b'\xef\xbb\xbf{"note":"user_id"}',
        '{"note":"user_id"}'.encode("utf-16"),
        '{"note":"user_id"}'.encode("utf-32-be"),
        b'{"note":"user_id"} trailing',
        b'{"note":"user_id",}',
        b"{'note':'user_id'}",
        b'{"note":"user_id"/* */}',
        b'"user_id"',
        b"user_id",
        b"\\u",
        b"",
    ],
)
async def test_a_body_without_meta_is_notions_to_judge(
    connected: Rig, upstream: RecordingMcp, body: bytes
) -> None:
    assert (await connected.caller.call("team", body)).status == 200
    assert upstream.last.body == body


@pytest.mark.parametrize(
    "call_id", [b"1" * 4000, b'"\\ud800"', b'"\xed\xa0\x80"', b"1e999", b"NaN"]
)
async def test_an_error_to_a_hostile_id_is_json_all_the_same(
    connected: Rig, call_id: bytes
) -> None:
    got = await connected.caller.call("team", b'{"id":%b,"meta":{"space_id":"other"}}' % call_id)

    require_clear_words(got)


# --- whatever else there is ---------------------------------------------------------------

scalars = st.one_of(
    st.sampled_from(
        ["NaN", "-Infinity", "1e999", "-0", "1E400", "0.1e-400", "9" * 5000, "01", "tru", "nul"]
    ),
    st.integers().map(str),
    st.floats().map(repr),
    st.text(max_size=8).map(json.dumps),
    st.sampled_from(['"\\ud800"', '"\\udfff\\ud800"', '"\ud83d"', '"\x00"', '"\\x"', '"']),
)
names = st.sampled_from(["a", "id", "meta", "_meta", "params", "space_id", "m\\u0065ta", "\\ud800"])
claims = st.sampled_from(
    ['{"space_id":"team"}', '{"space_id":"other"}', '{"user_id":"ada"}', '{"user_id":7}', "{}"]
)


def of_members(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    member = st.tuples(names, values | claims).map(lambda pair: f'"{pair[0]}":{pair[1]}')
    return st.lists(member, max_size=4).map(lambda all_of: "{" + ",".join(all_of) + "}")


def of_items(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda all_of: "[" + ",".join(all_of) + "]")


documents = st.recursive(
    scalars, lambda inner: of_members(inner) | of_items(inner), max_leaves=6
).map(lambda text: text.encode("utf-8", "surrogatepass"))
bodies = documents | of_members(documents.map(lambda raw: raw.decode("utf-8", "replace"))).map(
    lambda text: text.encode()
)


@given(body=bodies | st.binary(max_size=40).map(lambda tail: b'{"meta":{"space_id":' + tail))
@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_any_body_is_refused_in_clear_words_or_arrives_as_it_was_meant(
    connected: Rig, upstream: RecordingMcp, body: bytes
) -> None:
    upstream.seen.clear()
    got = await connected.caller.call("team", body)

    if got.status != 200:
        require_clear_words(got)
        assert upstream.seen == []
        return
    (seen,) = upstream.seen
    if seen.body != body:
        sent, arrived = json.loads(body), json.loads(seen.body, parse_constant=pytest.fail)
        assert arrived == without_claims(sent)


def without_claims(document: object) -> object:
    """What is left when the seed's fields are taken out where the seed puts them."""
    messages = cast("list[object]", document) if isinstance(document, list) else [document]
    for message in messages:
        drop_claims(message, "meta")
        if isinstance(message, dict):
            drop_claims(cast("dict[str, object]", message).get("params"), "_meta")
    return cast("object", document)


def drop_claims(holder: object, name: str) -> None:
    if not isinstance(holder, dict):
        return
    members = cast("dict[str, object]", holder)
    found = members.get(name)
    if isinstance(found, dict):
        meta = cast("dict[str, object]", found)
        claimed = [meta.pop(key, None) for key in ("space_id", "user_id") if key in meta]
        assert set(claimed) <= {"team", "ada"}
        if claimed and not meta:
            del members[name]


async def test_a_gateway_that_rewrites_every_body_would_be_noticed(
    connected: Rig, upstream: RecordingMcp
) -> None:
    """The control: what is compared are bytes, and Python's JSON does not keep them."""
    body = b'{"note":"user_id","x":1.0e2,"y":NaN}'
    await connected.caller.call("team", body)

    assert upstream.last.body == body
    assert json.dumps(json.loads(body)).encode() != body
    assert math.isnan(json.loads(body)["y"])
