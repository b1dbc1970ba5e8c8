"""What a policy says of an OAuth client holds with each of its logins, and for nobody else."""

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
