import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.kernel.errors import InvalidRequest, PrincipalMismatch
from notion_gateway.kernel.identifiers import is_identifier, is_space_id, is_user_id
from notion_gateway.proxy.rules.seed_meta import call_id, read_seed_meta
from tests.support.shared import shared_cases

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.promise("seed:meta")
@pytest.mark.parametrize(
    "call",
    [
        {"jsonrpc": "2.0", "id": 1, "meta": {"space_id": "s", "user_id": "u"}},
        {"jsonrpc": "2.0", "id": 1, "params": {"_meta": {"space_id": "s", "user_id": "u"}}},
        {
            "jsonrpc": "2.0",
            "id": 1,
            "meta": {"space_id": "s"},
            "params": {"_meta": {"user_id": "u"}},
        },
    ],
)
def test_space_and_user_are_read_from_the_body_and_taken_out(call: dict[str, object]) -> None:
    meta = read_seed_meta(json.dumps(call).encode())
    assert (meta.space_id, meta.user_id) == ("s", "u")
    assert b"_id" not in meta.body
    assert b"meta" not in meta.body


def test_what_else_is_in_meta_stays() -> None:
    call = {"params": {"_meta": {"progressToken": 7, "space_id": "s"}, "arguments": {"x": 1.5}}}
    forwarded = json.loads(read_seed_meta(json.dumps(call).encode()).body)
    assert forwarded == {"params": {"_meta": {"progressToken": 7}, "arguments": {"x": 1.5}}}


@given(st.binary(max_size=60))
def test_a_body_that_is_not_json_stays_the_very_bytes(body: bytes) -> None:
    body += b'"space_id"'
    assert read_seed_meta(body).body is body


@given(st.dictionaries(st.text(), json_values), st.booleans())
@pytest.mark.thorough
def test_a_body_without_meta_stays_the_very_bytes(
    arguments: dict[str, object], ascii_only: bool
) -> None:
    call = {"id": 1, "params": {"arguments": {**arguments, "user_id": "someone"}}}
    body = json.dumps(call, ensure_ascii=ascii_only, indent=1).encode("utf-8", "surrogatepass")
    assert read_seed_meta(body).body is body


@given(json_values)
def test_removing_meta_changes_nothing_else(arguments: object) -> None:
    call = {"id": 1, "params": {"arguments": arguments}, "meta": {"space_id": "s"}}
    forwarded = read_seed_meta(json.dumps(call).encode()).body
    assert json.loads(forwarded) == {"id": 1, "params": {"arguments": arguments}}


def test_messages_of_one_batch_must_agree() -> None:
    one, other = {"id": 1, "meta": {"space_id": "a"}}, {"id": 2, "meta": {"space_id": "b"}}
    assert read_seed_meta(json.dumps([one, one]).encode()).space_id == "a"
    with pytest.raises(PrincipalMismatch):
        read_seed_meta(json.dumps([one, other]).encode())


@pytest.mark.parametrize("value", [1, None, ["s"], "", "a b", "x" * 300, "a/../b"])
def test_a_malformed_claim_is_refused(value: object) -> None:
    with pytest.raises(PrincipalMismatch):
        read_seed_meta(json.dumps({"meta": {"space_id": value}}).encode())


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        read_seed_meta(b'{"meta":{"space_id":"s"},"x":NaN}')


def test_depth_is_no_crash() -> None:
    body = b'{"meta":{"space_id":"s"},"x":' + b"[" * 100_000
    assert read_seed_meta(body).body is body
    assert call_id(body) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b'{"id":7}', 7), (b'{"id":"a"}', "a"), (b'{"id":true}', None), (b"[]", None), (b"x", None)],
)
def test_an_error_answers_the_calls_own_id(body: bytes, expected: object) -> None:
    assert call_id(body) == expected


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        pytest.param(case["value"], case["allowed"], id=case["why"])
        for case in shared_cases("identifiers")
    ],
)
def test_an_identifier_needs_no_escaping_anywhere(value: str, allowed: bool) -> None:
    assert is_identifier(value) is allowed
    assert is_space_id(value) is allowed


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        pytest.param(case["value"], case["allowed"], id=case["why"])
        for case in shared_cases("user-ids")
    ],
)
def test_a_user_id_is_any_subject_that_can_be_shown(value: str, allowed: bool) -> None:
    assert is_user_id(value) is allowed


def test_a_space_is_not_named_like_a_path_of_the_gateway() -> None:
    assert not any(is_space_id(name) for name in ("oauth", "mcp", "callback", "proxy"))
