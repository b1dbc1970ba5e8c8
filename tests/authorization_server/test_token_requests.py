"""The token endpoint to the letter of RFC 6749, 7009 and 8707: what clients may rely on."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.exceptions import HTTPException

from notion_gateway.authorization_server.client_store import ClientStore
from notion_gateway.kernel.errors import StoreUnavailable
from tests.support.gateway import Answer, query_of
from tests.support.mcp_login import REDIRECT_URI, VERIFIER, Logins, logging_in

pytestmark = pytest.mark.anyio

FORM = "application/x-www-form-urlencoded"


def said(answer: Answer) -> tuple[int, str]:
    """Status and error; every error says why, and no cache keeps it."""
    assert answer.json["error_description"], answer.body
    assert answer.headers["cache-control"] == "no-store"
    return answer.status, answer.json["error"]


def basic(client_id: str, secret: str, scheme: str = "Basic") -> dict[str, str]:
    pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"{scheme} {pair}"}


async def post(
    logins: Logins, path: str, data: Any, headers: Mapping[str, str] | None = None
) -> Answer:
    return await logins.rig.caller.send("POST", path, user=None, headers=headers or {}, data=data)


async def of_secret(logins: Logins, method: str = "client_secret_basic") -> tuple[str, str]:
    registered = (await logins.register(token_endpoint_auth_method=method)).json
    return registered["client_id"], registered["client_secret"]


def code_form(code: str, **changes: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
        **changes,
    }


# --- the form -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data", b"grant_type=refresh_token"),
        ("application/json", b'{"grant_type":"refresh_token"}'),
        ("text/plain", b"grant_type=refresh_token"),
        ("", b"grant_type=refresh_token"),
    ],
)
async def test_anything_but_a_form_is_an_invalid_request(
    logins: Logins, path: str, kind: str, body: bytes
) -> None:
    assert said(await post(logins, path, body, {"content-type": kind})) == (400, "invalid_request")


async def test_a_form_may_name_its_character_set(logins: Logins) -> None:
    tokens = await logins.log_in()
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
        "client_id": logins.client_id,
    }
    headers = {"content-type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"}

    assert (await post(logins, "/oauth/token", urlencode(form), headers)).status == 200


async def test_a_body_that_is_too_large_is_told_in_oauths_form(logins: Logins) -> None:
    for path in ("/oauth/token", "/oauth/revoke", "/oauth/register"):
        answer = await post(logins, path, b"x" * 100_000, {"content-type": FORM})
        assert said(answer) == (413, "invalid_request")


async def test_too_many_requests_and_a_broken_database_are_told_in_oauths_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with logging_in(tmp_path, monkeypatch, gateway_new_clients_per_minute=3) as logins:
        answer = [await logins.register() for _ in range(4)][-1]

        assert said(answer) == (429, "temporarily_unavailable")
        assert int(answer.headers["retry-after"]) > 0

        async def unreachable(*_: object) -> None:
            raise StoreUnavailable

        monkeypatch.setattr(ClientStore, "get", unreachable)
        answer = await logins.refresh("nmgr_x")
        assert said(answer) == (503, "temporarily_unavailable")
        assert int(answer.headers["retry-after"]) > 0


async def test_a_fault_that_nobody_foresaw_is_a_server_error_with_a_line_in_the_log(
    logins: Logins, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ClientStore, "get", broken)

    assert said(await logins.refresh("nmgr_x")) == (500, "server_error")
    assert "ZeroDivisionError" in "".join(capsys.readouterr())


async def test_what_the_framework_refuses_is_told_in_oauths_form_with_a_line_in_the_log(
    logins: Logins, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refusing(*_: object) -> None:
        raise HTTPException(400, "There was an error parsing the body")

    monkeypatch.setattr(ClientStore, "get", refusing)

    assert said(await logins.refresh("nmgr_x")) == (400, "invalid_request")
    assert "framework_refusal" in "".join(capsys.readouterr())


# --- grant types --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grant_type", "error"),
    [
        ("password", "unsupported_grant_type"),
        ("urn:ietf:params:oauth:grant-type:saml2-bearer", "unsupported_grant_type"),
        ("Refresh_Token", "unsupported_grant_type"),
        ("", "invalid_request"),
        (None, "invalid_request"),
    ],
)
async def test_a_grant_type_that_is_not_offered_is_named_so(
    logins: Logins, grant_type: str | None, error: str
) -> None:
    form = {"client_id": logins.client_id, "refresh_token": "nmgr_x"}
    if grant_type is not None:
        form["grant_type"] = grant_type

    assert said(await logins.token(form)) == (400, error)


@pytest.mark.parametrize(
    "grant_type",
    ["refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"],
)
async def test_a_grant_type_that_a_client_did_not_register_for_is_not_its_own(
    logins: Logins, grant_type: str
) -> None:
    client = (await logins.register(grant_types=["authorization_code"])).json["client_id"]

    answer = await logins.refresh("nmgr_x", client_id=client, grant_type=grant_type)

    assert said(answer) == (400, "unauthorized_client")


# --- redirect URIs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://127.0.0.1:4712/callback",
        "http://127.0.0.1:4711/callback/",
        "HTTP://127.0.0.1:4711/callback",
        "https://app.example/cb",
        "not an address",
    ],
)
async def test_a_code_for_another_address_is_an_invalid_grant(
    logins: Logins, redirect_uri: str
) -> None:
    code = await logins.code()

    assert said(await logins.exchange(code, redirect_uri=redirect_uri)) == (400, "invalid_grant")
    assert (await logins.exchange(code)).status == 200  # and it was not used up


async def test_a_client_of_oauth_2_1_does_not_name_its_address_again(logins: Logins) -> None:
    """draft-ietf-oauth-v2-1 section 10.2: PKCE does what that was for."""
    code = await logins.code()

    assert (await logins.exchange(code, redirect_uri="")).status == 200


# --- client authentication ----------------------------------------------------------------


async def test_a_wrong_secret_is_asked_for_again_in_the_way_it_came(logins: Logins) -> None:
    client_id, _ = await of_secret(logins)
    form = {"grant_type": "refresh_token", "refresh_token": "nmgr_x"}

    for path in ("/oauth/token", "/oauth/revoke"):
        sent = {**form, "token": "nmgr_x"}
        answer = await post(logins, path, sent, basic(client_id, "wrong"))
        assert said(answer) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "Basic", "bAsIc"])
async def test_the_name_of_a_scheme_has_no_case(logins: Logins, scheme: str) -> None:
    client_id, secret = await of_secret(logins)
    code = await logins.code(client_id=client_id)

    answer = await logins.token(code_form(code), **basic(client_id, secret, scheme))

    assert answer.status == 200


async def test_a_client_shows_its_secret_in_one_way(logins: Logins) -> None:
    """RFC 6749 section 2.3."""
    client_id, secret = await of_secret(logins)
    code = await logins.code(client_id=client_id)

    answer = await logins.token(code_form(code, client_secret=secret), **basic(client_id, secret))

    assert said(answer) == (400, "invalid_request")


# --- resource and scope -------------------------------------------------------------------


async def test_what_is_empty_counts_as_left_out(logins: Logins) -> None:
    """RFC 6749 section 3.2."""
    answer = await logins.exchange(
        await logins.code(), resource="", scope="", client_secret="", redirect_uri=""
    )

    assert answer.status == 200
    assert said(await logins.exchange("")) == (400, "invalid_request")


async def test_one_resource_may_stand_twice_and_two_may_not(logins: Logins) -> None:
    """RFC 8707 section 2 allows several; here a token is for one."""
    tokens = await logins.log_in()
    form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"]),
        ("client_id", logins.client_id),
        ("resource", logins.resource),
    ]

    async def asked(*further: str) -> Answer:
        pairs = [*form, *(("resource", one) for one in further)]
        return await post(logins, "/oauth/token", urlencode(pairs), {"content-type": FORM})

    assert said(await asked(f"{logins.origin}/mcp/notion/other")) == (400, "invalid_target")
    assert (await asked(logins.resource, "")).status == 200


async def test_one_resource_may_stand_twice_where_a_login_begins(logins: Logins) -> None:
    twice = "&" + urlencode({"resource": logins.resource})

    answer = await logins.rig.caller.get(logins.authorize_url() + twice, user=None)

    assert answer.location.startswith(f"{logins.origin}/oauth/consent?")


async def test_a_scope_is_ignored_when_a_token_is_renewed(logins: Logins) -> None:
    tokens = await logins.log_in()

    answer = await logins.refresh(tokens["refresh_token"], scope="read write")

    assert answer.status == 200
    assert "scope" not in answer.json


async def test_an_empty_state_is_none(logins: Logins) -> None:
    assert "state" not in query_of(await logins.allowed(state=""))
