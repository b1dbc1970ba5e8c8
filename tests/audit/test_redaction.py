"""Nothing that looks like a credential is kept of what is said in a call."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.audit.rules.answers import id_form, results_in
from notion_gateway.audit.rules.redaction import (
    CUT,
    MOST_CHARACTERS,
    REDACTED,
    kept_form,
    redacted,
)

DIGITS = "1f2e3d4c5b6a79880011223344556677"
SECRETS = [
    "ntn_b1946ac92492d2347c6235b4d2611184",
    "secret_b1946ac92492d2347c6235b4d26",
    "nmgp_Zm9vYmFyYmF6cXV4",
    "1f2e3d4c-5b6a-7988-0011-223344556677:abcdefgh12:abcdefgh12345678",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_11ABCDEFG0abcdefghij",
    "glpat-abcdefghij1234567890",
    "xoxb-1234567890-abcdefghij",
    "sk-proj-abcdefghijklmnop1234",
    "sk_live_abcdefghijklmnop1234",
    "AKIAIOSFODNN7EXAMPLE",
    "AIzaSyA-abcdefghijklmnopqrstuvw",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "kJ8sLq02mNbVcXz7AsDfGhJkLpOiUyTr",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "around", ["{}", "use {} for it", "({})", '"{}"', "https://example.com/?token={}&page=2"]
)
def test_a_credential_is_left_out_by_its_form(secret: str, around: str) -> None:
    kept = kept_form({"content": [around.format(secret)]})
    assert secret not in kept
    assert REDACTED in kept


@pytest.mark.parametrize(
    "text",
    [
        "password: hunter2!",
        "DB_PASSWORD=hunter2!",
        "api-key = 'hunter2!'",
        '"client_secret": "hunter2!"',
        "Authorization: Basic hunter2!",
        "curl -H 'Authorization: Bearer hunter2!'",
        "postgresql://ada:hunter2!@db.example.com/birch",
        "https://files.example.com/a.png?X-Amz-Signature=hunter2!&X-Amz-Date=1",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2!\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nhunter2!",
    ],
)
def test_a_credential_is_left_out_by_what_stands_before_it(text: str) -> None:
    assert "hunter2" not in kept_form([text, {"text": json.dumps({"a": text})}])


@pytest.mark.parametrize("name", ["password", "API Key", "accessToken", "client_secret", "Cookie"])
@pytest.mark.parametrize("value", ["hunter2", 4711, ["hunter2"], {"is": "hunter2"}])
def test_a_value_is_left_out_by_its_name(name: str, value: Any) -> None:
    assert redacted({"properties": {name: value}}) == {"properties": {name: REDACTED}}


def test_json_within_a_text_is_looked_into() -> None:
    inner = json.dumps({"page": "Onboarding", "token": "short"})
    assert json.loads(str(redacted(inner))) == {"page": "Onboarding", "token": REDACTED}


@pytest.mark.parametrize(
    "value",
    [
        DIGITS,
        "1f2e3d4c-5b6a-7988-0011-223344556677",
        f"https://www.notion.so/Onboarding-For-New-People-2026-{DIGITS}",
        f"https://notion.so/{DIGITS}?v={DIGITS}",
        "Onboarding: who does what in the first week",
        {"page_id": DIGITS, "command": "replace_content", "is_locked": True, "count": 3},
        {"has_token": True, "password": None},
        ["", 0, 1.5, None, False],
    ],
)
def test_what_is_none_stays_as_it_is(value: object) -> None:
    assert redacted(value) == value


@pytest.mark.parametrize("before", range(0, 60, 7))
def test_what_is_cut_holds_no_part_of_a_credential(before: int) -> None:
    """It is redacted first: else half of one would have no form any more."""
    text = "a " * (MOST_CHARACTERS // 2 - 30) + " " * before + SECRETS[0] + " " + "b " * 5000
    kept = kept_form(text)
    assert len(kept) == MOST_CHARACTERS + len(CUT)
    assert kept.endswith(CUT)
    assert SECRETS[0][:8] not in kept


json_values: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


@given(json_values)
def test_whatever_is_said_has_a_form_that_every_database_takes(value: object) -> None:
    kept = kept_form(value)
    assert len(kept) <= MOST_CHARACTERS + len(CUT)
    assert kept.encode().decode() == kept
    assert not any(ord(one) < 0x20 for one in kept)


def test_nothing_is_nested_too_deep() -> None:
    deep: object = "the end"
    for _ in range(900):
        deep = [deep]
    assert "the end" not in kept_form(deep)


@pytest.mark.parametrize(
    "again",
    [
        *("a", "aB1", "aB1-", "0", "token", "token:", "?token", "&x-amz-", "secret='", "bearer "),
        *(
            "://",
            "://a:",
            "eyJ-",
            "eyJaaaaaaaa.",
            "SG.",
            "sk-",
            "nmga_",
            "-----BEGIN A",
            "[",
            '{"a":',
        ),
    ],
)
def test_a_text_is_looked_through_in_one_way(again: str) -> None:
    """Whoever calls chooses it. A form that went back again and again would take minutes here."""
    kept_form(again * (64 * 1024 // len(again)))


def said(call_id: object, **more: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": call_id, **more}).encode()


def test_each_call_gets_its_own_result() -> None:
    both = b"[" + said(1, result={"n": 1}) + b"," + said("1", error={"code": -1}) + b"]"
    assert results_in(both, is_stream=False) == {
        id_form(1): '{"n":1}',
        id_form("1"): '{"code":-1}',
    }


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_result_is_found_in_a_stream(end: bytes) -> None:
    progress = b'{"jsonrpc":"2.0","method":"notifications/progress","params":{}}'
    lines = [b": hello", b"data: " + progress, b"", b"event: message"]
    lines += [b"data:" + said(7, result={"n": 7}), b""]
    assert results_in(end.join(lines), is_stream=True) == {id_form(7): '{"n":7}'}


@given(st.binary(max_size=200), st.booleans())
def test_no_answer_is_too_strange(answer: bytes, is_stream: bool) -> None:
    assert isinstance(results_in(b"data: [" + answer, is_stream=is_stream), dict)
