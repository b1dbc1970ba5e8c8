"""The authorization request: what leads to the consent page, and what does not."""

from urllib.parse import quote

import pytest

from tests.support.browser import browsing
from tests.support.gateway import query_of
from tests.support.mcp_login import REDIRECT_URI, Logins, challenge_of
from tests.support.privacy import require_private

pytestmark = pytest.mark.anyio


@pytest.mark.promise("threats:58")
async def test_a_good_request_leads_to_the_consent_page_and_stores_nothing(logins: Logins) -> None:
    answer = await logins.rig.caller.get(logins.authorize_url(), user=None)

    assert answer.status == 302
    require_private(answer.headers)
    assert answer.location.startswith(f"{logins.origin}/oauth/consent?request=")
    assert logins.rig.sql("select * from client_grants") == []
    assert logins.rig.sql("select * from oauth_states") == []


REFUSED = pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": challenge_of("x") + "="}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"resource": None}, "invalid_target"),
        ({"resource": "https://elsewhere.example/mcp/notion/team"}, "invalid_target"),
        ({"resource": "{origin}/mcp/notion/"}, "invalid_target"),
        ({"resource": "{origin}/mcp/notion/proxy"}, "invalid_target"),
        ({"resource": "{origin}/mcp/notion/team/more"}, "invalid_target"),
        ({"resource": "{origin}"}, "invalid_target"),
        ({"state": "s" * 2001}, "invalid_request"),
    ],
)


def shaped(logins: Logins, changes: dict[str, str | None]) -> str:
    return logins.authorize_url(
        **{
            name: value.replace("{origin}", logins.origin) if value else None
            for name, value in changes.items()
        }
    )


@pytest.mark.promise("threats:58")
@REFUSED
async def test_what_cannot_be_allowed_goes_back_to_the_client_with_iss(
    logins: Logins, changes: dict[str, str | None], error: str
) -> None:
    async with browsing(logins.origin) as browser:
        await browser.sign_in("ada")
        answer = await browser.open(shaped(logins, changes))

    assert answer.status == 302
    require_private(answer.headers)
    assert answer.location is not None
    assert answer.location.startswith(f"{REDIRECT_URI}?")
    result = query_of(answer.location)
    assert result["error"] == error
    assert result["iss"] == logins.origin
    assert result["state"] == changes.get("state", "st&te")
    assert "code" not in result


@REFUSED
async def test_whoever_has_not_signed_in_is_sent_nowhere_by_a_client_that_anybody_registered(
    logins: Logins, changes: dict[str, str | None], error: str
) -> None:
    """RFC 9700 section 4.11.2."""
    del error
    client = (await logins.register(redirect_uris=["https://evil.example/cb"])).json
    theirs = {"client_id": client["client_id"], "redirect_uri": "https://evil.example/cb"}

    answer = await logins.rig.caller.get(shaped(logins, {**theirs, **changes}), user=None)

    assert answer.status == 400
    assert "location" not in answer.headers
    assert b"This program cannot log in" in answer.body
    assert b"start the login again" in answer.body
    assert b"evil.example" not in answer.body
    require_private(answer.headers)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://127.0.0.1:4711/other",
        "http://127.0.0.1:4711/callback?more=1",
        "http://127.0.0.1:4711/callback#fragment",
        "http://127.0.0.1:4711/callback/",
        "http://127.0.0.1:4711/x/../callback",
        "http://127.0.0.1:4711/%63allback",
        "http://localhost:4711/callback",
        "http://127.0.0.1@evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://evil@127.0.0.1:4711/callback",
        "https://127.0.0.1:4711/callback",
        "https://evil.example/callback",
        "HTTP://127.0.0.1:4711/callback",
        "//127.0.0.1:4711/callback",
        "",
        None,
    ],
)
async def test_a_redirect_uri_that_is_not_the_clients_leads_nowhere(
    logins: Logins, redirect_uri: str | None
) -> None:
    answer = await logins.rig.caller.get(logins.authorize_url(redirect_uri=redirect_uri), user=None)

    assert answer.status == 400
    assert "location" not in answer.headers
    assert b"This program cannot log in" in answer.body


@pytest.mark.parametrize("port", ["", ":1", ":65535"])
async def test_on_loopback_any_port_will_do(logins: Logins, port: str) -> None:
    url = logins.authorize_url(redirect_uri=f"http://127.0.0.1{port}/callback")

    answer = await logins.rig.caller.get(url, user=None)

    assert answer.location.startswith(f"{logins.origin}/oauth/consent?")


async def test_off_loopback_the_port_counts(logins: Logins) -> None:
    client = await logins.register(redirect_uris=["https://app.example/cb"])
    client_id = client.json["client_id"]

    async def lead(redirect_uri: str) -> int:
        url = logins.authorize_url(client_id=client_id, redirect_uri=redirect_uri)
        return (await logins.rig.caller.get(url, user=None)).status

    assert await lead("https://app.example/cb") == 302
    assert await lead("https://app.example:8443/cb") == 400


async def test_an_unknown_client_is_told_to_the_person_only(logins: Logins) -> None:
    answer = await logins.rig.caller.get(
        logins.authorize_url(client_id="<script>alert(1)</script>"), user=None
    )

    assert answer.status == 400
    assert b"<script>" not in answer.body
    assert "location" not in answer.headers


async def test_the_page_about_an_unknown_client_says_what_to_do_in_it(logins: Logins) -> None:
    """Programs send an old client id for weeks after it has lapsed, and never ask anew."""
    answer = await logins.rig.caller.get(
        logins.authorize_url(client_id="0d290750-cdc0-40d1-be88-730e5a181209"), user=None
    )

    assert answer.status == 400
    assert "location" not in answer.headers
    page = answer.body.decode()
    for program in ("Claude Code", "Cursor", "VS Code"):
        assert program in page
    for action in ("Clear authentication", "Remove Dynamic Authentication Providers"):
        assert action in page


async def test_a_parameter_that_stands_twice_is_refused(logins: Logins) -> None:
    twice = f"&redirect_uri={quote('https://evil.example', safe='')}"

    answer = await logins.rig.caller.get(logins.authorize_url() + twice, user=None)

    assert answer.status == 400
    assert "location" not in answer.headers


async def test_scopes_are_ignored(logins: Logins) -> None:
    answer = await logins.rig.caller.get(logins.authorize_url(scope="admin"), user=None)

    assert answer.location.startswith(f"{logins.origin}/oauth/consent?")
