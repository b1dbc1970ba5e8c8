"""Consents that somebody else has a hand in: nothing is connected, nothing is given away."""

import asyncio
import json
from collections import Counter
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from notion_gateway.integration import connect
from notion_gateway.integration.rules import consent
from notion_gateway.settings import CALLBACK_PATH
from notion_gateway.storage.one_use_records import Record, SqlOneUseRecords
from tests.support.asgi import answer
from tests.support.clocks import SharedClock
from tests.support.figures import Figure
from tests.support.gateway import RETURN_BASE, Answer, query_of
from tests.support.notion import serving_notion
from tests.support.rig import Rig, a_rig
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

METADATA = "/.well-known/oauth-authorization-server"


async def require_nothing_connected(rig: Rig, end: Answer, error: str) -> None:
    assert (end.status, end.result) == (303, {"status": "error", "error": error})
    assert rig.notion.wire.exchanges() == 0
    assert (await rig.caller.status("team"))["status"] == "disconnected"


# --- mix-up -------------------------------------------------------------------------------


@pytest.mark.promise("threats:20")
async def test_a_redirect_from_another_issuer_never_spends_the_code(rig: Rig) -> None:
    rig.notion.change(redirect_iss="foreign")
    end = await rig.caller.connect("team")

    await require_nothing_connected(rig, end, "issuer_mismatch")


@pytest.mark.promise("threats:20")
@pytest.mark.parametrize("change", ["absent", "upper case", "slash", "empty", "doubled"])
async def test_an_issuer_is_compared_exactly(rig: Rig, change: str, figure: Figure) -> None:
    rig.notion.change(redirect_iss="present", advertise_iss=True)
    back = await rig.caller.consent("team")
    plain, _, iss = back.rpartition("&iss=")
    given = {
        "absent": "",
        "upper case": f"&iss={iss.upper()}",
        "slash": f"&iss={iss}%2F",
        "empty": "&iss=",
        "doubled": f"&iss={iss}&iss={iss}",
    }
    end = await rig.caller.get(plain + given[change], user=None)

    await require_nothing_connected(rig, end, "issuer_mismatch")
    figure("{} issuers nearly right: {} codes spent", 1, rig.notion.wire.exchanges())


@pytest.mark.promise("threats:20")
async def test_the_right_issuer_is_accepted(rig: Rig) -> None:
    rig.notion.change(redirect_iss="present", advertise_iss=True)

    assert (await rig.caller.connect("team")).result["status"] == "success"


@pytest.mark.promise("threats:20")
async def test_after_a_mix_up_not_even_the_error_is_believed(rig: Rig) -> None:
    rig.notion.change(advertise_iss=True)
    for iss in ({}, {"iss": "https://evil.example"}):
        state = (await rig.caller.start("team")).json["state"]
        query = {"error": "access_denied", "state": state, **iss}
        end = await rig.caller.get(CALLBACK_PATH, params=query, user=None)

        await require_nothing_connected(rig, end, "issuer_mismatch")


@pytest.mark.promise("threats:20")
async def test_a_code_of_one_server_is_never_sent_to_another(rig: Rig) -> None:
    """Two authorization servers: the evil one's code comes back to the consent of the good one."""
    async with serving_notion(clock=SharedClock()) as evil:
        state = (await rig.caller.start("team")).json["state"]
        query = {"code": "canary-of-evil", "state": state, "iss": evil.url}
        end = await rig.caller.get(CALLBACK_PATH, params=query, user=None)

        await require_nothing_connected(rig, end, "issuer_mismatch")
        assert evil.wire.requests == []


@pytest.mark.promise("threats:20")
async def test_without_the_comparison_the_same_code_is_spent(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    def believing(query: dict[str, str], *_: object, **__: object) -> object:
        return consent.Secret(query["code"])

    monkeypatch.setattr(connect, "judge_redirect", believing)
    rig.notion.change(redirect_iss="foreign")
    await rig.caller.connect("team")

    assert rig.notion.wire.exchanges() == 1


# --- state --------------------------------------------------------------------------------


async def hundred_callbacks(rig: Rig) -> Counter[str]:
    back = await rig.caller.consent("team")
    calls = [rig.caller.get(back, user=None) for _ in range(100)]
    ends = await asyncio.gather(*calls)
    return Counter(end.result.get("error", "success") for end in ends)


@pytest.mark.promise("threats:21")
async def test_a_hundred_callbacks_at_once_make_one_exchange(rig: Rig, figure: Figure) -> None:
    ends = await hundred_callbacks(rig)

    assert ends == {"success": 100}  # the same answer for all (threats:60)
    exchanges = rig.notion.wire.exchanges()
    assert exchanges == 1
    assert rig.notion.grant_states() == ["active"]
    figure("{} callbacks at once with one state: {} exchange", ends.total(), exchanges)


@pytest.mark.promise("threats:21")
async def test_a_state_that_is_not_taken_by_the_first_is_used_by_all(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a store that looks a state up but leaves it there. No exchange begins before
    two callbacks have found it.
    """
    take, put = SqlOneUseRecords.take, SqlOneUseRecords.put
    looks, two_have_found_it = asyncio.Lock(), asyncio.Barrier(2)
    seen = 0

    async def look(store: SqlOneUseRecords, key: str, now: Any, _: Any = None) -> Any:
        nonlocal seen
        async with looks:
            found = await take(store, key, now)
            if found is not None:
                await put(store, Record(key, found, rig.clock.now().replace(year=2999)))
                seen += 1
        if found is not None and seen <= 2:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await two_have_found_it.wait()
        return found

    monkeypatch.setattr(SqlOneUseRecords, "take", look)
    await hundred_callbacks(rig)

    assert rig.notion.wire.exchanges() > 1


@pytest.mark.promise("threats:21")
async def test_a_consent_that_a_browser_began_does_not_end_in_another(rig: Rig) -> None:
    for cookie in (None, "wrong", ""):
        started = await rig.caller.start("team", browser="true")
        ((name, _),) = SimpleCookie(started.headers["set-cookie"]).items()
        redirect = await rig.caller.get(started.json["authorizeUrl"], user=None)
        headers = {} if cookie is None else {"Cookie": f"{name}={cookie}"}
        end = await rig.caller.get(redirect.location, user=None, headers=headers)

        await require_nothing_connected(rig, end, "state_invalid")


@pytest.mark.promise("threats:21")
async def test_a_cookie_of_one_consent_does_not_finish_another(rig: Rig) -> None:
    mine, other = [await rig.caller.start("team", browser="true") for _ in range(2)]
    ((name, _),) = SimpleCookie(other.headers["set-cookie"]).items()
    ((_, cookie),) = SimpleCookie(mine.headers["set-cookie"]).items()
    redirect = await rig.caller.get(other.json["authorizeUrl"], user=None)
    end = await rig.caller.get(
        redirect.location, user=None, headers={"Cookie": f"{name}={cookie.value}"}
    )

    await require_nothing_connected(rig, end, "state_invalid")


@pytest.mark.promise("threats:21")
@pytest.mark.parametrize("user", ["eve", "a b"])
async def test_a_known_user_finishes_only_what_the_same_user_began(rig: Rig, user: str) -> None:
    back = await rig.caller.consent("team")
    end = await rig.caller.get(back, user=user)

    await require_nothing_connected(rig, end, "state_invalid")


@pytest.mark.promise("threats:21", "seed:start")
async def test_a_state_is_worth_nothing_after_its_time(rig: Rig) -> None:
    back = await rig.caller.consent("team")
    rig.clock.skip(600)
    end = await rig.caller.get(back, user=None)

    await require_nothing_connected(rig, end, "state_invalid")
    assert rig.sql("SELECT * FROM oauth_states") == []


@pytest.mark.promise("threats:21")
async def test_a_state_is_used_up_by_a_no_as_well(rig: Rig) -> None:
    back = await rig.caller.consent("team")
    state = query_of(back)["state"]
    refusal = {"error": "access_denied", "state": state}
    await rig.caller.get(CALLBACK_PATH, params=refusal, user=None)
    end = await rig.caller.get(back, user=None)

    await require_nothing_connected(rig, end, "state_invalid")


# --- metadata -----------------------------------------------------------------------------


async def metadata_of(rig: Rig) -> dict[str, Any]:
    return (await rig.caller.get(rig.notion.url + METADATA, user=None)).json


@pytest.mark.promise("threats:22")
@pytest.mark.parametrize("methods", [None, [], ["plain"], "S256", ["s256"], [["S256"]]])
async def test_metadata_without_s256_is_refused(rig: Rig, methods: object, figure: Figure) -> None:
    document = {**await metadata_of(rig), "code_challenge_methods_supported": methods}
    rig.notion.wire.instead[METADATA] = answer(200, json.dumps(document).encode())
    refused = await rig.caller.start("team")

    assert (refused.status, refused.reason) == (502, "upstream_unsuitable")
    registrations = rig.notion.wire.requests.count("POST /register")
    assert registrations == 0
    figure("{} documents without it: {} registrations", 1, registrations)


@pytest.mark.promise("threats:23")
@pytest.mark.parametrize(
    "endpoint",
    ["authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint"],
)
async def test_metadata_that_leads_to_another_origin_is_refused(rig: Rig, endpoint: str) -> None:
    async with serving_notion(clock=rig.clock) as evil:
        document = {**await metadata_of(rig), endpoint: f"{evil.url}/token"}
        rig.notion.wire.instead[METADATA] = answer(200, json.dumps(document).encode())
        refused = await rig.caller.start("team")

        assert (refused.status, refused.reason) == (502, "upstream_unsuitable")
        assert evil.wire.requests == []


# --- the way back -------------------------------------------------------------------------


@pytest.mark.promise("threats:25")
@pytest.mark.parametrize("base", [RETURN_BASE, f"{RETURN_BASE}/"])
@pytest.mark.parametrize("path", ["/", "/a/b?c=d", "/%41;x@y:z", "/?next=//evil.example", "/a%2Fb"])
async def test_whatever_return_path_is_accepted_ends_on_the_return_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str, path: str
) -> None:
    async with a_rig(tmp_path, monkeypatch, notion_mcp_return_base_url=base) as rig:
        end = await rig.caller.connect("team", return_path=path)

    target = urlsplit(end.location)
    assert f"{target.scheme}://{target.netloc}" == RETURN_BASE
    assert end.location.startswith(f"{RETURN_BASE}{path}")
