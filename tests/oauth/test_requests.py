import base64
import json
import pickle
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpRequest
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import (
    DEFAULT_LIFETIME_SECONDS,
    MAX_LIFETIME_SECONDS,
    Issued,
    Refused,
    Unclear,
    judge_tokens,
)
from notion_gateway.oauth.metadata import ServerMetadata
from notion_gateway.oauth.requests import (
    OAuthClient,
    authorization_url,
    code_request,
    pkce_challenge,
    refresh_request,
    revocation_request,
)

SERVER = ServerMetadata(
    issuer="https://n.example",
    authorization_endpoint="https://n.example/authorize",
    token_endpoint="https://n.example/token",
    registration_endpoint="https://n.example/register",
    revocation_endpoint="https://n.example/token",
    auth_methods=("client_secret_basic", "client_secret_post", "none"),
)
GOOD = {"access_token": "at", "token_type": "bearer", "expires_in": 60, "refresh_token": "rt"}


def answer(status: int, document: object, **headers: str) -> HttpAnswer:
    return HttpAnswer(status, headers, json.dumps(document).encode())


def form(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def test_pkce_matches_the_example_of_rfc_7636_appendix_b() -> None:
    verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert pkce_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.promise("threats:22")
def test_the_authorization_request_uses_s256_and_names_the_resource() -> None:
    url = authorization_url(
        SERVER,
        client_id="c",
        redirect_uri="https://gw.example/cb",
        state="s",
        code_challenge="ch",
        resource="https://n.example/mcp",
        scope=None,
    )
    assert {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} == {
        "response_type": "code",
        "client_id": "c",
        "redirect_uri": "https://gw.example/cb",
        "state": "s",
        "code_challenge": "ch",
        "code_challenge_method": "S256",
        "resource": "https://n.example/mcp",
        "prompt": "consent",
    }


def test_every_client_authenticates_in_its_own_way() -> None:
    def refresh(client: OAuthClient) -> HttpRequest:
        return refresh_request(SERVER, client, refresh_token=Secret("rt"), resource="r")

    public = refresh(OAuthClient("c"))
    assert form(public) == {
        "grant_type": "refresh_token",
        "refresh_token": "rt",
        "resource": "r",
        "client_id": "c",
    }
    post = refresh(OAuthClient("c", "client_secret_post", Secret("s&")))
    assert form(post)["client_secret"] == "s&"
    assert "authorization" not in post.headers
    basic = refresh(OAuthClient("c:1", "client_secret_basic", Secret("s/+")))
    credentials = base64.b64decode(basic.headers["authorization"].removeprefix("Basic "))
    assert credentials == b"c%3A1:s%2F%2B"
    assert "client_secret" not in form(basic)


def test_a_code_is_exchanged_with_verifier_redirect_uri_and_resource() -> None:
    request = code_request(
        SERVER,
        OAuthClient("c"),
        code=Secret("code"),
        verifier=Secret("v"),
        redirect_uri="https://gw.example/cb",
        resource="https://n.example/mcp",
    )
    assert form(request) == {
        "grant_type": "authorization_code",
        "code": "code",
        "code_verifier": "v",
        "redirect_uri": "https://gw.example/cb",
        "resource": "https://n.example/mcp",
        "client_id": "c",
    }


def test_a_revocation_has_no_grant_type() -> None:
    request = revocation_request(SERVER, OAuthClient("c"), Secret("rt"), "refresh_token")
    assert request is not None
    assert form(request) == {"token": "rt", "token_type_hint": "refresh_token", "client_id": "c"}


def test_an_answer_with_a_pair_is_issued() -> None:
    document = {**GOOD, "scope": "default", "workspace_id": "w", "workspace_name": "Acme\n"}
    assert judge_tokens(answer(200, document)) == Issued(
        Secret("at"), Secret("rt"), 60, "default", "w", "Acme"
    )


@pytest.mark.promise("threats:12")
@pytest.mark.parametrize("refresh", [{}, {"refresh_token": None}, {"refresh_token": ""}])
def test_an_answer_without_a_refresh_token_keeps_the_old_one(refresh: dict[str, str]) -> None:
    document = {name: value for name, value in GOOD.items() if name != "refresh_token"} | refresh
    judged = judge_tokens(answer(200, document))
    assert isinstance(judged, Issued)
    assert judged.refresh_token is None


@pytest.mark.parametrize(
    ("expires_in", "lifetime"),
    [
        (None, DEFAULT_LIFETIME_SECONDS),
        ("3600", 3600),
        ("soon", DEFAULT_LIFETIME_SECONDS),
        (True, DEFAULT_LIFETIME_SECONDS),
        ([], DEFAULT_LIFETIME_SECONDS),
        (-5, 1),
        (0, 1),
        (59.9, 59),
        (10**30, MAX_LIFETIME_SECONDS),
        ("9" * 400, MAX_LIFETIME_SECONDS),
        (float("inf"), MAX_LIFETIME_SECONDS),
        (float("nan"), DEFAULT_LIFETIME_SECONDS),
    ],
)
def test_a_missing_or_absurd_lifetime_is_clamped(expires_in: object, lifetime: int) -> None:
    judged = judge_tokens(answer(200, {**GOOD, "expires_in": expires_in}))
    assert isinstance(judged, Issued)
    assert judged.lifetime_seconds == lifetime


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        (400, {"error": "invalid_grant"}, Refused("invalid_grant")),
        (401, {"error": "invalid_grant"}, Refused("invalid_grant")),
        (400, {"error": "invalid_client"}, Refused("invalid_client")),
        (401, {"error": "invalid_client"}, Refused("invalid_client")),
    ],
)
def test_only_two_errors_are_a_refusal(status: int, document: object, expected: Refused) -> None:
    assert judge_tokens(answer(status, document)) == expected


@pytest.mark.promise("threats:9")
@pytest.mark.parametrize(
    ("status", "document"),
    [
        (400, {"error": "invalid_request"}),
        (400, {"error": "invalid_target"}),
        (400, {"error": "unauthorized_client"}),
        (400, {"error": ["invalid_grant"]}),
        (400, ["invalid_grant"]),
        (403, {"error": "invalid_grant"}),
        (404, {"error": "invalid_grant"}),
        (429, {"error": "invalid_grant"}),
        (500, {"error": "invalid_grant"}),
        (503, {}),
        (302, GOOD),
        (204, None),
    ],
)
def test_everything_else_is_unclear_and_ends_nothing(status: int, document: object) -> None:
    assert isinstance(judge_tokens(answer(status, document)), Unclear)


@pytest.mark.promise("threats:11")
@given(st.integers(0, 200))
def test_an_answer_cut_anywhere_is_unclear_or_whole(end: int) -> None:
    whole = json.dumps(GOOD).encode()
    judged = judge_tokens(HttpAnswer(200, {}, whole[:end]))
    assert isinstance(judged, Issued if end >= len(whole) else Unclear)


@pytest.mark.promise("threats:11")
@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(), st.lists).map(lambda value: json.dumps(value).encode())
)
def test_garbage_is_unclear_whatever_its_status(body: bytes) -> None:
    for status in (200, 400, 401, 500):
        assert isinstance(judge_tokens(HttpAnswer(status, {}, body)), Unclear)


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_token": ""},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": "a b"},
        {"access_token": 7},
        {"token_type": "mac"},
        {"token_type": None},
    ],
)
def test_a_token_that_cannot_travel_in_a_header_is_not_issued(wrong: dict[str, object]) -> None:
    assert isinstance(judge_tokens(answer(200, {**GOOD, **wrong})), Unclear)


def test_deeply_nested_json_is_no_crash() -> None:
    assert isinstance(judge_tokens(HttpAnswer(200, {}, b"[" * 200_000)), Unclear)


def test_retry_after_is_read_in_seconds_and_bounded() -> None:
    def retry(value: str) -> int | None:
        judged = judge_tokens(answer(429, {}, **{"retry-after": value}))
        assert isinstance(judged, Unclear)
        return judged.retry_after_seconds

    assert [retry(value) for value in ("7", "99999", "-1", "soon", "")] == [
        7,
        3600,
        None,
        None,
        None,
    ]


@pytest.mark.promise("threats:18")
def test_a_secret_shows_itself_to_nobody_who_does_not_ask() -> None:
    secret = Secret("canary")
    client = OAuthClient("c", "client_secret_post", secret)
    request = refresh_request(SERVER, client, refresh_token=secret, resource="r")
    shown = f"{secret!r} {secret} {client!r} {request!r} {judge_tokens(answer(200, GOOD))!r}"
    assert "canary" not in shown
    assert "'at'" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret == Secret("canary")
    assert secret != Secret("other")
    assert len({secret, Secret("canary")}) == 1
