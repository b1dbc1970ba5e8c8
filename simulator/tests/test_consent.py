import re
from html import unescape

import aiohttp
import pytest

from notion_simulator.oauth.consent_page import content_security_policy
from notion_simulator.server import RunningSimulator
from notion_simulator.workspace.samples import sample_id
from support.caller import REDIRECT_URI, Caller

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def with_the_page(caller: Caller) -> None:
    await caller.settings(auto_consent=False)


async def open_page(caller: Caller, client_id: str) -> tuple[str, str]:
    """Returns the consent page's path and its HTML."""
    asked = await caller.authorize(client_id)
    assert asked.status == 302
    page = await caller.get(asked.headers["Location"])
    assert page.status == 200
    return asked.headers["Location"], page.text


def state_of(html: str) -> str:
    found = re.search(r'name="state" value="([^"]+)"', html)
    assert found is not None
    return unescape(found[1])


async def test_the_user_chooses_a_workspace_and_the_client_gets_it(caller: Caller) -> None:
    client_id = (await caller.register())["client_id"]
    _, html = await open_page(caller, client_id)
    chosen = sample_id("Birch Studio")
    form = {"state": state_of(html), "workspace": chosen, "decision": "allow"}
    decided = await caller.post("/install-integration", data=form)
    assert decided.status == 303
    back = await caller.get(decided.headers["Location"])
    assert back.headers["Location"].startswith(REDIRECT_URI)
    assert back.query["state"] == "opaque"
    tokens = await caller.exchange(client_id, back.query["code"])
    assert tokens.json["workspace_id"] == chosen


async def test_denial_reaches_the_client_as_access_denied(caller: Caller) -> None:
    client_id = (await caller.register())["client_id"]
    _, html = await open_page(caller, client_id)
    decided = await caller.post(
        "/install-integration", data={"state": state_of(html), "decision": "deny"}
    )
    back = await caller.get(decided.headers["Location"])
    assert back.query == {"error": "access_denied", "state": "opaque"}


async def test_another_browser_cannot_finish_what_this_one_began(
    caller: Caller, simulator: RunningSimulator
) -> None:
    client_id = (await caller.register())["client_id"]
    _, html = await open_page(caller, client_id)
    form = {"state": state_of(html), "workspace": sample_id("Acme"), "decision": "allow"}
    decided = await caller.post("/install-integration", data=form)
    async with aiohttp.ClientSession() as http:
        stranger = Caller(http, simulator.url)
        refused = await stranger.get(decided.headers["Location"])
    assert refused.status == 400
    assert refused.text == "Invalid MCP state. Please enable browser cookies and try again."
    assert (await caller.get(decided.headers["Location"])).status == 302


async def test_the_page_is_finished_with_once(caller: Caller) -> None:
    client_id = (await caller.register())["client_id"]
    _, html = await open_page(caller, client_id)
    form = {"state": state_of(html), "workspace": sample_id("Acme"), "decision": "allow"}
    decided = await caller.post("/install-integration", data=form)
    assert (await caller.get(decided.headers["Location"])).status == 302
    assert (await caller.get(decided.headers["Location"])).status == 400


async def test_a_hostile_client_name_is_shown_and_not_run(caller: Caller) -> None:
    name = '<script>alert(1)</script>"&'
    client_id = (await caller.register(client_name=name))["client_id"]
    path, html = await open_page(caller, client_id)
    assert "<script" not in html
    assert name in unescape(html)
    assert REDIRECT_URI in html.replace("<wbr>", "")
    policy = (await caller.get(path)).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


async def test_the_page_offers_every_workspace_with_a_label(caller: Caller) -> None:
    client_id = (await caller.register())["client_id"]
    _, html = await open_page(caller, client_id)
    assert re.findall(r'type="radio" name="workspace" value="([^"]+)"', html) == [
        sample_id("Acme"),
        sample_id("Birch Studio"),
        sample_id("Ada's Notes"),
    ]
    assert html.count("<label>") == 3
    assert '<html lang="en">' in html
    assert "src=" not in html


async def test_a_redirect_target_cannot_write_into_the_policy() -> None:
    policy = content_security_policy("https://a.example;script-src 'unsafe-inline'/x")
    assert "script-src" not in policy


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"client_id": "unknown"}, "Unknown OAuth client"),
        ({"redirect_uri": "http://localhost:3000/other"}, "Invalid redirect_uri for OAuth client"),
        ({"redirect_uri": None}, "Invalid authorization request"),
    ],
)
async def test_a_request_with_no_trusted_target_is_refused_on_the_spot(
    caller: Caller, changes: dict[str, str | None], text: str
) -> None:
    client_id = (await caller.register())["client_id"]
    answer = await caller.authorize(client_id, **changes)
    assert (answer.status, answer.text) == (400, text)


async def test_a_foreign_resource_is_an_invalid_target(caller: Caller) -> None:
    client_id = (await caller.register())["client_id"]
    answer = await caller.authorize(client_id, resource="https://elsewhere.example/mcp")
    assert (answer.status, answer.json["error"]) == (400, "invalid_target")


@pytest.mark.parametrize("resource", [None, "", "/", "/mcp"])
async def test_the_resource_may_be_omitted_or_name_this_server(
    caller: Caller, resource: str | None
) -> None:
    client_id = (await caller.register())["client_id"]
    named = None if resource is None else caller.url + resource
    answer = await caller.authorize(client_id, resource=named)
    assert answer.status == 302


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
    ],
)
async def test_other_faults_of_the_request_go_back_to_the_client(
    caller: Caller, changes: dict[str, str | None], error: str
) -> None:
    client_id = (await caller.register())["client_id"]
    answer = await caller.authorize(client_id, **changes)
    assert (answer.status, answer.query["error"]) == (302, error)
    assert answer.query["state"] == "opaque"


@pytest.mark.parametrize("mode", ["absent", "present", "foreign"])
async def test_the_redirect_carries_the_issuer_as_the_setting_says(
    caller: Caller, mode: str
) -> None:
    await caller.settings(auto_consent=True, redirect_iss=mode)
    client_id = (await caller.register())["client_id"]
    issuer = (await caller.authorize(client_id)).query.get("iss")
    expected = {"absent": None, "present": caller.url, "foreign": "https://issuer.invalid"}
    assert issuer == expected[mode]


async def test_auto_consent_takes_the_workspace_it_was_told(caller: Caller) -> None:
    await caller.settings(auto_consent=True, auto_consent_workspace="Birch Studio")
    connection = await caller.connect()
    (grant,) = (await caller.counters())["grants"]
    assert grant["client_id"] == connection.client_id
    assert grant["workspace_id"] == sample_id("Birch Studio")
