"""A callback that is opened twice: one exchange, and one answer."""

import asyncio
from http.cookies import SimpleCookie

import pytest

from notion_gateway.integration import consent_ends
from notion_gateway.integration.connect import ConnectNotion
from notion_gateway.integration.consent_ends import ConsentEnds
from tests.support.asgi import answer
from tests.support.figures import Figure
from tests.support.gateway import Answer, calling, query_of, serving_gateway
from tests.support.rig import Rig
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:60")]


def require_same(first: Answer, *others: Answer) -> None:
    for one in others:
        assert (one.status, one.location) == (first.status, first.location)


@pytest.mark.parametrize("params", [{}, {"confirm": "true"}], ids=["at once", "with confirmation"])
async def test_back_and_refresh_get_the_same_answer(rig: Rig, params: dict[str, str]) -> None:
    back = await rig.caller.consent("team", **params)
    first = await rig.caller.get(back, user=None)
    require_same(first, *[await rig.caller.get(back, user=None) for _ in range(3)])

    assert first.result["status"] in ("success", "confirm")
    assert rig.notion.wire.exchanges() == (0 if params else 1)


async def test_a_consent_that_failed_fails_again_in_the_same_words(rig: Rig) -> None:
    back = await rig.caller.consent("team")
    rig.notion.wire.instead["/token"] = answer(400, b'{"error":"invalid_grant"}')
    first = await rig.caller.get(back, user=None)
    del rig.notion.wire.instead["/token"]

    require_same(first, await rig.caller.get(back, user=None))
    assert first.result["error"] == "code_refused"
    assert rig.notion.wire.exchanges() == 1


async def test_a_hundred_at_once_on_two_replicas_make_one_exchange_and_get_one_answer(
    rig: Rig, figure: Figure
) -> None:
    back = await rig.caller.consent("team")
    path = back.removeprefix(rig.gateway.url)
    async with serving_gateway(rig.data_dir, rig.notion.url) as other, calling(other.url) as there:
        answers = await asyncio.gather(
            *(caller.get(path, user=None) for caller in (rig.caller, there) * 50)
        )

    require_same(*answers)
    assert answers[0].result["status"] == "success"
    exchanges = rig.notion.wire.exchanges()
    assert exchanges == 1
    different = len({(one.status, one.location) for one in answers})
    words = "{} callbacks at once on two gateways: {} exchange, {} answer"
    figure(words, len(answers), exchanges, different)


async def test_without_a_look_at_how_it_ended_the_second_is_told_something_else(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    async def nothing(*_: object) -> None:
        return

    monkeypatch.setattr(ConsentEnds, "_before", nothing)
    back = await rig.caller.consent("team")
    first, second = [await rig.caller.get(back, user=None) for _ in range(2)]

    with pytest.raises(AssertionError):
        require_same(first, second)
    assert second.result["error"] == "state_invalid"


async def test_another_browser_and_another_code_are_no_repetition(rig: Rig) -> None:
    started = await rig.caller.start("team", browser="true")
    ((name, cookie),) = SimpleCookie(started.headers["set-cookie"]).items()
    back = (await rig.caller.get(started.json["authorizeUrl"], user=None)).location
    mine = {"Cookie": f"{name}={cookie.value}"}
    first = await rig.caller.get(back, user=None, headers=mine)
    assert first.result["status"] == "success"

    for address, headers in ((back, {}), (back, {"Cookie": f"{name}=x"}), (f"{back}x", mine)):
        refused = await rig.caller.get(address, user=None, headers=headers)
        assert refused.result == {"status": "error", "error": "state_invalid"}
    assert (await rig.caller.get(back, user="eve", headers=mine)).result["status"] == "error"
    require_same(first, await rig.caller.get(back, user=None, headers=mine))


async def test_a_browser_that_had_no_right_to_the_first_time_is_told_so_at_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consent_ends, "_WAIT_SECONDS", 10 * PATIENCE_SECONDS)
    started = await rig.caller.start("team", browser="true")
    back = (await rig.caller.get(started.json["authorizeUrl"], user=None)).location
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(2):
            refused = await rig.caller.get(back, user=None)
            assert refused.result["error"] == "state_invalid"


async def test_the_answer_is_forgotten_after_ten_minutes(rig: Rig) -> None:
    back = await rig.caller.consent("team")
    await rig.caller.get(back, user=None)
    rig.clock.skip(600)

    assert (await rig.caller.get(back, user=None)).result["error"] == "state_invalid"


async def test_an_end_that_never_comes_is_not_waited_for_for_ever(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that had taken the state is gone, say."""
    monkeypatch.setattr(consent_ends, "_WAIT_SECONDS", 0.4)

    async def stuck(*_: object) -> None:
        await asyncio.Event().wait()

    back = await rig.caller.consent("team")
    monkeypatch.setattr(ConnectNotion, "_exchange", stuck)
    first = asyncio.create_task(rig.caller.get(back, user=None))
    await until(lambda: rig.sql("SELECT count(*) FROM oauth_states") == [(1,)])
    await asyncio.sleep(0.1)

    assert (await rig.caller.get(back, user=None)).result["error"] == "state_invalid"
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_a_strangers_guess_writes_nothing(rig: Rig) -> None:
    for number in range(20):
        path = f"/integrations/notion/mcp/oauth/callback?state=s{number}&code=c"
        assert (await rig.caller.get(path, user=None)).result["error"] == "state_invalid"
    assert rig.sql("SELECT * FROM oauth_states") == []


async def test_what_is_remembered_is_sealed(rig: Rig) -> None:
    back = await rig.caller.consent("team", confirm="true")
    confirmation = (await rig.caller.get(back, user=None)).result["state"]
    rows = str(rig.sql("SELECT * FROM oauth_states"))

    assert confirmation not in rows
    assert query_of(back)["code"] not in rows
    assert "team" not in rows
