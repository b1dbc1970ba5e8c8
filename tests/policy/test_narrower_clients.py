"""What a policy says of an OAuth client holds with each of its logins, and for nobody else; of whom
the space does not have, whoever sets it is warned.
"""

import json
from dataclasses import replace

import pytest

from tests.policy.documents import PAGE, call
from tests.support.mcp_login import Logins

pytestmark = pytest.mark.anyio

WRITING = json.dumps(call("notion-create-comment", page_id=PAGE, markdown="x"))


async def passes(logins: Logins, bearer: str) -> bool:
    answer = await logins.call(bearer, WRITING)
    return b"blocked_by_policy" not in answer.body


async def test_a_new_login_does_not_get_a_client_out_of_its_rules(connected_logins: Logins) -> None:
    logins = connected_logins
    first = await logins.log_in()
    (listed,) = await logins.tokens_listed()
    assert listed["client_id"] == logins.client_id
    narrower = {"client": listed["client_id"], "preset": "read_only"}
    answer = await logins.rig.caller.send(
        "PUT",
        f"/spaces/{logins.space}/policy",
        params={"expected_version": "0"},
        data=json.dumps({"version": 1, "preset": "everything", "callers": [narrower]}),
    )
    assert answer.status == 200, answer.body

    again, other = await logins.log_in(), (await logins.register()).json["client_id"]
    refreshed = (await logins.refresh(first["refresh_token"])).json
    for tokens in (first, again, refreshed):
        assert not await passes(logins, tokens["access_token"])
    made = await logins.rig.caller.send(
        "POST", f"/spaces/{logins.space}/tokens", json={"name": "a person's own"}
    )
    assert await passes(logins, made.json["token"])
    others = await replace(logins, client_id=other).log_in()
    assert await passes(logins, others["access_token"])


async def test_whom_the_space_does_not_have_is_a_warning_with_its_place(
    connected_logins: Logins,
) -> None:
    logins = connected_logins
    here = f"/spaces/{logins.space}"
    await logins.log_in()
    (login,) = await logins.tokens_listed()
    machine = (await logins.rig.caller.send("POST", f"{here}/machines", json={"name": "x"})).json
    callers = [
        {"token": login["token_id"]},
        {"client": login["client_id"]},
        {"token": machine["client_id"]},
        {"client": machine["client_id"]},
        {"any_token": True},
        {"token": login["client_id"]},
        {"client": login["token_id"]},
    ]

    async def warned() -> list[tuple[str, str, str]]:
        found = (await logins.rig.caller.get(f"{here}/policy")).json["warnings"]
        assert all(one["detail"].startswith(one["place"]) for one in found)
        return [(one["reason"], one["place"], one["caller"]) for one in found]

    answer = await logins.rig.caller.send(
        "PUT",
        f"{here}/policy",
        params={"expected_version": "0"},
        data=json.dumps({"version": 1, "preset": "everything", "callers": callers}),
    )
    assert answer.status == 200, answer.body
    mixed_up = [
        ("token_unknown", "callers[5].token", login["client_id"]),
        ("client_unknown", "callers[6].client", login["token_id"]),
    ]
    assert [(one["reason"], one["place"], one["caller"]) for one in answer.json["warnings"]] == (
        mixed_up
    )
    assert await warned() == mixed_up

    for ended in (login["token_id"], machine["client_id"]):
        gone = await logins.rig.caller.send("DELETE", f"{here}/tokens/{ended}")
        assert gone.status == 204
    assert [place for _, place, _ in await warned()] == [
        "callers[0].token",
        "callers[1].client",
        "callers[2].token",
        "callers[3].client",
        "callers[5].token",
        "callers[6].client",
    ]
