"""One refresh token, redeemed by several: they get one pair, and a fork of the grant ends it."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from notion_gateway.access.gateway_tokens import new_refresh_token
from notion_gateway.authorization_server.rules.grants import RefreshToken, RefreshVerdict
from notion_gateway.vault.keyring import generate_key
from tests.support.figures import Figure
from tests.support.gateway import Answer, calling, serving_gateway
from tests.support.mcp_login import Logins, error_of, logging_in

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:66")]

SESSIONS = 24


def pair(answer: Answer) -> tuple[str, str]:
    assert answer.status == 200, answer.body
    return answer.json["access_token"], answer.json["refresh_token"]


async def at_once(logins: Logins, token: str) -> list[Answer]:
    return list(await asyncio.gather(*(logins.refresh(token) for _ in range(SESSIONS))))


async def test_sessions_that_refresh_at_once_get_one_pair_whatever_their_number(
    connected_logins: Logins, figure: Figure
) -> None:
    logins = connected_logins
    first = await logins.log_in()

    answers = await at_once(logins, first["refresh_token"])

    pairs = {pair(one) for one in answers}
    assert len(pairs) == 1
    figure("{} refreshes at once with one token: {} pair", len(answers), len(pairs))
    access, refresh = pair(answers[0])
    assert (await logins.call(access)).status == 200
    assert len(logins.rig.sql("select * from client_refresh_tokens")) == 2
    # All of them go on with it, and again the next time.
    assert len({pair(one) for one in await at_once(logins, refresh)}) == 1


async def test_a_retry_seconds_later_is_told_how_long_the_token_still_lives(
    logins: Logins,
) -> None:
    first = await logins.log_in()
    answer = await logins.refresh(first["refresh_token"])
    logins.rig.clock.skip(9)

    again = await logins.refresh(first["refresh_token"])

    assert pair(again) == pair(answer)
    assert answer.json["expires_in"] == 3600
    assert 3580 < again.json["expires_in"] <= 3591


async def test_a_retry_that_another_gateway_answers_gets_the_same_pair(logins: Logins) -> None:
    first = await logins.log_in()
    answer = await logins.refresh(first["refresh_token"])
    options: dict[str, Any] = {
        "gateway_local_sign_in": True,
        "gateway_public_url": logins.origin,
    }
    rig = logins.rig
    async with (
        serving_gateway(rig.data_dir, rig.notion.url, **options) as there,
        calling(there.url) as elsewhere,
    ):
        form = {
            "grant_type": "refresh_token",
            "refresh_token": first["refresh_token"],
            "client_id": logins.client_id,
        }
        again = await elsewhere.send("POST", "/oauth/token", user=None, data=form)

    assert pair(again) == pair(answer)


async def test_a_retry_after_a_change_of_keys_gets_the_same_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with logging_in(tmp_path, monkeypatch) as logins:
        first = await logins.log_in()
        answer = await logins.refresh(first["refresh_token"])
        keys = tmp_path / "encryption.key"
        keys.write_text(f"{generate_key()}\n{keys.read_text()}")

        again = await logins.refresh(first["refresh_token"])

        assert pair(again) == pair(answer)
        assert (await logins.refresh(again.json["refresh_token"])).status == 200


async def test_of_two_parties_with_one_token_the_second_to_go_on_ends_the_grant(
    connected_logins: Logins,
) -> None:
    logins = connected_logins
    first = await logins.log_in()
    mine = pair(await logins.refresh(first["refresh_token"]))
    theirs = pair(await logins.refresh(first["refresh_token"]))
    logins.rig.clock.skip(60)
    further = pair(await logins.refresh(mine[1]))
    logins.rig.clock.skip(60)

    assert error_of(await logins.refresh(theirs[1])) == "invalid_grant"

    assert error_of(await logins.refresh(further[1])) == "invalid_grant"
    for access in (mine[0], theirs[0], further[0]):
        assert (await logins.call(access)).status == 401


def sibling(logins: Logins) -> str:
    """A second token for the same parent, as versions before this one gave them out."""
    secret = new_refresh_token()
    logins.rig.sql(
        "insert into client_refresh_tokens (sha256, grant_id, parent_sha256, created_at,"  # noqa: S608
        f" expires_at, rotations) select '{secret.fingerprint()}', grant_id, parent_sha256,"
        " created_at, expires_at, 0 from client_refresh_tokens where parent_sha256 is not null;"
    )
    return secret.reveal()


async def test_a_sibling_that_an_older_version_made_ends_the_grant_once_one_is_used(
    logins: Logins,
) -> None:
    first = await logins.log_in()
    mine = pair(await logins.refresh(first["refresh_token"]))
    theirs = sibling(logins)
    further = pair(await logins.refresh(mine[1]))

    assert error_of(await logins.refresh(theirs)) == "invalid_grant"
    assert error_of(await logins.refresh(further[1])) == "invalid_grant"


async def test_the_judgement_is_what_ends_a_fork(logins: Logins) -> None:
    """The control."""
    first = await logins.log_in()
    mine = pair(await logins.refresh(first["refresh_token"]))
    theirs = sibling(logins)
    pair(await logins.refresh(mine[1]))

    def trusting(_: RefreshToken, __: datetime) -> RefreshVerdict:
        return RefreshVerdict.ROTATE

    with patch("notion_gateway.authorization_server.rules.redeeming.judge_refresh", trusting):
        further = await logins.refresh(theirs)

    assert further.status == 200
