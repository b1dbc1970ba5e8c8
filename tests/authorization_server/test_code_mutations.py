"""Whatever is changed about an authorization code, a refresh token or a request with one, it is
refused, for its own reason; what nobody has changed is not.
"""

from collections.abc import AsyncGenerator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.authorization_server.asserting import why
from tests.authorization_server.code_mutations import CODES, REFRESH_TOKENS
from tests.authorization_server.request_mutations import (
    LET_IN,
    WrongRequest,
    names_of,
    recorded,
    told,
    unlike,
    wrong_codes,
)
from tests.support.gateway import Answer
from tests.support.mcp_login import REDIRECT_URI, VERIFIER, Logins, logging_in
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

RULES = "notion_gateway.authorization_server.rules.redeeming"
FORM = "application/x-www-form-urlencoded"
DAY = 24 * 3600


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Logins]:
    async with logging_in(
        tmp_path, monkeypatch, gateway_audit=True, gateway_new_clients_per_minute=1000
    ) as logins:
        yield logins


def of_code(logins: Logins, code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "client_id": logins.client_id,
        "code_verifier": VERIFIER,
    }


def of_refresh_token(logins: Logins, token: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": token, "client_id": logins.client_id}


def mutated(good: dict[str, str], name: str) -> list[WrongRequest]:
    return [
        WrongRequest({name: one}, "invalid_grant", f"{name}_unknown")
        for one in {*wrong_codes(good[name])} - {good[name]}
    ]


async def test_every_mutation_of_a_code_and_of_a_request_with_it_is_refused(here: Logins) -> None:
    good = of_code(here, await here.code())
    here.rig.sql("update client_grants set code_expires_at = expires_at")  # however slow this is
    wrong = [*mutated(good, "code"), *CODES]
    assert len(wrong) > 200

    assert await unlike(here, "/oauth/token", good, await names_of(here), wrong) == []

    kept = {"code_of_another_client", "code_verifier_wrong", "code_sent_elsewhere"}
    await until(lambda: {("ada", one) for one in kept} <= {*recorded(here)})
    assert here.rig.sql("select * from gateway_tokens") == []
    assert (await here.token(good)).status == 200


async def test_every_mutation_of_a_refresh_token_and_of_a_request_with_it_is_refused(
    here: Logins,
) -> None:
    good = of_refresh_token(here, (await here.log_in())["refresh_token"])
    wrong = [*mutated(good, "refresh_token"), *REFRESH_TOKENS]
    assert len(wrong) > 200

    assert await unlike(here, "/oauth/token", good, await names_of(here), wrong) == []

    assert len(here.rig.sql("select * from gateway_tokens")) == 1
    assert (await here.token(good)).status == 200


async def test_what_was_good_once_is_refused_for_what_has_happened_to_it(here: Logins) -> None:
    """Outside it is one sentence, whichever it was."""
    heard = dict[str, bytes]()

    async def refuse(reason: str, good: dict[str, str]) -> None:
        answers = list[Answer]()

        async def sent() -> Answer:
            answers.append(await here.token(good))
            return answers[0]

        assert await why(sent()) == ("invalid_grant", reason)
        heard[reason] = answers[0].body

    used = of_code(here, await here.code())
    ended = of_refresh_token(here, (await here.token(used)).json["refresh_token"])
    await refuse("code_used", used)
    await refuse("client_grant_ended", used)
    await refuse("refresh_token_unknown", ended)

    late, expired = of_code(here, await here.code()), await here.log_in()
    here.rig.clock.skip(61)
    await refuse("code_expired", late)
    await refuse("code_unknown", {**late, "code": "unknown"})
    here.rig.clock.skip(29 * DAY)
    spent = of_refresh_token(here, (await here.log_in())["refresh_token"])
    assert (await here.token(spent)).status == 200
    here.rig.clock.skip(DAY)
    await refuse("refresh_token_expired", of_refresh_token(here, expired["refresh_token"]))
    await refuse("refresh_token_used", spent)

    assert len(set(heard.values())) == 1
    left = of_code(here, await here.code("mona"))
    await here.rig.caller.send("DELETE", f"/spaces/{here.space}/members/mona")
    assert await why(here.token(left)) == ("invalid_grant", "person_left_space")
    kept = {("ada", one) for one in heard if not one.endswith("_unknown")}
    await until(lambda: {*recorded(here)} == kept | {("mona", "person_left_space")})


async def test_the_judges_are_what_refuses_them(here: Logins) -> None:
    """The control: without them each of these gets tokens."""
    names = await names_of(here)
    stolen = {"client_id": "<SAME_GRANTS>"}
    elsewhere = {"resource": "<ORIGIN>/mcp/notion/another"}
    for guard, changes in {
        "judge_code": stolen,
        "_is_verifier": {"code_verifier": "w" * 64},
        "_is_for": elsewhere,
    }.items():
        good = of_code(here, await here.code())
        form = WrongRequest({**changes}, "", "").form(good, names)
        off = None if guard.startswith("judge") else True
        where = "notion_gateway.authorization_server.client_tokens" if off is None else RULES
        with patch(f"{where}.{guard}", return_value=off):
            assert await told(here, "/oauth/token", form, FORM) == LET_IN, guard
    for guard, changes in {
        "judge_refresh_token": stolen,
        "judge_refresh_resource": elsewhere,
    }.items():
        good = of_refresh_token(here, (await here.log_in())["refresh_token"])
        form = WrongRequest({**changes}, "", "").form(good, names)
        with patch(f"notion_gateway.authorization_server.client_tokens.{guard}", return_value=None):
            assert await told(here, "/oauth/token", form, FORM) == LET_IN, guard
