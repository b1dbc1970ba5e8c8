import random
import re
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.integration.errors import InvalidReturnPath
from notion_gateway.integration.rules.consent import (
    RESULT_NAMES,
    ConnectError,
    PendingConsent,
    judge_redirect,
    may_finish,
    require_return_path,
    return_url,
)
from notion_gateway.kernel.secret import Secret
from tests.support.figures import Figure
from tests.support.samples import NOW
from tests.support.shared import shared_cases

SITE = "https://app.example"

CASES = shared_cases("return-paths")


@pytest.mark.promise("threats:25")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [pytest.param(case["path"], case["allowed"], id=case["why"]) for case in CASES],
)
def test_a_path_is_kept_as_it_is_or_refused_if_it_could_lead_elsewhere(
    path: str, allowed: bool
) -> None:
    if allowed:
        assert require_return_path(path) == path
    else:
        with pytest.raises(InvalidReturnPath):
            require_return_path(path)


def test_each_name_of_a_result_is_among_the_refused() -> None:
    refused = {case["path"] for case in CASES if not case["allowed"]}
    assert {f"/cb?{name}=x" for name in RESULT_NAMES} <= refused


_SLASHES = [
    "/",
    "//",
    "/..",
    "\\",
    "%2f",
    "%5c",
    "%25",
    "2f",
    "5c",
    "evil.example",
    "@",
    ":",
    ".",
    "..",
]
_REST = [
    "?",
    "%3f",
    "#",
    "\r\n",
    "\t",
    "\x00",
    "a",
    "%0d%0a",
    "%09",
    "https:",
    "\uff0f",
    "%e3%80%82",
    "%2e",
]
PIECES = _SLASHES + _REST


def leads_to(target: str) -> set[str]:
    """Where a browser would end, also when hops on the way decode the address once more.

    Read as the WHATWG has it: backslashes are slashes, tabs and newlines vanish.
    """
    hosts: set[str] = set()
    for _ in range(4):
        browser = re.sub(r"[\t\r\n]", "", target).replace("\\", "/")
        hosts.add(urlsplit(browser).netloc)
        joined = urlsplit(urljoin(SITE + "/", browser.removeprefix(SITE)))
        hosts.add(joined.netloc)
        hosts.add(urlsplit(urljoin(SITE + "/", joined.path)).netloc)  # some go by the path alone
        target = unquote(target)
    return hosts


def accepted(path: str) -> bool:
    try:
        require_return_path(path)
    except InvalidReturnPath:
        return False
    return True


@pytest.mark.promise("threats:25")
@pytest.mark.thorough
def test_of_100_000_generated_paths_none_that_is_accepted_leaves_the_return_site(
    figure: Figure,
) -> None:
    source = random.Random(25)  # noqa: S311 - the same paths in every run
    taken, made = 0, 100_000
    strays: list[str] = []
    for _ in range(made):
        path = "".join(source.choices(PIECES, k=source.randint(1, 8)))
        path = path if source.random() < 0.3 else "/" + path
        if accepted(path):
            taken += 1
            if leads_to(return_url(SITE, path, {"status": "success"})) != {"app.example"}:
                strays.append(path)
    assert strays == []
    assert taken > 1_000  # the rest would prove nothing
    words = "{:,} generated paths, {:,} accepted: {} lead elsewhere"
    figure(words, made, taken, len(strays))


@given(st.text(max_size=30).map("/".__add__))
@pytest.mark.thorough
def test_any_text_that_is_accepted_stays_on_the_return_site(path: str) -> None:
    if accepted(path):
        assert leads_to(return_url(SITE, path, {"status": "success"})) == {"app.example"}


def test_the_check_of_the_generated_paths_sees_an_attack() -> None:
    assert leads_to(SITE + "//evil.example") != {"app.example"}
    assert leads_to(SITE + "/%5cevil.example") != {"app.example"}


def test_the_result_joins_a_query_that_is_there_already() -> None:
    url = return_url(SITE + "/", "/a?tab=1", {"status": "error", "error": "access_denied"})
    assert url.startswith(f"{SITE}/a?")
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "tab": "1",
        "status": "error",
        "error": "access_denied",
    }


def pending(browser: Secret | None = None) -> PendingConsent:
    return PendingConsent(
        space_id="space",
        user_id="ann",
        return_path="/",
        issuer="https://notion.example",
        resource="https://notion.example/mcp",
        client_id="c",
        auth_method="none",
        client_secret=None,
        code_verifier="canary-verifier",
        redirect_uri="https://gw.example/cb",
        browser_sha256=browser.fingerprint() if browser else None,
        expires_at=NOW + timedelta(minutes=10),
    )


@pytest.mark.promise("threats:20")
@pytest.mark.parametrize(
    ("query", "sends_iss", "expected"),
    [
        ({"code": "c", "iss": "https://notion.example"}, True, Secret("c")),
        ({"code": "c"}, False, Secret("c")),
        ({"code": "c", "iss": "https://notion.example"}, False, Secret("c")),
        ({"code": "c"}, True, ConnectError.ISSUER_MISMATCH),
        ({"code": "c", "iss": "https://evil.example"}, True, ConnectError.ISSUER_MISMATCH),
        ({"code": "c", "iss": "https://evil.example"}, False, ConnectError.ISSUER_MISMATCH),
        ({"code": "c", "iss": "https://notion.example/"}, True, ConnectError.ISSUER_MISMATCH),
        ({"code": "c", "iss": ""}, False, ConnectError.ISSUER_MISMATCH),
        (
            {"error": "access_denied", "iss": "https://evil.example"},
            False,
            ConnectError.ISSUER_MISMATCH,
        ),
        ({"error": "access_denied"}, False, ConnectError.ACCESS_DENIED),
        ({"error": "<script>"}, False, ConnectError.AUTHORIZATION_FAILED),
        ({"error": "server_error", "code": "c"}, False, ConnectError.AUTHORIZATION_FAILED),
        ({}, False, ConnectError.CODE_MISSING),
        ({"code": ""}, False, ConnectError.CODE_MISSING),
    ],
)
def test_the_issuer_is_judged_before_anything_else_in_the_redirect(
    query: dict[str, str], sends_iss: bool, expected: Secret | ConnectError
) -> None:
    assert judge_redirect(query, pending(), sends_iss=sends_iss) == expected


@pytest.mark.promise("threats:21")
def test_a_consent_ends_in_time_in_its_own_browser_and_with_its_own_user() -> None:
    mine, other = Secret("mine"), Secret("other")
    bound, free = pending(mine), pending()
    assert may_finish(bound, browser=mine, user_id=None, now=NOW)
    assert may_finish(bound, browser=mine, user_id="ann", now=NOW)
    assert not may_finish(bound, browser=other, user_id=None, now=NOW)
    assert not may_finish(bound, browser=None, user_id=None, now=NOW)
    assert not may_finish(bound, browser=mine, user_id="bob", now=NOW)
    assert not may_finish(bound, browser=mine, user_id=None, now=bound.expires_at)
    assert may_finish(free, browser=None, user_id=None, now=NOW)
    assert not may_finish(free, browser=None, user_id="bob", now=NOW)


@pytest.mark.promise("threats:18")
def test_a_pending_consent_does_not_print_its_secrets() -> None:
    assert "canary" not in f"{pending()!r} {pending()}"
