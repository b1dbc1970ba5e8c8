"""A gateway with a policy in its space, before a real or a scripted Notion."""

import json
from typing import Any

from notion_gateway.policy.policies import Policies
from tests.proxy.callbacks import state
from tests.support.gateway import Answer
from tests.support.rig import Rig


def policies_of(rig: Rig) -> Policies:
    policies: Policies = state(rig)["policies"]
    return policies


async def set_policy(
    rig: Rig, preset: str = "custom", *, space: str = "team", **more: Any
) -> Answer:
    """Over HTTP, as an owner does, in the place of whatever is there."""
    path = f"/spaces/{space}/policy"
    version: int = (await rig.caller.get(path)).json["version"]
    document = {"version": 1, "preset": preset, **more}
    answer = await rig.caller.send(
        "PUT", path, params={"expected_version": str(version)}, data=json.dumps(document)
    )
    assert answer.status == 200, answer.body
    return answer
